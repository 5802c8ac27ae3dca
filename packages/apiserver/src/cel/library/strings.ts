// SPDX-License-Identifier: Apache-2.0
// Text functions of CEL and of its strings extension; positions count code points.
import { compilePattern, PatternError } from "../../schema/patterns.js";
import type { Pattern } from "../../schema/patterns.js";
import { checkTextSize } from "../frame.js";
import { fn, matchCost, method, traverse, walks } from "../overload.js";
import type { Overload, OverloadCost } from "../overload.js";
import { ArrayList, CelError } from "../values.js";
import type { CelList } from "../values.js";
import { formatText } from "./format-text.js";

/** A compiled pattern. @throws {@link CelError} with the engine's words. */
export function patternOf(source: string): Pattern {
  const pattern = compilePattern(source);
  if (pattern instanceof PatternError) throw new CelError(pattern.message);
  return pattern;
}

const matches = (text: string, pattern: string): boolean => patternOf(pattern).matches(text);
const matching: OverloadCost = { cost: (text = 0, pattern = 0) => matchCost(text, pattern) };
const walksSecond: OverloadCost = { cost: (_text, part = 0) => traverse(part) };
const copies: OverloadCost = { cost: (size) => traverse(size), size: (size = 0) => size };
const rebuilds: OverloadCost = { cost: (size = 0) => traverse(size * 2), size: (size = 0) => size };

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);

function charAt(text: string, index: bigint): string {
  const points = [...text];
  if (index < 0n || index > BigInt(points.length)) throw outOfRange(index);
  return points[Number(index)] ?? "";
}

function substring(text: string, start: bigint, end?: bigint): string {
  const points = [...text];
  const last = end ?? BigInt(points.length);
  if (start < 0n || start > BigInt(points.length)) throw outOfRange(start);
  if (last < 0n || last > BigInt(points.length)) throw outOfRange(last);
  if (start > last) {
    throw new CelError(`invalid substring range. start: ${start}, end: ${last}`);
  }
  return points.slice(Number(start), Number(last)).join("");
}

const startsAt = (points: readonly string[], part: readonly string[], at: number): boolean =>
  part.every((point, index) => points[at + index] === point);

function indexOf(text: string, part: string, from = 0n): bigint {
  const [points, wanted] = [[...text], [...part]];
  if (from < 0n || (part !== "" && from >= BigInt(points.length) && from !== 0n)) {
    throw outOfRange(from);
  }
  if (part === "") return from;
  for (let at = Number(from); at + wanted.length <= points.length; at++) {
    if (startsAt(points, wanted, at)) return BigInt(at);
  }
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const [points, wanted] = [[...text], [...part]];
  if (from !== undefined && (from < 0n || from >= BigInt(points.length))) throw outOfRange(from);
  if (part === "") return from ?? BigInt(points.length);
  const last = points.length - wanted.length;
  for (let at = from === undefined ? last : Math.min(Number(from), last); at >= 0; at--) {
    if (startsAt(points, wanted, at)) return BigInt(at);
  }
  return -1n;
}

function replace(text: string, old: string, next: string, limit = -1n): string {
  const count = old === "" ? text.length + 1 : text.split(old).length - 1;
  checkTextSize(text.length + count * next.length);
  if (limit < 0n)
    return old === "" ? spread(text, next, Infinity) : text.replaceAll(old, () => next);
  if (old === "") return spread(text, next, Number(limit));
  let rest = text;
  let result = "";
  for (let left = limit; left > 0n; left--) {
    const at = rest.indexOf(old);
    if (at === -1) break;
    result += rest.slice(0, at) + next;
    rest = rest.slice(at + old.length);
  }
  return result + rest;
}

/** The text with something before each code point and at the end. */
function spread(text: string, between: string, limit: number): string {
  const points = [...text];
  let result = "";
  for (let at = 0; at <= points.length; at++) {
    result += (at < limit ? between : "") + (points[at] ?? "");
  }
  return result;
}

function split(text: string, separator: string, limit = -1n): CelList {
  if (limit === 0n) return new ArrayList([]);
  if (limit === 1n) return new ArrayList([text]);
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return new ArrayList(parts);
  const head = parts.slice(0, Number(limit) - 1);
  return new ArrayList([...head, parts.slice(Number(limit) - 1).join(separator)]);
}

