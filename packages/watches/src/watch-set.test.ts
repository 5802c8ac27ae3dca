// SPDX-License-Identifier: Apache-2.0
// From an event to a pass: what wakes, and the start (stages 1 to 5).
import { describe, expect, it } from "@jest/globals";
import {
  byLabel,
  byPrimaryField,
  configMaps,
  ConfigurationError,
  requeueAfter,
  nodes,
  secrets,
  services,
  type Relation,
} from "@haversack/core";
import { database, databases, ownedBy, Rig, type Database } from "../test/fixtures.js";
import { settle } from "../test/manual-clock.js";
import { any, predicate } from "./predicate.js";
import { generationChanged, labelled, notCausedBy } from "./predicates/index.js";
import { watch } from "./watch-declaration.js";

describe("WatchSet, waking", () => {
  it("makes a pass for a new primary, and for changes of its spec, not of its status", async () => {
    const rig = await new Rig().start();
    rig.apply(database("db", { size: 1 }));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.apply({ ...database("db", { size: 1 }), ...{ status: { phase: "Ready" } } });
    expect(await rig.newPasses()).toEqual([]);
    rig.apply(database("db", { size: 2 }, { generation: 2 }));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.apply(database("db", { size: 2 }, { generation: 2, annotations: { resync: "1" } }));
    expect(await rig.newPasses()).toEqual(["db"]);
    await rig.stop();
  });

  it("wakes the primary once when three owned objects change", async () => {
    const rig = await new Rig({ owns: [secrets] }).start();
    rig.apply(database("db"));
    await rig.newPasses();
    for (const name of ["a", "b", "c"]) rig.informers.of(secrets).apply(ownedBy("db", name));
    expect(await rig.newPasses()).toHaveLength(2); // One at once, one for those that came meanwhile.
    expect(rig.requests.at(-1)?.reasons).toHaveLength(2);
  });

  it("wakes both owners when an object changes hands, and the owner of a deleted object", async () => {
    const rig = await new Rig({ owns: [secrets] }).start();
    for (const name of ["a", "b"]) rig.apply(database(name));
    rig.informers.of(secrets).apply(ownedBy("a", "s"));
    await rig.newPasses();
    rig.informers.of(secrets).apply(ownedBy("b", "s"));
    expect((await rig.newPasses()).sort()).toEqual(["a", "b"]);
    rig.informers.of(secrets).remove({ namespace: "prod", name: "s" });
    expect(await rig.newPasses()).toEqual(["b"]);
  });

  it("gives a pass the newest state, our own write included", async () => {
    const rig = await new Rig().start();
    const stored = rig.apply(database("db", { size: 1 })) as Database;
    const own = {
      ...stored,
      status: { phase: "Ready" },
      metadata: { ...stored.metadata, resourceVersion: "9000" },
    };
    rig.runtime.ownWrites.record({ kind: databases, stored: own });
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    await rig.newPasses();
    expect(rig.requests.at(-1)?.primary).toBe(own);
    expect(rig.watches.primary({ namespace: "prod", name: "db" })).toBe(own);
    rig.apply({ ...own, metadata: { ...own.metadata, resourceVersion: "9001" } });
    expect(rig.runtime.ownWrites.size).toBe(0);
  });

  it("forgets a write whose object another deleted in a gap of the watch, at the relist only", async () => {
    const rig = await new Rig().start();
    const ghost = database("ghost", {}, { uid: "g", resourceVersion: "50" });
    rig.runtime.ownWrites.record({ kind: databases, stored: ghost });
    const key = { namespace: "prod", name: "ghost" };
    rig.informers.of(databases).sync();
    expect(rig.watches.primary(key)).toBe(ghost);
    expect(rig.runtime.ownWrites.size).toBe(1);
    rig.informers.of(databases).sync("synced", true);
    expect(rig.watches.primary(key)).toBeUndefined();
    expect(rig.runtime.ownWrites.size).toBe(0);
  });

  it("wakes by label, and by what the primary names, from its first event on", async () => {
    const bySecret = byPrimaryField<Database>("spec.secret", ({ spec }) =>
      spec.secret === undefined ? [] : [spec.secret],
    ) as Relation;
    const rig = await new Rig({
      watches: [
        { kind: configMaps, by: byLabel("db") },
        { kind: secrets, by: bySecret },
      ],
    }).start();
    rig.apply(database("db", { secret: "users" }));
    await rig.newPasses();
    rig.informers.of(secrets).apply({ metadata: { namespace: "prod", name: "users" } });
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(secrets).apply({ metadata: { namespace: "prod", name: "other" } });
    expect(await rig.newPasses()).toEqual([]);
    const labels = { db: "db" };
    rig.informers.of(configMaps).apply({ metadata: { namespace: "prod", name: "c", labels } });
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("makes no pass for a primary that is not there yet, and one when it appears", async () => {
    const rig = await new Rig({ owns: [secrets] }).start();
    rig.informers.of(secrets).apply(ownedBy("db", "early"));
    expect(await rig.newPasses()).toEqual([]);
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  it("says who woke it", async () => {
    const rig = await new Rig({ owns: [secrets] }).start();
    rig.apply(database("db"));
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    await settle();
    expect(rig.requests.at(-1)?.reasons).toMatchObject([
      { source: "Secret", event: "added", predicate: "any", ref: { kind: "Secret", name: "s" } },
    ]);
    rig.apply(database("db", { size: 9 }, { generation: 2 }));
    await settle();
    expect(rig.requests.at(-1)?.reasons).toMatchObject([
      { source: "Database", event: "modified", predicate: "generationChanged" },
    ]);
  });
});

describe("WatchSet, the start", () => {
  it("makes no pass before every first list was taken in", async () => {
    const rig = new Rig({ owns: [secrets, services] }, { syncedAtOnce: false });
    const started = rig.start();
    const { informers } = rig;
    await settle();
    informers.of(databases).apply(database("db"));
    informers.of(databases).sync();
    informers.of(secrets).apply(ownedBy("db", "s"));
    informers.of(secrets).sync();
    expect(await rig.newPasses()).toEqual([]);
    informers.of(services).sync();
    await started;
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("waits for its own replay of an informer that others synced long ago", async () => {
    const rig = new Rig({ owns: [secrets] });
    rig.apply(database("db"));
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    rig.informers.of(secrets).replaysLater = true;
    const started = rig.start();
    expect(await rig.newPasses()).toEqual([]);
    rig.informers.of(secrets).replay();
    await started;
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("takes the first list and resyncs for less urgent than what happens now", async () => {
    const rig = new Rig({ primary: any }, { syncedAtOnce: false });
    const started = rig.start();
    await settle();
    for (const name of ["old-1", "old-2"]) rig.apply(database(name));
    rig.informers.of(databases).sync();
    rig.apply(database("new"));
    await started;
    expect(await rig.newPasses()).toEqual(["new", "old-1", "old-2"]);
    let release = (): void => undefined;
    rig.reconcile = () => new Promise((resolve) => (release = resolve));
    rig.watches.enqueue({ namespace: "prod", name: "new" });
    await settle();
    rig.informers.of(databases).resync();
    rig.apply(database("old-2", {}, { generation: 2 }));
    rig.reconcile = () => Promise.resolve();
    release();
    expect(await rig.newPasses()).toEqual(["new", "old-2", "old-1", "new"]);
  });

  it("does not wait for a kind that is not served, and watches it when it appears", async () => {
    const rig = new Rig({ owns: [secrets] }, { syncedAtOnce: false });
    const started = rig.start();
    await settle();
    rig.informers.of(databases).sync();
    rig.informers.of(secrets).sync("absent");
    await started;
    rig.informers.of(secrets).sync("absent");
    expect(rig.log.at("warn")).toHaveLength(1);
    expect(rig.log.at("warn")[0]).toMatch(/^Secret of v1 is absent/);
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(secrets).sync();
    expect(rig.log.at("info")).toEqual(["Secret of v1 is watched now"]);
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("ends a start that waits for a server out of reach when it is stopped", async () => {
    const rig = new Rig({}, { syncedAtOnce: false });
    const started = rig.start();
    await settle();
    await rig.stop();
    await started;
    expect(rig.informers.leases).toBe(0);
  });

  it("asks the informers for the namespaces and selectors declared, with its name", async () => {
    const rig = await new Rig({
      namespaces: ["prod"],
      name: "db-operator",
      primary: notCausedBy("db-operator"),
      owns: [
        watch(secrets, { when: labelled("app=db"), projection: { keep: "metadata" } }),
        watch(nodes, { by: byLabel("db") }),
        watch(services, { namespaces: ["other"], labelSelector: "a=b", when: labelled("c=d") }),
      ],
    }).start();
    const asked = [...rig.informers.informers.values()].map(({ options }) => options[0]);
    expect(asked).toEqual([
      { wantedBy: "db-operator", namespaces: ["prod"], managedFields: true },
      {
        wantedBy: "db-operator",
        namespaces: ["prod"],
        labelSelector: "app=db",
        projection: { keep: "metadata" },
      },
      { wantedBy: "db-operator" },
      { wantedBy: "db-operator", namespaces: ["other"], labelSelector: "a=b,c=d" },
    ]);
  });

  it("gives everything back when it stops, leaves no timer, and can start again", async () => {
    const rig = await new Rig({ owns: [secrets], debounce: { waitMs: 10, maxWaitMs: 20 } }).start();
    rig.reconcile = () => Promise.resolve(requeueAfter(60_000));
    rig.apply(database("db"));
    await rig.clock.advance(20);
    await rig.stop();
    await rig.stop();
    expect(rig.informers.leases).toBe(0);
    expect([...rig.informers.informers.values()].map(({ handlers }) => handlers)).toEqual([0, 0]);
    expect(rig.clock.pending).toBe(0);
    rig.passes.length = 0;
    await rig.start();
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("refuses options that cannot work", () => {
    for (const options of [
      { workers: 0 },
      { workers: 1.5 },
      { timeoutMs: 0 },
      { drainMs: Infinity },
      { namespaces: [] },
      { owns: [watch(secrets, { by: [] })] },
    ])
      expect(() => new Rig(options)).toThrow(ConfigurationError);
  });

  it("refuses to enqueue before the start and what can be no primary", async () => {
    const rig = new Rig();
    expect(() => rig.watches.enqueue({ namespace: "prod", name: "db" })).toThrow(
      ConfigurationError,
    );
    await rig.start();
    expect(() => rig.watches.enqueue({ name: "db" })).toThrow(ConfigurationError);
    expect(() => rig.watches.enqueue({ namespace: "prod", name: "" })).toThrow(ConfigurationError);
    rig.apply(database("db"));
    await rig.newPasses();
    rig.watches.enqueue({ namespace: "prod", name: "db" }, { source: "webhook" }, { afterMs: 50 });
    expect(await rig.newPasses()).toEqual([]);
    await rig.clock.advance(50);
    expect(await rig.newPasses()).toEqual(["db"]);
    expect(rig.requests.at(-1)?.reasons).toEqual([{ source: "webhook" }]);
  });
});
