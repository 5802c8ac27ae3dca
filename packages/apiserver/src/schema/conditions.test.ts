// SPDX-License-Identifier: Apache-2.0
// Conditions of schemas (allOf, anyOf, oneOf, not) and what definitions may say in them.
import { describe, expect, it } from "@jest/globals";
import { fieldErrorMessage } from "../field-error.js";
import type { JsonObject } from "../json.js";
import { applyDefaults } from "./default.js";
import { parseStructural } from "./structural.js";
import { checkStructural } from "./structural-check.js";
import { findings } from "./validate.js";

const faults = (value: unknown, schema: JsonObject): string[] =>
  findings(value, parseStructural(schema), "spec.x").map(fieldErrorMessage);

describe("conditions of a schema", () => {
  it("tell without a place which of them fails, then what the first misses", () => {
    const condition = '<nil>: Invalid value: "": "spec.x" must';
    const low = "spec.x: Invalid value: 1: spec.x in body should be greater than or equal to 2";
    expect(faults(1, { allOf: [{ minimum: 2 }, { maximum: 4 }] })).toEqual([
      `${condition} validate all the schemas (allOf)`,
      low,
    ]);
    expect(faults(1, { anyOf: [{ minimum: 2 }, { minimum: 3 }] })).toEqual([
      `${condition} validate at least one schema (anyOf)`,
      low,
    ]);
    expect(faults(1, { oneOf: [{ minimum: 2 }] })).toEqual([
      `${condition} validate one and only one schema (oneOf). Found none valid`,
      low,
    ]);
    expect(faults(5, { oneOf: [{ minimum: 2 }, { minimum: 3 }] })).toEqual([
      `${condition} validate one and only one schema (oneOf). Found 2 valid alternatives`,
    ]);
    expect(faults(5, { not: { minimum: 2 } })).toEqual([
      `${condition} not validate the schema (not)`,
    ]);
  });
});

describe("a structural schema", () => {
  const refusals = (field: JsonObject): string[] =>
    checkStructural({ type: "object", properties: { f: field } }, "s").map(fieldErrorMessage);

  it.each<[string, JsonObject, string]>([
    [
      "refers elsewhere",
      { type: "string", $ref: "#/x" },
      "s.properties[f].$ref: Forbidden: $ref is not supported",
    ],
    [
      "has an unknown type",
      { type: "text" },
      's.properties[f].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    [
      "has a list of item schemas",
      { type: "array", items: [{ type: "string" }] },
      "s.properties[f].items: Forbidden: items must be a schema object and not an array",
    ],
    ["has no items", { type: "array" }, "s.properties[f].items: Required value: must be specified"],
    [
      "names types in a condition",
      { type: "string", anyOf: [{ type: "string" }] },
      "s.properties[f].anyOf[0].type: Forbidden: must be empty to be structural",
    ],
    [
      "asks for unique items",
      { type: "array", items: { type: "string" }, uniqueItems: true },
      "s.properties[f].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    ],
    [
      "keys a list by a list",
      {
        type: "array",
        items: {
          type: "object",
          required: ["k"],
          properties: { k: { type: "array", items: { type: "string" } } },
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
      },
      's.properties[f].items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
    ],
    [
      "embeds nothing",
      { type: "object", "x-kubernetes-embedded-resource": true },
      "s.properties[f].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    ],
  ])("is refused when it %s", (_title, field, text) => {
    expect(refusals(field)).toEqual([text]);
  });

  it("may say in full that a value is an integer or a string", () => {
    const choice = { anyOf: [{ type: "integer" }, { type: "string" }] };
    expect(refusals({ "x-kubernetes-int-or-string": true, ...choice })).toEqual([]);
    expect(
      refusals({ "x-kubernetes-int-or-string": true, allOf: [choice, { pattern: "a" }] }),
    ).toEqual([]);
  });

  it("keeps fields with the names of an object's own machinery apart", () => {
    const properties = JSON.parse(
      '{"__proto__": {"type": "string", "default": "p"}, "constructor": {"type": "integer", "default": 1}}',
    ) as JsonObject;
    const schema = parseStructural({ type: "object", properties });
    const value: JsonObject = {};
    applyDefaults(value, schema);
    expect(JSON.stringify(value)).toBe('{"__proto__":"p","constructor":1}');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(findings(value, schema, "x")).toEqual([]);
  });
});
