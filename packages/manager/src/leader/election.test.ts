// SPDX-License-Identifier: Apache-2.0
// Leadership under a manager: one acts, the others stand by with warm caches; the fence (stage 6).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps, leases, type Clock, type Timer } from "@haversack/core";
import {
  FakeClock,
  startCluster,
  type ConnectedClient,
  type TestCluster,
} from "@haversack/testing";
import {
  database,
  databaseDefinition,
  DatabaseReconciler,
  LogBook,
  type Work,
} from "../../test/databases.js";
import { Manager } from "../manager.js";
import { toTimes } from "./election-options.js";

const key = { namespace: "default", name: "db-operator" };

/** A process with a clock of its own that can be stopped, as SIGSTOP does. */
class Replica implements Clock {
  readonly reconciler: DatabaseReconciler;
  readonly manager: Manager;
  readonly connection: ConnectedClient;
  readonly log = new LogBook();
  readonly #clock: FakeClock;
  readonly #late: (() => void)[] = [];
  #isPaused = false;
  skewMs = 0;
  leapMs = 0;

  constructor(clock: FakeClock, cluster: TestCluster, name: string, work?: Work) {
    this.#clock = clock;
    this.connection = cluster.connect(name);
    this.reconciler = new DatabaseReconciler(work);
    this.manager = new Manager({
      ...{ client: this.connection.client, clock: this, logger: this.log, signals: false },
      ...{ name: "db-operator", leaderElection: { identity: name }, random: () => 0.5 },
    }).add(this.reconciler);
  }

  now(): number {
    return this.#clock.now() + this.skewMs;
  }
  monotonicMs(): number {
    return this.#clock.monotonicMs() - this.leapMs;
  }
  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(() => {
      if (this.#isPaused) this.#late.push(callback);
      else callback();
    }, delayMs);
  }

