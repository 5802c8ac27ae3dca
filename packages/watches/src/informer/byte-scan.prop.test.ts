// SPDX-License-Identifier: Apache-2.0
// Scanning bytes finds what parsing finds, wherever the bytes are cut (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cutShort, skipBytewise, skipContainer, skipValue } from "./byte-scan.js";
import { LineSplitter } from "./line-splitter.js";
import { ListReader } from "./list-reader.js";
import { ObjectScan } from "./object-scan.js";
import { createSimdScanner } from "./simd-scan.js";
import { CorruptStreamError } from "./verdict.js";

/** Text full of what could mislead a scanner. */
const hostile = fc.string({
  unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "a", "é", "🦫", "\n", " "),
  maxLength: 40,
});
const value = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
const json = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    hostile,
    value,
    fc.array(tie("tree"), { maxLength: 5 }),
    fc.dictionary(hostile, tie("tree"), { maxKeys: 5 }),
  ),
})).tree;
const container = fc.oneof(
  fc.array(json, { maxLength: 6 }),
  fc.dictionary(hostile, json, { maxKeys: 6 }),
);

function depthOf(tree: unknown): number {
  if (typeof tree !== "object" || tree === null) return 0;
  return 1 + Math.max(0, ...Object.values(tree).map(depthOf));
}

/** As it comes out of JSON, where −0 is 0. */
function asJson(tree: unknown): unknown {
  return JSON.parse(JSON.stringify(tree));
}

const simd = createSimdScanner();