function joinAll(list: CelList, separator = ""): string {
  const parts: string[] = [];
  let units = 0;
  for (const part of list) {
    if (typeof part !== "string") throw new CelError("no such overload");
    units += part.length + separator.length;
    checkTextSize(units);
    parts.push(part);
  }
  return parts.join(separator);
}

const ascii = (text: string, grammar: RegExp, change: (letter: string) => string): string =>
  text.replace(grammar, change);

/** White space as Unicode defines it, which is not quite JavaScript's. */
const blank = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const blankEnds = new RegExp(`^${blank}|${blank}$`, "gu");
const trim = (text: string): string => text.replace(blankEnds, "");

const quotes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const quotable = /[\x07\b\f\n\r\t\v\\"]/g;
const quote = (text: string): string =>
  `"${text.replace(quotable, (point) => quotes[point] as string)}"`;

const find = (text: string, pattern: string): string =>
  patternOf(pattern).findAll(text, 1)[0] ?? "";
const findAll = (text: string, pattern: string, limit = -1n): CelList =>
  new ArrayList(patternOf(pattern).findAll(text, limit < 0n ? -1 : Number(limit)));

const joining: OverloadCost = {
  cost: (list = 0) => traverse(list * 2),
  size: (list = 0) => list,
};

const basics: readonly Overload[] = [
  method(
    "startsWith",
    "string, string -> bool",
    (a: string, b: string) => a.startsWith(b),
    walksSecond,
  ),
  method(
    "endsWith",
    "string, string -> bool",
    (a: string, b: string) => a.endsWith(b),
    walksSecond,
  ),
  method("contains", "string, string -> bool", (a: string, b: string) => a.includes(b), {
    cost: (text = 0, part = 0) => traverse(text) * traverse(part),
  }),
  method("matches", "string, string -> bool", matches, matching),
  fn("matches", "string, string -> bool", matches, matching),
  method("find", "string, string -> string", find, { ...matching, size: (text = 0) => text }),
  method("findAll", "string, string -> list<string>", findAll, { ...matching, size: (n = 0) => n }),
  method("findAll", "string, string, int -> list<string>", findAll, {
    ...matching,
    size: (n = 0) => n,
  }),
];

const extension: readonly Overload[] = [
  method("charAt", "string, int -> string", charAt),
  method("indexOf", "string, string -> int", indexOf, walks),
  method("indexOf", "string, string, int -> int", indexOf, walks),
  method("lastIndexOf", "string, string -> int", lastIndexOf, walks),
  method("lastIndexOf", "string, string, int -> int", lastIndexOf, walks),
  method(
    "lowerAscii",
    "string -> string",
    (text: string) => ascii(text, /[A-Z]/g, (letter) => letter.toLowerCase()),
    copies,
  ),
  method(
    "upperAscii",
    "string -> string",
    (text: string) => ascii(text, /[a-z]/g, (letter) => letter.toUpperCase()),
    copies,
  ),
  method("replace", "string, string, string -> string", replace, replacing()),
  method("replace", "string, string, string, int -> string", replace, replacing()),
  method("split", "string, string -> list<string>", split, rebuilds),
  method("split", "string, string, int -> list<string>", split, rebuilds),
  method("substring", "string, int -> string", substring, copies),
  method("substring", "string, int, int -> string", substring, copies),
  method("trim", "string -> string", trim, copies),
  method("join", "list<string> -> string", joinAll, joining),
  method("join", "list<string>, string -> string", joinAll, joining),
  method("format", "string, list<dyn> -> string", formatText, walks),
  fn("strings.quote", "string -> string", quote, {
    cost: (size) => traverse(size),
    size: (size = 0) => size * 2 + 2,
  }),
];

/** Replacing an empty text puts the new one around each code point. */
function replacing(): OverloadCost {
  return {
    cost: (text = 0) => traverse(text * 2),
    size: (text = 0, _old = 0, next = 0) => text + (text + 1) * next,
  };
}

/** Text functions. */
export const stringLibrary: readonly Overload[] = [...basics, ...extension];
