// SPDX-License-Identifier: Apache-2.0
// Validates custom objects against their structural schema, with the API server's texts. Unchanged
// parts of an update are not judged again (ratcheting).
import { duplicate, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { equal, isObject, objectAt, own, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { checkFormat } from "./formats.js";
import { numberFaults, objectFaults, sizeFaults, stringFaults } from "./keyword-checks.js";
import { labelValueFaults, qualifiedNameFaults } from "../write/names.js";
import type { Schema, SchemaType } from "./schema.js";
import { fieldPath } from "./prune.js";

/** What a validation compares with and looks at. */
export interface ValidateOptions {
  /** The stored object on an update. */
  readonly old?: JsonObject | undefined;
  /** Only this top-level field (a subresource). */
  readonly only?: string | undefined;
}

/** Appends a finding for everything in the object that breaks its schema. */
export function validateSchema(
  object: JsonObject,
  schema: Schema,
  errors: FieldError[],
  options: ValidateOptions = {},
): void {
  const { old, only } = options;
  if (only !== undefined) {
    const field = schema.properties?.get(only);
    const value = own(object, only);
    if (field !== undefined && value !== undefined) {
      validateValue(value, own(old, only), field, only, errors);
    }
    return;
  }
  // apiVersion, kind and metadata have been judged by their own rules.
  const rest = without(object, ...typeMeta);
  const named = { ...schema, required: withoutTypeMeta(schema.required) };
  validateValue(rest, old, named, "", errors);
}

const typeMeta = new Set(["apiVersion", "kind", "metadata"]);

function withoutTypeMeta(names: readonly string[] | undefined): readonly string[] {
  return (names ?? []).filter((name) => !typeMeta.has(name));
}

const wordOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};

function hasType(value: unknown, type: SchemaType): boolean {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function typeFault(value: unknown, schema: Schema, path: string): FieldError | undefined {
  if (value === null && schema.nullable === true) return undefined;
  if (schema.intOrString === true) {
    if (typeof value === "string" || Number.isInteger(value)) return undefined;
    return wrongType(value, "integer,string", path);
  }
  if (schema.type === undefined || hasType(value, schema.type)) return undefined;
  return wrongType(value, schema.type, path);
}

function wrongType(value: unknown, type: string, path: string): FieldError {
  // The real server shows the JSON type of a wrong value in place of the value.
  const word = JSON.stringify(wordOf(value));
  const detail = `: ${word}: ${path} in body must be of type ${type}: ${word}`;
  return { field: path === "" ? "<nil>" : path, reason: "FieldValueTypeInvalid", detail };
}

function validateValue(
  value: unknown,
  old: unknown,
  schema: Schema,
  path: string,
  errors: FieldError[],
): void {
  if (old !== undefined && equal(value, old)) return;
  const fault = typeFault(value, schema, path);
  if (fault !== undefined) {
    errors.push(fault);
    return;
  }
  if (value === null) return;
  checkEnum(value, schema, path, errors);
  checkCombinations(value, schema, path, errors);
  if (typeof value === "string") {
    errors.push(...stringFaults(value, schema, path), ...checkFormat(value, schema.format, path));
  } else if (typeof value === "number") errors.push(...numberFaults(value, schema, path));
  else if (Array.isArray(value)) validateArray(value, old, schema, path, errors);
  else if (isObject(value)) validateObjectValue(value, old, schema, path, errors);
}

function checkEnum(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.enum === undefined || schema.enum.some((allowed) => equal(allowed, value))) return;
  const allowed = schema.enum.map((item) => JSON.stringify(item)).join(", ");
  const detail = `: ${JSON.stringify(value)}: supported values: ${allowed}`;
  errors.push({ field: path, reason: "FieldValueNotSupported", detail });
}

/** Findings of a value against a schema, as a list; nothing is known of an older value. */
export function findings(value: unknown, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  validateValue(value, undefined, schema, path, errors);
  return errors;
}

/** Conditions are told without their place, then with what the likeliest of them misses. */
function checkCombinations(
  value: unknown,
  schema: Schema,
  path: string,
  errors: FieldError[],
): void {
  const fail = (text: string): void => {
    const detail = `: "": ${JSON.stringify(path)} ${text}`;
    errors.push({ field: "<nil>", reason: "FieldValueInvalid", detail });
  };
  const resultsOf = (parts: readonly Schema[] = []): FieldError[][] =>
    parts.map((part) => findings(value, part, path));
  const all = resultsOf(schema.allOf);
  const broken = all.filter((result) => result.length > 0).length;
  if (broken > 0) {
    fail(`must validate all the schemas (allOf)${broken === all.length ? ". None validated" : ""}`);
  }
  errors.push(...all.flat());
  const any = resultsOf(schema.anyOf);
  if (any.length > 0 && any.every((result) => result.length > 0)) {
    fail("must validate at least one schema (anyOf)");
    errors.push(...(any[0] ?? []));
  }
  const one = resultsOf(schema.oneOf);
  const count = one.filter((result) => result.length === 0).length;
  if (one.length > 0 && count !== 1) {
    const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
    fail(`must validate one and only one schema (oneOf). ${found}`);
    if (count === 0) errors.push(...(one[0] ?? []));
  }
  if (schema.not !== undefined && findings(value, schema.not, path).length === 0) {
    fail("must not validate the schema (not)");
  }
}

function validateArray(
  value: readonly unknown[],
  old: unknown,
  schema: Schema,
  path: string,
  errors: FieldError[],
): void {
  errors.push(...sizeFaults(value.length, schema.minItems, schema.maxItems, path));
  const { items, listType, listMapKeys } = schema;
  const oldItems = Array.isArray(old) ? old : [];
  const keyOf = (item: unknown): string =>
    listType === "map"
      ? JSON.stringify(Object.fromEntries((listMapKeys ?? []).map((key) => [key, own(item, key)])))
      : JSON.stringify(item);
  const seen = new Map<string, number>();
  value.forEach((item, index) => {
    const below = `${path}[${index}]`;
    const keyed = listType === "map" || listType === "set";
    const key = keyed ? keyOf(item) : "";
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    // A value is told to be a duplicate once, however often it stands there.
    if (keyed && count === 2) errors.push(duplicate(below, JSON.parse(key) as unknown));
    const before =
      listType === "map" ? oldItems.find((candidate) => keyOf(candidate) === key) : undefined;
    if (items !== undefined) validateValue(item, before, items, below, errors);
  });
}

function validateObjectValue(
  value: JsonObject,
  old: unknown,
  schema: Schema,
  path: string,
  errors: FieldError[],
): void {
  const count = Object.keys(value).length;
  errors.push(...objectFaults(count, schema, path));
  for (const name of schema.required ?? []) {
    if (own(value, name) === undefined) errors.push(required(fieldPath(path, name)));
  }
  for (const key of Object.keys(value)) {
    const field = schema.properties?.get(key) ?? schema.additionalProperties;
    if (field === undefined) continue;
    validateValue(value[key], own(old, key), field, fieldPath(path, key), errors);
  }
  if (schema.embeddedResource === true) checkEmbedded(value, path, errors);
}

function checkEmbedded(value: JsonObject, path: string, errors: FieldError[]): void {
  for (const key of ["apiVersion", "kind"]) {
    const text = own(value, key);
    if (text === undefined || text === "") {
      errors.push(required(fieldPath(path, key), "must not be empty"));
    }
  }
  const metadata = fieldPath(path, "metadata");
  const check = (field: string, value: string, faults: readonly string[]): void => {
    for (const why of faults) errors.push(invalid(`${metadata}.${field}`, value, why));
  };
  const labels = objectAt(value, "metadata", "labels") ?? {};
  for (const key of Object.keys(labels)) {
    check("labels", key, qualifiedNameFaults(key));
    check("labels", String(labels[key]), labelValueFaults(String(labels[key])));
  }
  for (const key of Object.keys(objectAt(value, "metadata", "annotations") ?? {})) {
    check("annotations", key, qualifiedNameFaults(key.toLowerCase()));
  }
}
