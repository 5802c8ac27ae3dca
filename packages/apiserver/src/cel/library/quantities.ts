// SPDX-License-Identifier: Apache-2.0
// Quantities and semantic versions as CEL values.
import { quantityNano } from "../../schema/quantity.js";
import { fn, method, walks } from "../overload.js";
import type { Overload } from "../overload.js";
import { CelError } from "../values.js";
import type { Opaque } from "../values.js";

const unit = 1_000_000_000n;
const compare = (left: bigint, right: bigint): bigint =>
  left < right ? -1n : left > right ? 1n : 0n;

class Quantity implements Opaque {
  readonly opaque = "kubernetes.Quantity";
  readonly size = 1;
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
  equals(other: Opaque): boolean {
    return other instanceof Quantity && other.nanos === this.nanos;
  }
}

function quantity(text: string): Quantity {
  const nanos = quantityNano(text);
  if (nanos !== undefined) return new Quantity(nanos);
  throw new CelError(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

const isInteger = ({ nanos }: Quantity): boolean => {
  const whole = nanos / unit;
  return nanos % unit === 0n && whole >= -(2n ** 63n) && whole < 2n ** 63n;
};

function asInteger(value: Quantity): bigint {
  if (!isInteger(value)) throw new CelError("cannot convert value to integer");
  return value.nanos / unit;
}

const quantities: readonly Overload[] = [
  fn("quantity", "string -> Quantity", quantity, walks),
  fn("isQuantity", "string -> bool", (text: string) => quantityNano(text) !== undefined, walks),
  method("sign", "Quantity -> int", ({ nanos }: Quantity) => compare(nanos, 0n)),
  method("isInteger", "Quantity -> bool", isInteger),
  method("asInteger", "Quantity -> int", asInteger),
  method("asApproximateFloat", "Quantity -> double", ({ nanos }: Quantity) => Number(nanos) / 1e9),
  method(
    "add",
    "Quantity, Quantity -> Quantity",
    (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
  ),
  method(
    "add",
    "Quantity, int -> Quantity",
    (a: Quantity, b: bigint) => new Quantity(a.nanos + b * unit),
  ),
  method(
    "sub",
    "Quantity, Quantity -> Quantity",
    (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
  ),
  method(
    "sub",
    "Quantity, int -> Quantity",
    (a: Quantity, b: bigint) => new Quantity(a.nanos - b * unit),
  ),
  method(
    "isLessThan",
    "Quantity, Quantity -> bool",
    (a: Quantity, b: Quantity) => a.nanos < b.nanos,
  ),
  method(
    "isGreaterThan",
    "Quantity, Quantity -> bool",
    (a: Quantity, b: Quantity) => a.nanos > b.nanos,
  ),
  method("compareTo", "Quantity, Quantity -> int", (a: Quantity, b: Quantity) =>
    compare(a.nanos, b.nanos),
  ),
];

const number = "(0|[1-9]\\d*)";
const part = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][\\da-zA-Z-]*)";
const semverGrammar = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${part}(?:\\.${part})*))?(?:\\+([\\da-zA-Z-]+(?:\\.[\\da-zA-Z-]+)*))?$`,
);
/** Longest version: the grammar's cost stays small. */
const maxVersion = 1_000;

class Semver implements Opaque {
  readonly opaque = "kubernetes.Semver";
  readonly size = 1;
  readonly numbers: readonly bigint[];
  readonly preRelease: readonly string[];
  constructor(numbers: readonly bigint[], preRelease: readonly string[]) {
    this.numbers = numbers;
    this.preRelease = preRelease;
  }
  equals(other: Opaque): boolean {
    return other instanceof Semver && compareSemver(this, other) === 0n;
  }
}

function parseSemver(text: string): Semver | undefined {
  const match = text.length > maxVersion ? null : semverGrammar.exec(text);
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "", pre = ""] = match;
  const numbers = [major, minor, patch].map(BigInt);
  if (numbers.some((value) => value >= 2n ** 64n)) return undefined;
  return new Semver(numbers, pre === "" ? [] : pre.split("."));
}

/** Without a leading "v", with three numbers, without leading zeros. */
function normalizeVersion(text: string): string {
  const [core = "", ...rest] = text.replace(/^v/, "").split(/(?=[-+])/);
  const numbers = core.split(".").map((digits) => digits.replace(/^0+(?=\d)/, ""));
  while (numbers.length < 3) numbers.push("0");
  return numbers.join(".") + rest.join("");
}

const readVersion = (text: string, normalize = false): Semver | undefined =>
  parseSemver(normalize ? normalizeVersion(text) : text);

function semver(text: string, normalize = false): Semver {
  const value = readVersion(text, normalize);
  if (value === undefined) throw new CelError(`invalid semantic version: ${text}`);
  return value;
}

function comparePart(left: string, right: string): bigint {
  const [a, b] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (a && b) return compare(BigInt(left), BigInt(right));
  if (a !== b) return a ? -1n : 1n;
  return left < right ? -1n : left > right ? 1n : 0n;
}

function compareSemver(left: Semver, right: Semver): bigint {
  for (let at = 0; at < 3; at++) {
    const order = compare(left.numbers[at] as bigint, right.numbers[at] as bigint);
    if (order !== 0n) return order;
  }
  const [a, b] = [left.preRelease, right.preRelease];
  // A release comes after its own pre-releases.
  if (a.length === 0 || b.length === 0) return BigInt(Number(b.length > 0) - Number(a.length > 0));
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = comparePart(a[at] as string, b[at] as string);
    if (order !== 0n) return order;
  }
  return compare(BigInt(a.length), BigInt(b.length));
}

const isSemver = (text: string, normalize = false): boolean =>
  readVersion(text, normalize) !== undefined;

const versions: readonly Overload[] = [
  fn("semver", "string -> Semver", semver, walks),
  fn("semver", "string, bool -> Semver", semver, walks),
  fn("isSemver", "string -> bool", isSemver, walks),
  fn("isSemver", "string, bool -> bool", isSemver, walks),
  ...["major", "minor", "patch"].map((name, index) =>
    method(name, "Semver -> int", ({ numbers }: Semver) => numbers[index] as bigint),
  ),
  method(
    "isLessThan",
    "Semver, Semver -> bool",
    (a: Semver, b: Semver) => compareSemver(a, b) < 0n,
  ),
  method(
    "isGreaterThan",
    "Semver, Semver -> bool",
    (a: Semver, b: Semver) => compareSemver(a, b) > 0n,
  ),
  method("compareTo", "Semver, Semver -> int", compareSemver),
];

/** Quantities and versions. */
export const quantityLibrary: readonly Overload[] = [...quantities, ...versions];
