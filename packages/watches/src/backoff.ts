// SPDX-License-Identifier: Apache-2.0
// How long to wait after the n-th failure in a row (stage 4: work queue).
import { ConfigurationError } from "@haversack/core";

/** Options of an exponential backoff. */
export interface BackoffOptions {
  /** Delay after the first failure. Default 5 ms, as in client-go. */
  readonly initialMs?: number;
  /** Longest delay. Default 1,000,000 ms, as in client-go. */
  readonly maxMs?: number;
  /** Growth per failure. Default 2. */
  readonly factor?: number;
  /** Part of the delay that is random, 0 to 1. Default 0: delays can be foretold. */
  readonly jitter?: number;
  /** Conflicts in a row that are retried without an error being reported. Default 3. */
  readonly quietConflicts?: number;
}

/**
 * An exponential backoff. It has no state: the count of failures is the queue's.
 *
 * @see client-go `ItemExponentialFailureRateLimiter` for the defaults.
 */
export interface Backoff {
  readonly quietConflicts: number;
  /** **Units:** milliseconds. @param failures Failures in a row before this one. */
  delayMs(failures: number): number;
}

/**
 * Makes an exponential backoff. **API requests:** 0.
 *
 * **Guarantees:** never negative, never above `maxMs`, finite for any count of failures.
 *
 * @throws {@link ConfigurationError} for options that are no delays. Terminal.
 * @example
 * ```ts
 * exponentialBackoff().delayMs(3); // => 40
 * ```
 */
export function exponentialBackoff(
  options: BackoffOptions = {},
  random: () => number = Math.random,
): Backoff {
  const { initialMs = 5, maxMs = 1_000_000, factor = 2, jitter = 0, quietConflicts = 3 } = options;
  const isValid = initialMs >= 0 && maxMs >= initialMs && factor >= 1 && jitter >= 0 && jitter <= 1;
  if (!isValid || !Number.isFinite(maxMs) || !(quietConflicts >= 0)) {
    throw new ConfigurationError(
      "cannot make a backoff: its options must satisfy 0 ≤ initialMs ≤ maxMs < ∞, factor ≥ 1, " +
        "0 ≤ jitter ≤ 1 and quietConflicts ≥ 0. Correct the option backoff.",
    );
  }
  return {
    quietConflicts,
    delayMs(failures) {
      // A power that overflows is Infinity, 0 × Infinity is NaN: both are cut to the limits here.
      const grown = initialMs === 0 ? 0 : Math.min(maxMs, initialMs * factor ** failures);
      return grown * (1 - jitter + jitter * random());
    },
  };
}
