// SPDX-License-Identifier: Apache-2.0
// Waiting for something, but not for ever (under every stage).
import { sleep, type Clock } from "@haversack/core";

/**
 * Waits for a promise at most so long. Leaves no timer behind. **API requests:** 0.
 *
 * @param hurry Ends the waiting early.
 * @returns Whether it was fulfilled in time. @throws what the promise rejects with, in time.
 */
export async function endsWithin(
  clock: Clock,
  promise: Promise<unknown>,
  delayMs: number,
  hurry?: AbortSignal,
): Promise<boolean> {
  const timer = new AbortController();
  const stop = (): void => timer.abort();
  if (hurry?.aborted === true) timer.abort();
  hurry?.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([
      promise.then(() => true),
      sleep(clock, delayMs, timer.signal).then(() => false),
    ]);
  } finally {
    timer.abort();
    hurry?.removeEventListener("abort", stop);
  }
}
