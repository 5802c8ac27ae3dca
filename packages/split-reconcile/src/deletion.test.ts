// SPDX-License-Identifier: Apache-2.0
// Deletion in reverse order, pruning that survives crashes, inactive parts (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { configMaps, requeueAfter, services, type Result } from "@haversack/core";
import { dbs, key, named, noting, Rig, type Db, type Sub } from "../test/rig.js";

const finalizer = "example.com/op";

describe("deletion", () => {
  /** A sub-reconciler whose cleanup notes its call and returns what `result` says then. */
  const cleaned = (
    log: string[],
    name: string,
    after: readonly string[],
    result: () => Result | void = () => undefined,
  ): Sub => ({
    ...noting([], name, { after }),
    cleanup: () => {
      log.push(name);
      return Promise.resolve(result());
    },
  });

  it("cleans up in reverse order and removes the finalizer last", async () => {
    const log: string[] = [];
    const rig = new Rig([
      cleaned(log, "config", []),
      cleaned(log, "workload", ["config"]),
      noting([], "plain", { after: ["workload"] }),
      cleaned(log, "users", ["plain"]),
    ]);
    await rig.user({});
    expect(rig.primary.metadata.finalizers).toEqual([finalizer]);
    rig.writes();
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(log).toEqual(["users", "workload", "config"]);
    expect(rig.world.get(dbs, key)).toBeUndefined();
    expect(rig.writes().at(-2)).toBe("op finalizer Db.example.com prod/db");
  });

  it("keeps the finalizer until every cleanup is done, and tries those again that are not", async () => {
    const log: string[] = [];
    let isReady = false;
    const rig = new Rig([
      cleaned(log, "config", []),
      cleaned(log, "drain", ["config"], () => (isReady ? undefined : requeueAfter(1000))),
    ]);
    await rig.user({});
    rig.world.delete(dbs, key, "user");
    await rig.advance(2500);
    expect(log).toEqual(["drain", "drain", "drain"]);
    expect(rig.primary.metadata.finalizers).toEqual([finalizer]);
    isReady = true;
    await rig.advance(1000);
    expect(log).toEqual(["drain", "drain", "drain", "drain", "config"]);
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("keeps the finalizers of others", async () => {
    const rig = new Rig([cleaned([], "a", [])]);
    await rig.user({});
    const finalizers = [...(rig.primary.metadata.finalizers ?? []), "other/one"];
    rig.world.patch(dbs, key, { metadata: { finalizers } }, "other");
    await rig.settle();
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(rig.primary.metadata.finalizers).toEqual(["other/one"]);
  });

  it("makes no pass of reconciles, and lets go at once what has no finalizer", async () => {
    const runs: string[] = [];
    const rig = new Rig([noting(runs, "a")]);
    await rig.user({});
    expect(rig.primary.metadata.finalizers).toBeUndefined();
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(runs).toEqual(["a"]);
  });

  it("removes a finalizer for which there is no cleanup any more", async () => {
    const rig = new Rig([cleaned([], "a", [])]);
    await rig.user({});
    rig.restart([noting([], "a")]);
    await rig.settle();
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("lets nothing be created, in a cleanup or in a run that began before", async () => {
    const codes: unknown[] = [];
    const tryTo = async (objects: Parameters<Sub["reconcile"]>[0]["objects"]): Promise<void> => {
      for (const act of [
        () => objects.apply(configMaps, named("new")),
        () => objects.create(services, named("new")),
      ])
        await act().catch((error: unknown) => codes.push((error as { code: string }).code));
    };
    const rig: Rig = new Rig([
      {
        name: "late",
        writes: [configMaps, services],
        async reconcile({ objects }) {
          if (rig.primary.spec?.size !== 2) return;
          rig.world.delete(dbs, key, "user");
          const gone = rig.pending.splice(0);
          for (const delivery of gone) rig.process.deliver(delivery);
          await tryTo(objects);
        },
        cleanup: ({ objects }) => tryTo(objects),
      },
    ]);
    await rig.user({});
    await rig.user({ size: 2 });
    expect(codes.slice(-2)).toEqual(["EXP_CREATION_REFUSED", "EXP_CREATION_REFUSED"]);
    expect(rig.world.get(configMaps, { namespace: "prod", name: "new" })).toBeUndefined();
    expect(rig.world.get(services, { namespace: "prod", name: "new" })).toBeUndefined();
    expect(rig.world.get(dbs, key)).toBeUndefined();
  });

  it("may still change in a cleanup what is there", async () => {
    const size = (n: number): Parameters<typeof named>[1] => ({ data: { size: String(n) } });
    const seen: unknown[] = [];
    const rig: Rig = new Rig([
      {
        name: "workload",
        writes: [configMaps],
        async reconcile({ objects, primary }) {
          await objects.apply(configMaps, named("w", size(3)), { owner: primary });
        },
        async cleanup({ objects, primary }) {
          await objects.apply(configMaps, named("w", size(0)), { owner: primary });
          seen.push(rig.world.get(configMaps, { namespace: "prod", name: "w" })?.data);
        },
      },
    ]);
    await rig.user({});
    rig.world.delete(dbs, key, "user");
    await rig.settle();
    expect(seen).toEqual([{ size: "0" }]);
  });

  it("refuses a sub-reconciler that removes the finalizer itself", async () => {
    const rig = new Rig([
      {
        name: "hasty",
        writes: [{ kind: dbs, paths: ["metadata.finalizers"] }],
        cleanup: () => Promise.resolve(),
        reconcile: async ({ objects, primary }) =>
          void (await objects.removeFinalizer(dbs, primary, finalizer)),
      },
    ]);
    await rig.user({});
    expect(rig.logs.join()).toContain("goes when every cleanup is done");
    expect(rig.primary.metadata.finalizers).toEqual([finalizer]);
  });
});

describe("pruning", () => {
  /** Applies one ConfigMap per shard. */
  const shards = (rest: Partial<Sub> = {}): Sub => ({
    name: "shards",
    writes: [configMaps],
    prune: true,
    async reconcile({ objects, primary }) {
      const { shards: count = 0, text } = primary.spec ?? {};
      if (text === "broken") throw new Error("no");
      await Promise.all(
        Array.from({ length: count }, (_, i) =>
          objects.apply(configMaps, named(`shard-${i}`), { owner: primary }),
        ),
      );
    },
    ...rest,
  });
  const maps = (rig: Rig): string[] =>
    rig.world
      .all()
      .filter(({ kind }) => kind === configMaps)
      .map(({ object }) => object.metadata.name)
      .sort();

  it("deletes what is no longer applied, and notes all of one turn in one write", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 3 });
    expect(maps(rig)).toEqual(["shard-0", "shard-1", "shard-2"]);
    const noted = rig.writes().filter((line) => line.startsWith("op patch Db"));
    expect(noted).toHaveLength(1);
    await rig.user({ shards: 1 });
    expect(maps(rig)).toEqual(["shard-0"]);
    const annotation = rig.primary.metadata.annotations?.["example.com/op-inventory"];
    expect(annotation).toContain("shard-0");
    expect(annotation).not.toContain("shard-1");
  });

  it("waits until every sub-reconciler of the kind has succeeded", async () => {
    const rig = new Rig([
      shards({ writes: [{ kind: configMaps, role: "shard" }] }),
      {
        name: "other",
        writes: [{ kind: configMaps, role: "other" }],
        reconcile: ({ primary }) =>
          primary.spec?.text === "hold" ? Promise.reject(new Error("no")) : Promise.resolve(),
      },
    ]);
    await rig.user({ shards: 2 });
    await rig.user({ shards: 1, text: "hold" });
    await rig.advance(1000);
    expect(maps(rig)).toEqual(["shard-0", "shard-1"]);
    await rig.user({ text: "" });
    expect(maps(rig)).toEqual(["shard-0"]);
  });

  it("does not wait for one that only adds to what another applies, nor keeps for it", async () => {
    const rig = new Rig([
      shards({ writes: [{ kind: configMaps, paths: ["data"] }] }),
      {
        name: "labels",
        after: ["shards"],
        writes: [{ kind: configMaps, paths: ["metadata.labels"] }],
        async reconcile({ objects, secondaries }) {
          for (const { metadata } of secondaries.configMaps) {
            const { name, namespace = "" } = metadata;
            await objects.apply(configMaps, { metadata: { name, namespace, labels: { a: "b" } } });
          }
        },
      },
    ]);
    await rig.user({ shards: 2 });
    await rig.user({ shards: 1 });
    expect(maps(rig)).toEqual(["shard-0"]);
  });

  it("does not take a failed run for one that wants nothing", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 2 });
    await rig.user({ shards: 0, text: "broken" });
    await rig.advance(1000);
    expect(maps(rig)).toEqual(["shard-0", "shard-1"]);
  });

  it("knows after a restart what an earlier process applied, also of code that is gone", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 2 });
    rig.restart([noting([], "another")]);
    await rig.settle();
    expect(maps(rig)).toEqual([]);
  });

  it("forgets nothing when a process begins with a primary that is old", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 2 });
    const old = { ...rig.primary, metadata: { ...rig.primary.metadata, resourceVersion: "101" } };
    const { annotations: _later, ...metadata } = old.metadata;
    const flags = { isInitial: true, isRelist: false, isResync: false, synthetic: false };
    rig.world.patch(dbs, key, { spec: { shards: 1 } }, "user");
    rig.restart([shards()], { ...old, spec: { shards: 1 }, metadata });
    const event = { type: "modified" as const, old, new: rig.primary, ...flags, isInitial: false };
    await rig.process.pass("prod/db");
    rig.process.deliver({ kind: dbs, event });
    await rig.advance(1000);
    expect(maps(rig)).toEqual(["shard-0"]);
  });

  it("leaves to its new owner what moved to another sub-reconciler", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 2 });
    rig.restart([shards({ name: "renamed" })]);
    await rig.settle();
    expect(maps(rig)).toEqual(["shard-0", "shard-1"]);
  });

  it("removes or keeps the secondaries of one that became inactive, by policy", async () => {
    const isOn = (primary: Db): boolean => primary.spec?.text !== "off";
    for (const [inactive, left] of [
      ["remove", []],
      ["keep", ["shard-0"]],
    ] as const) {
      const rig = new Rig([shards({ inactive, when: isOn })]);
      await rig.user({ shards: 1 });
      await rig.user({ text: "off" });
      expect(maps(rig)).toEqual(left);
    }
  });

  it("leaves what belongs to somebody else by now", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 2 });
    const metadata = named<Db>("shard-1").metadata;
    rig.world.patch(configMaps, metadata, { metadata: { ownerReferences: [] } }, "adopter");
    await rig.user({ shards: 1 });
    expect(maps(rig)).toEqual(["shard-0", "shard-1"]);
    expect(rig.logs.join()).toContain("no longer wanted and was left");
  });

  it("prunes nothing of one that did not ask for it", async () => {
    const rig = new Rig([shards({ prune: false })]);
    await rig.user({ shards: 2 });
    await rig.user({ shards: 1 });
    expect(maps(rig)).toEqual(["shard-0", "shard-1"]);
  });

  it("goes on when somebody wrote over the inventory", async () => {
    const rig = new Rig([shards()]);
    await rig.user({ shards: 1 });
    const annotations = { "example.com/op-inventory": "{broken" };
    rig.world.patch(dbs, key, { metadata: { annotations } }, "user");
    await rig.settle();
    expect(rig.logs.join()).toContain("is no inventory");
    await rig.user({ shards: 0 });
    expect(maps(rig)).toEqual([]);
  });
});
