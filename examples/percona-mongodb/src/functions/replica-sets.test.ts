// SPDX-License-Identifier: Apache-2.0
// F10 without a cluster: the way to a whole database can be broken off at every command.
import { describe, expect, it } from "@jest/globals";
import { countingSources } from "../../test/memory-cluster.js";
import { MongoWorld } from "../../test/mongo-world.js";
import { clusterWith, named, seeing, shardedWith } from "../../test/primaries.js";
import type { Cluster } from "../cluster.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import { MongoError } from "../mongo/mongo-error.js";
import type { Changes } from "./part.js";
import { databaseCheckMs, databaseProgressMs, replicaSets } from "./replica-sets.js";

const users: Manifest = {
  ...named("Secret", "internal-db-users"),
  data: Object.fromEntries(
    ["BACKUP", "CLUSTER_ADMIN", "CLUSTER_MONITOR", "DATABASE_ADMIN", "USER_ADMIN"].flatMap(
      (name) => [
        [`MONGODB_${name}_USER`, Buffer.from(name.toLowerCase()).toString("base64")],
        [`MONGODB_${name}_PASSWORD`, Buffer.from(`${name} secret`).toString("base64")],
      ],
    ),
  ),
};

function pass(world: MongoWorld, cluster: Cluster): Promise<Changes> {
  const observed = seeing([...world.pods(), users]);
  const built = replicaSets.build(cluster, observed, { ...countingSources, mongo: world.mongo });
  return Promise.resolve(built);
}

