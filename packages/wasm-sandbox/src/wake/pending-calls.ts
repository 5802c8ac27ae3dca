// SPDX-License-Identifier: Apache-2.0
// Calls that a guest waits for, and its timers, which outlive its memory and its host (stage: host call).
import type { Clock, Timer } from "@haversack/core";
import type { Quotas } from "../call/quotas.js";
import { SandboxForbiddenError, SandboxProtocolError, SandboxQuotaError } from "../errors.js";
import type { PendingCall } from "../hibernate/image.js";

/** The unanswered calls of one guest. */
export class PendingCalls {
  readonly #guest: string;
  readonly #quotas: Quotas;
  readonly #clock: Clock;
  readonly #onTimer: (id: number) => void;
  readonly #calls = new Map<number, PendingCall>();
  readonly #wereAsked = new Set<number>();
  /** Ends what the host still does for calls that nobody waits for any more. */
  readonly #controllers = new Map<number, AbortController>();
  readonly #timers = new Map<number, { readonly dueTimeMs: number; readonly timer: Timer }>();

  constructor(guest: string, quotas: Quotas, clock: Clock, onTimer: (id: number) => void) {
    this.#guest = guest;
    this.#quotas = quotas;
    this.#clock = clock;
    this.#onTimer = onTimer;
  }

  /** @throws SandboxProtocolError, SandboxQuotaError, SandboxForbiddenError. */
  add(call: PendingCall, mayUseTimers: boolean): void {
    if (this.#calls.has(call.id))
      throw new SandboxProtocolError(this.#guest, `it used call ${call.id} twice`);
    const isTimer = call.op === "timer";
    if (isTimer && !mayUseTimers) throw new SandboxForbiddenError(this.#guest, "set timers");
    const { timers, concurrentCalls } = this.#quotas;
    const count = isTimer ? this.#timers.size : this.#calls.size - this.#timers.size;
    const most = isTimer ? timers : concurrentCalls;
    if (count >= most) {
      const what = isTimer ? "timers" : "calls at one time";
      throw new SandboxQuotaError(this.#guest, `it wanted more than ${most} ${what}`);
    }
    this.#set(call);
  }

  /** Adds without asking: it had been granted, and asked, in an earlier life of the host. */
  restore(call: PendingCall): void {
    this.#wereAsked.add(call.id);
    this.#set(call);
  }

  /** Whether somebody was asked; not so while nobody knows in whose name. */
  isAsked(id: number): boolean {
    return this.#wereAsked.has(id) || this.#controllers.has(id);
  }

  #set(call: PendingCall): void {
    this.#calls.set(call.id, call);
    if (call.op === "timer") this.#setTimer(call);
  }

  /** Removes a call that is to be answered; `undefined` when nobody waits for it. */
  take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.cancel(id);
    return call;
  }

  /** Aborted when nobody waits for a call any more. */
  signalOf(id: number): AbortSignal {
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    return controller.signal;
  }

  cancel(id: number): void {
    this.#calls.delete(id);
    this.#controllers.get(id)?.abort();
    this.#controllers.delete(id);
    this.#wereAsked.delete(id);
    this.#timers.get(id)?.timer.cancel();
    this.#timers.delete(id);
  }

  clear(): void {
    for (const id of [...this.#calls.keys()]) this.cancel(id);
  }

  list(): readonly PendingCall[] {
    return [...this.#calls.values()];
  }

  /** Whether a call that is no timer has no answer yet. */
  get isWaiting(): boolean {
    return this.#calls.size > this.#timers.size;
  }

  get nextTimerMs(): number | undefined {
    const times = [...this.#timers.values()].map(({ dueTimeMs }) => dueTimeMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #setTimer({ id, body }: PendingCall): void {
    const { dueTimeMs } = (body ?? {}) as { dueTimeMs?: unknown };
    if (typeof dueTimeMs !== "number" || !Number.isFinite(dueTimeMs)) {
      this.#calls.delete(id);
      throw new SandboxProtocolError(this.#guest, "it set a timer without a time");
    }
    const delayMs = Math.max(0, dueTimeMs - this.#clock.now());
    const timer = this.#clock.setTimer(() => this.#onTimer(id), delayMs);
    this.#timers.set(id, { dueTimeMs, timer });
  }
}
