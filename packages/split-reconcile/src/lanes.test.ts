// SPDX-License-Identifier: Apache-2.0
// Failures and results of sub-reconcilers, each in its own lane (stage 5: split reconcile).
import { describe, expect, it } from "@jest/globals";
import { ConflictError, halt, requeueAfter, TerminalError, ThrottledError } from "@haversack/core";
import { key, noting, Rig, type Sub } from "../test/rig.js";

describe("failures", () => {
  it("go on with independent ones, and keep those after it from running", async () => {
    const runs: string[] = [];
    let isBroken = true;
    const rig = new Rig([
      {
        name: "broken",
        reconcile: () => (isBroken ? Promise.reject(new Error("no")) : Promise.resolve()),
      },
      noting(runs, "after", { after: ["broken"] }),
      noting(runs, "other"),
    ]);
    await rig.user({});
    expect(runs).toEqual(["other"]);
    expect(rig.condition("Ready")).toMatchObject({ status: "False" });
    isBroken = false;
    await rig.advance(10_000);
    expect(runs).toEqual(["other", "after"]);
    expect(rig.condition("Ready")).toMatchObject({ status: "True" });
  });

  it("back off each on its own: 5, 10, 20 ms; a success starts anew", async () => {
    const at: number[] = [];
    const other: string[] = [];
    let failures = 4;
    const rig = new Rig([
      {
        name: "flaky",
        reconcile: () => {
          at.push(rig.clock.ms);
          return failures-- > 0 ? Promise.reject(new Error("no")) : Promise.resolve();
        },
      },
      noting(other, "calm"),
    ]);
    await rig.user({});
    await rig.advance(10_000);
    expect(at).toEqual([0, 5, 15, 35, 75]);
    expect(other).toEqual(["calm"]);
  });

  it("are cut short by a foreign change once, and by own wakes never", async () => {
    let runs = 0;
    const rig = new Rig([
      {
        name: "broken",
        retry: { initialMs: 60_000 },
        reconcile: () => {
          runs += 1;
          return Promise.reject(new Error("no"));
        },
      },
    ]);
    await rig.user({});
    expect(runs).toBe(1);
    rig.process.watches.enqueue(key);
    await rig.settle();
    expect(runs).toBe(1);
    await rig.user({ size: 2 });
    expect(runs).toBe(2);
  });

  it("that are terminal are not retried until the primary changes", async () => {
    let runs = 0;
    const rig = new Rig([
      {
        name: "invalid",
        reconcile: () => {
          runs += 1;
          return Promise.reject(new TerminalError("bad spec"));
        },
      },
    ]);
    await rig.user({});
    await rig.advance(3_600_000);
    expect(runs).toBe(1);
    expect(rig.condition("Stalled")).toMatchObject({ status: "True", reason: "TerminalError" });
    await rig.user({ size: 2 });
    expect(runs).toBe(2);
  });

  it("that are conflicts are retried quietly three times", async () => {
    let conflicts = 3;
    const rig = new Rig([
      {
        name: "racing",
        reconcile: () =>
          conflicts-- > 0
            ? Promise.reject(new ConflictError("EXP_CONFLICT", "stale", "backoff", 409))
            : Promise.resolve(),
      },
    ]);
    await rig.user({});
    await rig.advance(1000);
    expect(rig.logs).toEqual([]);
    expect(conflicts).toBe(-1);
  });

  it("wait as long as the server asked, whatever changes meanwhile", async () => {
    const at: number[] = [];
    const rig = new Rig([
      {
        name: "throttled",
        reconcile: () => {
          at.push(rig.clock.ms);
          const error = new ThrottledError("EXP_THROTTLED", "busy", { afterMs: 7000 }, 429);
          return at.length === 1 ? Promise.reject(error) : Promise.resolve();
        },
      },
    ]);
    await rig.user({});
    await rig.user({ size: 2 });
    await rig.advance(60_000);
    expect(at).toEqual([0, 7000]);
  });

  it("that are no results are refused by name", async () => {
    const rig = new Rig([{ name: "odd", reconcile: () => Promise.resolve(5 as never) }]);
    await rig.user({});
    expect(rig.logs.join()).toContain('"odd" failed for Db.example.com prod/db');
  });
});

describe("results", () => {
  it("requeue each on its own time", async () => {
    const at: Record<string, number[]> = { fast: [], slow: [] };
    const every = (name: "fast" | "slow", ms: number): Sub => ({
      name,
      reconcile: () => {
        at[name]?.push(rig.clock.ms);
        return Promise.resolve(requeueAfter(ms));
      },
    });
    const rig = new Rig([every("fast", 1000), every("slow", 2500)]);
    await rig.user({});
    await rig.advance(5000);
    expect(at).toEqual({ fast: [0, 1000, 2000, 3000, 4000, 5000], slow: [0, 2500, 5000] });
  });

  it("that halt stop what follows and say why", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      { name: "paused", reconcile: () => Promise.resolve(halt("paused by the user")) },
      noting(runs, "after", { after: ["paused"] }),
    ]);
    await rig.user({});
    expect(runs).toEqual([]);
    expect(rig.condition("Ready")).toMatchObject({ status: "False", reason: "Halted" });
    expect(rig.condition("Reconciling")).toBeUndefined();
  });

  it("are held up by ready() until it says yes", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      noting(runs, "first", { ready: ({ primary }) => (primary.spec?.size ?? 0) > 1 }),
      noting(runs, "second", { after: ["first"] }),
    ]);
    await rig.user({ size: 1 });
    expect(runs).toEqual(["first"]);
    expect(rig.condition("Ready")?.message).toContain('"first" is not ready');
    await rig.user({ size: 2 });
    expect(runs).toEqual(["first", "first", "second"]);
  });
});
