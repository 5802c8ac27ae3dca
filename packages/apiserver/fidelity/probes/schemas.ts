// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.9: which schemas a definition may have.
import * as o from "../objects.js";
import { post, probe, type ProbeSection, type RequestStep } from "../probe.js";

const group = "{ns}.example.com";
const things = (more: Partial<Parameters<typeof o.definition>[0]> = {}): Record<string, unknown> =>
  o.definition({ group, plural: "things", kind: "Thing", ...more });
const schema = (openAPIV3Schema: unknown): Record<string, unknown> =>
  things({ version: { schema: { openAPIV3Schema } } });
const spec = (properties: unknown): Record<string, unknown> =>
  schema({ type: "object", properties: { spec: { type: "object", properties } } });
const refused = (...bodies: Record<string, unknown>[]): RequestStep[] =>
  bodies.map((body) => post("crd", body));

export const schemas: ProbeSection = {
  id: "schemas",
  title: "Schemas of CustomResourceDefinitions",
  probes: [
    probe(
      "no schema",
      ...refused(
        things({ versions: [{ name: "v1", served: true, storage: true }] }),
        things({ version: { schema: {} } }),
      ),
    ),
    probe(
      "the root is no object",
      ...refused(
        schema({ type: "array", items: { type: "string" } }),
        schema({}),
        schema({ type: "object", nullable: true }),
      ),
    ),
    probe(
      "a type is missing",
      ...refused(
        schema({ type: "object", properties: { spec: { properties: {} } } }),
        spec({ a: {} }),
        spec({ a: { type: "array", items: {} } }),
      ),
    ),
    probe(
      "a type that is none",
      ...refused(spec({ a: { type: "nope" } }), spec({ a: { type: "array" } })),
    ),
    probe(
      "properties and additionalProperties",
      ...refused(
        spec({
          a: {
            type: "object",
            properties: { b: { type: "string" } },
            additionalProperties: { type: "string" },
          },
        }),
      ),
    ),
    probe(
      "additionalProperties at the root",
      ...refused(schema({ type: "object", additionalProperties: { type: "string" } })),
    ),
    probe(
      "additionalProperties that are false",
      ...refused(spec({ a: { type: "object", additionalProperties: false } })),
    ),
    probe("a pattern that is none", ...refused(spec({ a: { type: "string", pattern: "[" } }))),
    probe(
      "a default that does not fit",
      ...refused(
        spec({ a: { type: "integer", default: "x" } }),
        spec({ a: { type: "string", enum: ["a"], default: "b" } }),
        spec({
          a: { type: "object", default: { nope: 1 }, properties: { b: { type: "string" } } },
        }),
      ),
    ),
    probe(
      "a default of null",
      ...refused(
        spec({ a: { type: "string", default: null } }),
        spec({ a: { type: "string", nullable: true, default: null } }),
      ),
    ),
    probe(
      "a default in metadata",
      ...refused(
        schema({
          type: "object",
          properties: {
            metadata: { type: "object", properties: { name: { type: "string", default: "x" } } },
          },
        }),
      ),
    ),
    probe(
      "metadata may only restrict names",
      ...refused(
        schema({
          type: "object",
          properties: {
            metadata: { type: "object", properties: { name: { type: "string", maxLength: 3 } } },
          },
        }),
        schema({
          type: "object",
          properties: {
            metadata: {
              type: "object",
              properties: { labels: { type: "object", maxProperties: 3 } },
            },
          },
        }),
      ),
    ),
    probe(
      "types inside anyOf",
      ...refused(
        spec({ a: { type: "integer", anyOf: [{ type: "integer" }, { type: "string" }] } }),
        spec({ a: { type: "string", anyOf: [{ description: "x" }] } }),
        spec({ a: { type: "object", anyOf: [{ properties: { b: { minimum: 1 } } }] } }),
      ),
    ),
    probe(
      "integer or string",
      ...refused(
        spec({ a: { "x-kubernetes-int-or-string": true, type: "string" } }),
        spec({
          a: {
            "x-kubernetes-int-or-string": true,
            anyOf: [{ type: "integer" }, { type: "string" }],
          },
        }),
      ),
    ),
    probe(
      "forbidden keywords",
      ...refused(
        spec({ a: { type: "string", $ref: "#/x" } }),
        spec({ a: { type: "object", patternProperties: { a: { type: "string" } } } }),
        spec({ a: { type: "array", uniqueItems: true, items: { type: "string" } } }),
      ),
    ),
    probe(
      "preserved fields that are no object",
      ...refused(
        spec({ a: { type: "string", "x-kubernetes-preserve-unknown-fields": true } }),
        spec({ a: { type: "object", "x-kubernetes-preserve-unknown-fields": false } }),
      ),
    ),
    probe(
      "an embedded resource",
      ...refused(
        spec({ a: { type: "string", "x-kubernetes-embedded-resource": true } }),
        spec({ a: { type: "object", "x-kubernetes-embedded-resource": true } }),
      ),
    ),
    probe(
      "a list type that is none",
      ...refused(
        spec({ a: { type: "array", "x-kubernetes-list-type": "nope", items: { type: "string" } } }),
        spec({ a: { type: "string", "x-kubernetes-list-type": "set" } }),
      ),
    ),
    probe(
      "a list of maps",
      ...refused(
        spec({ a: { type: "array", "x-kubernetes-list-type": "map", items: { type: "string" } } }),
        spec({
          a: {
            type: "array",
            "x-kubernetes-list-type": "map",
            items: { type: "object", properties: { n: { type: "string" } } },
          },
        }),
        spec({
          a: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["m"],
            items: { type: "object", required: ["n"], properties: { n: { type: "string" } } },
          },
        }),
        spec({
          a: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["n"],
            items: { type: "object", properties: { n: { type: "string" } } },
          },
        }),
        spec({
          a: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["n", "n"],
            items: { type: "object", required: ["n"], properties: { n: { type: "string" } } },
          },
        }),
      ),
    ),
    probe(
      "a set of objects",
      ...refused(
        spec({
          a: {
            type: "array",
            "x-kubernetes-list-type": "set",
            items: { type: "object", properties: {} },
          },
        }),
        spec({
          a: { type: "array", "x-kubernetes-list-map-keys": ["a"], items: { type: "string" } },
        }),
      ),
    ),
    probe(
      "a map type that is none",
      ...refused(
        spec({ a: { type: "object", "x-kubernetes-map-type": "nope" } }),
        spec({ a: { type: "string", "x-kubernetes-map-type": "atomic" } }),
      ),
    ),
  ],
};
