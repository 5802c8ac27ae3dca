// SPDX-License-Identifier: Apache-2.0
// Wakes as they are recorded: apart by sub-reconciler, timers apart from events, bounded (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps } from "@haversack/core";
import { named, noting, Rig } from "../test/rig.js";
import { WakeHistory } from "./wake-history.js";

describe("WakeHistory", () => {
  it("tells events, with the time they came, from what was known beforehand", async () => {
    const history = new WakeHistory();
    const probe = noting([], "probe", { triggers: [], schedule: { everyMs: 1000, jitter: 0 } });
    const rig = new Rig([noting([], "config", { triggers: [configMaps] }), probe], {
      onRun: history.record,
    });
    await rig.user({});
    await rig.advance(2000);
    const owner = { ...rig.primary.metadata, uid: rig.primary.metadata.uid ?? "" };
    const references = [{ apiVersion: "example.com/v1", kind: "Db", name: "db", uid: owner.uid }];
    const map = named("a", {});
    const metadata = { ...map.metadata, ownerReferences: references };
    rig.world.create(configMaps, { ...map, metadata }, "user");
    await rig.settle();
    expect(history.wakes.map(({ stream, by, atMs }) => [stream, by, atMs])).toEqual([
      ["config", "event", 0],
      ["probe", "event", 0],
      ["probe", "timer", 1000],
      ["probe", "timer", 2000],
      ["config", "event", 2000],
    ]);
    expect(history.csv().split("\n").at(-2)).toBe(
      "config,prod/db,2000,2000,0,event,ConfigMap prod/a added",
    );
  });

  it("calls a retry known beforehand: its time is the backoff's", async () => {
    const history = new WakeHistory();
    let isBroken = true;
    const part = noting([], "part", {
      reconcile: () => (isBroken ? Promise.reject(new Error("no")) : Promise.resolve()),
    });
    const rig = new Rig([part], { onRun: history.record });
    await rig.user({});
    isBroken = false;
    await rig.advance(5);
    expect(history.wakes.map(({ by }) => by)).toEqual(["event", "timer"]);
  });

  it("forgets the oldest", async () => {
    const history = new WakeHistory({ maxRecords: 2 });
    const probe = noting([], "probe", { triggers: [], schedule: { everyMs: 1000, jitter: 0 } });
    const rig = new Rig([probe], { onRun: history.record });
    await rig.user({});
    await rig.advance(5000);
    expect(history.wakes.map(({ startedAtMs }) => startedAtMs)).toEqual([4000, 5000]);
  });

  it("quotes what a reader of comma-separated text would trip over", () => {
    const history = new WakeHistory();
    history.record({
      ...{ primary: { name: "db" }, name: "part", startedAtMs: 1, durationMs: 2, attempt: 0 },
      ...{ outcome: "done", scheduledTime: undefined, writes: 0 },
      causes: [{ source: 'a "b", c', atMs: 1 }],
    });
    expect(history.csv()).toContain('part,db,1,1,2,event,"a ""b"", c"\n');
  });
});
