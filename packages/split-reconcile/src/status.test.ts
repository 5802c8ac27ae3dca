// SPDX-License-Identifier: Apache-2.0
// Status of many writers: conditions kept, foreign ones untouched, waits shown (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { requeueAfter, type Condition } from "@haversack/core";
import { dbs, key, noting, Rig, type Sub } from "../test/rig.js";
import { mergeFields } from "./status.js";

/** A sub-reconciler that sets a condition to what `status` says then. */
const setting = (name: string, type: string, status: () => Condition["status"]): Sub => ({
  name,
  writes: [{ kind: dbs, conditions: [type], paths: [`status.${name}`] }],
  reconcile({ setCondition, setStatus }) {
    setCondition({ type, status: status(), reason: "Set", message: name });
    setStatus({ [name]: status() });
    return Promise.resolve();
  },
});

describe("status", () => {
  it("holds what each sub-reconciler said, in one write per pass", async () => {
    const rig = new Rig([
      setting("tls", "TLSReady", () => "True"),
      setting("backup", "BackupReady", () => "False"),
    ]);
    await rig.user({});
    expect(rig.primary.status).toMatchObject({ tls: "True", backup: "False" });
    expect(rig.condition("TLSReady")).toMatchObject({ status: "True", observedGeneration: 1 });
    expect(rig.condition("BackupReady")).toMatchObject({ status: "False" });
    expect(rig.writes().filter((line) => line.includes("status"))).toHaveLength(1);
  });

  it("of one does not touch what another said, when only one runs", async () => {
    let tls: Condition["status"] = "False";
    const rig = new Rig([
      setting("tls", "TLSReady", () => tls),
      setting("backup", "BackupReady", () => "True"),
    ]);
    await rig.user({});
    tls = "True";
    rig.process.split.wake(key, "tls");
    await rig.settle();
    expect(rig.primary.status).toMatchObject({ tls: "True", backup: "True" });
    expect(rig.condition("BackupReady")).toMatchObject({ status: "True" });
  });

  it("stays as it stands after a restart, of those that fail before they speak", async () => {
    const rig = new Rig([
      setting("tls", "TLSReady", () => "True"),
      setting("backup", "BackupReady", () => "True"),
    ]);
    await rig.user({});
    const failing: Sub = {
      ...setting("backup", "BackupReady", () => "False"),
      reconcile: () => Promise.reject(new Error("no")),
    };
    rig.restart([setting("tls", "TLSReady", () => "False"), failing]);
    await rig.settle();
    expect(rig.primary.status).toMatchObject({ tls: "False", backup: "True" });
    expect(rig.condition("BackupReady")).toMatchObject({ status: "True" });
  });

  it("keeps the fields of one that only sets a condition after a restart", async () => {
    const rig = new Rig([setting("tls", "TLSReady", () => "True")]);
    await rig.user({});
    const brief: Sub = {
      ...setting("tls", "TLSReady", () => "True"),
      reconcile({ setCondition }) {
        setCondition({ type: "TLSReady", status: "False", reason: "Busy", message: "" });
        return Promise.resolve();
      },
    };
    rig.restart([brief]);
    await rig.settle();
    expect(rig.primary.status).toMatchObject({ tls: "True" });
    expect(rig.condition("TLSReady")).toMatchObject({ status: "False" });
  });

  it("loses what a sub-reconciler that became inactive had said", async () => {
    const tls = { ...setting("tls", "TLSReady", () => "True"), when: isLarge };
    const rig = new Rig([tls, setting("backup", "BackupReady", () => "True")]);
    await rig.user({ size: 2 });
    expect(rig.condition("TLSReady")).toBeDefined();
    await rig.user({ size: 1 });
    expect(rig.condition("TLSReady")).toBeUndefined();
    expect(rig.primary.status).not.toHaveProperty("tls");
  });

  it("keeps what was said by a run that failed afterwards", async () => {
    const rig = new Rig([
      {
        ...setting("tls", "TLSReady", () => "True"),
        reconcile({ setCondition }) {
          setCondition({ type: "TLSReady", status: "False", reason: "Expired", message: "" });
          return Promise.reject(new Error("no"));
        },
      },
    ]);
    await rig.user({});
    expect(rig.condition("TLSReady")).toMatchObject({ reason: "Expired" });
  });

  it("has the generation it was made for, and Ready as tools expect it", async () => {
    const rig = new Rig([noting([], "a")]);
    await rig.user({});
    await rig.user({ size: 2 });
    expect(rig.primary.status).toMatchObject({ observedGeneration: 2 });
    expect(rig.condition("Ready")).toMatchObject({ status: "True", reason: "Succeeded" });
    for (const type of ["Reconciling", "Stalled"]) expect(rig.condition(type)).toBeUndefined();
  });

  it("does not flap for a single failure of what worked before", async () => {
    let failures = 0;
    const rig = new Rig([
      {
        name: "a",
        reconcile: () => (failures-- > 0 ? Promise.reject(new Error("no")) : Promise.resolve()),
      },
    ]);
    await rig.user({});
    rig.writes();
    failures = 2;
    rig.process.split.wake(key);
    await rig.advance(60_000);
    expect(rig.writes()).toEqual([]);
  });

  it("leaves Ready to a sub-reconciler that declared it", async () => {
    const rig = new Rig([setting("own", "Ready", () => "Unknown")]);
    await rig.user({});
    expect(rig.condition("Ready")).toMatchObject({ status: "Unknown" });
  });

  it("is not written when it is switched off", async () => {
    const rig = new Rig([noting([], "a")], { status: false });
    await rig.user({});
    expect(rig.primary.status).toBeUndefined();
  });

  it("takes keys of Object's own for what they are", () => {
    const evil = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
    const merged = mergeFields({ a: 1 }, evil as Record<string, unknown>);
    expect(Object.keys(merged).sort()).toEqual(["__proto__", "a", "constructor"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("waitFor()", () => {
  const waiting = (timeoutMs = 60_000): Sub => ({
    name: "pods",
    writes: [{ kind: dbs, conditions: ["PodsReady"] }],
    reconcile({ primary, waitFor }) {
      const isMet = primary.spec?.size === 3;
      const wait = waitFor({ condition: "PodsReady", isMet, timeoutMs, message: "2 of 3" });
      return Promise.resolve(wait.result);
    },
  });

  it("returns, shows the wait as a condition and keeps those after it waiting", async () => {
    const runs: string[] = [];
    const rig = new Rig([waiting(), noting(runs, "after", { after: ["pods"] })]);
    await rig.user({ size: 1 });
    expect(rig.condition("PodsReady")).toMatchObject({ status: "False", reason: "Waiting" });
    expect(rig.condition("Reconciling")).toMatchObject({ status: "True" });
    expect(runs).toEqual([]);
    await rig.advance(10_000);
    await rig.user({ size: 3 });
    expect(rig.condition("PodsReady")).toMatchObject({ status: "True", reason: "Met" });
    expect(runs).toEqual(["after"]);
  });

  it("wakes at the timeout, counted from the first time, and says that it ran out", async () => {
    const rig = new Rig([waiting()]);
    await rig.user({ size: 1 });
    await rig.advance(30_000);
    await rig.user({ size: 2 });
    await rig.advance(29_999);
    expect(rig.condition("PodsReady")).toMatchObject({ reason: "Waiting" });
    await rig.advance(1);
    expect(rig.condition("PodsReady")).toMatchObject({ reason: "TimedOut" });
    expect(rig.condition("Ready")?.message).toContain("did not come within 60000 ms: 2 of 3");
  });

  it("goes on counting after a restart, from the condition", async () => {
    const rig = new Rig([waiting()]);
    await rig.user({ size: 1 });
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const { conditions } = rig.primary.status as { conditions: Condition[] };
    const dated = conditions.map((each) => ({ ...each, lastTransitionTime }));
    rig.world.patch(dbs, key, { status: { conditions: dated } }, "server");
    rig.clock.ms = 59_000;
    rig.restart();
    await rig.settle();
    expect(rig.condition("PodsReady")).toMatchObject({ reason: "Waiting" });
    await rig.advance(1000);
    expect(rig.condition("PodsReady")).toMatchObject({ reason: "TimedOut" });
  });

  it("begins anew when what was met is missing again", async () => {
    const rig = new Rig([waiting()]);
    await rig.user({ size: 3 });
    await rig.advance(3_600_000);
    await rig.user({ size: 1 });
    expect(rig.condition("PodsReady")).toMatchObject({ reason: "Waiting" });
  });

  it("is no polling: nothing runs between", async () => {
    let runs = 0;
    const rig = new Rig([
      {
        ...waiting(),
        reconcile: (request) => {
          runs += 1;
          return waiting().reconcile(request);
        },
      },
      { name: "poll", reconcile: () => Promise.resolve(requeueAfter(1000)) },
    ]);
    await rig.user({ size: 1 });
    await rig.advance(50_000);
    expect(runs).toBe(1);
  });
});

function isLarge(primary: { readonly spec?: { readonly size?: number } }): boolean {
  return (primary.spec?.size ?? 0) > 1;
}