/** Passes until nothing is pending; an operator that dies is started again. */
async function settled(world: MongoWorld, cluster: Cluster): Promise<Changes> {
  for (let passes = 0; passes < 60; passes += 1) {
    try {
      const changes = await pass(world, cluster);
      if (changes.waitFor === undefined) return changes;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    world.nowMs += databaseProgressMs;
  }
  throw new Error("the database never becomes whole");
}

class Crash extends Error {}

/** What can be seen of the databases in the end. */
function state(world: MongoWorld): unknown {
  return ["rs0", "cfg"].map((name) => {
    const replset = world.mongo.replset("prod", "db", name);
    return {
      members: replset?.config.members,
      users: replset?.users.names.map((user) => replset.users.get(user)),
      shards: [...(replset?.shards.keys() ?? [])],
      isBalancerOn: replset?.isBalancerOn,
    };
  });
}

const pods = {
  plain: ["db-rs0-0", "db-rs0-1", "db-rs0-2"],
  sharded: [
    "db-rs0-0",
    "db-rs0-1",
    "db-rs0-2",
    "db-cfg-0",
    "db-cfg-1",
    "db-cfg-2",
    "db-mongos-0",
    "db-mongos-1",
  ],
};

describe("replicaSets (F10)", () => {
  it("asks again soon while something is under way, and seldom when all is well", async () => {
    const world = new MongoWorld();
    const cluster = clusterWith();
    world.start(...pods.plain);
    expect(await pass(world, cluster)).toMatchObject({ askAgainMs: databaseProgressMs });
    const changes = await settled(world, cluster);
    expect(changes.askAgainMs).toBe(databaseCheckMs);
    expect(changes.notes?.replsets?.["rs0"]).toMatchObject({ initialized: true, isHealthy: true });
  });

  it("sends no command that changes anything once all is well", async () => {
    const world = new MongoWorld();
    world.start(...pods.sharded);
    const cluster = defaultCluster(shardedWith());
    await settled(world, cluster);
    const { sent } = world.mongo;
    const before = sent.length;
    const changes = world.mongo.changes("prod");
    expect((await pass(world, cluster)).notes?.mongoVersion).toBe("8.0.8");
    expect(world.mongo.changes("prod")).toBe(changes);
    const reads = [
      // As long as the status does not know the version.
      "buildInfo",
      "getRole",
      "getUser",
      "hello",
      "status",
      "getConfig",
      "listShards",
      "isBalancerOn",
    ];
    expect([...new Set(sent.slice(before).map(({ call }) => call))].sort()).toEqual(reads.sort());
  });

  it("waits for all pods before it begins, and for the Secret with the passwords", async () => {
    const world = new MongoWorld();
    world.start("db-rs0-0", "db-rs0-1");
    expect((await pass(world, clusterWith())).waitFor).toBe("pods of rs0 (2 of 3 ready)");
    const observed = seeing(world.pods());
    const sources = { ...countingSources, mongo: world.mongo };
    expect((await replicaSets.build(clusterWith(), observed, sources)).waitFor).toBe(
      "Secret internal-db-users",
    );
    expect(world.mongo.sent.map(({ call }) => call)).not.toContain("initiate");
  });

  it("does not let one replica set that fails hold up the others", async () => {
    const world = new MongoWorld();
    const cluster = defaultCluster(shardedWith());
    world.start(...pods.sharded.filter((pod) => pod !== "db-rs0-2"));
    for (let passes = 0; passes < 10; passes += 1) {
      await pass(world, cluster);
      world.nowMs += databaseProgressMs;
    }
    expect(world.mongo.replset("prod", "db", "rs0")).toBeUndefined();
    expect(world.mongo.replset("prod", "db", "cfg")?.config.members).toHaveLength(3);
  });

  it("gives back what somebody took: a role, a tag, a member", async () => {
    const world = new MongoWorld();
    const cluster = clusterWith();
    world.start(...pods.plain);
    await settled(world, cluster);
    const whole = state(world);
    const replset = world.mongo.replset("prod", "db", "rs0");
    if (replset === undefined) throw new Error("rs0 is not initiated");
    replset.users.changeRoles("backup", ["backup"]);
    const [first, second] = replset.config.members;
    if (first === undefined || second === undefined) throw new Error("rs0 has no members");
    replset.config = {
      ...replset.config,
      version: replset.config.version + 1,
      members: [{ ...first, tags: {} }, second],
    };
    await settled(world, cluster);
    const [{ members, ...rest }] = state(world) as [{ members: readonly { host: string }[] }];
    expect(members.map(({ host }) => host.split(".")[0])).toEqual(pods.plain);
    expect([{ ...rest }]).toEqual([
      expect.objectContaining({ users: (whole as [{ users: unknown }])[0].users }),
    ]);
  });

  it.each([
    ["before it takes effect", "before"],
    ["after it took effect, with its answer lost", "after"],
  ] as const)("ends in the same databases when it dies at any command, %s", async (_what, when) => {
    const cluster = defaultCluster(shardedWith());
    const calm = new MongoWorld();
    calm.start(...pods.sharded);
    await settled(calm, cluster);
    const expected = state(calm);
    const count = calm.mongo.sent.length;
    expect(count).toBeGreaterThan(50);
    for (let number = 1; number <= count; number += 1) {
      const world = new MongoWorld();
      world.start(...pods.sharded);
      world.mongo.faults.crashAt(number, new Crash("the operator died"), when);
      await settled(world, cluster);
      expect([number, state(world)]).toEqual([number, expected]);
    }
  });

  it.each([
    ["before it takes effect", "before"],
    ["after it took effect, with its answer lost", "after"],
  ] as const)("ends in the same databases when any command is refused, %s", async (_what, when) => {
    const cluster = clusterWith();
    const calm = new MongoWorld();
    calm.start(...pods.plain);
    await settled(calm, cluster);
    const expected = state(calm);
    for (let number = 1; number <= calm.mongo.sent.length; number += 1) {
      const world = new MongoWorld();
      world.start(...pods.plain);
      world.mongo.faults.crashAt(number, new MongoError("NetworkTimeout", "no answer"), when);
      await settled(world, cluster);
      expect([number, state(world)]).toEqual([number, expected]);
    }
  });
});
