// SPDX-License-Identifier: Apache-2.0
// Drops what a schema does not specify from an object, in place, and tells which paths were dropped.
import { isObject, own } from "../json.js";
import type { Schema } from "./schema.js";

const embeddedKeys = new Set(["apiVersion", "kind", "metadata"]);

/** The path of a field below another, in the form of error messages. */
export function fieldPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/**
 * Removes unspecified fields below the value.
 *
 * @param metadata Shape of the metadata of the object itself and of embedded ones.
 * @param dropped Receives the path of each dropped field (`spec.bogus`).
 */
export function prune(
  value: unknown,
  schema: Schema,
  metadata: Schema,
  dropped: string[],
  path = "",
): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    value.forEach((item, index) => prune(item, items, metadata, dropped, `${path}[${index}]`));
    return;
  }
  if (!isObject(value)) return;
  const isRoot = path === "" || schema.embeddedResource === true;
  for (const key of Object.keys(value)) {
    const below = fieldPath(path, key);
    if (isRoot && embeddedKeys.has(key)) {
      if (key === "metadata") prune(value[key], metadata, metadata, dropped, below);
      continue;
    }
    const field = schema.properties?.get(key) ?? schema.additionalProperties;
    if (field !== undefined) prune(own(value, key), field, metadata, dropped, below);
    else if (schema.preserveUnknownFields !== true) {
      delete value[key];
      dropped.push(below);
    }
  }
}
