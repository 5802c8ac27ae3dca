// SPDX-License-Identifier: Apache-2.0
// Failures and echoes, watches that come and go, streams and traces (stages 1 to 5).
import { describe, expect, it } from "@jest/globals";
import {
  byPrimaryField,
  ConflictError,
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
import { generationChanged } from "./predicates/index.js";
import type { StageEvent } from "./stage-trace.js";
import { watch } from "./watch-declaration.js";

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
    rig.apply({ ...own, metadata: { ...own.metadata, generation: 4, resourceVersion: "503" } });
    expect(await rig.newPasses()).toEqual(["db"]);
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
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    await settle();
    expect(stages.slice(3)).toEqual(["queue", "reconcile", "result"]);
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
