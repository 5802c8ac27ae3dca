// SPDX-License-Identifier: Apache-2.0
// Kubernetes quantities as exact numbers, so that "1000m" is "1" (stage 6: writes).
import type { Json } from "../json-value.js";

const form = /^([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([eE][+-]?[0-9]{1,3})|([a-zA-Z]{0,2}))$/;

const decimalExponents: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const binaryExponents: ReadonlyMap<string, bigint> = new Map([
  ["Ki", 10n],
  ["Mi", 20n],
  ["Gi", 30n],
  ["Ti", 40n],
  ["Pi", 50n],
  ["Ei", 60n],
]);
/** Longer texts are no quantities anybody means; it bounds the arithmetic. */
const maxLength = 64;

/**
 * Reads a quantity as a number of billionths; `undefined` when it is none.
 *
 * **Units:** billionths of the unit, the smallest step a quantity has; anything finer is rounded
 * away from zero, as the API server does. **API requests:** 0.
 *
 * @see apimachinery's `resource.Quantity`.
 * @example
 * ```ts
 * parseQuantity("1Gi") === parseQuantity("1024Mi"); // => true
 * ```
 */
export function parseQuantity(value: Json | undefined): bigint | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const text = String(value);
  const match = text.length > maxLength ? null : form.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "", exponentText, suffix = ""] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const binary = binaryExponents.get(suffix);
  const decimal =
    exponentText === undefined ? decimalExponents.get(suffix) : Number(exponentText.slice(1));
  if (binary === undefined && decimal === undefined) return undefined;
  const mantissa = BigInt(whole + fraction) << (binary ?? 0n);
  const nanos = scale(mantissa, (decimal ?? 0) - fraction.length + 9);
  return sign === "-" ? -nanos : nanos;
}

/** Whether two values are the same quantity. **API requests:** 0. */
export function isSameQuantity(a: Json, b: Json): boolean {
  const quantity = parseQuantity(a);
  return quantity !== undefined && quantity === parseQuantity(b);
}

/** `mantissa × 10^exponent`, rounded away from zero. */
function scale(mantissa: bigint, exponent: number): bigint {
  if (exponent >= 0) return mantissa * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (mantissa + divisor - 1n) / divisor;
}
