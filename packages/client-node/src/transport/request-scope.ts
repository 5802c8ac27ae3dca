// SPDX-License-Identifier: Apache-2.0
// What can end a request from outside: its deadline, its signal, its client (stage 1 and 6).
import type { Clock, Timer } from "@haversack/core";
import { followSignal } from "./follow-signal.js";

/** Why a request ended before its answer was complete. */
export type EndReason = "timeout" | "aborted" | "closed";

/**
 * One request's life over all its attempts, waits and queues.
 *
 * Whatever the request is doing at the moment registers how to stop it; only one thing runs at a
 * time, so one callback is enough.
 */
export class RequestScope {
  readonly signal: AbortSignal | undefined;
  #ended: EndReason | undefined;
  #stop: (() => void) | undefined;
  #deadline: Timer | undefined;
  readonly #unfollow: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #endTimeMs: number;

  constructor(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
    this.signal = signal;
    this.#clock = clock;
    this.#endTimeMs = clock.monotonicMs() + timeoutMs;
    this.#deadline = clock.setTimer(() => this.end("timeout"), timeoutMs);
    if (signal?.aborted === true) this.#ended = "aborted";
    else if (signal !== undefined) this.#unfollow = followSignal(signal, () => this.end("aborted"));
  }

  get ended(): EndReason | undefined {
    return this.#ended;
  }

  /** Time left until the deadline. */
  get remainingMs(): number {
    return this.#endTimeMs - this.#clock.monotonicMs();
  }

  /** Ends the request; the first reason stays. */
  end(reason: EndReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
  }

  /** Sets how to stop what runs now; called at once when the request has already ended. */
  onEnd(stop: (() => void) | undefined): void {
    this.#stop = stop;
    if (stop !== undefined && this.#ended !== undefined) {
      this.#stop = undefined;
      stop();
    }
  }

  /** Waits for a promise, or until the scope ends; then it resolves to `undefined`. */
  async until<T>(promise: Promise<T>): Promise<T | undefined> {
    const ended = new Promise<undefined>((resolve) => this.onEnd(() => resolve(undefined)));
    try {
      return await Promise.race([promise, ended]);
    } finally {
      this.onEnd(undefined);
    }
  }

  /** The headers of a stream have come: only the signal and the client can end it now. */
  clearDeadline(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }

  /** Lets go of timer and signal. Idempotent. */
  dispose(): void {
    this.clearDeadline();
    this.#stop = undefined;
    this.#unfollow?.();
  }
}
