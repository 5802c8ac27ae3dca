// SPDX-License-Identifier: Apache-2.0
// Timers in the order in which they are due; equal times keep the order of setting (stage 0).

/** A timer that has been set and has not fired. */
export interface QueuedTimer {
  readonly dueMs: number;
  /** Rises with each timer set: the tie-breaker. */
  readonly order: number;
  readonly callback: () => void;
  /** Made where it was set, when that is recorded; its stack is read only when it is asked for. */
  readonly origin: Error | undefined;
}

/** A sorted array: adding and removing find their place by halving. */
export class TimerQueue {
  readonly #timers: QueuedTimer[] = [];

  add(timer: QueuedTimer): void {
    this.#timers.splice(this.#placeOf(timer), 0, timer);
  }

  /** Idempotent. */
  remove(timer: QueuedTimer): void {
    const place = this.#placeOf(timer);
    if (this.#timers[place] === timer) this.#timers.splice(place, 1);
  }

  /** Takes out the earliest timer that is due by then. */
  takeDue(byMs: number): QueuedTimer | undefined {
    const first = this.#timers[0];
    return first !== undefined && first.dueMs <= byMs ? this.#timers.shift() : undefined;
  }

  get first(): QueuedTimer | undefined {
    return this.#timers[0];
  }

  get size(): number {
    return this.#timers.length;
  }

  toArray(): readonly QueuedTimer[] {
    return [...this.#timers];
  }

  /** Index of the first timer that is not before this one. */
  #placeOf(timer: QueuedTimer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle] as QueuedTimer;
      const isBefore =
        other.dueMs < timer.dueMs || (other.dueMs === timer.dueMs && other.order < timer.order);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
