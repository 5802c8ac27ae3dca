// SPDX-License-Identifier: Apache-2.0
// A sorted collection is what sorting a map gives, however it came about.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SortedObjects } from "./sorted-objects.js";
import { StoredObject } from "./stored-object.js";

/** Enough keys for several pieces. */
const key = fc.integer({ min: 0, max: 3_000 }).map((number) => `n${number % 4}/o${number}`);
const steps = fc.array(fc.tuple(fc.boolean(), key), { maxLength: 2_500, size: "max" });

describe("sorted objects", () => {
  it("are in the order of their keys, each once, as a whole and in part", () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, fills) => {
        const sorted = new SortedObjects();
        const model = new Map<string, StoredObject>();
        const set = (name: string, revision: number): void => {
          const object = new StoredObject(name, revision, {});
          sorted.set(object);
          model.set(name, object);
        };
        if (fills) for (let n = 0; n < 2_000; n++) set(`n${n % 4}/o${n}`, n);
        const before = sorted.all();
        const copy = [...before];
        all.forEach(([isSet, name], index) => {
          if (isSet || !fills) set(name, 10_000 + index);
          else {
            sorted.delete(name);
            model.delete(name);
          }
        });
        const expected = [...model.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(sorted.all().length).toBe(expected.length);
        expect(sorted.all().every((object, index) => object === expected[index])).toBe(true);
        expect(sorted.all()).toBe(sorted.all());
        expect(before).toEqual(copy);
        const part = sorted.between("n2/", "n20");
        expect(part).toEqual(expected.filter(({ key: name }) => name.startsWith("n2/")));
      }),
      { numRuns: 30 },
    );
  });

  it("take a hundred thousand objects in any order without moving them all each time", () => {
    const sorted = new SortedObjects();
    for (let n = 0; n < 100_000; n++)
      sorted.set(new StoredObject(`o${(n * 7_919) % 100_000}`, n, {}));
    expect(sorted.all().length).toBe(100_000);
    for (let n = 0; n < 100_000; n++) sorted.delete(`o${n}`);
    expect(sorted.all()).toEqual([]);
  });
});
