// SPDX-License-Identifier: Apache-2.0
// Laws of field sets and of server-side apply.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { clone } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";
import {
  difference,
  FieldSet,
  formatFields,
  intersection,
  parseFields,
  sameSet,
  union,
} from "./field-set.js";
import { applyConfig, managersAfterUpdate } from "./managed-fields.js";
import type { ManagerEntry, Writer } from "./managed-fields.js";
import { compare, fieldsOf } from "./owned-fields.js";

const text: Schema = { type: "string" };
const schema: Schema = {
  type: "object",
  properties: new Map<string, Schema>([
    ["a", text],
    ["b", text],
    ["map", { type: "object", additionalProperties: text }],
    ["set", { type: "array", listType: "set", items: text }],
    ["atomic", { type: "array", items: text }],
    [
      "list",
      {
        type: "array",
        listType: "map",
        listMapKeys: ["name"],
        items: {
          type: "object",
          properties: new Map([
            ["name", text],
            ["x", text],
            ["y", text],
          ]),
        },
      },
    ],
  ]),
};

const word = fc.constantFrom("p", "q", "r");
const item = fc.record({ name: word, x: word, y: word }, { requiredKeys: ["name"] });
const config = fc.record(
  {
    a: word,
    b: word,
    map: fc.dictionary(fc.constantFrom("k1", "k2", "__proto__", "constructor"), word),
    set: fc.uniqueArray(word),
    atomic: fc.array(word, { maxLength: 3 }),
    list: fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 3 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

const path = fc.array(fc.constantFrom("f:a", "f:b", 'k:{"n":1}', "v:1"), {
  minLength: 1,
  maxLength: 3,
});
const set = fc.array(path, { maxLength: 8 }).map((paths) => {
  const made = new FieldSet();
  for (const one of paths) made.insert(one);
  return made;
});

const writer = (manager: string): Writer => ({
  manager,
  apiVersion: "v1",
  subresource: "",
  now: "t",
});
const none = { force: true, reset: new FieldSet() };

/** Applies configurations of named managers in turn. */
function applyAll(turns: readonly (readonly [string, JsonObject])[]): [JsonObject, ManagerEntry[]] {
  let live: JsonObject = {};
  let entries: ManagerEntry[] = [];
  for (const [manager, wished] of turns) {
    const applied = applyConfig(live, clone(wished), schema, writer(manager), entries, none);
    live = applied.object;
    entries = applied.entries;
  }
  return [live, entries];
}

describe("field sets", () => {
  it("survive their wire form", () => {
    fc.assert(
      fc.property(set, (one) => {
        expect(sameSet(parseFields(formatFields(one)), one)).toBe(true);
      }),
    );
  });

  it("obey the laws of sets", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(sameSet(union(a, b), union(b, a))).toBe(true);
        expect(sameSet(union(difference(a, b), intersection(a, b)), a)).toBe(true);
        expect(intersection(difference(a, b), b).isEmpty).toBe(true);
      }),
    );
  });
});

describe("applying", () => {
  it("twice is applying once", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const [once, owners] = applyAll([
          ["m1", first],
          ["m2", second],
        ]);
        const [twice, again] = applyAll([
          ["m1", first],
          ["m2", second],
          ["m2", second],
        ]);
        expect(twice).toEqual(once);
        expect(again).toEqual(owners);
      }),
    );
  });

  it("makes every named field what it says, and owned", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const [live, entries] = applyAll([
          ["m1", first],
          ["m2", second],
        ]);
        const named = fieldsOf(second, schema);
        const mine = entries.find(({ manager }) => manager === "m2");
        expect(sameSet(mine?.fields ?? new FieldSet(), named)).toBe(true);
        const changes = compare(second, live, schema);
        expect(intersection(changes.modified, named).isEmpty).toBe(true);
        expect(changes.removed.isEmpty).toBe(true);
      }),
    );
  });

  it("nothing after something leaves only what others own", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const [live] = applyAll([
          ["m1", first],
          ["m2", second],
          ["m1", {}],
        ]);
        const [alone] = applyAll([["m2", second]]);
        const rest = compare(alone, live, schema);
        expect(rest.removed.isEmpty && rest.modified.isEmpty).toBe(true);
        // What is left beyond that are containers that m2 never named, emptied but not unowned by it.
        rest.added.forEach((element) => expect(fieldsOf(first, schema).has(element)).toBe(false));
      }),
    );
  });

  it("does not depend on who applies first when nothing overlaps", () => {
    fc.assert(
      fc.property(
        word,
        word,
        fc.uniqueArray(item, { selector: ({ name }) => name }),
        (a, b, list) => {
          const [left] = applyAll([
            ["m1", { a }],
            ["m2", { b, list }],
          ]);
          const [right] = applyAll([
            ["m2", { b, list }],
            ["m1", { a }],
          ]);
          expect(left).toEqual(right);
        },
      ),
    );
  });

  it("and updates never leave a field with two owners that disagree", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const [live, entries] = applyAll([["m1", first]]);
        const next = { ...live, ...second };
        const after = managersAfterUpdate(live, next, schema, writer("u"), entries, new FieldSet());
        const { modified, removed } = compare(live, next, schema);
        const applier = after.find(({ manager }) => manager === "m1")?.fields ?? new FieldSet();
        expect(intersection(applier, modified).isEmpty).toBe(true);
        expect(intersection(applier, removed).isEmpty).toBe(true);
      }),
    );
  });
});
