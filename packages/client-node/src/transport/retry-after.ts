// SPDX-License-Identifier: Apache-2.0
// When a server that is busy wants to be asked again (stage 1 and 6).
import type { Clock } from "@haversack/core";

/** client-go repeats a request at most 10 times; the deadline usually ends it sooner. */
export const maxThrottleRetries = 10;

/**
 * Reads a `Retry-After` header: seconds or an HTTP date.
 *
 * **API requests:** 0.
 *
 * @returns Milliseconds from now; `undefined` when there is none that makes sense.
 * @see RFC 9110, section 10.2.3.
 */
export function parseRetryAfter(header: string | undefined, clock: Clock): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/[a-z]/i.test(text)) return undefined;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : Math.max(0, timeMs - clock.now());
}

/**
 * Adds up to a quarter to a wait, and never less than asked, so that clients that were refused
 * together do not come back together.
 */
export function withJitter(delayMs: number, random: () => number): number {
  return Math.round(delayMs + random() * Math.max(delayMs / 4, 100));
}
