// SPDX-License-Identifier: Apache-2.0
// Pauses by annotation and by hand, their end, and detailed logs of single primaries (stage 5).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps, expand, leases, Reconciler, type SubReconciler } from "@haversack/core";
import { withApiObjects } from "@haversack/api-objects";
import { withSplitReconcile } from "@haversack/split-reconcile";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { generationChanged, withWatches } from "@haversack/watches";
import {
  applyConfig,
  database,
  databaseDefinition,
  DatabaseReconciler,
  databases,
  LogBook,
  type Database,
} from "../../test/databases.js";
import { Manager } from "../manager.js";
import type { ManagerOptions } from "../manager-options.js";
import { debugAnnotation, pauseAnnotation, readPause, wantsDebug } from "./control-annotations.js";

const key = { namespace: "default", name: "db" };

describe("readPause()", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  const read = (text: string) => readPause({ [pauseAnnotation]: text }, nowMs);

  it.each([
    ["true", "reconcile"],
    ["all", "all"],
    ["config, tls", new Set(["config", "tls"])],
    ["true until 2026-01-01T01:00:00Z", "reconcile"],
    ["all until 2026-01-01T01:00:00Z", "all"],
  ])("takes %s for a pause of %s", (text, holds) => {
    expect(read(text)?.holds).toEqual(holds);
  });

  it.each(["", "false", "true until 2025-12-31T23:59:59Z"])("takes %j for none", (text) => {
    expect(read(text)).toBeUndefined();
  });

  it("pauses without an end when the end is no time, and says so", () => {
    expect(read("true until tomorrow")).toEqual({
      ...{ holds: "reconcile", untilMs: Infinity },
      problem: '"tomorrow" is no RFC 3339 time',
    });
  });

  it("is not taken in by inherited names", () => {
    expect(
      readPause(Object.create({ [pauseAnnotation]: "true" }) as Record<string, string>, nowMs),
    ).toBeUndefined();
  });

  it("tells when detailed logs end", () => {
    const object = (text: string) => ({
      metadata: { name: "a", annotations: { [debugAnnotation]: text } },
    });
    expect(wantsDebug(object("true"), nowMs)).toBe(true);
    expect(wantsDebug(object("true until 2026-01-01T00:00:00Z"), nowMs)).toBe(false);
    expect(wantsDebug(object("no"), nowMs)).toBe(false);
  });
});

