// SPDX-License-Identifier: Apache-2.0
// JSON values and the few operations on them that every stage needs: own-key access, copy, equality.

/** Any JSON value. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object as this package hands it around: keys come from outside, so read it with {@link own}. */
export type JsonObject = { [key: string]: unknown };

/** Whether the value is a JSON object (neither an array nor null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of an own key; `constructor` and its like are absent unless the object itself has them. */
export function own(object: unknown, key: string): unknown {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets an own key, `__proto__` included, which a plain assignment would turn into a prototype. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return;
  }
  object[key] = value;
}

/** The value at a path of keys, or undefined. */
export function getIn(object: unknown, ...path: readonly string[]): unknown {
  let value = object;
  for (const key of path) value = own(value, key);
  return value;
}

/** The value at a path when it is a string. */
export function stringAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = getIn(object, ...path);
  return typeof value === "string" ? value : undefined;
}

/** The value at a path when it is an object. */
export function objectAt(object: unknown, ...path: readonly string[]): JsonObject | undefined {
  const value = getIn(object, ...path);
  return isObject(value) ? value : undefined;
}

/** The value at a path when it is an array, else an empty one. */
export function arrayAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = getIn(object, ...path);
  return Array.isArray(value) ? value : [];
}

/** Returns the object at a key for writing, making it when it is missing. */
export function ensureObject(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  if (isObject(value)) return value;
  const made: JsonObject = {};
  setOwn(object, key, made);
  return made;
}

/** A shallow copy without some keys. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(object)) if (!keys.includes(key)) setOwn(result, key, object[key]);
  return result;
}

/** Sets the key when it is absent (or null, which the API treats as absent). */
export function setDefault(object: JsonObject, key: string, value: unknown): void {
  const present = own(object, key);
  if (present === undefined || present === null) setOwn(object, key, value);
}

/** A deep copy that shares nothing with its source. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => clone<unknown>(item)) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, clone(value[key]));
  return copy as T;
}

/** A deep copy as JSON would make it: fields without a value are left out. */
export function jsonCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => jsonCopy(item ?? null)) as T;
  const source = value as JsonObject;
  const copy: JsonObject = {};
  for (const key of Object.keys(source)) {
    const item = source[key];
    if (item !== undefined) setOwn(copy, key, jsonCopy(item));
  }
  return copy as T;
}

/** Deep equality of JSON values; the order of keys does not matter. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equal(item, right[index]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]));
}

/** Freezes the value and everything in it, so that sharing it is safe. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}
