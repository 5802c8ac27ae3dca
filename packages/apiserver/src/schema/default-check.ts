// SPDX-License-Identifier: Apache-2.0
// Checks the defaults of a definition: what they fill in must be valid and known to the schema.
import { invalid } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { clone } from "../json.js";
import { anySchema } from "./schema.js";
import type { Schema } from "./schema.js";
import { prune } from "./prune.js";
import { findings } from "./validate.js";

/** Findings on the defaults below a schema. */
export function checkDefaults(schema: Schema, path: string): FieldError[] {
  const below = (part: Schema | undefined, name: string): FieldError[] =>
    part === undefined ? [] : checkDefaults(part, `${path}.${name}`);
  return [
    ...checkDefault(schema, `${path}.default`),
    ...[...(schema.properties ?? [])].flatMap(([name, field]) =>
      below(field, `properties[${name}]`),
    ),
    ...below(schema.additionalProperties, "additionalProperties"),
    ...below(schema.items, "items"),
  ];
}

function checkDefault(schema: Schema, path: string): FieldError[] {
  const { default: value } = schema;
  if (value === undefined) return [];
  const dropped: string[] = [];
  // Only the paths below count: the default stands where its schema does, not at an object's root.
  prune({ value: clone(value) }, { properties: new Map([["value", schema]]) }, anySchema, dropped);
  const unknown = dropped.length > 0 ? [invalid(path, value, "must not have unknown fields")] : [];
  const faults = findings(value, schema, "").map((fault) => ({
    ...fault,
    field: fault.field === "<nil>" || fault.field === "" ? path : `${path}.${fault.field}`,
  }));
  return [...unknown, ...faults];
}
