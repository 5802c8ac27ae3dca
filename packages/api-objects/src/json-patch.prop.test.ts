// SPDX-License-Identifier: Apache-2.0
// Laws of guarded JSON patches (stage 6).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { guardedOperations, type PatchOperation } from "./json-patch.js";
import { copyJson, isSameJson, type JsonObject } from "./json-value.js";

const ref = { group: "", kind: "Any", name: "any" };
const item = fc.record({ name: fc.constantFrom("a", "b", "c"), value: fc.jsonValue() });
const object = fc
  .record({
    list: fc.array(fc.oneof(item, fc.integer(), fc.string())),
    map: fc.dictionary(fc.constantFrom("a", "b/c", "d~e", "constructor", "x"), fc.jsonValue()),
    any: fc.jsonValue(),
  })
  .map((value) => copyJson(value, ref) as JsonObject);

function carriedOut(before: JsonObject, operations: readonly PatchOperation[]): unknown {
  const document = JSON.parse(JSON.stringify(before)) as object;
  const copy = JSON.parse(JSON.stringify(operations)) as never;
  return jsonPatch.applyPatch(document, copy, true).newDocument;
}

describe("guardedOperations()", () => {
  it("turns the one state into the other, its own tests passing", () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const operations = guardedOperations(before, after);
        // The library that carries them out here refuses these keys; a server does not.
        fc.pre(!operations.some(({ path }) => /__proto__|constructor\/prototype/.test(path)));
        expect(isSameJson(carriedOut(before, operations), after)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is empty exactly for equal states", () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(guardedOperations(before, before)).toEqual([]);
        expect(guardedOperations(before, after).length === 0).toBe(isSameJson(before, after));
      }),
    );
  });

  it("never damages a list that has shifted by one", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(), (all, at) => {
        const list = all.map((name) => ({ name, image: "old" }));
        const chosen = at % list.length;
        const changed = list.map((each, index) =>
          index === chosen ? { ...each, image: "new" } : each,
        );
        const operations = guardedOperations({ list }, { list: changed });
        const shifted = [{ name: "inserted first", image: "old" }, ...list];
        expect(() => carriedOut({ list: shifted }, operations)).toThrow();
        const removed = list.filter((_each, index) => index !== chosen);
        const removal = guardedOperations({ list }, { list: removed });
        expect(() => carriedOut({ list: shifted }, removal)).toThrow();
      }),
    );
  });

  it("makes missing parents with the value, so that none has to exist", () => {
    const after = { metadata: { annotations: { a: "1" } } };
    expect(guardedOperations({ metadata: {} }, after)).toEqual([
      { op: "add", path: "/metadata/annotations", value: { a: "1" } },
    ]);
  });

  it("handles keys named __proto__ on every side without failing or polluting", () => {
    const [none, one, two] = ["{}", '{"__proto__":{"x":1}}', '{"__proto__":{"x":2}}'].map(
      (data) => JSON.parse(`{"data":${data}}`) as JsonObject,
    ) as [JsonObject, JsonObject, JsonObject];
    expect(guardedOperations(none, one)).toEqual([
      { op: "add", path: "/data/__proto__", value: { x: 1 } },
    ]);
    expect(guardedOperations(one, two)).toEqual([
      { op: "replace", path: "/data/__proto__/x", value: 2 },
    ]);
    expect(guardedOperations(one, none)).toEqual([{ op: "remove", path: "/data/__proto__" }]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
