// SPDX-License-Identifier: Apache-2.0
// Checks the topology of lists and maps in a definition's schema: sets, keyed lists, atomic maps.
import { invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

const listKey = "x-kubernetes-list-type";
const keysKey = "x-kubernetes-list-map-keys";
const mapKey = "x-kubernetes-map-type";

/** A field must be given, and with one value. */
function mustBe(field: string, found: string, why: string): FieldError {
  return found === "" ? required(field, why) : invalid(field, found, why);
}

/** Findings on `x-kubernetes-map-type`. */
export function checkMapType(schema: JsonObject, path: string, errors: FieldError[]): void {
  const mapType = own(schema, mapKey);
  if (mapType === undefined) return;
  const type = stringAt(schema, "type") ?? "";
  if (type !== "object") {
    errors.push(mustBe(`${path}.type`, type, `must be object if ${mapKey} is specified`));
  }
  if (mapType !== "atomic" && mapType !== "granular") {
    errors.push(notSupported(`${path}.${mapKey}`, mapType, ["atomic", "granular"]));
  }
}

/** Findings on `x-kubernetes-list-type` and its keys. */
export function checkListType(schema: JsonObject, path: string, errors: FieldError[]): void {
  const listType = own(schema, listKey);
  const keys = arrayAt(schema, keysKey);
  if (keys.length > 0 && listType !== "map") {
    const why = `must be map if ${keysKey} is non-empty`;
    errors.push(mustBe(`${path}.${listKey}`, String(listType ?? ""), why));
  }
  if (listType === undefined) return;
  const type = stringAt(schema, "type") ?? "";
  if (type !== "array") {
    errors.push(mustBe(`${path}.type`, type, `must be array if ${listKey} is specified`));
  }
  if (!["atomic", "set", "map"].includes(String(listType))) {
    errors.push(notSupported(`${path}.${listKey}`, listType, ["atomic", "set", "map"]));
  }
  if (listType === "set") checkSet(schema, path, errors);
  if (listType === "map") checkKeyed(schema, keys, path, errors);
}

/** Items of a set are told apart by all they are. */
function checkSet(schema: JsonObject, path: string, errors: FieldError[]): void {
  const items = objectAt(schema, "items");
  const type = stringAt(items, "type");
  const why = `must be atomic as item of a list with ${listKey}=set`;
  for (const [wanted, key] of [
    ["array", listKey],
    ["object", mapKey],
  ] as const) {
    const topology = own(items, key);
    const isOpen = wanted === "array" ? topology !== undefined : true;
    if (type === wanted && isOpen && topology !== "atomic") {
      errors.push(invalid(`${path}.items.${key}`, topology ?? null, why));
    }
  }
}

function checkKeyed(
  schema: JsonObject,
  keys: readonly unknown[],
  path: string,
  errors: FieldError[],
): void {
  if (keys.length === 0) {
    errors.push(required(`${path}.${keysKey}`, `must not be empty if ${listKey} is map`));
  }
  const items = objectAt(schema, "items");
  if (items === undefined) {
    errors.push(required(`${path}.items`, `must have a schema if ${listKey} is map`));
    return;
  }
  const type = stringAt(items, "type") ?? "";
  if (type !== "object") {
    const why = `must be object if parent array's ${listKey} is map`;
    errors.push(invalid(`${path}.items.type`, type, why));
  }
  const seen = new Set<unknown>();
  for (const key of keys) {
    if (seen.has(key)) {
      errors.push(invalid(`${path}.${keysKey}`, keys, "must not contain duplicate entries"));
    }
    seen.add(key);
    checkKey(schema, String(key), keys, path, errors);
  }
}

function checkKey(
  schema: JsonObject,
  key: string,
  keys: readonly unknown[],
  path: string,
  errors: FieldError[],
): void {
  const items = objectAt(schema, "items");
  const field = objectAt(items, "properties", key);
  if (field === undefined) {
    const why = "entries must all be names of item properties";
    errors.push(invalid(`${path}.${keysKey}`, keys, why));
    return;
  }
  const below = `${path}.items.properties[${key}]`;
  if (own(field, "type") === "array" || own(field, "type") === "object") {
    const why = `must be a scalar type if parent array's ${listKey} is map`;
    errors.push(invalid(`${below}.type`, stringAt(items, "type") ?? "", why));
  }
  const isRequired = arrayAt(items, "required").includes(key);
  if (!isRequired && own(field, "default") === undefined) {
    const why = `this property is in ${keysKey}, so it must have a default or be a required property`;
    errors.push(required(`${below}.default`, why));
  }
}
