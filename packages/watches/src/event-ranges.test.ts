// SPDX-License-Identifier: Apache-2.0
// Folding the events of one object into one (stage 2: predicate).
import { describe, expect, it } from "@jest/globals";
import type { WatchEvent } from "@haversack/core";
import { database } from "../test/fixtures.js";
import { event } from "../test/fake-informers.js";
import { fc } from "../test/property.js";
import { EventRanges, folded } from "./event-ranges.js";

const [a, b, c] = ["1", "2", "3"].map((resourceVersion) =>
  database("db", {}, { uid: "u", resourceVersion }),
);
const added = event({ type: "added", old: undefined, new: a });
const modified = event({ type: "modified", old: a, new: b });
const again = event({ type: "modified", old: b, new: c });
const deleted = event({ type: "deleted", old: b, new: undefined });
const resynced = event({ type: "resynced", old: a, new: a, isResync: true });

describe("folded()", () => {
  it.each<[string, WatchEvent, WatchEvent, object]>([
    ["added + modified => added", added, modified, { type: "added", old: undefined, new: b }],
    ["modified + modified => modified", modified, again, { type: "modified", old: a, new: c }],
    ["modified + deleted => deleted", modified, deleted, { type: "deleted", old: b }],
    ["added + deleted => deleted", added, deleted, { type: "deleted", old: b, new: undefined }],
    ["deleted + added => modified", deleted, added, { type: "modified", old: b, new: a }],
    ["resynced + resynced => resynced", resynced, resynced, { type: "resynced", isResync: true }],
    ["resynced + modified => modified", resynced, modified, { type: "modified", isResync: false }],
  ])("%s", (_name, first, last, expected) => {
    expect(folded(first, last)).toMatchObject({ ...expected, synthetic: true });
  });

  it("does not depend on how a row of events is grouped", () => {
    const flags = { isInitial: fc.boolean(), isRelist: fc.boolean() };
    const state = fc.constantFrom(a, b, c);
    const one = fc
      .record({ old: state, new: state, ...flags })
      .map((parts) => event({ type: "modified", ...parts }));
    const law = fc.property(one, one, one, (x, y, z) =>
      expect(folded(folded(x, y), z)).toEqual(folded(x, folded(y, z))),
    );
    fc.assert(law);
  });
});

describe("EventRanges", () => {
  const key = { namespace: "prod", name: "db" };

  it("judges every range, and wants a pass when one passes", () => {
    const ranges = new EventRanges();
    const judged: string[] = [];
    const judge = (name: string, passes: boolean): { passes: () => boolean } => ({
      passes: () => {
        judged.push(name);
        return passes;
      },
    });
    ranges.hold(key, judge("yes", true), modified);
    ranges.hold(key, judge("no", false), modified);
    expect(ranges.close(key)).toBe(true);
    expect(judged).toEqual(["yes", "no"]);
    ranges.hold(key, judge("no", false), modified);
    expect(ranges.close(key)).toBe(false);
    expect(ranges.size).toBe(0);
  });

  it("lets a pass go on of which it knows nothing", () => {
    expect(new EventRanges().close(key)).toBe(true);
  });
});
