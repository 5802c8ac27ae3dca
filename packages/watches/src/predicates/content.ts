// SPDX-License-Identifier: Apache-2.0
// Comparing parts of two states of an object: paths and deep equality (stage 2: predicate).
import type { KubernetesObject } from "@haversack/core";

/** Whether two JSON values are equal; the order of keys does not matter, that of arrays does. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, index) => isEqualJson(value, b[index]));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && isEqualJson(ownValue(a, key), ownValue(b, key)),
  );
}

/** The value at a dotted path of own properties; `undefined` where it ends early. */
export function valueAt(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = ownValue(value, step);
  }
  return value;
}

/** What describes an object, not its identity or state. */
const notContent: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/**
 * Whether the content (all but metadata and status) of two states differs.
 *
 * Where the informer keeps metadata only there is no content to compare: then every other
 * resourceVersion counts, so that nothing is missed.
 */
export function isContentChanged(before: KubernetesObject, after: KubernetesObject): boolean {
  const keys = new Set([...contentKeys(before), ...contentKeys(after)]);
  if (keys.size === 0 && !("status" in after))
    return before.metadata.resourceVersion !== after.metadata.resourceVersion;
  for (const key of keys)
    if (!isEqualJson(ownValue(before, key), ownValue(after, key))) return true;
  return false;
}

/** Whether what is wanted of an object changed: its generation, or its content where it has none. */
export function isSpecChanged(before: KubernetesObject, after: KubernetesObject): boolean {
  const [from, to] = [before.metadata, after.metadata];
  if (from.deletionTimestamp !== to.deletionTimestamp) return true;
  if (from.generation !== undefined && to.generation !== undefined)
    return from.generation !== to.generation;
  return isContentChanged(before, after);
}

function contentKeys(object: KubernetesObject): string[] {
  return Object.keys(object).filter((key) => !notContent.has(key));
}

function ownValue(object: object, key: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[key];
}
