// SPDX-License-Identifier: Apache-2.0
// A manager from its start to its end: order, sharing, signals, deadline (all stages).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps } from "@haversack/core";
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

  it("stops while it waits for a server that is away", async () => {
    cluster.faults.add({ match: { verb: "list" }, fault: { type: "status", code: 500 } });
    const waiting = manager({ access: "off" }).add(new DatabaseReconciler());
    const started = waiting.start();
    await clock.advance(1000);
    await waiting.stop();
    await started;
  });
});