describe("skipping containers", () => {
  it("is done with vectors here", () => {
    expect(simd).toBeDefined();
  });

  it("ends at the bracket that closes, with and without vectors, and tells the depth", () => {
    fc.assert(
      fc.property(container, hostile, fc.nat(20), (tree, tail, lead) => {
        const text = JSON.stringify(tree);
        const bytes = Buffer.from(" ".repeat(lead) + text + tail);
        const end = lead + Buffer.byteLength(text);
        const slow = { deepest: 0 };
        expect(skipBytewise(bytes, lead + 1, bytes.length, slow, 0)).toBe(end);
        expect(simd?.skip(bytes, lead + 1, bytes.length, 0)).toBe(end);
        expect(slow.deepest).toBe(depthOf(tree));
        expect(simd?.deepest).toBe(slow.deepest);
        const both = { deepest: 0 };
        expect(skipContainer(bytes, lead + 1, bytes.length, both, 0)).toBe(end);
        expect(both).toEqual(slow);
      }),
      { numRuns: 500 },
    );
  });

  it("answers that the bytes were cut, at every place where they can be", () => {
    fc.assert(
      fc.property(container, (tree) => {
        const bytes = Buffer.from(JSON.stringify(tree));
        for (let end = 1; end < bytes.length; end++) {
          const found = [
            skipBytewise(bytes, 1, end, { deepest: 0 }, 0),
            simd?.skip(bytes, 1, end, 0),
          ];
          if (found.some((answer) => answer !== cutShort))
            throw new Error(`${end}: ${found.join()}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("agrees with and without vectors on bytes that are no JSON, backslashes in strings only", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 5, maxLength: 20 }), (parts) => {
        const bytes = Buffer.from(parts.join("").replaceAll("\\", ""));
        const expected = skipBytewise(bytes, 0, bytes.length, { deepest: 0 }, 0);
        expect(simd?.skip(bytes, 0, bytes.length, 0)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("takes a longer text than its memory had room for", () => {
    const bytes = Buffer.from(JSON.stringify({ long: "x".repeat(700_000), more: [[[]]] }));
    expect(simd?.skip(bytes, 1, bytes.length, 0)).toBe(bytes.length);
    const short = Buffer.from('{"a":{}}');
    expect(simd?.skip(short, 1, short.length, 0)).toBe(short.length);
    expect(simd?.deepest).toBe(2);
  });

  it("skips scalars and refuses what is none", () => {
    for (const text of ["1", "-1.5e+7", "true", "false", "null", '"x"']) {
      const bytes = Buffer.from(`${text},`);
      expect(skipValue(bytes, 0, bytes.length, { deepest: 0 }, 0)).toBe(text.length);
    }
    expect(skipValue(Buffer.from("?"), 0, 1, { deepest: 0 }, 0)).toBe(-2);
  });
});

describe("ObjectScan", () => {
  const metadata = fc.record(
    {
      name: fc.string({ minLength: 1 }),
      namespace: hostile,
      uid: fc.uuid(),
      resourceVersion: fc.nat().map(String),
      labels: fc.dictionary(hostile, hostile),
      managedFields: fc.array(json, { maxLength: 3 }),
      other: json,
    },
    { requiredKeys: [] },
  );
  const object = fc.dictionary(
    fc.constantFrom("kind", "apiVersion", "spec", "data", "é", "metadata2"),
    json,
    { noNullPrototype: true },
  );

  it("finds what JSON.parse finds, in any order, with any white space", () => {
    fc.assert(
      fc.property(
        object,
        metadata,
        fc.nat(6),
        fc.constantFrom(0, 1, "\t"),
        (rest, meta, at, space) => {
          const members = Object.entries(rest);
          members.splice(at % (members.length + 1), 0, ["metadata", meta as never]);
          const whole = Object.fromEntries(members);
          const bytes = Buffer.from(`${JSON.stringify(whole, null, space)} tail`);
          const scan = new ObjectScan();
          const end = scan.scan(bytes, 0, bytes.length);
          expect(bytes.toString("utf8", 0, end)).toBe(JSON.stringify(whole, null, space));
          const { name, namespace, uid, resourceVersion } = meta;
          expect([scan.name, scan.namespace, scan.uid, scan.version]).toEqual([
            name,
            namespace,
            uid,
            resourceVersion,
          ]);
          expect(scan.memberCount).toBe(members.length);
          expect([scan.hasKind, scan.hasApiVersion]).toEqual([
            "kind" in rest,
            "apiVersion" in rest,
          ]);
          expect(scan.deepest).toBe(Math.max(2, depthOf(whole)));
          const without =
            bytes.toString("utf8", 0, scan.managedStart) +
            bytes.toString("utf8", scan.managedEnd, end);
          const { managedFields: _left, ...kept } = meta;
          const hasGap = "managedFields" in meta;
          if (hasGap) expect(JSON.parse(without)).toEqual(asJson({ ...whole, metadata: kept }));
          else expect(scan.managedEnd).toBe(scan.managedStart);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Cuts bytes at random places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  let start = 0;
  return [...ends, bytes.length].map((end) => bytes.subarray(start, (start = end)));
}

describe("LineSplitter", () => {
  it("gives the same lines wherever the chunks are cut, and never an unfinished one", () => {
    const lines = fc.array(fc.string({ maxLength: 50 }).map((text) => text.replaceAll("\n", "")));
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.nat(2_000)),
        fc.string({ maxLength: 9 }),
        (texts, places, rest) => {
          const tail = rest.replaceAll("\n", "");
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join("") + tail);
          const splitter = new LineSplitter(10_000);
          const found: string[] = [];
          for (const chunk of cut(bytes, places)) {
            splitter.push(chunk);
            while (splitter.next()) {
              found.push(splitter.bytes.toString("utf8", splitter.start, splitter.end));
            }
          }
          expect(found).toEqual(texts.filter((text) => text !== ""));
          expect(splitter.pendingBytes).toBe(Buffer.byteLength(tail));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses a line that is longer than any object can be", () => {
    const splitter = new LineSplitter(10);
    splitter.push(Buffer.alloc(11, 0x78));
    expect(() => splitter.next()).toThrow(CorruptStreamError);
  });
});

describe("ListReader", () => {
  function read(chunks: readonly Buffer[]): { names: unknown[]; page: unknown } {
    const names: unknown[] = [];
    const receive = (bytes: Buffer, scan: ObjectScan): void => {
      const item = JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as object;
      names.push(item);
    };
    const reader = new ListReader(receive, new ObjectScan(), 10_000_000);
    for (const chunk of chunks) reader.push(chunk);
    return { names, page: reader.finish() };
  }
  const items = fc.array(fc.dictionary(hostile, json, { maxKeys: 4, noNullPrototype: true }), {
    maxLength: 12,
  });
  const metadata = { resourceVersion: "12", continue: "x" };

  it("finds the items and the metadata in any order, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(items, fc.array(fc.nat(9_000)), fc.boolean(), (list, places, isSorted) => {
        const body = isSorted
          ? { apiVersion: "v1", items: list, kind: "List", metadata }
          : { kind: "List", apiVersion: "v1", metadata, items: list };
        const { names, page } = read(cut(Buffer.from(JSON.stringify(body)), places));
        expect(names).toEqual(asJson(list));
        expect(page).toEqual(metadata);
      }),
      { numRuns: 200 },
    );
  });

  it("reads an item that is far longer than a chunk", () => {
    const body = { metadata, items: [{ text: "x".repeat(2_000_000) }, { last: true }] };
    const bytes = Buffer.from(JSON.stringify(body));
    const chunks = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index) =>
      bytes.subarray(index * 16_384, (index + 1) * 16_384),
    );
    expect(read(chunks).names).toHaveLength(2);
  });

  it.each([
    ["is cut short", '{"metadata":{"resourceVersion":"1"},"items":[{},{}'],
    ["has no end", '{"metadata":{"resourceVersion":"1"},"items":[]'],
    ["is a Status", '{"kind":"Status","metadata":{"resourceVersion":"1"},"code":410}'],
    ["is a line of a watch", '{"type":"ERROR","object":{"kind":"Status"}}'],
    ["has no version", '{"metadata":{},"items":[]}'],
    ["has no metadata", '{"items":[]}'],
    ["has items that are no array", '{"metadata":{"resourceVersion":"1"},"items":{}}'],
    ["is HTML", "<html></html>"],
    ["is empty", ""],
  ])("refuses an answer that %s", (_what, text) => {
    expect(() => read([Buffer.from(text)])).toThrow(CorruptStreamError);
  });

  it("takes items that are null for an empty list, as Go writes it", () => {
    const text = '{"items":null,"metadata":{"resourceVersion":"1"}}';
    expect(read([Buffer.from(text)]).names).toEqual([]);
  });
});
