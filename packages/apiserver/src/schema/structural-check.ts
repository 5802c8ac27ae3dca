// SPDX-License-Identifier: Apache-2.0
// Checks that the schema of a definition is structural: every value has one type, what may be anything
// says so, and nothing refers elsewhere.
import { forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { compilePattern, PatternError } from "./patterns.js";
import { checkListType, checkMapType } from "./structural-lists.js";

const types = ["array", "boolean", "integer", "number", "object", "string"];

/** Keywords of JSON Schema that definitions cannot have. */
const unsupported = [
  "id",
  "additionalItems",
  "patternProperties",
  "definitions",
  "dependencies",
  "$ref",
];

/** Keywords that say what a value is: they stand on the spine of a schema, not in its conditions. */
const spineOnly: readonly (readonly [string, string])[] = [
  ["type", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
];

const intOrStringParts = [{ type: "integer" }, { type: "string" }];

type Level = "root" | "item" | "field";

const emptyTexts: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

const flag = (schema: JsonObject, name: string): boolean => own(schema, name) === true;
const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== false &&
  value !== "" &&
  !(Array.isArray(value) && value.length === 0);

/** Findings on the schema of a definition. */
export function checkStructural(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (flag(schema, "nullable")) {
    errors.push(forbiddenField(`${path}.nullable`, "nullable cannot be true at the root"));
  }
  visit(schema, path, "root", errors);
  return errors;
}

function visit(schema: unknown, path: string, level: Level, errors: FieldError[]): void {
  if (!isObject(schema)) return;
  checkKeywords(schema, path, errors);
  checkType(schema, path, level, errors);
  checkExtensions(schema, path, errors);
  checkMetadata(schema, path, level, errors);
  checkListType(schema, path, errors);
  checkMapType(schema, path, errors);
  checkConditions(schema, path, errors);
  visitBelow(schema, path, level, errors);
}

function visitBelow(schema: JsonObject, path: string, level: Level, errors: FieldError[]): void {
  const properties = objectAt(schema, "properties") ?? {};
  for (const key of Object.keys(properties)) {
    visit(properties[key], `${path}.properties[${key}]`, "field", errors);
  }
  const values = own(schema, "additionalProperties");
  const below = `${path}.additionalProperties`;
  if (isSet(values)) {
    if (level === "root") errors.push(forbiddenField(below, "must not be used at the root"));
    if (flag(schema, "x-kubernetes-embedded-resource")) {
      const why = "must not be used if x-kubernetes-embedded-resource is set";
      errors.push(forbiddenField(below, why));
    }
    visit(values, below, "field", errors);
  }
  if (values !== undefined && values !== true && Object.keys(properties).length > 0) {
    const why = "additionalProperties and properties are mutual exclusive";
    errors.push(forbiddenField(below, why));
  }
  visit(own(schema, "items"), `${path}.items`, "item", errors);
}

function checkKeywords(schema: JsonObject, path: string, errors: FieldError[]): void {
  for (const keyword of unsupported) {
    if (isSet(own(schema, keyword))) {
      errors.push(forbiddenField(`${path}.${keyword}`, `${keyword} is not supported`));
    }
  }
  if (flag(schema, "uniqueItems")) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbiddenField(`${path}.uniqueItems`, why));
  }
  if (Array.isArray(own(schema, "items"))) {
    const why = "items must be a schema object and not an array";
    errors.push(forbiddenField(`${path}.items`, why));
  }
  if (own(schema, "x-kubernetes-preserve-unknown-fields") === false) {
    const why = "must be true or undefined";
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, why));
  }
}

function checkType(schema: JsonObject, path: string, level: Level, errors: FieldError[]): void {
  const type = stringAt(schema, "type") ?? "";
  const field = `${path}.type`;
  if (type === "null") {
    const why = "type cannot be set to null, use nullable as an alternative";
    errors.push(forbiddenField(field, why));
  }
  if (type !== "" && !types.includes(type)) errors.push(notSupported(field, type, types));
  const isEmbedded = flag(schema, "x-kubernetes-embedded-resource");
  const isOpen =
    flag(schema, "x-kubernetes-preserve-unknown-fields") ||
    flag(schema, "x-kubernetes-int-or-string");
  if (isEmbedded && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(field, why) : invalid(field, type, why));
  } else if (type === "" && !isOpen) errors.push(required(field, emptyTexts[level]));
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalid(field, type, "must be object at the root"));
  }
  if (type === "array" && own(schema, "items") === undefined) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
}

