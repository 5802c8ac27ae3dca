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
 * become text. Keys such as `__proto__` stay keys.
 *
 * **API requests:** 0.
 *
 * @throws MalformedObjectError beyond 512 levels, or for what JSON cannot hold. Terminal.
 */
export function copyJson(value: unknown, ref: ResourceRef, level = 0): Json {
  const plain = jsonForm(value);
  if (plain === null || typeof plain === "boolean" || typeof plain === "string") return plain;
  if (typeof plain === "number" && Number.isFinite(plain)) return plain;
  checkLevel(level, ref);
  if (Array.isArray(plain)) {
    return plain.map((item) => (item === undefined ? null : copyJson(item, ref, level + 1)));
  }
  if (!isJsonObject(plain)) throw notJson(plain, ref);
  // Object.fromEntries defines properties, it never assigns: `__proto__` cannot reach a prototype.
  return Object.fromEntries(
    Object.entries(plain)
      .filter(([, item]) => (item as unknown) !== undefined)
      .map(([key, item]) => [key, copyJson(item, ref, level + 1)]),
  );
}

/**
 * JSON text in which equal values are equal texts: keys are sorted.
 *
 * **API requests:** 0. @throws MalformedObjectError beyond 512 levels. Terminal.
 */
export function canonicalText(value: Json, ref: ResourceRef, level = 0): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  checkLevel(level, ref);
  if (Array.isArray(value)) {
    return `[${(value as readonly Json[]).map((item) => canonicalText(item, ref, level + 1)).join(",")}]`;
  }
  const object = value as JsonObject;
  const fields = Object.keys(object).sort();
  return `{${fields
    .map((key) => `${JSON.stringify(key)}:${canonicalText(object[key] as Json, ref, level + 1)}`)
    .join(",")}}`;
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
  const lanes = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let at = 0; at < text.length; at += 1) {
    const lane = at & 3;
    const mixed = Math.imul((lanes[lane] as number) ^ text.charCodeAt(at), 0xcc9e2d51);
    lanes[lane] = (mixed ^ (mixed >>> 15)) + (lanes[(lane + 3) & 3] as number);
  }
  let carry = text.length;
  const digits: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const lane = round & 3;
    carry = finalMix(((lanes[lane] as number) ^ carry) + Math.imul(round, 0x9e3779b9));
    lanes[lane] = carry;
  }
  for (const lane of lanes) digits.push((lane >>> 0).toString(16).padStart(8, "0"));
  return digits.join("");
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

function finalMix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
