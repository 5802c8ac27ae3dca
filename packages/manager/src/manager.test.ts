// SPDX-License-Identifier: Apache-2.0
// A manager from its start to its end: order, sharing, signals, deadline (all stages).
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { addHooks, configMaps, leases } from "@haversack/core";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import {
  database,
  databaseDefinition,
  DatabaseReconciler,
  LogBook,
  type Work,
} from "../test/databases.js";
import { Manager } from "./manager.js";
import type { ManagerOptions } from "./manager-options.js";
import { managerLogger } from "./run/manager-logger.js";
import type { SignalSource } from "./run/process-signals.js";

class Signals implements SignalSource {
  readonly listeners = new Set<() => void>();
  readonly exits: number[] = [];
  on(_name: string, listener: () => void): void {
    this.listeners.add(listener);
  }
  off(_name: string, listener: () => void): void {
    this.listeners.delete(listener);
  }
  exit(code: number): void {
    this.exits.push(code);
  }
  send(): void {
    for (const listener of this.listeners) listener();
  }
}

describe("Manager", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let log: LogBook;
  const managers: Manager[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = await startCluster({ clock });
    log = new LogBook();
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of managers.splice(0)) void each.stopNow();
    await clock.advance(10_000);
    await cluster.close();
  });

  function manager(options: Partial<ManagerOptions> = {}): Manager {
    const made = new Manager({
      ...{ client: cluster.client, clock, logger: log, signals: false },
      ...options,
    });
    managers.push(made);
    return made;
  }

  it("shares one informer per kind among its reconcilers, and makes passes when all are complete", async () => {
    await cluster.apply(database("db"));
    const [one, two] = [new DatabaseReconciler(), new DatabaseReconciler()];
    await manager().add(one).add(two, { name: "second" }).start();
    await cluster.settle();
    expect(one.passes).toContain("db");
    expect(two.passes).toContain("db");
    expect(cluster.requests.count({ verb: "list" })).toBe(2);
    expect(cluster.requests.watches).toBe(2);
  });

  it("lets a pass finish when it stops, and begins none after it", async () => {
    let finish = (): void => undefined;
    const work: Work = async (reconciler, request) => {
      await new Promise<void>((resolve) => (finish = resolve));
      request.signal.throwIfAborted();
      await reconciler.objects.apply(configMaps, {
        metadata: { name: "late", namespace: "default" },
      });
    };
    const reconciler = new DatabaseReconciler(work);
    const running = await manager().add(reconciler).start();
    await cluster.apply(database("db"));
    await cluster.settle();
    const stopped = running.stop();
    await cluster.apply(database("other"));
    await clock.settle();
    finish();
    await stopped;
    expect(reconciler.passes).toEqual(["db"]);
    expect(await cluster.get(configMaps, { namespace: "default", name: "late" })).toBeDefined();
    expect(log.at("error")).toEqual([]);
  });

  it("aborts what does not end before the deadline, and says which", async () => {
    const reasons: unknown[] = [];
    const work: Work = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason);
          reject(signal.reason as Error);
        });
      });
    const running = await manager({ shutdownMs: 5000 }).add(new DatabaseReconciler(work)).start();
    await cluster.apply(database("db"));
    await cluster.settle();
    const stopped = running.stop();
    await clock.advance(4999);
    expect(reasons).toEqual([]);
    await clock.advance(1);
    await stopped;
    expect(reasons).toHaveLength(1);
    expect(log.at("warn").join()).toContain("database db");
  });

  it("ends in order on the first SIGTERM and at once on the second", async () => {
    const signals = new Signals();
    const work: Work = () => new Promise(() => undefined);
    await manager({ signals }).add(new DatabaseReconciler(work)).start();
    await cluster.apply(database("db"));
    await cluster.settle();
    signals.send();
    await clock.advance(1000);
    expect(signals.exits).toEqual([]);
    signals.send();
    await clock.advance(2000);
    expect(signals.exits).toContain(1);
  });

  it("exits with 0 after an orderly end", async () => {
    const signals = new Signals();
    await manager({ signals }).add(new DatabaseReconciler()).start();
    signals.send();
    await clock.settle();
    expect(signals.exits).toEqual([0]);
  });

  it("leaves no timer and no watch behind", async () => {
    await cluster.apply(database("db"));
    const before = clock.pending.length;
    const running = await manager({ leaderElection: true, http: { port: 0, host: "127.0.0.1" } })
      .add(new DatabaseReconciler())
      .start();
    await cluster.settle();
    await running.stop();
    await clock.settle();
    expect(clock.pending.slice(before).map(({ setBy }) => setBy)).toEqual([]);
  });

  it("refuses to start without a reconciler, and with two ways to share the work", async () => {
    await expect(manager().start()).rejects.toThrow("nothing was added");
    const both = manager({ leaderElection: true, sharding: true }).add(new DatabaseReconciler());
    await expect(both.start()).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
  });

  it("gives everything back when a reconciler cannot start", async () => {
    const broken = manager().add(new DatabaseReconciler()).add({});
    await expect(broken.start()).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
    await broken.stopped;
    const reconciler = new DatabaseReconciler();
    await manager().add(reconciler).start();
  });

  it("begins a reconciler anew whose later run breaks, and says so", async () => {
    let starts = 0;
    const fragile = new DatabaseReconciler(() => Promise.resolve());
    addHooks(fragile, {
      pack: "fragile",
      start: () => {
        starts += 1;
        if (starts === 2) throw new Error("broken once");
      },
    });
    await cluster.apply(database("db"));
    const running = manager({ leaderElection: true }).add(fragile);
    await running.start();
    await clock.advance(1_000);
    const lease = { namespace: "default", name: "haversack" };
    for (const holderIdentity of ["stranger", ""]) {
      await cluster.patch(leases, lease, { spec: { holderIdentity } });
      await clock.advance(8_000);
    }
    expect(log.at("error").join()).toContain("database broke: broken once. It is begun anew.");
    expect(starts).toBe(3);
    expect(fragile.passes).toEqual(["db", "db"]);
  });

  it("runs what is meant for everywhere on a standby, too", async () => {
    const [elected, everywhere] = [0, 1].map(() => new DatabaseReconciler(() => Promise.resolve()));
    const lease = { spec: { holderIdentity: "stranger", leaseDurationSeconds: 3600 } };
    const metadata = { namespace: "default", name: "haversack" };
    await cluster.apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata,
      ...lease,
    });
    await cluster.apply(database("db"));
    await manager({ leaderElection: true })
      .add(elected as object)
      .add(everywhere as object, { name: "reader", runs: "everywhere" })
      .start();
    await clock.advance(10_000);
    expect(elected?.passes).toEqual([]);
    expect(everywhere?.passes).toEqual(["db"]);
  });

  it("starts without a review of its rights where that cannot be had", async () => {
    cluster.faults.add({ match: { verb: "create" }, fault: { type: "status", code: 500 } });
    const reconciler = new DatabaseReconciler(() => Promise.resolve());
    await manager().add(reconciler).start();
    expect(log.at("warn").join()).toContain("the rights in default were not reviewed");
  });

  it("names what it cannot find", async () => {
    const running = await manager().add(new DatabaseReconciler()).start();
    const key = { namespace: "default", name: "absent" };
    expect(() => running.enqueue("databases", key)).toThrow("Use one of: database.");
    expect(() => running.record("database", key)).toThrow("it is not in the cache");
    expect(() => new Manager().resume()).toThrow("has not started");
    expect(() => running.add(new DatabaseReconciler())).toThrow("the manager runs");
  });

  it("logs to the console, debug lines left out, when nobody says otherwise", () => {
    const lines: string[] = [];
    const info = jest.spyOn(console, "info").mockImplementation((line) => void lines.push(line));
    managerLogger.info("leading", { identity: "a", absent: undefined });
    managerLogger.debug("not this");
    info.mockRestore();
    expect(lines).toEqual(['info leading identity="a"']);
  });

  it("stops while it waits for a server that is away", async () => {
    cluster.faults.add({ match: { verb: "list" }, fault: { type: "status", code: 500 } });
    const waiting = manager({ access: "off" }).add(new DatabaseReconciler());
    const started = waiting.start();
    await clock.advance(1000);
    await waiting.stop();
    await started;
  });
});
