// SPDX-License-Identifier: Apache-2.0
// JSON of an object as CEL values, as its schema says: numbers become int or double, texts with a
// format times, objects views that read the JSON when they are asked.
import { isObject, own } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";
import { escapeName } from "./escaping.js";
import type { KeyedList } from "./library/keyed-lists.js";
import { isMapSchema, ruleSchema } from "./schema-types.js";
import { parseDuration, parseTimestamp } from "./times.js";
import { CelError, CelList, CelMap } from "./values.js";
import type { CelValue } from "./values.js";

/** The value of JSON. @throws {@link CelError} when it is not what the schema says. */
export function valueOfJson(json: unknown, schema: Schema, isRoot = false): CelValue {
  if (json === null) return null;
  const seen = ruleSchema(schema, isRoot || schema.embeddedResource === true);
  if (seen.intOrString === true) return intOrString(json);
  switch (seen.type) {
    case "object":
      if (!isObject(json)) throw unfit("a map", "object");
      return isMapSchema(seen) ? new JsonMap(json, seen) : new JsonFields(json, seen);
    case "array":
      if (!Array.isArray(json)) throw unfit("an array", "array");
      return new JsonList(json, seen);
    case "string":
      return textValue(json, seen);
    case "boolean":
      if (typeof json !== "boolean") throw mismatch("a bool", json);
      return json;
    case "number":
      if (typeof json !== "number") throw mismatch("a double", json);
      return json;
    case "integer":
      if (!Number.isInteger(json)) throw mismatch("an int", json);
      return BigInt(json as number);
    default:
      throw new CelError("invalid data, no schema");
  }
}

const goNames: Readonly<Record<string, string>> = {
  object: "map[string]interface {}",
  number: "float64",
  boolean: "bool",
  string: "string",
};

function mismatch(expected: string, json: unknown): CelError {
  const found = Array.isArray(json) ? "[]interface {}" : (goNames[typeof json] ?? typeof json);
  return new CelError(`invalid data, expected ${expected.replace(/^an? /, "")}, got ${found}`);
}

const unfit = (expected: string, type: string): CelError =>
  new CelError(`invalid data, expected ${expected} for the provided schema with type=${type}`);

function intOrString(json: unknown): CelValue {
  if (typeof json === "string") return json;
  if (Number.isInteger(json)) return BigInt(json as number);
  throw new CelError("invalid data, expected XIntOrString value to be either a string or integer");
}

function textValue(json: unknown, { format }: Schema): CelValue {
  if (typeof json !== "string") throw mismatch("a string", json);
  if (format === "byte") return new Uint8Array(Buffer.from(json, "base64"));
  const read =
    format === "duration"
      ? parseDuration(json)
      : format === "date"
        ? parseTimestamp(`${json}T00:00:00Z`)
        : format === "date-time"
          ? parseTimestamp(json)
          : json;
  if (read === undefined) throw new CelError(`invalid ${String(format)} ${json}`);
  return read;
}

/** An object with the fields of its schema; others are not seen. */
class JsonFields extends CelMap {
  readonly #json: JsonObject;
  readonly #schema: Schema;
  override readonly objectName = "object";

  constructor(json: JsonObject, schema: Schema) {
    super();
    this.#json = json;
    this.#schema = schema;
  }

  get size(): number {
    return [...this.keys()].length;
  }

  get(key: CelValue): CelValue | undefined {
    for (const [name, field] of fieldsOf(this.#schema).get(String(key)) ?? []) {
      const value = own(this.#json, name);
      if (value !== undefined) return valueOfJson(value, field);
    }
    return undefined;
  }

  /** A field that is null counts as not there. */
  override has(key: CelValue): boolean {
    const value = this.get(key);
    return value !== undefined && value !== null;
  }

  *keys(): Iterable<CelValue> {
    for (const name of Object.keys(this.#json)) {
      // Names that no expression can write count when objects are compared.
      if (this.#schema.properties?.has(name) === true) yield escapeName(name) ?? name;
    }
  }
}

type Fields = ReadonlyMap<string, readonly (readonly [string, Schema])[]>;

const fieldTables = new WeakMap<Schema, Fields>();

/** Fields by the names that rules write. */
function fieldsOf(schema: Schema): Fields {
  const known = fieldTables.get(schema);
  if (known !== undefined) return known;
  const table = new Map<string, (readonly [string, Schema])[]>();
  for (const [name, field] of schema.properties ?? []) {
    table.set(escapeName(name) ?? name, [[name, field]]);
  }
  fieldTables.set(schema, table);
  return table;
}

/** A map with any keys. */
class JsonMap extends CelMap {
  readonly #json: JsonObject;
  readonly #values: Schema;

  constructor(json: JsonObject, { additionalProperties = {} }: Schema) {
    super();
    this.#json = json;
    this.#values = additionalProperties;
  }

  get size(): number {
    return Object.keys(this.#json).length;
  }

  get(key: CelValue): CelValue | undefined {
    const value = typeof key === "string" ? own(this.#json, key) : undefined;
    return value === undefined ? undefined : valueOfJson(value, this.#values);
  }

  *keys(): Iterable<CelValue> {
    yield* Object.keys(this.#json);
  }
}

class JsonList extends CelList implements KeyedList {
  readonly #json: readonly unknown[];
  readonly #items: Schema;
  override readonly listType: "atomic" | "set" | "map";
  readonly listKeys: readonly string[];

  constructor(
    json: readonly unknown[],
    { items = {}, listType = "atomic", listMapKeys = [] }: Schema,
  ) {
    super();
    this.#json = json;
    this.#items = items;
    this.listType = listType;
    this.listKeys = listMapKeys.map((key) => escapeName(key) ?? key);
  }

  get size(): number {
    return this.#json.length;
  }

  at(index: number): CelValue {
    return valueOfJson(this.#json[index], this.#items);
  }
}
