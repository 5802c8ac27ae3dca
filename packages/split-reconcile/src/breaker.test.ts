// SPDX-License-Identifier: Apache-2.0
// Writes that never come to rest are stopped, with the paths and the writers (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { configMaps, deployments, ExpansionError } from "@haversack/core";
import { dbs, key, named, Rig, type Sub } from "../test/rig.js";

const shared = { namespace: "prod", name: "shared" };

/** Writes its own value to the field that another one writes, too. */
const fighting = (name: string, value: string, rest: Partial<Sub> = {}): Sub => ({
  name,
  writes: [configMaps],
  reads: [configMaps],
  async reconcile({ objects, primary }) {
    await objects.apply(configMaps, named("shared", { data: { mode: value } }), { owner: primary });
  },
  ...rest,
});

describe("the circuit breaker", () => {
  it("stops two sub-reconcilers that write a field in turn, and names field and managers", async () => {
    const rig = new Rig([
      fighting("calm", "on"),
      fighting("eager", "off", { after: ["calm"], overrides: ["calm"] }),
    ]);
    await rig.user({});
    await rig.advance(10_000);
    const writes = rig.writes().filter((line) => line.includes("prod/shared"));
    expect(writes.length).toBeLessThanOrEqual(14);
    const { status, reason, message = "" } = rig.condition("Stalled") ?? { status: "" };
    expect({ status, reason }).toEqual({ status: "True", reason: "FieldConflict" });
    for (const part of ["data.mode", "op/calm", "op/eager"]) expect(message).toContain(part);
  });

  it("stops one that writes another value each time", async () => {
    let n = 0;
    const rig = new Rig([
      {
        name: "random",
        writes: [configMaps],
        triggers: [configMaps],
        async reconcile({ objects, primary }) {
          const data = { at: String((n += 1)) };
          await objects.apply(configMaps, named("shared", { data }), { owner: primary });
        },
      },
    ]);
    await rig.user({});
    await rig.advance(30_000);
    expect(rig.writes().filter((line) => line.includes("prod/shared"))).toHaveLength(13);
    expect(rig.condition("Stalled")?.message).toContain("data.at");
    expect(rig.condition("Stalled")?.message).toContain("op/random writes another value");
  });

  it("lets one write through after the pause, then pauses twice as long", async () => {
    const at: number[] = [];
    const rig: Rig = new Rig([
      {
        name: "random",
        writes: [configMaps],
        triggers: [configMaps],
        async reconcile({ objects, primary }) {
          at.push(rig.clock.ms);
          const data = { at: String(at.length) };
          await objects.apply(configMaps, named("shared", { data }), { owner: primary });
        },
      },
    ]);
    await rig.user({});
    await rig.advance(400_000);
    expect([...new Set(at)]).toEqual([0, 60_000, 180_000]);
    expect(at.filter((ms) => ms > 0)).toHaveLength(2);
  });

  it("closes when the writers come to rest", async () => {
    let n = 0;
    let isRandom = true;
    const rig = new Rig([
      {
        name: "random",
        writes: [configMaps],
        triggers: [configMaps],
        async reconcile({ objects, primary }) {
          const data = { at: isRandom ? String((n += 1)) : "still" };
          await objects.apply(configMaps, named("shared", { data }), { owner: primary });
        },
      },
    ]);
    await rig.user({});
    isRandom = false;
    await rig.advance(400_000);
    expect(rig.condition("Ready")).toMatchObject({ status: "True" });
    expect(rig.condition("Stalled")).toBeUndefined();
  });

  it("does not mind many generations of the primary", async () => {
    const rig = new Rig([
      {
        name: "a",
        writes: [configMaps],
        async reconcile({ objects, primary }) {
          const data = { size: String(primary.spec?.size) };
          await objects.apply(configMaps, named("shared", { data }), { owner: primary });
        },
      },
    ]);
    for (let size = 0; size < 40; size += 1) await rig.user({ size });
    expect(rig.world.get(configMaps, shared)?.data).toEqual({ size: "39" });
    expect(rig.condition("Ready")).toMatchObject({ status: "True" });
  });

  it("lets the others run, and lets a deletion through", async () => {
    let n = 0;
    const runs: string[] = [];
    const rig = new Rig([
      {
        name: "random",
        writes: [configMaps],
        triggers: [configMaps],
        cleanup: () => Promise.resolve(void runs.push("cleanup")),
        async reconcile({ objects, primary }) {
          const data = { at: String((n += 1)) };
          await objects.apply(configMaps, named("shared", { data }), { owner: primary });
        },
      },
      {
        name: "other",
        triggers: [deployments],
        reconcile: () => Promise.resolve(void runs.push("other")),
      },
    ]);
    await rig.user({});
    rig.process.split.wake(key, "other");
    await rig.settle();
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(runs).toEqual(["other", "other", "cleanup"]);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("takes a fight that the API objects found for what it is", async () => {
    let runs = 0;
    const rig = new Rig([
      {
        name: "repairing",
        reconcile() {
          runs += 1;
          const message = "another writer keeps changing /data/mode back: kubectl";
          return Promise.reject(
            new ExpansionError("EXP_FIELD_FIGHT", message, { afterMs: 60_000 }),
          );
        },
      },
    ]);
    await rig.user({});
    await rig.user({ size: 2 });
    expect(runs).toBe(1);
    expect(rig.condition("Stalled")).toMatchObject({ reason: "FieldConflict" });
    expect(rig.condition("Stalled")?.message).toContain("kubectl");
    await rig.advance(60_000);
    expect(runs).toBe(2);
  });
});