  pause(): void {
    this.#isPaused = true;
  }
  resume(): void {
    this.#isPaused = false;
    for (const callback of this.#late.splice(0)) callback();
  }
}

const noWork: Work = () => Promise.resolve();

describe("leader election", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  const replicas: Replica[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of replicas.splice(0)) {
      each.resume();
      void each.manager.stopNow();
    }
    await clock.advance(20_000);
    await cluster.close();
  });

  async function replica(name: string, work?: Work): Promise<Replica> {
    const made = new Replica(clock, cluster, name, work);
    replicas.push(made);
    const started = made.manager.start();
    await clock.settle();
    await started;
    return made;
  }

  async function holder(): Promise<string | undefined> {
    return (await cluster.get(leases, key))?.spec?.holderIdentity;
  }

  it("lets one act; the other has complete caches and makes no pass", async () => {
    await cluster.apply(database("db"));
    const a = await replica("a", noWork);
    const b = await replica("b");
    await clock.advance(10_000);
    expect([a.manager.isActing, b.manager.isActing]).toEqual([true, false]);
    expect(a.reconciler.passes).toEqual(["db"]);
    expect(b.reconciler.passes).toEqual([]);
    expect(b.manager.health().ready.every(({ isWell }) => isWell)).toBe(true);
    expect(b.manager.health().ready[0]?.reason).toBe("running, standing by, a leads");
  });

  it("hands over within a retry period when the leader stops, without a new list", async () => {
    await cluster.apply(database("db"));
    const a = await replica("a", noWork);
    const b = await replica("b", noWork);
    await clock.advance(5_000);
    const lists = cluster.requests.count({ verb: "list", client: "b" });
    await a.manager.stop();
    expect(await holder()).toBe("");
    await clock.advance(2_500);
    expect(await holder()).toBe("b");
    expect(b.reconciler.passes).toEqual(["db"]);
    expect(cluster.requests.count({ verb: "list", client: "b" })).toBe(lists);
  });

  it("takes over when the leader died, after the lease duration and not before", async () => {
    const a = await replica("a");
    const b = await replica("b");
    await clock.advance(10_000);
    a.connection.faults.crash();
    await clock.advance(12_000);
    expect(b.manager.isActing).toBe(false);
    await clock.advance(6_000);
    expect(b.manager.isActing).toBe(true);
    expect(a.manager.isActing).toBe(false);
  });

  it.each([3_600_000, -3_600_000])(
    "is not misled by a clock that is wrong by %i ms",
    async (skewMs) => {
      const a = await replica("a");
      const b = await replica("b");
      b.skewMs = skewMs;
      await clock.advance(60_000);
      expect([a.manager.isActing, b.manager.isActing]).toEqual([true, false]);
    },
  );

  it("goes on leading when its wall clock is set", async () => {
    const a = await replica("a");
    await clock.advance(5_000);
    a.skewMs = 7_200_000;
    await cluster.apply(database("db"));
    await clock.advance(100);
    a.skewMs = -7_200_000;
    await clock.advance(5_000);
    expect(a.manager.isActing).toBe(true);
    expect(a.reconciler.passes).toContain("db");
    expect(await cluster.get(configMaps, { namespace: "default", name: "db" })).toBeDefined();
  });

  it("aborts the pass under way and refuses its writes when the leader was stopped for too long", async () => {
    const ended: string[] = [];
    let go = (): void => undefined;
    const slow: Work = async (reconciler, request) => {
      await new Promise<void>((resolve) => (go = resolve));
      try {
        const metadata = { name: "late", namespace: "default" };
        await reconciler.objects.apply(configMaps, { metadata });
        ended.push("written");
      } catch (error) {
        ended.push((error as { code: string }).code);
        expect(request.signal.aborted).toBe(true);
        throw error;
      }
    };
    const a = await replica("a", slow);
    const b = await replica("b");
    await cluster.apply(database("db", 1));
    await clock.advance(1_000);
    expect(a.reconciler.passes).toEqual(["db"]);
    a.pause();
    await clock.advance(30_000);
    expect(b.manager.isActing).toBe(true);
    const writes = cluster.requests.count({ client: "a", isWrite: true });
    go(); // The paused process wakes in the middle of its pass, before any timer of it has fired.
    await clock.settle();
    a.resume();
    await clock.settle();
    expect(ended).toEqual(["EXP_LEADERSHIP_LOST"]);
    expect(cluster.requests.count({ client: "a", isWrite: true, kind: configMaps })).toBe(0);
    expect(writes).toBeGreaterThan(0);
    await clock.advance(5_000);
    expect(a.manager.health().ready[0]?.reason).toBe("running, standing by, b leads");
    expect(a.log.at("error")).toEqual([]);
  });

  it("asks the server before it writes when the machine was suspended", async () => {
    const a = await replica("a");
    const b = await replica("b");
    await clock.advance(5_000);
    a.pause();
    await clock.advance(30_000);
    a.leapMs = 30_000; // Its monotonic clock stood still, the wall clock did not.
    expect(b.manager.isActing).toBe(true);
    await cluster.apply(database("db"));
    a.reconciler.watches.enqueue({ namespace: "default", name: "db" });
    await clock.settle();
    expect(cluster.requests.count({ client: "a", isWrite: true, kind: configMaps })).toBe(0);
    expect(a.manager.isActing).toBe(false);
  });

  it("steps down before others may take over when it cannot renew, and comes back", async () => {
    const a = await replica("a");
    await clock.advance(2_000);
    const fault = a.connection.faults.add({
      match: { resource: "leases.coordination.k8s.io" },
      fault: { type: "status", code: 500 },
    });
    await clock.advance(8_000);
    expect(a.manager.isActing).toBe(true);
    await clock.advance(2_500);
    expect(a.manager.isActing).toBe(false);
    expect(a.manager.health().ready[0]?.reason).toContain("injected");
    fault.remove();
    await clock.advance(3_000);
    expect(a.manager.isActing).toBe(true);
    expect(await holder()).toBe("a");
  });

  it("reconciles everything anew with every term", async () => {
    await cluster.apply(database("db"));
    const a = await replica("a", noWork);
    await clock.advance(1_000);
    await cluster.patch(leases, key, { spec: { holderIdentity: "stranger" } });
    await clock.advance(4_000);
    expect(a.manager.isActing).toBe(false);
    await cluster.patch(leases, key, { spec: { holderIdentity: "" } });
    await clock.advance(4_000);
    expect(a.reconciler.passes).toEqual(["db", "db"]);
  });

  it("refuses the writes of a pass from an earlier term, also when it leads anew", async () => {
    const codes: string[] = [];
    let go = (): void => undefined;
    let passes = 0;
    const deaf: Work = async (reconciler) => {
      passes += 1;
      if (passes > 1) return;
      await new Promise<void>((resolve) => (go = resolve)); // Does not hear its signal.
      const metadata = { name: "late", namespace: "default" };
      await reconciler.objects.apply(configMaps, { metadata }).catch((error: unknown) => {
        codes.push((error as { code: string }).code);
      });
    };
    await cluster.apply(database("db"));
    const a = await replica("a", deaf);
    await clock.advance(1_000);
    await cluster.patch(leases, key, { spec: { holderIdentity: "stranger" } });
    await clock.advance(4_000);
    await cluster.patch(leases, key, { spec: { holderIdentity: "" } });
    await clock.advance(45_000); // The old run was given up after its time to drain.
    expect(a.manager.isActing).toBe(true);
    expect(passes).toBe(2);
    go();
    await clock.settle();
    expect(codes).toHaveLength(1);
    expect(cluster.requests.count({ client: "a", isWrite: true, kind: configMaps })).toBe(0);
  });

  it("finds its Lease when the answer to its creation was lost", async () => {
    const made = new Replica(clock, cluster, "a");
    replicas.push(made);
    made.connection.faults.add({
      match: { verb: "create", resource: "leases.coordination.k8s.io" },
      times: 1,
      fault: { type: "lostAnswer" },
    });
    const started = made.manager.start();
    await clock.advance(10_000);
    await started;
    expect(made.manager.isActing).toBe(true);
  });

  it("refuses times under which two could lead", () => {
    for (const options of [
      { leaseDurationSeconds: 10, renewDeadlineMs: 10_000 },
      { renewDeadlineMs: 2_000, retryPeriodMs: 2_000 },
      { leaseDurationSeconds: 1.5 },
      { retryPeriodMs: 0 },
    ])
      expect(() => toTimes(options)).toThrow("cannot elect a leader");
  });
});
