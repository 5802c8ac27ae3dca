// SPDX-License-Identifier: Apache-2.0
// Completes the field table of a built-in kind with the static defaults of kinds/defaults.
import { defaultsByType } from "./static-defaults.js";
import type { Schema } from "../schema/schema.js";
import { builtinKindSchema, builtinType } from "./parse-types.js";

let applied = false;

/** Hangs the default values on the field schemas they belong to, once for all kinds. */
function applyDefaults(): void {
  for (const [typeName, fields] of Object.entries(defaultsByType)) {
    const { properties } = builtinType(typeName);
    for (const [field, value] of Object.entries(fields)) {
      const schema = properties?.get(field);
      if (schema === undefined) throw new Error(`Default for unknown field ${typeName}.${field}.`);
      // A field of a named type shares that type's schema: its default belongs to this field alone.
      const copy = Object.create(schema, { default: { value, enumerable: true } }) as Schema;
      properties?.set(field, copy);
    }
  }
  applied = true;
}

/** The schema of a built-in kind, defaults included. */
export function completeBuiltinSchema(typeName: string): Schema {
  if (!applied) applyDefaults();
  return builtinKindSchema(typeName);
}
