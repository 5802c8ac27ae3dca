// SPDX-License-Identifier: Apache-2.0
// A clock that knows whether somebody sleeps on it: a pass that waits for a pod is not at rest (stage 5: reconcile).
import type { Clock } from "haversack";

/** A clock and its sleepers. */
export interface SleepingClock extends Clock {
  /** How many timers wait. */
  readonly sleepers: number;
}

/** Counts the timers that are set through it. **API requests:** 0. */
export function sleepingClock(clock: Clock): SleepingClock {
  let sleepers = 0;
  return {
    get sleepers() {
      return sleepers;
    },
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer(callback, delayMs) {
      let waits = true;
      const wake = (): void => {
        if (waits) sleepers -= 1;
        waits = false;
      };
      sleepers += 1;
      const timer = clock.setTimer(() => {
        wake();
        callback();
      }, delayMs);
      return {
        cancel() {
          wake();
          timer.cancel();
        },
      };
    },
  };
}
