// SPDX-License-Identifier: Apache-2.0
// Kubernetes quantities: their value, and the one text that Kubernetes writes for it (stage 5: reconcile).
import { isJsonObject, type Json, type JsonObject } from "./json.js";

/** Values are kept in billionths: Kubernetes rounds anything finer up (resource.Quantity). */
const nano = 1_000_000_000n;
const decimalSuffixes = new Map<string, number>([
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
const binarySuffixes = new Map<string, bigint>([
  ["Ki", 1n],
  ["Mi", 2n],
  ["Gi", 3n],
  ["Ti", 4n],
  ["Pi", 5n],
  ["Ei", 6n],
]);
const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

interface Parsed {
  readonly nanos: bigint;
  readonly format: "binary" | "decimal" | "exponent";
}

/**
 * The text Kubernetes stores for a quantity.
 *
 * @throws {@link RangeError} when it is no quantity.
 * @example
 * ```ts
 * canonicalQuantity("0.5G"); // => "500M"
 * canonicalQuantity("1000m"); // => "1"
 * ```
 */
export function canonicalQuantity(text: string | number): string {
  const { nanos, format } = parse(text);
  if (nanos === 0n) return "0";
  const whole = nanos % nano === 0n ? nanos / nano : undefined;
  const isBinary = format === "binary" && whole !== undefined && abs(whole) >= 1024n;
  if (isBinary) {
    let rest = whole;
    let power = 0;
    while (rest % 1024n === 0n && power < 6) {
      rest /= 1024n;
      power += 1;
    }
    return `${rest}${["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power] ?? ""}`;
  }
  return decimalText(nanos, format === "exponent");
}

/** The value in whole units (bytes for memory), rounded up as Kubernetes does. */
export function quantityValue(text: string | number): bigint {
  const { nanos } = parse(text);
  const floor = nanos / nano;
  return nanos % nano > 0n ? floor + 1n : floor;
}

/** `requests` and `limits` with every quantity in canonical text; everything else stays as it is. */
export function canonicalResources(resources: JsonObject | undefined): JsonObject {
  const result: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const [key, value] of Object.entries(resources ?? {})) {
    if (value === undefined) continue;
    const holdsQuantities = key === "requests" || key === "limits";
    result[key] = holdsQuantities && isJsonObject(value) ? canonicalMap(value) : value;
  }
  return { ...result };
}

function canonicalMap(quantities: JsonObject): JsonObject {
  const canonical = Object.entries(quantities).map(([name, value]) => [
    name,
    typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value,
  ]);
  return Object.fromEntries(canonical) as JsonObject;
}

function parse(text: string | number): Parsed {
  const match = pattern.exec(String(text).trim());
  if (match === null) {
    throw new RangeError(
      `cannot read quantity "${text}": it is no number with an optional unit. Write it as 500m, 1Gi or 0.5G.`,
    );
  }
  const [, sign = "", digits = "0", exponent, suffix = ""] = match;
  const [integer = "", fraction = ""] = digits.split(".");
  const mantissa = BigInt(`${integer}${fraction}` || "0") * (sign === "-" ? -1n : 1n);
  const binaryPower = binarySuffixes.get(suffix);
  if (binaryPower !== undefined) {
    return {
      nanos: divideUp(mantissa * nano * 1024n ** binaryPower, 10n ** BigInt(fraction.length)),
      format: "binary",
    };
  }
  const power =
    exponent === undefined ? (decimalSuffixes.get(suffix) ?? 0) : Number(exponent.slice(1));
  const shift = power + 9 - fraction.length;
  const nanos =
    shift >= 0 ? mantissa * 10n ** BigInt(shift) : divideUp(mantissa, 10n ** BigInt(-shift));
  return { nanos, format: exponent === undefined ? "decimal" : "exponent" };
}

function decimalText(nanos: bigint, withExponent: boolean): string {
  let rest = nanos;
  let power = -9;
  while (rest % 1000n === 0n && power < 18) {
    rest /= 1000n;
    power += 3;
  }
  if (withExponent) return power === 0 ? `${rest}` : `${rest}e${power}`;
  const suffix = [...decimalSuffixes].find(([, value]) => value === power)?.[0] ?? "";
  return `${rest}${suffix}`;
}

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by > 0n ? quotient + 1n : quotient;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
