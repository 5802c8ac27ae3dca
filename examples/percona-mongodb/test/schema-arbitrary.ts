// SPDX-License-Identifier: Apache-2.0
// Objects as a schema allows them, for properties that have to hold for whatever a server lets through.
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../src/json.js";

/** Texts that mean something to somebody, next to any other. */
const text = fc.oneof(
  fc.constantFrom("", "true", "1Gi", "many", "a: [", "net:\n  tls: x\n", "security:\n  a: b\n"),
  fc.constantFrom("rs0", "cfg", "0 0 * * *", "@daily", "none", "__proto__", "1.22.0", "ClusterIP"),
  fc.string({ maxLength: 8 }),
);

const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

/**
 * Values of a schema, as a CustomResourceDefinition has it.
 *
 * What keeps unknown fields gets some; optional properties come and go.
 */
export function fromSchema(schema: JsonObject): fc.Arbitrary<Json> {
  if (schema["x-kubernetes-int-or-string"] === true) return fc.oneof(fc.integer(), text);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as Json[]));
  switch (schema["type"]) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: Number(schema["minimum"] ?? -3), max: 9 });
    case "array": {
      const items = isJsonObject(schema["items"]) ? fromSchema(schema["items"]) : anything;
      return fc.array(items, { maxLength: 3 });
    }
    case "object":
      return objectFrom(schema);
    default:
      return text;
  }
}

function objectFrom(schema: JsonObject): fc.Arbitrary<Json> {
  const { properties, additionalProperties } = schema;
  if (isJsonObject(additionalProperties))
    return fc.dictionary(
      fc.string({ minLength: 1, maxLength: 5 }),
      fromSchema(additionalProperties),
      { maxKeys: 3 },
    );
  const known = isJsonObject(properties) ? properties : {};
  const model = Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) =>
      isJsonObject(value) ? [[key, fromSchema(value)] as const] : [],
    ),
  );
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  const typed = fc.record(model, { requiredKeys: required });
  if (schema["x-kubernetes-preserve-unknown-fields"] !== true) return typed;
  // Known keys win: what the schema types is never something else.
  const unknown = fc.dictionary(fc.string({ maxLength: 6 }), anything, { maxKeys: 2 });
  return fc.tuple(unknown, typed).map(([others, own]) => ({ ...others, ...own }));
}
