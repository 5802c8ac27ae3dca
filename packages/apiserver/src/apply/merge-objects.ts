// SPDX-License-Identifier: Apache-2.0
// Merges an applied configuration into the live object, and takes fields out of an object.
// Both return new values and share what did not change.
import { isObject, own, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import { fieldSchema, isAtomic } from "../schema/schema.js";
import type { Schema } from "../schema/schema.js";
import type { FieldSet } from "./field-set.js";
import { formatPath } from "./field-set.js";
import { elementOf, keyedItems } from "./list-keys.js";

/** The live value with everything the configuration names laid over it. */
export function mergeConfig(
  live: unknown,
  config: unknown,
  schema: Schema | undefined,
  path: readonly string[] = [],
): unknown {
  if (live === undefined || live === null || isAtomic(schema, config)) return config;
  if (Array.isArray(live) && Array.isArray(config)) return mergeLists(live, config, schema, path);
  if (!isObject(live) || !isObject(config)) return config;
  const result: JsonObject = { ...live };
  for (const key of Object.keys(config)) {
    const element = [...path, `f:${key}`];
    const merged = mergeConfig(own(live, key), config[key], fieldSchema(schema, key), element);
    setOwn(result, key, merged);
  }
  return result;
}

/**
 * Merges two keyed lists: the configuration's items keep the configuration's order, the live
 * items that it does not name stay where they were relative to their neighbours.
 */
function mergeLists(
  live: readonly unknown[],
  config: readonly unknown[],
  schema: Schema | undefined,
  path: readonly string[],
): unknown[] {
  const text = formatPath(path);
  const configItems = keyedItems(config, schema ?? {}, text, false);
  const liveItems = new Map(
    keyedItems(live, schema ?? {}, text, true).map(({ element, item }) => [element, item]),
  );
  const named = new Set(configItems.map(({ element }) => element));
  const order = [...liveItems.keys()];
  const result: unknown[] = [];
  let next = 0;
  // Live items come before the first configured item that stood after them.
  const flushUntil = (element: string): void => {
    const end = order.indexOf(element, next);
    if (end === -1) return;
    for (; next <= end; next++) {
      const key = order[next] as string;
      if (!named.has(key)) result.push(liveItems.get(key));
    }
  };
  for (const { element, item } of configItems) {
    if (liveItems.has(element)) flushUntil(element);
    const merged = mergeConfig(liveItems.get(element), item, schema?.items, [...path, element]);
    result.push(merged);
  }
  for (; next < order.length; next++) {
    const key = order[next] as string;
    if (!named.has(key)) result.push(liveItems.get(key));
  }
  return result;
}

/** The value without the members of the set; containers that lose their last part stay, empty. */
export function removeFields(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  if (set.isEmpty) return value;
  if (Array.isArray(value)) {
    if (isAtomic(schema, value)) return value;
    const result: unknown[] = [];
    for (const item of value) {
      const element = elementOf(item, schema ?? {}) ?? "";
      if (set.members.has(element)) continue;
      const below = set.children.get(element);
      result.push(below === undefined ? item : removeFields(item, below, schema?.items));
    }
    return result;
  }
  if (!isObject(value) || isAtomic(schema, value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const element = `f:${key}`;
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    const item = value[key];
    const rest = below === undefined ? item : removeFields(item, below, fieldSchema(schema, key));
    setOwn(result, key, rest);
  }
  return result;
}
