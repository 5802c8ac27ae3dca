// SPDX-License-Identifier: Apache-2.0
// Shapes of the strategic merge fixtures, from the OpenAPI definitions that come with them.
import { isObject, objectAt, own, stringAt } from "../src/json.js";
import type { JsonObject } from "../src/json.js";
import type { Schema, SchemaType } from "../src/schema/schema.js";

/** Definitions by name; they refer to each other, and to themselves. */
export class Definitions {
  readonly #definitions: JsonObject;
  readonly #made = new Map<string, Schema>();

  constructor(definitions: JsonObject) {
    this.#definitions = definitions;
  }

  /** The shape of a definition. */
  shape(name: string): Schema {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const schema: Schema = {};
    this.#made.set(name, schema);
    Object.assign(schema, this.#read(objectAt(this.#definitions, name) ?? {}));
    return schema;
  }

  #read(json: JsonObject): Schema {
    const reference = stringAt(json, "$ref")?.replace("#/definitions/", "");
    const schema: Schema = reference === undefined ? {} : { ...this.shape(reference) };
    // Some cases write a list where the definition has one item.
    if (reference !== undefined) schema.items = this.#field({ $ref: json["$ref"] });
    const type = stringAt(json, "type");
    if (type !== undefined) schema.type = type as SchemaType;
    const properties = objectAt(json, "properties");
    if (properties !== undefined) {
      schema.properties = new Map(
        Object.keys(properties).map((key) => [key, this.#field(properties[key])]),
      );
    }
    const items = own(json, "items");
    if (isObject(items)) schema.items = this.#field(items);
    const values = own(json, "additionalProperties");
    if (isObject(values)) schema.additionalProperties = this.#field(values);
    const strategy = stringAt(json, "x-kubernetes-patch-strategy");
    if (strategy !== undefined) schema.patchStrategy = strategy as "merge";
    const mergeKey = stringAt(json, "x-kubernetes-patch-merge-key");
    if (mergeKey !== undefined) schema.patchMergeKey = mergeKey;
    return schema;
  }

  /** A field is read when it is looked at: definitions are recursive. */
  #field(json: unknown): Schema {
    if (!isObject(json)) return {};
    let read: Schema | undefined;
    const schema = (): Schema => (read ??= this.#read(json));
    return new Proxy({}, { get: (_target, key) => schema()[key as keyof Schema] });
  }
}
