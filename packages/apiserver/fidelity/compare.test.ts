// SPDX-License-Identifier: Apache-2.0
// The harness itself: what counts as a difference, what a list entry explains, what is put aside.
import { describe, expect, it } from "@jest/globals";
import { differences, sortOut, type KnownDifference } from "./compare.js";
import { normalise } from "./normalise.js";

describe("differences()", () => {
  it("tells every leaf, and each part of what one side lacks", () => {
    const found = differences({ a: 1, b: { c: [1] } }, { a: 2, d: {} }, "s/p #1");
    expect(found.map(({ at, real, ours }) => [at, real, ours])).toEqual([
      ["a", 1, 2],
      ["b.c.0", 1, "(absent)"],
      ["d", "(absent)", {}],
    ]);
  });
});

describe("sortOut()", () => {
  const entry = (more: Partial<KnownDifference>): KnownDifference => ({
    step: "s/*",
    at: "*",
    why: "newer",
    reason: "because",
    ...more,
  });
  const found = differences({ a: "x" }, { a: "y" }, "s/p #1");

  it("lets an entry explain by step, path and value, and finds those that explain nothing", () => {
    const stale = [entry({ at: "b" }), entry({ step: "t/*" }), entry({ real: "z" })];
    const sorted = sortOut(found, [entry({ real: '"x"' }), ...stale]);
    expect([sorted.unknown, sorted.stale]).toEqual([[], stale]);
    expect(sorted.known.get("s/p #1")).toBe("newer");
  });

  it("keeps what no entry explains", () => {
    expect(sortOut(found, []).unknown).toEqual(found);
  });
});

describe("normalise()", () => {
  it("puts revisions in order, and names uids, times and the namespace", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const object = (resourceVersion: string): object => ({
      resourceVersion,
      uid: "11111111-2222-3333-4444-555555555555",
      creationTimestamp: "2026-01-01T00:00:05Z",
      renewTime: "2001-01-01T00:00:00Z",
      namespace: "x1",
    });
    const [first, second] = normalise([{ body: object("90") }, { body: object("8") }], "x1", now);
    expect(first?.body).toEqual({
      resourceVersion: "<rv2>",
      uid: "<uid1>",
      creationTimestamp: "<time>",
      renewTime: "2001-01-01T00:00:00Z",
      namespace: "{ns}",
    });
    expect(second?.body).toMatchObject({ resourceVersion: "<rv1>", uid: "<uid1>" });
  });
});
