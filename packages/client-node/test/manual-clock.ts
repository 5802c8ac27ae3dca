// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it.
import type { Clock, Timer } from "@haversack/core";

interface Due {
  readonly timeMs: number;
  readonly callback: () => void;
}

/** A clock for tests: timers fire only in {@link advance}, in the order in which they are due. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Due>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const due = { timeMs: this.#nowMs + delayMs, callback };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  /** Moves time on and fires what is due on the way. */
  advance(delayMs: number): void {
    const untilMs = this.#nowMs + delayMs;
    for (;;) {
      const due = [...this.#timers].filter(({ timeMs }) => timeMs <= untilMs);
      const [next] = due.sort((a, b) => a.timeMs - b.timeMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.timeMs;
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}
