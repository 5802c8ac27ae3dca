// SPDX-License-Identifier: Apache-2.0
// Finalizers that users put on a primary, and the part that tells of the end until it has come (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps } from "@haversack/core";
import { db, dbs, key, noting, Rig, type Sub } from "../test/rig.js";

const podsInOrder = "example.com/pods-in-order";
const volumes = "example.com/volumes";

/** Creates a primary with finalizers, lets it come to rest, and deletes it. */
async function deleted(declared: readonly Sub[], finalizers: readonly string[]): Promise<Rig> {
  const rig = new Rig(declared);
  const primary = db({});
  rig.world.create(dbs, { ...primary, metadata: { ...primary.metadata, finalizers } }, "user");
  await rig.settle();
  rig.writes();
  rig.world.delete(dbs, key, "user");
  await rig.settle();
  return rig;
}

const serving = (runs: string[], name: string, finalizers: readonly string[], after = ""): Sub =>
  noting([], name, {
    finalizers,
    ...(after === "" ? {} : { after: [after] }),
    cleanup: () => Promise.resolve(void runs.push(name)),
  });

describe("a cleanup that serves finalizers of users", () => {
  it("adds no finalizer of its own", async () => {
    const rig = new Rig([serving([], "workload", [podsInOrder])]);
    await rig.user({});
    expect(rig.primary.metadata.finalizers).toBeUndefined();
  });

  it("runs when one of them is there, takes it off, and lets the primary go", async () => {
    const runs: string[] = [];
    const rig = await deleted([serving(runs, "workload", [podsInOrder, volumes])], [volumes]);
    expect(runs).toEqual(["workload"]);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("does not run when the user asks for none", async () => {
    const runs: string[] = [];
    const rig = await deleted([serving(runs, "workload", [podsInOrder])], ["example.com/other"]);
    expect(runs).toEqual([]);
    expect(rig.primary.metadata.finalizers).toEqual(["example.com/other"]);
  });

  it("takes a finalizer off when every cleanup that serves it is done, in reverse order", async () => {
    const runs: string[] = [];
    const rig = await deleted(
      [
        serving(runs, "config", [volumes]),
        serving(runs, "workload", [podsInOrder, volumes], "config"),
      ],
      [volumes, podsInOrder],
    );
    expect(runs).toEqual(["workload", "config"]);
    expect(rig.writes().filter((line) => line.includes("finalizer"))).toHaveLength(2);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("keeps a finalizer as long as its cleanup asks to be called again", async () => {
    let isDone = false;
    const rig = await deleted(
      [
        noting([], "workload", {
          finalizers: [podsInOrder],
          cleanup: () => Promise.resolve(isDone ? undefined : { kind: "requeue", afterMs: 1000 }),
        }),
      ],
      [podsInOrder],
    );
    expect(rig.primary.metadata.finalizers).toEqual([podsInOrder]);
    isDone = true;
    await rig.advance(1000);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("is refused without a cleanup", () => {
    expect(() => new Rig([noting([], "a", { finalizers: [podsInOrder] })])).toThrow(
      /"a" serves example.com\/pods-in-order and has no cleanup/,
    );
  });
});

describe("untilGone", () => {
  const reporter: Sub = {
    name: "reporter",
    follows: ["workload"],
    untilGone: true,
    writes: [{ kind: dbs, paths: ["status.state"] }],
    reads: [{ kind: dbs, conditions: ["WorkloadReady"] }],
    reconcile: ({ primary, setStatus }) => {
      const isGoing = primary.metadata.deletionTimestamp !== undefined;
      return Promise.resolve(setStatus({ state: isGoing ? "stopping" : "ready" }));
    },
  };

  it("goes on while cleanups wait, and tells of the end", async () => {
    const workload = noting([], "workload", {
      finalizers: [podsInOrder],
      cleanup: () => Promise.resolve({ kind: "requeue", afterMs: 1000 }),
    });
    const rig = await deleted([workload, reporter], [podsInOrder]);
    expect(rig.primary.status).toMatchObject({ state: "stopping" });
  });

  it("does not hold the primary up", async () => {
    const rig = await deleted([serving([], "workload", [podsInOrder]), reporter], [podsInOrder]);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("creates nothing any more", async () => {
    const eager: Sub = {
      ...reporter,
      writes: [...(reporter.writes ?? []), configMaps],
      async reconcile({ primary, objects }) {
        if (primary.metadata.deletionTimestamp === undefined) return;
        await objects.apply(configMaps, { metadata: { name: "late", namespace: "prod" } });
      },
    };
    const rig = await deleted([noting([], "workload"), eager], ["example.com/other"]);
    expect(rig.world.get(configMaps, { namespace: "prod", name: "late" })).toBeUndefined();
    expect(rig.logs.join()).toContain("may not create ConfigMap prod/late");
  });

  it("cannot clean up as well", () => {
    expect(
      () => new Rig([noting([], "workload"), { ...reporter, cleanup: async () => {} }]),
    ).toThrow(/"reporter" cannot go on until the primary is gone and clean up/);
  });
});
