// SPDX-License-Identifier: Apache-2.0
// Resource quantities: exact parsing and the canonical form the API server stores (1000m → 1).
// Source of the rules: Kubernetes documentation of resource.Quantity.

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const suffixes = Object.entries(decimal).sort((a, b) => b[1] - a[1]);
const grammar = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i)|([numkMGTPE]))?$/;

/** A quantity as an exact count of nano-units. */
interface Parsed {
  readonly nano: bigint;
  readonly form: "binary" | "decimal" | "exponent";
}

const nanoExponent = 9;

/** Scales a decimal number to nano-units, rounding away from zero as the API does. */
function scaled(digits: string, exponent: number): bigint {
  const shift = exponent + nanoExponent;
  if (shift >= 0) return BigInt(digits) * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  const value = BigInt(digits);
  return (value + divisor - 1n) / divisor;
}

function parse(text: string): Parsed | undefined {
  const match = grammar.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent, binarySuffix, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = whole + fraction;
  let nano: bigint;
  if (binarySuffix !== undefined) {
    const power = binary.indexOf(binarySuffix as (typeof binary)[number]);
    nano = scaled(String(BigInt(digits) * 1024n ** BigInt(power)), -fraction.length);
  } else {
    const power = exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent.slice(1));
    if (Math.abs(power) > 40) return undefined;
    nano = scaled(digits, power - fraction.length);
  }
  const form =
    binarySuffix !== undefined ? "binary" : exponent !== undefined ? "exponent" : "decimal";
  return { nano: sign === "-" ? -nano : nano, form };
}

const unit = 10n ** BigInt(nanoExponent);

function formatBinary(value: bigint): string {
  let power = 0;
  let rest = value;
  while (rest !== 0n && rest % 1024n === 0n && power < binary.length - 1) {
    rest /= 1024n;
    power += 1;
  }
  return `${rest}${binary[power]}`;
}

function formatDecimal(nano: bigint, exponentForm: boolean): string {
  for (const [suffix, power] of suffixes) {
    const size = 10n ** BigInt(power + nanoExponent);
    if (nano % size !== 0n) continue;
    if (!exponentForm) return `${nano / size}${suffix}`;
    return power === 0 ? String(nano / size) : `${nano / size}e${power}`;
  }
  return String(nano);
}

/**
 * The canonical form of a quantity, or undefined when the text is none.
 *
 * @example
 * ```ts
 * canonicalQuantity("0.5G"); // => "500M"
 * canonicalQuantity("1024Mi"); // => "1Gi"
 * ```
 */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const { nano, form } = parsed;
  if (nano === 0n) return "0";
  const absolute = nano < 0n ? -nano : nano;
  // A binary quantity below 1024, or with a fraction of one, falls back to the decimal form.
  if (form === "binary" && absolute % unit === 0n && absolute >= 1024n * unit) {
    return (nano < 0n ? "-" : "") + formatBinary(absolute / unit);
  }
  return formatDecimal(nano, form === "exponent");
}

/** A quantity in nano-units, for comparisons; undefined when the text is none. */
export function quantityNano(text: string): bigint | undefined {
  return parse(text)?.nano;
}
