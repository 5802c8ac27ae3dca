// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.9: pruning, defaults and validation of custom resources.
import * as o from "../objects.js";
import {
  get,
  mergePatch,
  post,
  probe,
  put,
  edited,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const spec = (value: Record<string, unknown>): RequestStep => post("wd", o.widget("a", value));
const specOf = (body: unknown): unknown => {
  const { kind, spec: value } = body as { kind: string; spec?: unknown };
  return kind === "Status" ? body : (value ?? "none");
};
const kept = (value: Record<string, unknown>): RequestStep =>
  post("wd", o.widget("a", value), { pick: specOf });
const bad = (name: string, ...values: Record<string, unknown>[]): ReturnType<typeof probe> =>
  probe(name, ...values.map(spec));
const good = (name: string, value: Record<string, unknown>): ReturnType<typeof probe> =>
  probe(name, kept(value), get("wd/a", { pick: specOf }));

export const validation: ProbeSection = {
  id: "validation",
  title: "Pruning, defaults, validation of custom resources",
  probes: [
    bad("maximum", { size: 11 }),
    bad("minimum", { size: -1 }),
    bad("exclusive minimum", { ratio: 0 }, { ratio: -1 }),
    bad("multiple of", { ratio: 0.7 }),
    bad("enum", { color: "blue" }, { color: "" }),
    bad("pattern", { code: "ABC" }),
    bad("maximum length", { code: "abcdef" }),
    bad("minimum length", { code: "a" }),
    bad("pattern and length", { code: "ABCDEFG" }),
    bad("an integer that is a string", { size: "1" }),
    bad("an integer that is a fraction", { size: 1.5 }),
    bad("an integer that is a boolean", { size: true }),
    bad("an integer that is an object", { size: {} }),
    bad("an integer that is a list", { size: [] }),
    bad("a string that is a number", { code: 1 }),
    bad("a string that is null", { code: null }),
    bad("a boolean that is a string", { on: "true" }),
    bad("a boolean that is a number", { on: 1 }),
    bad("a list that is an object", { plain: {} }),
    bad("a list that is a string", { plain: "a" }),
    bad("items of the wrong type", { plain: [1] }, { plain: ["a", {}] }),
    bad("an object that is a list", { labels: [] }),
    bad("an object that is a string", { nested: "x" }),
    bad("values of the wrong type", { labels: { a: 1 } }),
    bad("too many items", { parts: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }] }),
    bad("too few items", { parts: [] }),
    bad("too many properties", { labels: { a: "1", b: "2", c: "3" } }),
    bad("required", { nested: {} }),
    bad("required inside a list", { parts: [{}] }, { parts: [{ count: 1 }] }),
    bad("a key twice in a list of maps", { parts: [{ name: "a" }, { name: "a" }] }),
    bad("a value twice in a set", { tags: ["a", "b", "a"] }),
    bad("three times in a set", { tags: ["a", "a", "a"] }),
    bad("anyOf", { any: {} }),
    bad("oneOf: none", { one: 5 }),
    bad("not", { not: "forbidden" }),
    bad("allOf", { all: 1 }, { all: 5 }),
    probe(
      "integer or string: neither",
      ...[true, 1.5, {}, []].map((port) => post("pl", o.plainOf("a", { spec: { port } }))),
    ),
    bad("date-time", { when: "yesterday" }, { when: "2024-01-01" }, { when: "" }),
    bad("several at once", { size: 99, color: "blue", code: "X", parts: [] }),
    probe("a spec that is a string", post("wd", o.widgetOf("a", { spec: "x" }))),
    probe("a spec that is a list", post("wd", o.widgetOf("a", { spec: [] }))),
    probe("a spec that is null", post("wd", o.widgetOf("a", { spec: null }))),
    probe("no spec", post("wd", o.widgetOf("a"))),
    bad("embedded: no kind", { embedded: { metadata: { name: "x" } } }),
    bad("embedded: no API version", { embedded: { kind: "X" } }),
    bad("embedded: bad names", {
      embedded: { apiVersion: "v1", kind: "X", metadata: { name: "A_", labels: { "a b": "c" } } },
    }),
    bad(
      "embedded: wrong types",
      { embedded: { apiVersion: 1, kind: "X" } },
      { embedded: { apiVersion: "v1", kind: "X", metadata: { name: 1 } } },
    ),
    bad("large numbers", { size: 9007199254740993 }, { size: 1e300 }),
    good("an integer with a fraction of zero", { size: 1.0 }),
    good("a number", { ratio: 1.5 }),
    probe(
      "integer or string: both",
      post("pl", o.plainOf("a", { spec: { port: 80 } })),
      post("pl", o.plainOf("b", { spec: { port: "80%" } })),
    ),
    good("date-time that is right", { when: "2001-01-01T00:00:00.123Z" }),
    good("null where it is allowed", { note: null }),
    good("null where there is a default", { color: null }),
    good("unknown fields", {
      nope: 1,
      nested: { must: "x", nope: 2 },
      parts: [{ name: "a", nope: 3 }],
    }),
    good("free fields", { free: { a: 1, b: { c: [1, "x", null, { d: true }] } } }),
    good("free fields that are null", { free: { a: null } }),
    good("values of a map", { labels: { a: "1", b: "" } }),
    good("defaults inside a list", { parts: [{ name: "a" }, { name: "b", count: 1 }] }),
    good("defaults inside an object", { nested: { must: "x" } }),
    good("defaults inside an object that is there", { nested: { must: "x", deep: {} } }),
    good("embedded: metadata", {
      embedded: {
        apiVersion: "v1",
        kind: "X",
        metadata: { name: "x", labels: { a: "b" }, nope: 1 },
        data: 1,
      },
    }),
    good("embedded: no metadata", { embedded: { apiVersion: "v1", kind: "X" } }),
    good("empty containers", { plain: [], labels: {}, free: {}, tags: [] }),
    good("numbers are kept as they are", {
      free: { a: 1.0, b: 1e3, c: -0, d: 0.1, e: 12345678901234 },
    }),
    good("texts are kept as they are", { free: { a: "<&>\u2028é😀\u0000\\" } }),
    good("oneOf: one", { one: 1 }),
    good("anyOf: one", { any: { a: 1 } }),
    good("anyOf: both", { any: { a: 1, b: 2 } }),
    probe(
      "unknown fields beside spec",
      post("wd", o.widgetOf("a", { spec: {}, nope: { a: 1 } })),
      get("wd/a"),
    ),
    probe(
      "unknown fields of metadata",
      post("wd", o.widget("a", {}, { nope: 1, labels: { a: "b" } })),
    ),
    probe(
      "an update that makes it invalid",
      setUp(post("wd", o.widget("a"), { as: "a" })),
      put("wd/a", edited("a", { "spec.size": 11, "spec.color": "blue" })),
      mergePatch("wd/a", { spec: { parts: [{ name: "a" }, { name: "a" }] } }),
      mergePatch("wd/a", { spec: { nested: {} } }),
    ),
    probe("the name and the spec are both wrong", post("wd", o.widget("A_", { size: 99 }))),
    probe(
      "labels and the spec are both wrong",
      post("wd", o.widget("a", { size: 99 }, { labels: { "a b": "c" } })),
    ),
    probe("text for a long value", spec({ code: "x".repeat(300) })),
  ],
};
