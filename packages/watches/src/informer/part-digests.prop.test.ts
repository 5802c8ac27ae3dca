// SPDX-License-Identifier: Apache-2.0
// Fields whose bytes did not change are taken over, and nothing else is (stage 1: watch event).
import { describe, expect, it } from "@jest/globals";
import { defineKind, type KubernetesObject } from "@haversack/core";
import fc from "fast-check";
import { ParsedEntryMaker, type CacheEntry, type Freeze } from "./cache-entry.js";
import { ObjectScan } from "./object-scan.js";
import { digestParts, unchangedParts } from "./part-digests.js";

type Thing = KubernetesObject & Record<string, unknown>;
const things = defineKind<Thing>("example.com/v1", "Thing");

const scanOf = (text: string): { bytes: Buffer; scan: ObjectScan } => {
  const bytes = Buffer.from(text);
  const scan = new ObjectScan();
  expect(scan.scan(bytes, 0, bytes.length)).toBe(bytes.length);
  return { bytes, scan };
};

/** Makes entries of one object's versions, each with the one before at hand. */
function versionsOf(texts: readonly string[], freeze: Freeze = "deep"): Thing[] {
  const maker = new ParsedEntryMaker<Thing>(things, { keep: "object" }, false, freeze);
  let entry: CacheEntry<Thing> | undefined;
  return texts.map((text) => {
    const { bytes, scan } = scanOf(text);
    entry = maker.make(bytes, scan, entry);
    return entry.object();
  });
}

const large = (mark: string): string =>
  JSON.stringify({ mark, list: Array.from({ length: 40 }, (_, at) => ({ at, mark })) });
const text = (version: number, rest: string): string =>
  `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"a","uid":"u",` +
  `"resourceVersion":"${version}","managedFields":[{"manager":"m"}]}${rest}}`;

describe("unchanged parts", () => {
  it("are the same values as before, from the third version on", () => {
    const versions = ["x", "y", "z", "z"].map((status, at) =>
      text(at, `,"spec":${large("s")},"status":${large(status)}`),
    );
    const [, second, third, fourth] = versionsOf(versions);
    expect(third?.["spec"]).toBe(second?.["spec"]);
    expect(third?.["status"]).not.toBe(second?.["status"]);
    expect(fourth?.["status"]).toBe(third?.["status"]);
    expect(fourth?.metadata.resourceVersion).toBe("3");
    expect(Object.isFrozen(fourth) && Object.isFrozen(fourth?.["spec"])).toBe(true);
    expect(Object.keys(fourth ?? {})).toEqual(
      Object.keys(JSON.parse(versions[3] ?? "{}") as object),
    );
  });

  it("are not taken over where callers may write to the depth of an object", () => {
    const versions = [0, 1, 2].map((at) => text(at, `,"spec":${large("s")}`));
    const [, second, third] = versionsOf(versions, "shallow");
    expect(third?.["spec"]).toEqual(second?.["spec"]);
    expect(third?.["spec"]).not.toBe(second?.["spec"]);
  });

  it("make what a parse of the whole makes, whatever the versions, twice-named fields included", () => {
    const value = fc.oneof(
      fc.constantFrom(large("1"), large("2"), large("ü"), `[${large("1")}]`),
      fc.constantFrom("null", "1", '"text"', "{}"),
    );
    const name = fc.constantFrom(
      "spec",
      "status",
      "data",
      "__proto__",
      "constructor",
      "\\u0073pec",
    );
    const version = fc.array(fc.tuple(name, value), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(version, { minLength: 2, maxLength: 6 }), (versions) => {
        const texts = versions.map((fields, at) =>
          text(at, fields.map(([key, json]) => `,"${key}":${json}`).join("")),
        );
        const expected = texts.map((json) => {
          const object = JSON.parse(json) as Thing;
          delete (object.metadata as unknown as Record<string, unknown>)["managedFields"];
          return JSON.stringify(object);
        });
        expect(versionsOf(texts).map((object) => JSON.stringify(object))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("are told from parts that differ in one byte, in length or in name", () => {
    fc.assert(
      fc.property(fc.nat({ max: 900 }), fc.integer({ min: 1, max: 25 }), (place, shift) => {
        const letters = Array.from({ length: 901 }, (_, at) => 97 + (at % 26));
        const parts = (key: string, codes: readonly number[]): ReturnType<typeof digestParts> => {
          const { bytes, scan } = scanOf(`{"${key}":["${String.fromCharCode(...codes)}"]}`);
          return digestParts(bytes, scan);
        };
        const known = parts("spec", letters);
        const changed = letters.map((code, at) =>
          at === place ? 97 + ((code - 97 + shift) % 26) : code,
        );
        expect(unchangedParts(parts("spec", [...letters]), known)).toHaveLength(1);
        expect(unchangedParts(parts("spec", changed), known)).toEqual([]);
        expect(unchangedParts(parts("spec", letters.slice(0, -1)), known)).toEqual([]);
        expect(unchangedParts(parts("data", letters), known)).toEqual([]);
      }),
    );
  });
});
