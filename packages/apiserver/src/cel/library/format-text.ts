// SPDX-License-Identifier: Apache-2.0
// `"%d of %s".format([…])`: the clauses of the strings extension.
import { numberOf } from "../compare.js";
import { checkTextSize } from "../frame.js";
import { formatDuration, formatTimestamp } from "../times.js";
import { CelError, CelList, CelMap, Duration, Timestamp, TypeValue, Uint } from "../values.js";
import type { CelValue } from "../values.js";
import { doubleText } from "./conversions.js";

const refuse = (clause: string): CelError => new CelError(`error during formatting: ${clause}`);

function plainText(value: CelValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "null";
  if (typeof value === "number") return doubleText(value).replace(/^\+?(-?)Inf$/, "$1Infinity");
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof CelList) return `[${checked([...value].map(plainText)).join(", ")}]`;
  if (value instanceof CelMap) return mapText(value);
  throw refuse(
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
  );
}

function checked(texts: string[]): string[] {
  checkTextSize(texts.reduce((units, text) => units + text.length, 0));
  return texts;
}

function mapText(map: CelMap): string {
  const entries = [...map.keys()].map((key): [string, string] => [
    plainText(key),
    plainText(map.get(key) as CelValue),
  ]);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}: ${value}`).join(", ")}}`;
}

function notFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "Infinity" : "-Infinity";
}

function decimal(value: CelValue): string {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint) return String(value.value);
  const special = typeof value === "number" ? notFinite(value) : undefined;
  if (special !== undefined) return special;
  throw refuse("decimal clause can only be used on integers");
}

/** JavaScript rounds a half up, the format's origin to the even digit. */
function fixed(value: number, precision: number): string {
  const exact = value.toFixed(100);
  const point = exact.indexOf(".") + 1;
  const isHalf = point > 0 && /^50*$/.test(exact.slice(point + precision));
  if (!isHalf) return value.toFixed(precision);
  const cut = precision === 0 ? exact.slice(0, point - 1) : exact.slice(0, point + precision);
  return Number(cut.at(-1)) % 2 === 0 ? cut : value.toFixed(precision);
}

function float(value: CelValue, precision: number, isScientific: boolean): string {
  const number = numberOf(value);
  if (number === undefined) throw refuse("fixed-point clause can only be used on doubles");
  const double = Number(number);
  const special = notFinite(double);
  if (special !== undefined) return special;
  if (!isScientific) return fixed(double, precision);
  const [digits = "", exponent = "0"] = double.toExponential(precision).split("e");
  const power = Number(exponent);
  const size = Math.abs(power).toString().padStart(2, "0");
  return `${digits}e${power < 0 ? "-" : "+"}${size}`;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function inBase(value: CelValue, base: 2 | 8 | 16): string {
  if (typeof value === "bigint") return value.toString(base);
  if (value instanceof Uint) return value.value.toString(base);
  if (base === 2 && typeof value === "boolean") return value ? "1" : "0";
  if (base === 16 && typeof value === "string") return hexOf(new TextEncoder().encode(value));
  if (base === 16 && value instanceof Uint8Array) return hexOf(value);
  throw refuse("only integers can be formatted in another base");
}

function clause(verb: string, precision: number, value: CelValue): string {
  switch (verb) {
    case "s":
      return plainText(value);
    case "d":
      return decimal(value);
    case "f":
    case "e":
      return float(value, precision, verb === "e");
    case "b":
      return inBase(value, 2);
    case "o":
      return inBase(value, 8);
    case "x":
      return inBase(value, 16);
    case "X":
      return inBase(value, 16).toUpperCase();
    default:
      throw refuse(`unrecognized formatting clause "${verb}"`);
  }
}

/** Fills the clauses of a format. @throws {@link CelError} for one that does not fit its value. */
export function formatText(format: string, values: CelList): string {
  let index = 0;
  return format.replace(
    /%(%|(?:\.(\d+))?(.?))/gsu,
    (_all, rest: string, digits?: string, verb?: string) => {
      if (rest === "%") return "%";
      if (index >= values.size) throw new CelError(`index ${index} out of range`);
      const value = values.at(index);
      index += 1;
      // A hundred digits are what a number can be written with.
      return clause(verb ?? "", Math.min(Number(digits ?? 6), 100), value);
    },
  );
}
