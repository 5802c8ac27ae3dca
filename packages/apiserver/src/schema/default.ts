// SPDX-License-Identifier: Apache-2.0
// Fills the defaults of a schema into an object, in place: for absent fields, and for null where null
// is not allowed; such a null without a default goes.
import { clone, isObject, own, setOwn } from "../json.js";
import type { Schema } from "./schema.js";

/** Whether a schema says what its values are: what may be anything may be null. */
const isTyped = ({ type, intOrString }: Schema): boolean =>
  type !== undefined || intOrString === true;

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
    if (present === null && field.nullable !== true && (hasDefault || isTyped(field))) {
      if (hasDefault) setOwn(value, key, clone(field.default));
      else delete value[key];
    }
    const now = own(value, key);
    if (typeof now === "object" && now !== null) applyDefaults(now, field);
  }
  const values = schema.additionalProperties;
  if (values === undefined) return;
  for (const key of Object.keys(value)) {
    if (schema.properties?.has(key) === true) continue;
    if (value[key] === null && values.nullable !== true && isTyped(values)) delete value[key];
    else applyDefaults(value[key], values);
  }
}