describe("a managed reconciler", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let log: LogBook;
  const managers: Manager[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    log = new LogBook();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of managers.splice(0)) await each.stop();
    await cluster.close();
  });

  async function start(
    reconciler: object,
    options: Partial<ManagerOptions> = {},
  ): Promise<Manager> {
    const made = new Manager({
      ...{ client: cluster.client, clock, logger: log, signals: false, ...options },
    }).add(reconciler);
    managers.push(made);
    const started = made.start();
    await clock.settle();
    return started;
  }

  async function annotate(annotations: Record<string, string | null>): Promise<void> {
    await cluster.patch(databases, key, { metadata: { annotations } });
    await cluster.settle();
  }

  it("makes no pass for a paused primary, and makes it when the pause is taken back", async () => {
    class Quiet extends expand(
      Reconciler.of(databases),
      withWatches({ primary: generationChanged }),
    ) {
      passes = 0;
      override reconcile(): Promise<void> {
        this.passes += 1;
        return Promise.resolve();
      }
    }
    await cluster.apply(database("db", 1, { annotations: { [pauseAnnotation]: "true" } }));
    const reconciler = new Quiet();
    await start(reconciler);
    await clock.advance(60_000);
    expect(reconciler.passes).toBe(0);
    await annotate({ [pauseAnnotation]: null }); // Its predicate does not let this through.
    await clock.advance(1_000);
    expect(reconciler.passes).toBe(1);
    await clock.advance(60_000);
    expect(reconciler.passes).toBe(1);
  });

  it("goes on by itself when the time of a pause is over", async () => {
    const until = "2026-01-01T00:10:00Z";
    await cluster.apply(
      database("db", 1, { annotations: { [pauseAnnotation]: `true until ${until}` } }),
    );
    const reconciler = new DatabaseReconciler();
    await start(reconciler);
    await clock.advanceTo("2026-01-01T00:09:59Z");
    expect(reconciler.passes).toEqual([]);
    await clock.advanceTo("2026-01-01T00:10:01Z");
    expect(reconciler.passes).toContain("db");
    expect(log.at("info").join()).toContain(`paused default/db until 2026-01-01T00:10:00.000Z`);
  });

  it.each([
    ["true", 1],
    ["all", 0],
  ])("with pause %s makes %i passes for a deletion", async (pause, passes) => {
    const metadata = { annotations: { [pauseAnnotation]: pause }, finalizers: ["example.com/x"] };
    await cluster.apply(database("db", 1, metadata));
    const reconciler = new DatabaseReconciler(() => Promise.resolve());
    await start(reconciler);
    await cluster.remove(databases, key);
    await clock.advance(5_000);
    expect(reconciler.passes).toHaveLength(passes);
  });

  it("holds everything while its Lease carries the annotation", async () => {
    const lease = { namespace: "default", name: "haversack" };
    const reconciler = new DatabaseReconciler();
    await start(reconciler, { leaderElection: true });
    await cluster.patch(leases, lease, {
      metadata: { annotations: { [pauseAnnotation]: "true" } },
    });
    await clock.advance(4_000);
    await cluster.apply(database("db"));
    await clock.advance(10_000);
    expect(reconciler.passes).toEqual([]);
    await cluster.patch(leases, lease, { metadata: { annotations: { [pauseAnnotation]: null } } });
    await clock.advance(10_000);
    expect(reconciler.passes).toContain("db");
  });

  it("is held and let go on by hand", async () => {
    const reconciler = new DatabaseReconciler();
    const manager = await start(reconciler);
    manager.pause({ forMs: 30_000 });
    await cluster.apply(database("db"));
    await clock.advance(29_000);
    expect(reconciler.passes).toEqual([]);
    await clock.advance(2_000);
    expect(reconciler.passes).toContain("db");
    manager.pause();
    await cluster.apply(database("other"));
    await clock.advance(3_600_000);
    expect(reconciler.passes).not.toContain("other");
    manager.resume();
    await cluster.settle();
    expect(reconciler.passes).toContain("other");
  });

  it("holds one sub-reconciler and those after it; the others go on", async () => {
    const runs: string[] = [];
    const part = (name: string, after: string[] = []): SubReconciler<Database> => ({
      ...{ name, after, writes: [] },
      reconcile: () => {
        runs.push(name);
        return Promise.resolve();
      },
    });
    class Split extends expand(
      Reconciler.of(databases),
      withApiObjects({ fieldManager: "db" }),
      withWatches(),
      withSplitReconcile([part("config"), part("workload", ["config"]), part("probe")] as const, {
        status: false,
      }),
    ) {}
    await cluster.apply(database("db", 1, { annotations: { [pauseAnnotation]: "config" } }));
    await start(new Split());
    await clock.advance(10_000);
    expect(runs).toEqual(["probe"]);
    await annotate({ [pauseAnnotation]: null });
    await clock.advance(5_000);
    expect(runs).toEqual(expect.arrayContaining(["config", "workload"]));
  });

  it("does not hold the cleanup of a paused sub-reconciler", async () => {
    const cleaned: string[] = [];
    const part: SubReconciler<Database> = {
      ...{ name: "config", writes: [] },
      reconcile: () => Promise.resolve(),
      cleanup: () => {
        cleaned.push("config");
        return Promise.resolve();
      },
    };
    class Split extends expand(
      Reconciler.of(databases),
      withApiObjects({ fieldManager: "db" }),
      withWatches(),
      withSplitReconcile([part] as const, { status: false }),
    ) {}
    await cluster.apply(database("db"));
    await start(new Split());
    await cluster.settle();
    await annotate({ [pauseAnnotation]: "config" });
    await cluster.remove(databases, key);
    await clock.advance(5_000);
    expect(cleaned).toEqual(["config"]);
    expect(await cluster.get(databases, key)).toBeUndefined();
  });

  it("logs passes in detail for a primary that asks for it, and for no other", async () => {
    await cluster.apply(database("db", 1, { annotations: { [debugAnnotation]: "true" } }));
    await cluster.apply(database("quiet"));
    await start(new DatabaseReconciler(applyConfig));
    await cluster.settle();
    const detailed = log.at("info").filter((line) => line.startsWith("info pass"));
    expect(detailed.length).toBeGreaterThanOrEqual(3);
    expect(detailed.every((line) => line.includes("default/db"))).toBe(true);
    expect(detailed[0]).toContain("Database.example.com default/db");
    expect(detailed.join()).toContain(
      '"method":"PATCH","path":"/api/v1/namespaces/default/configmaps/db"',
    );
    expect(detailed.join()).toContain('"outcome":"done"');
    expect(await cluster.list(configMaps, { namespace: "default" })).toHaveLength(2);
  });
});
