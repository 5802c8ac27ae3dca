// SPDX-License-Identifier: Apache-2.0
// The CEL type of a schema (numbers, booleans and objects count as empty in the estimates), with the largest sizes that its values can have in one request. Source of
// the bounds: the API server's estimates for objects of at most 3 MiB.
import type { Schema } from "../schema/schema.js";
import { escapeName } from "./escaping.js";
import { listOf, mapOf, stringType } from "./types.js";
import type { CelType } from "./types.js";

/** Largest request. Source: API server. */
export const maxRequestBytes: number = 3 * 1024 * 1024;

/** A type, and how many bytes its smallest value takes in JSON. */
export interface DeclaredType {
  readonly type: CelType;
  readonly minBytes: number;
}

const text: Schema = { type: "string" };

/** What every object says of itself, whatever its schema says. */
const rootFields: readonly (readonly [string, Schema])[] = [
  ["apiVersion", text],
  ["kind", text],
  [
    "metadata",
    {
      type: "object",
      properties: new Map([
        ["name", text],
        ["generateName", text],
      ]),
    },
  ],
];

const roots = new WeakMap<Schema, Schema>();

/** The schema as rules see it: of metadata only name and generateName. */
export function ruleSchema(schema: Schema, isRoot: boolean): Schema {
  if (!isRoot) return schema;
  const known = roots.get(schema);
  if (known !== undefined) return known;
  const properties = new Map([...(schema.properties ?? []), ...rootFields]);
  const made: Schema = { ...schema, properties };
  roots.set(schema, made);
  return made;
}

/** Whether the schema's values are maps with any keys. */
export function isMapSchema({ additionalProperties: values, properties }: Schema): boolean {
  if (values === undefined || (properties?.size ?? 0) > 0) return false;
  return values.type !== undefined || values.intOrString === true;
}

const declared = new WeakMap<Schema, { readonly found: DeclaredType | undefined }>();

/** The type of a schema's values; undefined when rules cannot see them. */
export function declaredType(
  schema: Schema,
  isRoot: boolean,
  path = "selfType",
): DeclaredType | undefined {
  const seen = ruleSchema(schema, isRoot);
  const known = declared.get(seen);
  if (known !== undefined) return known.found;
  const found = makeType(seen, path);
  declared.set(seen, { found });
  return found;
}

function makeType(schema: Schema, path: string): DeclaredType | undefined {
  if (schema.intOrString === true) {
    const maxSize =
      schema.maxLength === undefined ? maxRequestBytes - 2 : atLeastZero(schema.maxLength) * 4;
    return { type: { kind: "dyn", maxSize }, minBytes: 1 };
  }
  switch (schema.type) {
    case "array":
      return listType(schema, path);
    case "object":
      return isMapSchema(schema) ? mapType(schema, path) : objectType(schema, path);
    case "string":
      return textType(schema);
    case "boolean":
      return { type: { kind: "bool", maxSize: 0 }, minBytes: 4 };
    case "number":
      return { type: { kind: "double", maxSize: 0 }, minBytes: 1 };
    case "integer":
      return { type: { kind: "int", maxSize: 0 }, minBytes: 1 };
    default:
      return undefined;
  }
}

const atLeastZero = (value: number): number => Math.max(0, value);

const embedded = (schema: Schema): boolean => schema.embeddedResource === true;

function listType(schema: Schema, path: string): DeclaredType | undefined {
  const { items, maxItems } = schema;
  const item =
    items === undefined ? undefined : declaredType(items, embedded(items), `${path}.@idx`);
  if (item === undefined) return undefined;
  // Brackets, and a comma after each item.
  const most = Math.floor((maxRequestBytes - 2) / (item.minBytes + 1));
  const maxSize = maxItems === undefined ? most : atLeastZero(maxItems);
  return { type: listOf(item.type, maxSize), minBytes: 2 };
}

function mapType(schema: Schema, path: string): DeclaredType | undefined {
  const { additionalProperties: values, maxProperties } = schema;
  const value =
    values === undefined ? undefined : declaredType(values, embedded(values), `${path}.@elem`);
  if (value === undefined) return undefined;
  // Quotes, a colon, a comma and two bytes of key for each.
  const most = Math.floor((maxRequestBytes - 2) / (value.minBytes + 6));
  const maxSize = maxProperties === undefined ? most : atLeastZero(maxProperties);
  return { type: mapOf(stringType, value.type, maxSize), minBytes: 2 };
}

function objectType(schema: Schema, path: string): DeclaredType {
  const fields = new Map<string, CelType>();
  let minBytes = 2;
  for (const [name, field] of schema.properties ?? []) {
    const escaped = escapeName(name);
    const type = declaredType(field, embedded(field), `${path}.${escaped ?? name}`);
    if (type === undefined) continue;
    if (escaped !== undefined) fields.set(escaped, type.type);
    const isSent = schema.required?.includes(name) === true && field.default === undefined;
    if (isSent) minBytes += name.length + type.minBytes + 4;
  }
  return { type: { kind: "object", name: path, fields, maxSize: 0 }, minBytes };
}

/** Longest texts of formats, and shortest, with quotes. */
const timeFormats: Readonly<
  Record<string, { kind: "duration" | "timestamp"; max: number; min: number }>
> = {
  duration: { kind: "duration", max: 32, min: 3 },
  date: { kind: "timestamp", max: 12, min: 12 },
  "date-time": { kind: "timestamp", max: 32, min: 21 },
};

function textType({ format, maxLength, enum: values }: Schema): DeclaredType {
  const time =
    format !== undefined && Object.hasOwn(timeFormats, format) ? timeFormats[format] : undefined;
  if (time !== undefined)
    return { type: { kind: time.kind, maxSize: time.max }, minBytes: time.min };
  const whole = maxRequestBytes - 2;
  if (format === "byte") {
    const maxSize = maxLength === undefined ? whole : atLeastZero(maxLength);
    return { type: { kind: "bytes", maxSize }, minBytes: 2 };
  }
  const longest = Math.max(
    0,
    ...(values ?? []).map((value) => (typeof value === "string" ? value.length : 0)),
  );
  const unlimited = (values?.length ?? 0) > 0 ? longest : whole;
  // A code point takes four bytes at most.
  const maxSize = maxLength === undefined ? unlimited : atLeastZero(maxLength) * 4;
  return { type: { kind: "string", maxSize }, minBytes: 2 };
}
