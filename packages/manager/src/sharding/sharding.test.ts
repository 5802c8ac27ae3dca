// SPDX-License-Identifier: Apache-2.0
// Replicas that share the primaries: each pass is made once, and hand-overs wait for passes (stage 5).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { leases } from "@haversack/core";
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

interface Replica {
  readonly reconciler: DatabaseReconciler;
  readonly manager: Manager;
  readonly connection: ConnectedClient;
}

const noWork: Work = () => Promise.resolve();
const names = Array.from({ length: 20 }, (_, index) => `db-${index}`);

describe("a sharded manager", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  const replicas: Replica[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
    for (const name of names) await cluster.apply(database(name));
  });

  afterEach(async () => {
    for (const { manager } of replicas.splice(0)) void manager.stopNow();
    await clock.advance(20_000);
    await cluster.close();
  });

  async function replica(identity: string, work: Work = noWork): Promise<Replica> {
    const connection = cluster.connect(identity);
    const reconciler = new DatabaseReconciler(work);
    const manager = new Manager({
      ...{ client: connection.client, clock, logger: new LogBook(), signals: false },
      ...{ name: "db-operator", sharding: { identity }, random: () => 0.5 },
    }).add(reconciler);
    const made = { reconciler, manager, connection };
    replicas.push(made);
    const started = manager.start();
    await clock.advance(100);
    await started;
    return made;
  }

  function share({ reconciler }: Replica): string[] {
    return [...new Set(reconciler.passes.splice(0))].sort();
  }

  async function touchAll(members: number): Promise<void> {
    for (const name of names) await cluster.apply(database(name, members));
    await cluster.settle();
  }

  it("makes all passes while it is alone, and a part of them beside others", async () => {
    const a = await replica("a");
    await clock.advance(3_000);
    expect(share(a)).toEqual([...names].sort());
    const b = await replica("b");
    await clock.advance(10_000);
    share(b);
    await touchAll(2);
    const [ofA, ofB] = [share(a), share(b)];
    expect([...ofA, ...ofB].sort()).toEqual([...names].sort());
    expect(ofA.length).toBeGreaterThan(3);
    expect(ofB.length).toBeGreaterThan(3);
    expect(b.manager.health().ready[0]?.reason).toBe("running, in the ring with 16 slots");
  });

  it("takes no part where it would count slots differently, and says so", async () => {
    const a = await replica("a");
    await clock.advance(3_000);
    share(a);
    const reconciler = new DatabaseReconciler(noWork);
    const log = new LogBook();
    const manager = new Manager({
      ...{ client: cluster.connect("b").client, clock, logger: log, signals: false },
      ...{ name: "db-operator", sharding: { identity: "b", slots: 16 } },
    }).add(reconciler);
    replicas.push({ reconciler, manager, connection: a.connection });
    const started = manager.start();
    await clock.advance(10_000);
    await started;
    expect(reconciler.passes).toEqual([]);
    expect(a.manager.health().ready[0]?.reason).toBe("running, in the ring with 32 slots");
    expect(manager.health().ready[0]?.reason).toContain("not in the ring (cannot take part");
    expect(log.at("warn").join()).toContain("it has 32 slots, this replica 16");
  });

  it("makes the passes up that belong to slots it takes over, also from the dead", async () => {
    const a = await replica("a");
    const b = await replica("b");
    await clock.advance(10_000);
    share(a);
    share(b);
    a.connection.faults.crash();
    await touchAll(2);
    const own = share(b);
    expect(own.length).toBeLessThan(names.length);
    await clock.advance(30_000);
    expect([...new Set([...own, ...share(b)])].sort()).toEqual([...names].sort());
  });

  it("hands a slot over only when its pass has ended, and leaves no Lease of its own behind", async () => {
    const ends: (() => void)[] = [];
    const running = new Set<string>();
    let twice = 0;
    const slow: Work = async (_, { ref }) => {
      if (running.has(ref.name)) twice += 1;
      running.add(ref.name);
      await new Promise<void>((resolve) => ends.push(resolve));
      running.delete(ref.name);
    };
    const quick: Work = (_, { ref }) => {
      if (running.has(ref.name)) twice += 1;
      return Promise.resolve();
    };
    const a = await replica("a", slow);
    await clock.advance(3_000);
    expect(running.size).toBe(4); // As many as it has workers.
    const b = await replica("b", quick);
    await clock.advance(20_000);
    for (let round = 0; round < 12; round += 1) {
      for (const end of ends.splice(0)) end();
      await clock.advance(3_000);
    }
    expect(share(b).length).toBeGreaterThan(3);
    const stopped = a.manager.stop();
    for (let round = 0; round < 12; round += 1) {
      for (const end of ends.splice(0)) end();
      await clock.advance(100);
    }
    await stopped;
    await clock.advance(5_000);
    expect(twice).toBe(0);
    expect(b.manager.health().ready[0]?.reason).toBe("running, in the ring with 32 slots");
    const left = (await cluster.list(leases, { namespace: "default" })).map(
      ({ metadata }) => metadata.name,
    );
    expect(left.sort()).toEqual(["db-operator-b-1", "db-operator-ring"]);
  });
});
