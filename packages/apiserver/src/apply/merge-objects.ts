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
 * Merges two keyed lists: the configuration's items keep the configuration's order, and live items
 * that it does not name stay before whatever comes next. Order as structured-merge-diff has it.
 */
function mergeLists(
  live: readonly unknown[],
  config: readonly unknown[],
  schema: Schema | undefined,
  path: readonly string[],
): unknown[] {
  const text = formatPath(path);
  const wished = keyedItems(config, schema ?? {}, text, false);
  const present = live.map((item) => ({ element: elementOf(item, schema ?? {}) ?? "", item }));
  const liveItems = new Map(present.map(({ element, item }) => [element, item]));
  // Duplicates in the live list stay, until a configuration names them: then it alone counts.
  const isTwice = duplicatesOf(present.map(({ element }) => element));
  const named = new Set(wished.map(({ element }) => element));
  const shared = wished.map(({ element }) => element).filter((element) => liveItems.has(element));
  const result: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < present.length || right < wished.length) {
    const mine = present[left];
    const theirs = wished[right];
    const isShared = mine !== undefined && named.has(mine.element);
    if (mine !== undefined && !isShared) {
      result.push(mine.item);
      left += 1;
      continue;
    }
    // A shared item that is not the next one of the configuration comes when its turn is there.
    const isEarly =
      mine !== undefined && mine.element !== theirs?.element && shared[0] !== mine.element;
    if (theirs === undefined || isEarly) {
      left += 1;
      continue;
    }
    const { element, item } = theirs;
    const before = isTwice.has(element) ? undefined : liveItems.get(element);
    result.push(mergeConfig(before, item, schema?.items, [...path, element]));
    if (shared[0] === element) shared.shift();
    if (mine?.element === element) left += 1;
    right += 1;
  }
  return result;
}

function duplicatesOf(elements: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(elements.filter((element) => seen.has(element) || !seen.add(element)));
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