function checkExtensions(schema: JsonObject, path: string, errors: FieldError[]): void {
  if (flag(schema, "x-kubernetes-int-or-string")) {
    const why = "must be false if x-kubernetes-int-or-string is true";
    for (const name of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"]) {
      if (flag(schema, name)) errors.push(invalid(`${path}.${name}`, true, why));
    }
  }
  const hasFields = Object.keys(objectAt(schema, "properties") ?? {}).length > 0;
  const isKept = flag(schema, "x-kubernetes-preserve-unknown-fields");
  if (flag(schema, "x-kubernetes-embedded-resource") && !isKept && !hasFields) {
    const why =
      "must not be empty if x-kubernetes-embedded-resource is true without " +
      "x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, why));
  }
}

/** Of what every object has, a schema may restrict the name and nothing else. */
function checkMetadata(schema: JsonObject, path: string, level: Level, errors: FieldError[]): void {
  if (level !== "root" && !flag(schema, "x-kubernetes-embedded-resource")) return;
  for (const [name, wanted] of [
    ["kind", "string"],
    ["apiVersion", "string"],
    ["metadata", "object"],
  ] as const) {
    const field = objectAt(schema, "properties", name);
    if (field === undefined || own(field, "type") === wanted) continue;
    const why = `must be ${wanted}`;
    errors.push(invalid(`${path}.properties[${name}].type`, own(field, "type") ?? "", why));
  }
  const metadata = objectAt(schema, "properties", "metadata");
  if (level !== "root" || metadata === undefined) return;
  forbidDefaults(metadata, `${path}.properties[metadata]`, errors);
  const names = Object.keys(objectAt(metadata, "properties") ?? {});
  const isPlain = names.every((name) => name === "name" || name === "generateName");
  const more = Object.keys(metadata).filter(
    (key) => !["type", "properties", "description", "default"].includes(key),
  );
  if (isPlain && more.length === 0) return;
  const why =
    "must not specify anything other than name and generateName, but metadata is implicitly specified";
  errors.push(forbiddenField(`${path}.properties[metadata]`, why));
}

/** What every object says of itself is set by the server or by the client, never by a schema. */
function forbidDefaults(schema: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(own(schema, "default")) && own(schema, "default") !== null) {
    errors.push(forbiddenField(`${path}.default`, "must not be set in top-level metadata"));
  }
  const properties = objectAt(schema, "properties") ?? {};
  for (const key of Object.keys(properties)) {
    const field = properties[key];
    if (isObject(field)) forbidDefaults(field, `${path}.properties[${key}]`, errors);
  }
}

/** Patterns, and the conditions of allOf, anyOf, oneOf and not. */
function checkConditions(schema: JsonObject, path: string, errors: FieldError[]): void {
  checkPattern(schema, path, errors);
  for (const keyword of ["anyOf", "allOf", "oneOf"]) {
    arrayAt(schema, keyword).forEach((part, index) => {
      const below = `${path}.${keyword}[${index}]`;
      // The one place where conditions may name types: how int-or-string is written in full.
      if (isTypeChoice(schema, keyword, part)) return;
      checkNested(part, below, keyword === "allOf", errors);
    });
  }
  checkNested(own(schema, "not"), `${path}.not`, false, errors);
}

function isTypeChoice(schema: JsonObject, keyword: string, part: unknown): boolean {
  if (keyword === "anyOf") return equal(own(schema, "anyOf"), intOrStringParts);
  return keyword === "allOf" && equal(own(part, "anyOf"), intOrStringParts);
}

function checkPattern(schema: JsonObject, path: string, errors: FieldError[]): void {
  const pattern = stringAt(schema, "pattern") ?? "";
  const compiled = pattern === "" ? undefined : compilePattern(pattern);
  if (!(compiled instanceof PatternError)) return;
  const why = `must be a valid regular expression, but isn't: ${compiled.message}`;
  errors.push(invalid(`${path}.pattern`, pattern, why));
}

function checkNested(
  schema: unknown,
  path: string,
  mayHaveRules: boolean,
  errors: FieldError[],
): void {
  if (!isObject(schema)) return;
  checkKeywords(schema, path, errors);
  for (const [keyword, why] of spineOnly) {
    if (isSet(own(schema, keyword))) errors.push(forbiddenField(`${path}.${keyword}`, why));
  }
  if (isSet(own(schema, "x-kubernetes-validations")) && !mayHaveRules) {
    const why = "must be empty to be structural";
    errors.push(forbiddenField(`${path}.x-kubernetes-validations`, why));
  }
  const properties = objectAt(schema, "properties") ?? {};
  if (own(properties, "metadata") !== undefined) {
    const why = "must not be specified in a nested context";
    errors.push(forbiddenField(`${path}.properties[metadata]`, why));
  }
  checkConditions(schema, path, errors);
  checkNested(own(schema, "items"), `${path}.items`, mayHaveRules, errors);
  for (const key of Object.keys(properties)) {
    checkNested(properties[key], `${path}.properties[${key}]`, mayHaveRules, errors);
  }
}
