// SPDX-License-Identifier: Apache-2.0
// What is refused before anything runs: overlaps, cycles, names, schedules (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, configMaps, secrets, services } from "@haversack/core";
import { dbs, noting, type Sub } from "../test/rig.js";
import { makePlan, type PlanOptions } from "./plan.js";

const part = (name: string, rest: Partial<Sub> = {}): Sub => noting([], name, rest);
const plan = (parts: readonly Sub[], rest: Partial<PlanOptions> = {}) =>
  makePlan(parts as never[], { controller: "db-operator", primaryKind: dbs, ...rest });
const refusal = (parts: readonly Sub[], rest: Partial<PlanOptions> = {}): string => {
  try {
    plan(parts, rest);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "accepted";
};

describe("makePlan(), overlapping writes", () => {
  it.each<[string, Sub["writes"], Sub["writes"], string | undefined]>([
    ["whole kinds", [configMaps], [configMaps], "ConfigMap"],
    ["other kinds", [configMaps], [secrets], undefined],
    [
      "a path above the other",
      [{ kind: dbs, paths: ["spec"] }],
      [{ kind: dbs, paths: ["spec.size"] }],
      "spec.size",
    ],
    [
      "paths with a common beginning of a name",
      [{ kind: dbs, paths: ["spec.size"] }],
      [{ kind: dbs, paths: ["spec.sizeLimit"] }],
      undefined,
    ],
    [
      "the whole object and a path",
      [services],
      [{ kind: services, paths: ["spec.ports"] }],
      "spec.ports",
    ],
    [
      "other roles",
      [{ kind: configMaps, role: "config" }],
      [{ kind: configMaps, role: "scripts" }],
      undefined,
    ],
    ["a role and all roles", [{ kind: configMaps, role: "config" }], [configMaps], "(config)"],
    [
      "one condition",
      [{ kind: dbs, conditions: ["TLSReady"] }],
      [{ kind: dbs, conditions: ["TLSReady"] }],
      "status.conditions[TLSReady]",
    ],
    [
      "other conditions",
      [{ kind: dbs, conditions: ["TLSReady"] }],
      [{ kind: dbs, conditions: ["BackupReady"] }],
      undefined,
    ],
    [
      "a condition and the whole status",
      [{ kind: dbs, conditions: ["TLSReady"] }],
      [{ kind: dbs, paths: ["status"] }],
      "status.conditions[TLSReady]",
    ],
  ])("judges %s", (_, ours, theirs, where) => {
    const message = refusal([
      part("one", { writes: ours ?? [] }),
      part("two", { writes: theirs ?? [] }),
    ]);
    if (where === undefined) return expect(message).toBe("accepted");
    expect(message).toContain('"one" and "two" both write');
    expect(message).toContain(where);
  });

  it("accepts an overlap that is ordered and declared, and only then", () => {
    const one = part("one", { writes: [configMaps] });
    const two = { writes: [configMaps] };
    expect(refusal([one, part("two", { ...two, after: ["one"] })])).not.toBe("accepted");
    expect(refusal([one, part("two", { ...two, overrides: ["one"] })])).not.toBe("accepted");
    const both = { ...two, after: ["one"], overrides: ["one"] };
    expect(refusal([one, part("two", both)])).toBe("accepted");
  });

  it("names every problem in one message", () => {
    const writes = [configMaps];
    const message = refusal([part("a", { writes }), part("b", { writes }), part("c", { writes })]);
    for (const pair of ['"a" and "b"', '"a" and "c"', '"b" and "c"'])
      expect(message).toContain(pair);
  });
});

describe("makePlan(), order", () => {
  it("refuses a cycle and names it in order", () => {
    const message = refusal([
      part("a", { after: ["c"] }),
      part("b", { after: ["a"] }),
      part("c", { after: ["b"] }),
    ]);
    expect(message).toContain('"a" after "c" after "b" after "a" is a cycle');
  });

  it("refuses one that comes after itself", () => {
    expect(refusal([part("a", { after: ["a"] })])).toContain('"a" after "a"');
  });

  it.each([
    ["an unknown name in after", [part("a", { after: ["b"] })], '"a" names "b"'],
    ["an unknown name in overrides", [part("a", { overrides: ["b"] })], '"a" names "b"'],
    ["a name twice", [part("a"), part("a")], 'two sub-reconcilers are named "a"'],
    ["a name that is none", [part("A b")], '"A b" is no name'],
    ["__proto__", [part("__proto__")], "is no name"],
    ["a field manager that is too long", [part("a".repeat(120))], "longer than 128 bytes"],
  ])("refuses %s", (_, parts, why) => {
    expect(refusal(parts)).toContain(why);
  });

  it("takes names of Object's own for what they are", () => {
    expect(refusal([part("constructor", { after: ["tostring"] })])).toContain('"tostring"');
  });
});

describe("makePlan(), reads", () => {
  const reader = part("reader", { reads: [configMaps] });
  const writer = part("writer", { writes: [configMaps] });

  it("warns of a read of what another writes, in no order; or refuses it", () => {
    const [warning] = plan([reader, writer]).warnings;
    expect(warning).toContain('"reader" reads ConfigMap, which "writer" writes');
    expect(refusal([reader, writer], { unordered: "refuse" })).toContain('"reader" reads');
  });

  it("is content with either order", () => {
    const ordered = part("reader", { reads: [configMaps], after: ["writer"] });
    expect(plan([ordered, writer]).warnings).toEqual([]);
    const first = part("writer", { writes: [configMaps], after: ["reader"] });
    expect(plan([reader, first]).warnings).toEqual([]);
  });

  it("warns of a read that nothing wakes for", () => {
    const deaf = part("deaf", { reads: [secrets], triggers: [configMaps] });
    expect(plan([deaf]).warnings.join()).toContain('"deaf" reads Secret and no trigger');
    expect(plan([part("all", { reads: [secrets] })]).warnings).toEqual([]);
    const heard = part("heard", { reads: [secrets], triggers: [secrets] });
    expect(plan([heard]).warnings).toEqual([]);
  });
});

describe("makePlan(), schedules", () => {
  it.each<[string, Sub["schedule"] & object]>([
    ["an interval of 0", { everyMs: 0 }],
    ["an interval that never comes", { everyMs: Infinity }],
    ["a jitter above 1", { everyMs: 1000, jitter: 2 }],
    ["an idle time of 0", { idleMs: 0 }],
    ["a cron expression that is none", { cron: "every day" }],
    ["a cron expression that never comes", { cron: "0 0 30 2 *" }],
    ["a time zone that is none", { cron: "0 0 * * *", timeZone: "Mars/Olympus" }],
  ])("refuses %s, and says whose it is", (_, schedule) => {
    expect(refusal([part("backup", { schedule })])).toContain('the schedule of "backup"');
  });
});
