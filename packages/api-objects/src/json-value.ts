// SPDX-License-Identifier: Apache-2.0
// Plain JSON values: copying, canonical text, hashing and comparing, all bounded in depth (stage 6: writes).
import { formatRef, MalformedObjectError, type ResourceRef } from "@haversack/core";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object; keys come from outside, so look-ups go through {@link ownValue}. */
export type JsonObject = { readonly [key: string]: Json };

/** Deeper objects are refused: V8's own `JSON.stringify` overflows its stack by 5,000 levels (measured). */
export const maxDepthLevels = 512;

/** Whether a value is a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object's own value of a key, so that `constructor` and `__proto__` are data like any other. */
export function ownValue(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A shallow copy of an object that lacks some fields. */
export function without<T extends object, F extends string>(
  object: T,
  ...fields: readonly F[]
): Omit<T, F> {
  const kept = Object.entries(object).filter(([field]) => !fields.includes(field as F));
  return Object.fromEntries(kept) as Omit<T, F>;
}

/**
 * Copies a value to plain JSON as `JSON.stringify` would see it: `undefined` is left out, dates
 * become text. Keys such as `__proto__` stay keys: parsing defines them, it never assigns.
 *
 * **API requests:** 0.
 *
 * @throws MalformedObjectError beyond 512 levels, or for what JSON cannot hold. Terminal.
 */
export function copyJson(value: unknown, ref: ResourceRef): Json {
  return JSON.parse(canonicalText(value, ref)) as Json;
}

/**
 * JSON text in which equal values are equal texts: keys are sorted, `undefined` is left out.
 *
 * **API requests:** 0.
 *
 * @throws MalformedObjectError beyond 512 levels, or for what JSON cannot hold. Terminal.
 */
export function canonicalText(value: unknown, ref: ResourceRef, level = 0): string {
  const plain = jsonForm(value);
  if (typeof plain === "string") return quoted(plain);
  if (plain === null || typeof plain === "boolean") return String(plain);
  if (typeof plain === "number" && Number.isFinite(plain)) return JSON.stringify(plain);
  checkLevel(level, ref);
  if (Array.isArray(plain)) return listText(plain, ref, level + 1);
  if (!isJsonObject(plain)) throw notJson(plain, ref);
  return objectText(plain, ref, level + 1);
}

function listText(list: readonly unknown[], ref: ResourceRef, level: number): string {
  let text = "[";
  for (const item of list) {
    if (text.length > 1) text += ",";
    text += item === undefined ? "null" : canonicalText(item, ref, level);
  }
  return `${text}]`;
}

function objectText(
  object: Readonly<Record<string, unknown>>,
  ref: ResourceRef,
  level: number,
): string {
  let text = "{";
  for (const key of Object.keys(object).sort()) {
    const item = object[key];
    if (item === undefined) continue;
    if (text.length > 1) text += ",";
    text += `${quoted(key)}:${canonicalText(item, ref, level)}`;
  }
  return `${text}}`;
}

/** Whether two values are the same JSON, whatever the order of keys. Stops at 512 levels: unequal. */
export function isSameJson(a: unknown, b: unknown, level = 0): boolean {
  if (a === b) return true;
  if (level > maxDepthLevels) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => isSameJson(item, b[at], level + 1));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key], level + 1))
  );
}

/**
 * 128 bits of a text as 32 hexadecimal digits; stable across processes and machines.
 *
 * It tells accidental differences apart, it is no protection against an attacker. Written out here
 * because the package also runs where Node's `crypto` does not exist.
 *
 * @see MurmurHash3 for the mixing constants.
 */
export function hashText(text: string): string {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  const whole = text.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    a = (stir(a ^ text.charCodeAt(at)) + d) | 0;
    b = (stir(b ^ text.charCodeAt(at + 1)) + a) | 0;
    c = (stir(c ^ text.charCodeAt(at + 2)) + b) | 0;
    d = (stir(d ^ text.charCodeAt(at + 3)) + c) | 0;
  }
  const lanes = [a, b, c, d];
  for (let at = whole; at < text.length; at += 1) {
    const lane = at & 3;
    lanes[lane] = stir((lanes[lane] ?? 0) ^ text.charCodeAt(at)) + (lanes[(lane + 3) & 3] ?? 0);
  }
  let carry = text.length;
  for (let round = 0; round < 8; round += 1) {
    const lane = round & 3;
    carry = finalMix(((lanes[lane] ?? 0) ^ carry) + Math.imul(round, 0x9e3779b9));
    lanes[lane] = carry;
  }
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Freezes an object and all within it, without recursion, so that any depth is fine. */
export function freezeDeep<T>(root: T): T {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) continue;
    Object.freeze(value);
    for (const key of Object.keys(value)) open.push((value as Record<string, unknown>)[key]);
  }
  return root;
}

/** Most keys and values need no escapes, and a look is cheaper than `JSON.stringify`. */
function quoted(text: string): string {
  return text.length < 64 && plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Printable ASCII without quotation marks and backslashes. */
const plainText = /^[ !#-[\]-~]*$/;

function jsonForm(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? (toJSON.call(value) as unknown) : value;
}

function checkLevel(level: number, ref: ResourceRef): void {
  if (level < maxDepthLevels) return;
  throw new MalformedObjectError(
    `cannot handle ${formatRef(ref)}: it is nested deeper than ${maxDepthLevels} levels. ` +
      "Flatten it, or keep the nested part as text.",
    { ref },
  );
}

function notJson(value: unknown, ref: ResourceRef): MalformedObjectError {
  return new MalformedObjectError(
    `cannot write ${formatRef(ref)}: it holds a ${typeof value} that JSON cannot hold. ` +
      "Use text, finite numbers, booleans, lists and objects only.",
    { ref },
  );
}

function stir(lane: number): number {
  const mixed = Math.imul(lane, 0xcc9e2d51);
  return mixed ^ (mixed >>> 15);
}

function finalMix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
