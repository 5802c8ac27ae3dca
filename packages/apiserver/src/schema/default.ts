// SPDX-License-Identifier: Apache-2.0
// Fills the defaults of a schema into an object, in place: for absent fields, and for null where null
// is not allowed.
import { clone, isObject, own, setOwn } from "../json.js";
import type { Schema } from "./schema.js";

/** Fills defaults everywhere below the value. */
export function applyDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, field] of schema.properties ?? []) {
    const present = own(value, key);
    const hasDefault = field.default !== undefined;
    if (present === undefined && hasDefault) setOwn(value, key, clone(field.default));
    if (present === null && field.nullable !== true && hasDefault) {
      setOwn(value, key, clone(field.default));
    }
    const now = own(value, key);
    if (typeof now === "object" && now !== null) applyDefaults(now, field);
  }
  const values = schema.additionalProperties;
  if (values === undefined) return;
  for (const key of Object.keys(value)) {
    if (schema.properties?.has(key) !== true) applyDefaults(value[key], values);
  }
}
