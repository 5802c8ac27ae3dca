// SPDX-License-Identifier: Apache-2.0
// Time as a thing that is passed in, so that tests and the demo can drive it (stage 0: words).

/** A timer that has been set. */
export interface Timer {
  /** Stops the timer; calling it again, or after it fired, does nothing. */
  cancel(): void;
}

/** The only source of time in the packs. */
export interface Clock {
  /** Wall time in milliseconds since 1970, for what is written into objects. */
  now(): number;
  /** Milliseconds that never go back, for delays and leases. */
  monotonicMs(): number;
  /**
   * Calls back once after `delayMs`. Any delay is honoured, also beyond 2^31 − 1 ms, where Node's
   * own timer would fire at once. A waiting timer never keeps the process alive.
   */
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** Node's longest timer delay; above it `setTimeout` fires at once. */
const maxNodeDelayMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(callback, delayMs) {
    let handle: ReturnType<typeof setTimeout> | undefined;
    const arm = (remainingMs: number): void => {
      const stepMs = Math.min(Math.max(remainingMs, 0), maxNodeDelayMs);
      handle = setTimeout(() => {
        if (remainingMs > stepMs) arm(remainingMs - stepMs);
        else callback();
      }, stepMs);
      handle.unref?.();
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * Resolves after a delay on a clock; resolves early, without an error, when the signal aborts.
 *
 * **API requests:** 0.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.setTimer(finish, delayMs);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
