// SPDX-License-Identifier: Apache-2.0
// Reads the OpenAPI v3 schema of a CustomResourceDefinition.
import { arrayAt, isObject, own } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "./schema.js";

/** Keywords that are taken over as they are. */
const plainKeywords = [
  "type",
  "format",
  "description",
  "nullable",
  "default",
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "required",
] as const;

/** Kubernetes' extensions and the names they have here. */
const extensions: Readonly<Record<string, string>> = {
  "x-kubernetes-list-type": "listType",
  "x-kubernetes-list-map-keys": "listMapKeys",
  "x-kubernetes-map-type": "mapType",
  "x-kubernetes-int-or-string": "intOrString",
  "x-kubernetes-preserve-unknown-fields": "preserveUnknownFields",
  "x-kubernetes-embedded-resource": "embeddedResource",
  "x-kubernetes-validations": "validations",
};

/** A schema from its JSON form; whatever is no schema accepts anything. */
export function parseStructural(json: unknown): Schema {
  if (!isObject(json)) return {};
  const schema: Schema = {};
  const target = schema as JsonObject;
  for (const keyword of plainKeywords) {
    const value = own(json, keyword);
    // A default of null is none.
    if (value !== undefined && value !== null) target[keyword] = value;
  }
  for (const [extension, name] of Object.entries(extensions)) {
    const value = own(json, extension);
    if (value !== undefined) target[name] = value;
  }
  const properties = own(json, "properties");
  if (isObject(properties)) {
    schema.properties = new Map(
      Object.keys(properties).map((key) => [key, parseStructural(properties[key])]),
    );
  }
  const values = own(json, "additionalProperties");
  if (isObject(values)) schema.additionalProperties = parseStructural(values);
  else if (values === true) schema.additionalProperties = { preserveUnknownFields: true };
  const items = own(json, "items");
  if (items !== undefined) schema.items = parseStructural(items);
  parseCombinations(json, schema);
  return schema;
}

function parseCombinations(json: JsonObject, schema: Schema): void {
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const parts = arrayAt(json, keyword);
    if (parts.length > 0) schema[keyword] = parts.map(parseStructural);
  }
  const not = own(json, "not");
  if (not !== undefined) schema.not = parseStructural(not);
}
