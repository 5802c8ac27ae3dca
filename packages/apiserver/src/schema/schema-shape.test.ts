// SPDX-License-Identifier: Apache-2.0
// Schemas whose keywords hold values of the wrong type are refused while they are decoded.
import { describe, expect, it } from "@jest/globals";
import { schemaShapeFault } from "./schema-shape.js";

describe("the shape of a definition's schema", () => {
  it.each<[string, unknown, string]>([
    ["no object", [], "array into Go struct field JSONSchemaProps.s of type v1.JSONSchemaProps"],
    [
      "a type that is a list",
      { type: ["object"] },
      "array into Go struct field JSONSchemaProps.s.type of type string",
    ],
    [
      "properties that are a list",
      { properties: [1] },
      "array into Go struct field JSONSchemaProps.s.properties of type map[string]v1.JSONSchemaProps",
    ],
    [
      "a length that is a text",
      { items: { maxLength: "x" } },
      "string into Go struct field JSONSchemaProps.s.items.maxLength of type int64",
    ],
    [
      "a condition that is no schema",
      { not: 5 },
      "number into Go struct field JSONSchemaProps.s.not of type v1.JSONSchemaProps",
    ],
    [
      "required names that are numbers",
      { properties: { a: { required: [1] } } },
      "number into Go struct field JSONSchemaProps.s.properties.required of type string",
    ],
    [
      "rules that are no list",
      { "x-kubernetes-validations": {} },
      "object into Go struct field JSONSchemaProps.s.x-kubernetes-validations of type v1.ValidationRules",
    ],
    [
      "a rule that is a number",
      { "x-kubernetes-validations": [{ rule: 5 }] },
      "number into Go struct field ValidationRule.s.x-kubernetes-validations.rule of type string",
    ],
  ])("is refused with %s", (_title, schema, text) => {
    expect(schemaShapeFault(schema, "s")).toBe(`json: cannot unmarshal ${text}`);
  });

  it("is fine with nulls, booleans in place of schemas, and unknown keywords", () => {
    const schema = {
      type: "object",
      default: [1],
      nullable: null,
      additionalProperties: true,
      properties: { a: { enum: [1, "a"], items: [{ type: "string" }] } },
      "x-more": 5,
    };
    expect(schemaShapeFault(schema, "s")).toBeUndefined();
  });
});
