// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it.
import type { ServerClock, Timer } from "../src/index.js";

/** Virtual time. */
export class ManualClock implements ServerClock {
  #now: number;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  constructor(now: number = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }

  nowMs(): number {
    return this.#now;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Moves time on and runs what comes due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}
