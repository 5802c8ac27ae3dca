// SPDX-License-Identifier: Apache-2.0
// Conversions between CEL types, and optionals.
import { isUtf8 } from "node:buffer";
import { equalValues } from "../compare.js";
import { fn, method, traverse } from "../overload.js";
import type { Overload, OverloadCost } from "../overload.js";
import {
  formatDuration,
  formatTimestamp,
  makeTimestamp,
  parseDuration,
  parseTimestamp,
} from "../times.js";
import { CelError, CelList, CelMap, Duration, Optional, Timestamp, Uint } from "../values.js";
import type { CelValue } from "../values.js";
import { checkInt, checkUint } from "./operators.js";

const second = 1_000_000_000n;
/** The zero of times in the reference: the start of the year 1. */
const firstMoment = -62_135_596_800n * second;
const identity = (value: CelValue): CelValue => value;

/** Above this a double is no int any more, by the reference implementation's own bound. */
function doubleToInt(value: number): bigint {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) throw new CelError("integer overflow");
  return BigInt(Math.trunc(value));
}

function doubleToUint(value: number): Uint {
  if (!(value >= 0 && value < 2 ** 64)) throw new CelError("unsigned integer overflow");
  return new Uint(BigInt(Math.trunc(value)));
}

function textToInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text))
    throw new CelError(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return checkInt(BigInt(text.replace(/^\+/, "")));
}

function textToUint(text: string): Uint {
  if (!/^\d+$/.test(text))
    throw new CelError(`strconv.ParseUint: parsing "${text}": invalid syntax`);
  return checkUint(BigInt(text));
}

function textToDouble(text: string): number {
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named !== null) {
    if (named[2]?.toLowerCase() === "nan") return NaN;
    return named[1] === "-" ? -Infinity : Infinity;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    throw new CelError(`strconv.ParseFloat: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

/** A double as Go's shortest form writes it. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  const size = Math.abs(power).toString().padStart(2, "0");
  return `${digits}e${power < 0 ? "-" : "+"}${size}`;
}

const wordTruth: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  "0": false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

function textToBool(text: string): boolean {
  const value = Object.hasOwn(wordTruth, text) ? wordTruth[text] : undefined;
  if (value === undefined)
    throw new CelError(`strconv.ParseBool: parsing "${text}": invalid syntax`);
  return value;
}

function bytesToText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  return Buffer.from(bytes).toString("utf8");
}

function textToDuration(text: string): Duration {
  const value = parseDuration(text);
  if (value === undefined) throw new CelError(`time: invalid duration "${text}"`);
  return value;
}

function textToTimestamp(text: string): Timestamp {
  const value = parseTimestamp(text);
  if (value === undefined) throw new CelError(`invalid timestamp "${text}"`);
  return value;
}

const traversal: OverloadCost = { cost: (size) => traverse(size), size: (size = 0) => size * 4 };

const conversions: readonly Overload[] = [
  fn("int", "int -> int", identity),
  fn("int", "uint -> int", ({ value }: Uint) => checkInt(value)),
  fn("int", "double -> int", doubleToInt),
  fn("int", "string -> int", textToInt),
  fn("int", "timestamp -> int", ({ nanos }: Timestamp) => nanos / second),
  fn("int", "duration -> int", ({ nanos }: Duration) => nanos),
  fn("uint", "uint -> uint", identity),
  fn("uint", "int -> uint", checkUint),
  fn("uint", "double -> uint", doubleToUint),
  fn("uint", "string -> uint", textToUint),
  fn("double", "double -> double", identity),
  fn("double", "int -> double", Number),
  fn("double", "uint -> double", ({ value }: Uint) => Number(value)),
  fn("double", "string -> double", textToDouble),
  fn("bool", "bool -> bool", identity),
  fn("bool", "string -> bool", textToBool),
  fn("bytes", "bytes -> bytes", identity),
  fn("bytes", "string -> bytes", (text: string) => new TextEncoder().encode(text), traversal),
  fn("string", "string -> string", identity),
  fn("string", "bool -> string", String),
  fn("string", "int -> string", String),
  fn("string", "uint -> string", ({ value }: Uint) => String(value)),
  fn("string", "double -> string", doubleText),
  fn("string", "bytes -> string", bytesToText, {
    cost: (size) => traverse(size),
    size: (n = 0) => n,
  }),
  fn("string", "timestamp -> string", formatTimestamp),
  fn("string", "duration -> string", formatDuration),
  fn("duration", "duration -> duration", identity),
  fn("duration", "string -> duration", textToDuration),
  fn("timestamp", "timestamp -> timestamp", identity),
  fn("timestamp", "string -> timestamp", textToTimestamp),
  fn("timestamp", "int -> timestamp", (seconds: bigint) => makeTimestamp(seconds * second)),
];

function valueOf({ value }: Optional): CelValue {
  if (value === undefined) throw new CelError("optional.none() dereference");
  return value;
}

/** Zero values make no optional: 0, "", empty lists and maps, null, the start of time. */
function isZero(value: CelValue): boolean {
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Optional) return value.value === undefined;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === firstMoment;
  return value === null || value === "" || value === false || equalValues(value, 0n);
}

/** The present values of a list of optionals. */
export const presentOf = (list: CelList): CelValue[] =>
  [...list].flatMap((item) =>
    item instanceof Optional && item.value !== undefined ? [item.value] : [],
  );

const optionals: readonly Overload[] = [
  fn("optional.of", "A -> optional<A>", (value: CelValue) => new Optional(value)),
  fn("optional.none", "-> optional<A>", () => Optional.none),
  fn("optional.ofNonZeroValue", "A -> optional<A>", (value: CelValue) =>
    isZero(value) ? Optional.none : new Optional(value),
  ),
  method("hasValue", "optional<A> -> bool", ({ value }: Optional) => value !== undefined),
  method("value", "optional<A> -> A", valueOf),
];

/** Conversions and optionals. */
export const conversionLibrary: readonly Overload[] = [...conversions, ...optionals];
