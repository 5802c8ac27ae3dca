// SPDX-License-Identifier: Apache-2.0
// Whether the keywords of a definition's schema have the types that they must have; the API server
// refuses others while it decodes, before it looks at what they say.
import { isObject } from "../json.js";
import type { JsonObject } from "../json.js";

/** What a keyword holds, with its name in the API server's language. */
type Shape =
  | "string"
  | "bool"
  | "float64"
  | "int64"
  | "[]string"
  | "[]v1.JSON"
  | "any"
  | "schema"
  | "schemas"
  | "map[string]v1.JSONSchemaProps"
  | "schema or bool"
  | "schema or list"
  | "v1.ValidationRules"
  | "fields of v1.ValidationRule";

const keywordsOf: Readonly<Partial<Record<Shape, string>>> = {
  string:
    "id $schema $ref description type format title pattern x-kubernetes-list-type x-kubernetes-map-type",
  bool:
    "exclusiveMaximum exclusiveMinimum uniqueItems nullable x-kubernetes-preserve-unknown-fields " +
    "x-kubernetes-embedded-resource x-kubernetes-int-or-string",
  float64: "maximum minimum multipleOf",
  int64: "maxLength minLength maxItems minItems maxProperties minProperties",
  "[]string": "required x-kubernetes-list-map-keys",
  "[]v1.JSON": "enum",
  schemas: "allOf oneOf anyOf",
  schema: "not",
  "map[string]v1.JSONSchemaProps": "properties patternProperties definitions",
  "schema or bool": "additionalProperties additionalItems",
  "schema or list": "items",
  "v1.ValidationRules": "x-kubernetes-validations",
};

const shapes: ReadonlyMap<string, Shape> = new Map(
  Object.entries(keywordsOf).flatMap(([shape, names]) =>
    names.split(" ").map((name): [string, Shape] => [name, shape as Shape]),
  ),
);

const ruleShapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ...["rule", "message", "messageExpression", "reason", "fieldPath"].map(
    (name): [string, Shape] => [name, "string"],
  ),
  ["optionalOldSelf", "bool"],
]);

/** How a JSON value is called in messages. */
function wordOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

/** A value that does not fit, as the decoder tells it. */
function misfit(value: unknown, struct: string, path: string, type: string): string {
  return `json: cannot unmarshal ${wordOf(value)} into Go struct field ${struct}.${path} of type ${type}`;
}

/** The first keyword of a schema that holds a value of the wrong type; undefined when all fit. */
export function schemaShapeFault(schema: unknown, path: string): string | undefined {
  if (schema === null) return undefined;
  if (!isObject(schema)) {
    return misfit(schema, "JSONSchemaProps", path, "v1.JSONSchemaProps");
  }
  return fieldsFault(schema, shapes, "JSONSchemaProps", path);
}

function fieldsFault(
  object: JsonObject,
  table: ReadonlyMap<string, Shape>,
  struct: string,
  path: string,
): string | undefined {
  for (const key of Object.keys(object)) {
    const shape = table.get(key);
    const value = object[key];
    if (shape === undefined || value === null) continue;
    const fault = valueFault(value, shape, struct, `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstOf(
  values: readonly unknown[],
  fault: (value: unknown) => string | undefined,
): string | undefined {
  for (const value of values) {
    const found = fault(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueFault(
  value: unknown,
  shape: Shape,
  struct: string,
  path: string,
): string | undefined {
  const wrong = (type: string): string => misfit(value, struct, path, type);
  switch (shape) {
    case "string":
      return typeof value === "string" ? undefined : wrong(shape);
    case "bool":
      return typeof value === "boolean" ? undefined : wrong(shape);
    case "float64":
      return typeof value === "number" ? undefined : wrong(shape);
    case "int64":
      return Number.isInteger(value) ? undefined : wrong(shape);
    case "schema":
      return schemaShapeFault(value, path);
    case "schema or bool":
      return typeof value === "boolean" ? undefined : schemaShapeFault(value, path);
    case "schema or list":
      return firstOf([value].flat(), (item) => schemaShapeFault(item, path));
    case "map[string]v1.JSONSchemaProps":
      if (!isObject(value)) return wrong(shape);
      return firstOf(Object.values(value), (item) => schemaShapeFault(item, path));
    default:
      return listFault(value, shape, struct, path);
  }
}

function listFault(value: unknown, shape: Shape, struct: string, path: string): string | undefined {
  const type = shape === "schemas" ? "[]v1.JSONSchemaProps" : shape;
  if (!Array.isArray(value)) return misfit(value, struct, path, type);
  if (shape === "schemas") return firstOf(value, (item) => schemaShapeFault(item, path));
  if (shape === "v1.ValidationRules") {
    return firstOf(value, (rule) =>
      isObject(rule)
        ? fieldsFault(rule, ruleShapes, "ValidationRule", path)
        : misfit(rule, struct, path, "v1.ValidationRule"),
    );
  }
  if (shape !== "[]string") return undefined;
  return firstOf(value, (item) =>
    typeof item === "string" ? undefined : misfit(item, struct, path, "string"),
  );
}
