// SPDX-License-Identifier: Apache-2.0
// Time that stands still until a test moves it (tests of stage 1).
import type { Clock, Timer } from "@haversack/core";

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock whose timers fire in due order while a test advances it. */
export class FakeClock implements Clock {
  readonly #waiting = new Set<Waiting>();
  #nowMs = 0;
  #order = 0;

  now(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const waiting = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  /** Timers that wait; a stopped informer leaves none. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Delay until the next timer. */
  get nextMs(): number | undefined {
    const next = this.#next(Infinity);
    return next === undefined ? undefined : next.dueMs - this.#nowMs;
  }

  /** Lets promises settle, then fires what comes due, letting promises settle after each timer. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (;;) {
      const next = this.#next(untilMs);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.dueMs > untilMs) continue;
      const isSooner =
        next === undefined ||
        waiting.dueMs < next.dueMs ||
        (waiting.dueMs === next.dueMs && waiting.order < next.order);
      if (isSooner) next = waiting;
    }
    return next;
  }
}

/** Resolves when no promise is left that can go on by itself. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
