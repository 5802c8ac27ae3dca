// SPDX-License-Identifier: Apache-2.0
// A pause that can be ended early (stage 1: watch event).
import { sleep, type Clock } from "@haversack/core";

/** Waits between two attempts. */
export class Pauser {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #current: AbortController | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Resolves after `delayMs`, or when woken, or when the signal aborts. */
  async pause(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#signal.aborted) return;
    const current = new AbortController();
    const stop = (): void => current.abort();
    this.#current = current;
    this.#signal.addEventListener("abort", stop, { once: true });
    await sleep(this.#clock, delayMs, current.signal);
    this.#signal.removeEventListener("abort", stop);
    this.#current = undefined;
  }

  wake(): void {
    this.#current?.abort();
  }
}
