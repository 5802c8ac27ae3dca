// SPDX-License-Identifier: Apache-2.0
// A clock that a test drives: time passes only when it is told to (under every stage of a test).
import type { Clock, Subscription, Timer } from "@haversack/core";
import { settleEventLoop, type IdleProbe } from "./event-loop.js";
import { TimerQueue, type QueuedTimer } from "./timer-queue.js";

/** How a {@link FakeClock} begins. */
export interface FakeClockOptions {
  /** Wall time at the start: RFC 3339 text or milliseconds. Default `2026-01-01T00:00:00Z`. */
  readonly startTime?: string | number;
  /** Remember where each timer was set, for {@link FakeClock.assertNoTimers}. Default true. */
  readonly traceTimers?: boolean;
  /** Timers one `advance` may fire before it is taken for an endless loop. Default 1,000,000. */
  readonly maxTimersPerAdvance?: number;
}

/** A timer that waits, for messages and tests. */
export interface PendingTimer {
  /** From now. */
  readonly inMs: number;
  /** The line of code that set it. */
  readonly setBy: string | undefined;
}

/**
 * Time for tests: {@link FakeClock.advance} fires what is due, in order, and lets everything that
 * follows from a timer happen before the next one fires.
 *
 * **API requests:** 0. **Guarantees:** the same program takes the same steps at the same times;
 * `monotonicMs` starts at 0 and never goes back; no real time is waited for.
 *
 * @example
 * ```ts
 * const clock = new FakeClock();
 * let fired = false;
 * clock.setTimer(() => (fired = true), 5_000);
 * await clock.advance(5_000);
 * fired; // => true
 * ```
 */
export class FakeClock implements Clock {
  readonly #timers = new TimerQueue();
  readonly #probes = new Set<IdleProbe>();
  readonly #traceTimers: boolean;
  readonly #maxTimersPerAdvance: number;
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #isAdvancing = false;

  constructor(options: FakeClockOptions = {}) {
    const { startTime = "2026-01-01T00:00:00Z" } = options;
    const startMs = typeof startTime === "number" ? startTime : Date.parse(startTime);
    if (!Number.isFinite(startMs)) {
      throw new RangeError(
        `cannot start a fake clock at ${JSON.stringify(startTime)}: it is no time. Write it as 2026-01-01T00:00:00Z.`,
      );
    }
    this.#wallOffsetMs = startMs;
    this.#traceTimers = options.traceTimers ?? true;
    this.#maxTimersPerAdvance = options.maxTimersPerAdvance ?? 1_000_000;
  }

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    if (Number.isNaN(delayMs)) {
      throw new RangeError("cannot set a timer: its delay is not a number. Check the sum.");
    }
    const timer: QueuedTimer = {
      dueMs: this.#elapsedMs + Math.max(delayMs, 0),
      order: this.#order++,
      callback,
      origin: this.#traceTimers ? new Error() : undefined,
    };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.remove(timer) };
  }

  /**
   * Lets time pass: settles, fires the earliest timer that is due, settles again, and so on.
   *
   * @throws whatever a timer's callback throws; Error when another `advance` is under way.
   */
  async advance(durationMs: number): Promise<void> {
    if (!(durationMs >= 0)) {
      throw new RangeError(`cannot advance by ${durationMs} ms: time does not go back.`);
    }
    await this.#exclusively(() => this.#runUntil(this.#elapsedMs + durationMs));
  }

  /** Lets time pass until a wall time: RFC 3339 text or milliseconds. */
  async advanceTo(wallTime: string | number): Promise<void> {
    const wallMs = typeof wallTime === "number" ? wallTime : Date.parse(wallTime);
    await this.advance(wallMs - this.now());
  }

  /** Lets time pass until the next timer and fires it. @returns false when none is set. */
  async advanceToNext(): Promise<boolean> {
    await this.settle();
    const next = this.#timers.first;
    if (next === undefined) return false;
    await this.advance(next.dueMs - this.#elapsedMs);
    return true;
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    await settleEventLoop({ probes: this.#probes });
  }

  /** Moves the wall time alone, as an administrator or NTP would; no timer notices. */
  jumpWallTime(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Adds a condition to settling, such as "no request is in flight". */
  addIdleProbe(probe: IdleProbe): Subscription {
    this.#probes.add(probe);
    return { unsubscribe: () => this.#probes.delete(probe) };
  }

  /** Timers that wait, earliest first. */
  get pending(): readonly PendingTimer[] {
    return this.#timers
      .toArray()
      .map(({ dueMs, origin }) => ({ inMs: dueMs - this.#elapsedMs, setBy: callerOf(origin) }));
  }

  /** @throws Error that names every timer left and where it was set. */
  assertNoTimers(): void {
    if (this.#timers.size === 0) return;
    const lines = this.pending.map(({ inMs, setBy }) => `  in ${inMs} ms, set ${setBy ?? ""}`);
    throw new Error(
      `timers leaked: ${lines.length} still wait. Cancel them on stop.\n${lines.join("\n")}`,
    );
  }

  async #exclusively(run: () => Promise<void>): Promise<void> {
    if (this.#isAdvancing) {
      throw new Error("cannot advance the fake clock: it is advancing already. Await the first.");
    }
    this.#isAdvancing = true;
    try {
      await run();
    } finally {
      this.#isAdvancing = false;
    }
  }

  async #runUntil(endMs: number): Promise<void> {
    await this.settle();
    for (let fired = 0; ; fired++) {
      const timer = this.#timers.takeDue(endMs);
      if (timer === undefined) break;
      if (fired >= this.#maxTimersPerAdvance) {
        throw new Error(
          `advancing the fake clock failed: ${fired} timers fired and more are due; the last was set ` +
            `${callerOf(timer.origin) ?? "somewhere"}. Give what repeats itself a longer delay.`,
        );
      }
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
      timer.callback();
      await this.settle();
    }
    this.#elapsedMs = endMs;
  }
}

/** The first line of a stack that lies outside this file. */
function callerOf(origin: Error | undefined): string | undefined {
  const lines = origin?.stack?.split("\n").slice(1) ?? [];
  return lines.find((line) => !/fake-clock\.[jt]s/.test(line))?.trim();
}
