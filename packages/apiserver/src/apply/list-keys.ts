// SPDX-License-Identifier: Apache-2.0
// How items of merged lists are told apart: by their keys (list type map) or their value (set).
import { own } from "../json.js";
import { formatPath } from "./field-set.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";

/** A list item under its path element. */
export interface KeyedItem {
  readonly element: string;
  readonly item: unknown;
}

/** The path element of an item of a map or set list; undefined when a key is missing. */
export function elementOf(item: unknown, schema: Schema): string | undefined {
  if (schema.listType === "set") return `v:${JSON.stringify(item)}`;
  const keys: JsonObject = {};
  for (const key of [...(schema.listMapKeys ?? [])].sort()) {
    const value = own(item, key) ?? schema.items?.properties?.get(key)?.default;
    // A key that is absent and has no default does not tell items apart, but the others may.
    if (value === undefined || value === null) continue;
    keys[key] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : `k:${JSON.stringify(keys)}`;
}

/** Raised when the items of a list cannot be told apart. */
export class ListKeyError extends Error {}

/** All items with their path elements, in order. */
export function keyedItems(
  list: readonly unknown[],
  schema: Schema,
  path: string,
  allowDuplicates: boolean,
): KeyedItem[] {
  const seen = new Set<string>();
  const result: KeyedItem[] = [];
  list.forEach((item, index) => {
    const element = elementOf(item, schema);
    if (element === undefined) {
      const keys = (schema.listMapKeys ?? []).join(", ");
      throw new ListKeyError(
        `${path}: element ${index}: associative list with keys has an element that omits key ` +
          `field "${keys}" (and doesn't have default value)`,
      );
    }
    if (seen.has(element)) {
      if (allowDuplicates) return;
      throw new ListKeyError(`${path}: duplicate entries for key ${formatPath([element])}`);
    }
    seen.add(element);
    result.push({ element, item });
  });
  return result;
}
