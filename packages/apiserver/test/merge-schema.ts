// SPDX-License-Identifier: Apache-2.0
// Shapes of the merge fixtures, from structured-merge-diff's own form of schemas.
import { arrayAt, isObject, objectAt, own, stringAt } from "../src/json.js";
import type { JsonObject } from "../src/json.js";
import type { Schema } from "../src/schema/schema.js";

/** The shape of a named type of a schema; types may be recursive, so parts are read late. */
export function mergeShape(types: readonly JsonObject[], name: string): Schema {
  const type = types.find((candidate) => candidate["name"] === name) ?? {};
  return read(types, type);
}

function read(types: readonly JsonObject[], type: JsonObject): Schema {
  const named = stringAt(type, "namedType");
  const base = named === undefined ? {} : mergeShape(types, named);
  const relationship = stringAt(type, "elementRelationship");
  return {
    ...base,
    ...readMap(types, objectAt(type, "map")),
    ...readList(types, objectAt(type, "list")),
    ...(relationship === "atomic" ? { mapType: "atomic", listType: "atomic" } : {}),
  };
}

function readMap(types: readonly JsonObject[], map: JsonObject | undefined): Schema {
  if (map === undefined) return {};
  const fields = arrayAt(map, "fields").map((field): [string, Schema] => [
    stringAt(field, "name") ?? "",
    late(types, own(field, "type")),
  ]);
  const values = own(map, "elementType");
  return {
    ...(fields.length === 0 ? {} : { properties: new Map(fields) }),
    ...(values === undefined ? {} : { additionalProperties: late(types, values) }),
    ...(own(map, "elementRelationship") === "atomic" ? { mapType: "atomic" } : {}),
  };
}

function readList(types: readonly JsonObject[], list: JsonObject | undefined): Schema {
  if (list === undefined) return {};
  const keys = arrayAt(list, "keys").map(String);
  const isAssociative = own(list, "elementRelationship") === "associative";
  return {
    items: late(types, own(list, "elementType")),
    listType: isAssociative ? (keys.length > 0 ? "map" : "set") : "atomic",
    ...(keys.length > 0 ? { listMapKeys: keys } : {}),
  };
}

function late(types: readonly JsonObject[], type: unknown): Schema {
  if (!isObject(type)) return {};
  let made: Schema | undefined;
  const schema = (): Schema => (made ??= read(types, type));
  return new Proxy({}, { get: (_target, key) => schema()[key as keyof Schema] });
}
