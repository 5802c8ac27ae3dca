// SPDX-License-Identifier: Apache-2.0
// Tests of status conditions (stage 6).
import { describe, expect, it } from "@jest/globals";
import type { Condition } from "@haversack/core";
import { conditionsOf, mergeConditions, setCondition } from "./conditions.js";

const [first, later] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const ready: Condition = { type: "Ready", status: "True", reason: "AllUp", message: "" };
const backup: Condition = { type: "Backup", status: "False", reason: "Never", message: "" };

describe("setCondition()", () => {
  it("adds a condition with the time, and keeps those of others", () => {
    expect(setCondition([backup], ready, first)).toEqual([
      backup,
      { ...ready, lastTransitionTime: first },
    ]);
    expect(setCondition(undefined, ready, first)).toHaveLength(1);
  });

  it("returns the same list when nothing changes, whatever the time", () => {
    const list = setCondition([backup], ready, first);
    expect(setCondition(list, ready, later)).toBe(list);
  });

  it.each<[string, Partial<Condition>, string]>([
    ["keeps the time when only the message changes", { message: "new" }, first],
    ["keeps the time when only the generation changes", { observedGeneration: 2 }, first],
    ["moves the time when the status changes", { status: "False" }, later],
    [
      "moves a time that was only copied along",
      { status: "False", lastTransitionTime: first },
      later,
    ],
    [
      "takes a time of its own",
      { status: "False", lastTransitionTime: "2026-01-01T12:00:00Z" },
      "2026-01-01T12:00:00Z",
    ],
  ])("%s", (_title, change, expected) => {
    const list = setCondition([], ready, first);
    const [after] = setCondition(list, { ...ready, ...change }, later);
    expect(after).toMatchObject({ ...change, lastTransitionTime: expected });
  });
});

describe("mergeConditions()", () => {
  it("keeps the live order, with what is kept in its place and new ones last", () => {
    const live = [backup, { ...ready, lastTransitionTime: first }];
    const fresh: Condition = { type: "New", status: "True" };
    const merged = mergeConditions([fresh, ready], live, { now: later, kept: [backup] });
    expect(merged.map((each) => each.type)).toEqual(["Backup", "Ready", "New"]);
    expect(merged[1]?.lastTransitionTime).toBe(first);
  });

  it("adds no time to a condition that lives without one", () => {
    const [merged] = mergeConditions([ready], [ready], { now: later, kept: [] });
    expect(merged).toEqual(ready);
  });
});

describe("conditionsOf()", () => {
  it.each([
    [undefined],
    [{}],
    [{ status: 1 }],
    [{ status: { conditions: "x" } }],
    [{ status: { conditions: [{}] } }],
  ])("answers undefined for %p", (object) => {
    expect(conditionsOf(object)).toBeUndefined();
  });
});
