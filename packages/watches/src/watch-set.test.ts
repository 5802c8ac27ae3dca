// SPDX-License-Identifier: Apache-2.0
// From an informer's event to a pass: gates, sync, mapping, echoes, streams (stages 1 to 5).
import { describe, expect, it } from "@jest/globals";
import {
  byLabel,
  byPrimaryField,
  configMaps,
  ConfigurationError,
  ConflictError,
  requeueAfter,
  secrets,
  services,
  statefulSets,
  type KubernetesObject,
  type Relation,
  type WatchEvent,
} from "@haversack/core";
import { database, databases, ownedBy, Rig, type Database } from "../test/fixtures.js";
import { settle } from "../test/manual-clock.js";
import { any, predicate } from "./predicate.js";
import { generationChanged, labelled, notCausedBy } from "./predicates/index.js";
import type { StageEvent } from "./stage-trace.js";
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

  it("takes the first list and resyncs for less urgent than what happens now", async () => {
    const rig = new Rig({ primary: any }, { syncedAtOnce: false });
    const started = rig.start();
    await settle();
    for (const name of ["old-1", "old-2"]) rig.apply(database(name));
    rig.informers.of(databases).sync();
    rig.apply(database("new"));
    await started;
    expect(await rig.newPasses()).toEqual(["new", "old-1", "old-2"]);
    rig.informers.of(databases).resync();
    rig.apply(database("old-2", {}, { generation: 2 }));
    expect((await rig.newPasses()).indexOf("old-2")).toBeLessThan(2);
  });

  it("does not wait for a kind that is not served, and watches it when it appears", async () => {
    const rig = new Rig({ owns: [secrets] }, { syncedAtOnce: false });
    const started = rig.start();
    await settle();
    rig.informers.of(databases).sync();
    rig.informers.of(secrets).sync("absent");
    await started;
    expect(rig.log.at("warn")).toHaveLength(1);
    expect(rig.log.at("warn")[0]).toMatch(/^Secret of v1 is absent/);
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(secrets).sync();
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

describe("WatchSet, debounce", () => {
  const debounce = { waitMs: 100, maxWaitMs: 300 };
  const sized = (size: number, generation: number): Database =>
    database("db", { size }, { generation });

  async function quiet(options: object = {}): Promise<Rig> {
    const rig = await new Rig({ debounce, ...options }).start();
    rig.apply(sized(1, 1));
    await rig.clock.advance(1000);
    rig.passes.length = 0;
    return rig;
  }

  it("gathers many changes into one pass", async () => {
    const rig = await quiet();
    for (let size = 2; size < 7; size += 1) {
      rig.apply(sized(size, size));
      await rig.clock.advance(10);
    }
    expect(rig.passes).toEqual([]);
    await rig.clock.advance(100);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("lets the predicate see the whole range: there and back is no change", async () => {
    const changesSize = predicate<Database>(
      "size changed",
      ({ old, new: after }) => old?.spec.size !== after?.spec.size,
    );
    const rig = await quiet({ primary: changesSize });
    rig.apply(sized(2, 2));
    rig.apply(sized(1, 3));
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual([]);
    rig.apply(sized(2, 4));
    rig.apply({ ...sized(2, 4), ...{ status: { phase: "x" } } });
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("does not hide a change behind one that alone would be dropped", async () => {
    const rig = await quiet({ primary: generationChanged });
    rig.apply(sized(2, 2));
    rig.apply({ ...sized(2, 2), ...{ status: { phase: "x" } } });
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("wakes every owner an object had in the window", async () => {
    const rig = await quiet({ owns: [secrets] });
    rig.apply(database("two"));
    rig.apply(database("three"));
    await rig.clock.advance(1000);
    rig.passes.length = 0;
    for (const owner of ["db", "two", "three"])
      rig.informers.of(secrets).apply(ownedBy(owner, "s"));
    await rig.clock.advance(1000);
    expect((await rig.newPasses()).sort()).toEqual(["db", "three", "two"]);
  });

  it("makes no second pass of what a pass for another reason has seen", async () => {
    const rig = await quiet();
    rig.apply(sized(2, 2));
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    expect(await rig.newPasses()).toEqual(["db"]);
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual([]);
  });

  it("keeps a scheduled pass although a window in between wanted none", async () => {
    const rig = await quiet({ primary: generationChanged });
    rig.reconcile = () => Promise.resolve(requeueAfter(5000));
    rig.apply(sized(2, 2));
    await rig.clock.advance(100);
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.apply({ ...sized(2, 2), ...{ status: { phase: "x" } } });
    await rig.clock.advance(4000);
    expect(await rig.newPasses()).toEqual([]);
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("does not hold a deletion back", async () => {
    const gone: string[] = [];
    const rig = await new Rig(
      { debounce },
      { onGone: ({ name, uid }) => void gone.push(`${name} ${uid}`) },
    ).start();
    rig.apply(database("db"));
    await rig.clock.advance(1000);
    rig.informers.of(databases).remove({ namespace: "prod", name: "db" });
    rig.apply(database("db", {}, { uid: "second" }));
    await rig.clock.advance(1000);
    expect(gone).toEqual(["db uid-prod/db"]);
  });
});

describe("WatchSet, failures and echoes", () => {
  const failing = (): Promise<never> => Promise.reject(new Error("no luck"));

  it("does not let a resync or an own echo cut a backoff short; a foreign change does", async () => {
    const rig = await new Rig({
      primary: any,
      owns: [secrets],
      backoff: { initialMs: 1000 },
    }).start();
    rig.reconcile = failing;
    const stored = rig.apply(database("db")) as Database;
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(databases).resync();
    const own = {
      ...stored,
      metadata: { ...stored.metadata, generation: 2, resourceVersion: "500" },
    };
    rig.runtime.ownWrites.record({ kind: databases, stored: own });
    rig.apply(own);
    rig.apply({
      ...own,
      ...{ status: { phase: "x" } },
      metadata: { ...own.metadata, resourceVersion: "501" },
    });
    expect(await rig.newPasses()).toEqual([]);
    rig.apply({ ...own, metadata: { ...own.metadata, generation: 3, resourceVersion: "502" } });
    expect(await rig.newPasses()).toEqual(["db"]);
    expect(rig.requests.at(-1)?.attempt).toBe(1);
  });

  it("retries at once, once, when a secondary changes; its status does not count", async () => {
    const rig = await new Rig({ owns: [statefulSets], backoff: { initialMs: 1000 } }).start();
    rig.apply(database("db"));
    rig.informers
      .of(statefulSets)
      .apply(ownedBy("db", "s", { spec: { replicas: 1 }, status: { readyReplicas: 0 } }));
    await rig.newPasses();
    rig.reconcile = failing;
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    await rig.newPasses();
    const change = (replicas: number, readyReplicas: number): KubernetesObject =>
      rig.informers
        .of(statefulSets)
        .apply(ownedBy("db", "s", { spec: { replicas }, status: { readyReplicas } }));
    change(1, 1);
    expect(await rig.newPasses()).toEqual([]);
    change(2, 1);
    expect(await rig.newPasses()).toEqual(["db"]);
    change(3, 1);
    expect(await rig.newPasses()).toEqual([]);
    await rig.clock.advance(2000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("survives its own informer handler failing: a throwing predicate wakes, a relation is named", async () => {
    const rig = await new Rig({
      primary: () => {
        throw new Error("broken predicate");
      },
      watches: [
        {
          kind: secrets,
          by: {
            type: "custom",
            name: "broken relation",
            toPrimaries: () => {
              throw new Error("broken mapper");
            },
          },
        },
      ],
    }).start();
    rig.apply(database("db"));
    await rig.newPasses();
    rig.apply({ ...database("db"), ...{ status: {} } });
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    await settle();
    expect(rig.log.at("error").join("\n")).toMatch(
      /Database\.example\.com prod\/db.*broken predicate/,
    );
    expect(rig.log.at("error").join("\n")).toMatch(/mapping Secret prod\/s.*broken mapper/);
    expect(rig.metrics.counts.get("haversack_mapping_errors_total database broken relation")).toBe(
      1,
    );
    expect(rig.informers.of(databases).errors).toEqual([]);
  });

  it("retries conflicts quietly, then as failures", async () => {
    const rig = await new Rig({ backoff: { initialMs: 10, quietConflicts: 2 } }).start();
    rig.reconcile = () =>
      Promise.reject(new ConflictError("EXP_CONFLICT", "conflict", "backoff", 409));
    rig.apply(database("db"));
    await rig.clock.advance(30);
    expect(rig.passes).toHaveLength(3);
    expect(rig.log.at("error")).toHaveLength(1);
    expect(rig.requests.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  });
});

describe("WatchSet, while it runs", () => {
  it("watches more kinds, from what is cached on, and stops to when told", async () => {
    const rig = await new Rig().start();
    rig.apply(database("db"));
    await rig.newPasses();
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    expect(await rig.newPasses()).toEqual([]);
    const subscription = rig.watches.add(secrets);
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(secrets).apply(ownedBy("db", "s", { data: { a: "b" } }));
    expect(await rig.newPasses()).toEqual(["db"]);
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(rig.informers.of(secrets).leases).toBe(0);
    rig.informers.of(secrets).apply(ownedBy("db", "s", { data: { a: "c" } }));
    expect(await rig.newPasses()).toEqual([]);
  });

  it("knows what primaries name when such a watch is added late", async () => {
    const bySecret = byPrimaryField<Database>("spec.secret", ({ spec }) => [spec.secret ?? "none"]);
    const rig = await new Rig().start();
    rig.apply(database("db", { secret: "users" }));
    await rig.newPasses();
    rig.watches.add(watch(secrets, { by: bySecret as Relation }));
    rig.informers.of(secrets).apply({ metadata: { namespace: "prod", name: "users" } });
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("starts what was added before the start with it", async () => {
    const rig = new Rig();
    const kept = rig.watches.add(secrets);
    rig.watches.add(services).unsubscribe();
    await rig.start();
    expect(rig.watches.report().map(({ kind }) => kind.kind)).toEqual(["Database", "Secret"]);
    kept.unsubscribe();
    expect(rig.watches.report()).toHaveLength(1);
  });

  it("reports each watch with its state and counts", async () => {
    const rig = await new Rig({ primary: generationChanged }).start();
    rig.apply(database("db"));
    rig.apply({ ...database("db"), ...{ status: {} } });
    expect(rig.watches.report()).toMatchObject([
      { predicate: "generationChanged", status: { state: "synced" } },
    ]);
    expect(rig.watches.report()[0]?.counts.get("generationChanged")).toEqual({
      passed: 1,
      dropped: 1,
      failed: 0,
    });
  });

  it("is idle when nothing is queued or runs", async () => {
    const rig = await new Rig().start();
    let release = (): void => undefined;
    rig.reconcile = () => new Promise((resolve) => (release = resolve));
    rig.apply(database("db"));
    let isIdle = false;
    const idle = rig.watches.whenIdle().then(() => (isIdle = true));
    await settle();
    expect(isIdle).toBe(false);
    release();
    await idle;
  });
});

describe("WatchSet.events()", () => {
  it("is an Observable that watches while somebody is subscribed", async () => {
    const rig = await new Rig().start();
    const events: string[] = [];
    const stream = rig.watches.events(secrets, { labelSelector: "a=b" });
    const informer = rig.informers.of(secrets, { labelSelector: "a=b" });
    expect(informer.leases).toBe(0);
    const subscription = stream.subscribe((e: WatchEvent) => events.push(e.type));
    expect(informer.leases).toBe(1);
    informer.apply({ metadata: { namespace: "prod", name: "s" } });
    subscription.unsubscribe();
    informer.apply({ metadata: { namespace: "prod", name: "t" } });
    expect(events).toEqual(["added"]);
    expect(informer.leases).toBe(0);
  });

  it("may be subscribed to before the start, and completes at the stop", async () => {
    const rig = new Rig();
    const told: string[] = [];
    rig.watches.events(secrets).subscribe({
      next: (e) => told.push(e.new?.metadata.name ?? ""),
      complete: () => told.push("complete"),
    });
    await rig.start();
    rig.informers.of(secrets).apply({ metadata: { namespace: "prod", name: "s" } });
    await rig.stop();
    expect(told).toEqual(["s", "complete"]);
    expect(rig.informers.leases).toBe(0);
  });
});

describe("WatchSet, trace", () => {
  it("tells every stage of an event's life in order, with one clock", async () => {
    const stages: StageEvent[] = [];
    const rig = await new Rig({
      owns: [watch(secrets, { when: generationChanged })],
      trace: (stage) => void stages.push(stage),
    }).start();
    rig.apply(database("db"));
    await settle();
    stages.length = 0;
    rig.clock.advanceSync(42);
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    await settle();
    expect(stages.map(({ stage }) => stage)).toEqual([
      "informer",
      "index",
      "predicate",
      "mapping",
      "queue",
      "reconcile",
      "result",
    ]);
    expect(new Set(stages.map(({ atMs }) => atMs))).toEqual(new Set([42]));
    expect(new Set(stages.map(({ controller }) => controller))).toEqual(new Set(["database"]));
    expect(stages[2]).toMatchObject({
      passed: true,
      explanation: { predicate: "generationChanged", because: "generation none → none" },
    });
    expect(stages[3]).toMatchObject({
      by: [{ relation: "controller reference", primaries: [{ name: "db", uid: "uid-prod/db" }] }],
    });
    expect(stages[6]).toMatchObject({ outcome: "done", durationMs: 0 });
  });

  it("shows where an event ends that wakes nobody", async () => {
    const stages: string[] = [];
    const rig = await new Rig({ trace: ({ stage }) => void stages.push(stage) }).start();
    rig.apply(database("db"));
    await settle();
    stages.length = 0;
    rig.apply({ ...database("db"), ...{ status: {} } });
    await settle();
    expect(stages).toEqual(["informer", "index", "predicate"]);
  });

  it("survives a trace that throws", async () => {
    const rig = await new Rig({
      trace: () => {
        throw new Error("broken trace");
      },
    }).start();
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    expect(rig.log.at("error")[0]).toMatch(
      /trace of database failed at stage informer: broken trace/,
    );
  });
});
