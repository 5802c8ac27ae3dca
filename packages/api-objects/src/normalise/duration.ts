// SPDX-License-Identifier: Apache-2.0
// Go durations as exact numbers, so that "60m" is "1h0m0s" (stage 6: writes).
import type { Json } from "../json-value.js";

/** Nanoseconds per unit. @see Go's `time.ParseDuration`. */
const unitNanoseconds: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const form = /^([+-]?)((?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const part = /([0-9]+)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/g;
const maxLength = 64;

/**
 * Reads a Go duration as nanoseconds; `undefined` when it is none. A number is none: it has no unit.
 *
 * **Units:** nanoseconds. **API requests:** 0.
 *
 * @example
 * ```ts
 * parseDuration("90m") === parseDuration("1h30m0s"); // => true
 * ```
 */
export function parseDuration(value: Json | undefined): bigint | undefined {
  if (typeof value !== "string" || value.length > maxLength) return undefined;
  if (value === "0") return 0n;
  const match = form.exec(value);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, whole = "0", fraction = "", unit = ""] of (match[2] ?? "").matchAll(part)) {
    const nanoseconds = unitNanoseconds.get(unit) ?? 0n;
    total += BigInt(whole) * nanoseconds;
    total +=
      (BigInt(fraction === "" ? "0" : fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  return match[1] === "-" ? -total : total;
}

/** Whether two values are the same duration. **API requests:** 0. */
export function isSameDuration(a: Json, b: Json): boolean {
  const duration = parseDuration(a);
  return duration !== undefined && duration === parseDuration(b);
}
