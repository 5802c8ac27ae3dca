// SPDX-License-Identifier: Apache-2.0
// F10 on a cluster: replica sets begin, grow, shrink and become shards, whatever fails in between.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  elect,
  key,
  liveCluster,
  podNames,
  primaryPod,
  Scenarios,
  written,
  writtenSharded,
} from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import { backupLockName } from "../functions/lock.js";
import { databaseCheckMs } from "../functions/replica-sets.js";
import { memberState } from "../mongo/mongo-admin.js";
import { connectTimeout, nodeNotFound } from "../mongo/mongo-faults.js";
import type { SimulatedReplset } from "../mongo/simulated-replset.js";
import { kinds, psmdb } from "./kinds.js";
import { operatorModes, type OperatorCluster } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

function replset(operators: OperatorCluster, name = "rs0"): SimulatedReplset {
  const found = operators.mongo.replset("prod", "db", name);
  if (found === undefined) throw new Error(`replica set ${name} is not initiated`);
  return found;
}

/** Pods of the members in their order, with votes and priorities. */
function members(operators: OperatorCluster, name = "rs0"): readonly string[] {
  return replset(operators, name).config.members.map(
    ({ host, votes, priority }) => `${host.split(".")[0] ?? ""} ${votes}/${priority}`,
  );
}

const sized = (size: number, more: object = {}): ReturnType<typeof written> =>
  written({ replsets: [{ ...plainReplset, size, ...more }] });

describe.each(operatorModes)("databases under the %s operator", (mode) => {
  it("begin with users, members one by one, and are told in the status", async () => {
    const operators = await scenarios.started(mode);
    expect(members(operators)).toEqual(["db-rs0-0 1/2", "db-rs0-1 1/2", "db-rs0-2 1/2"]);
    expect(replset(operators).config.members[1]).toMatchObject({
      host: "db-rs0-1.db-rs0.prod.svc.cluster.local:27017",
      tags: { nodeName: "haversack-node", podName: "db-rs0-1", serviceName: "db" },
    });
    expect([...replset(operators).users.names].sort()).toEqual([
      "backup",
      "clusterAdmin",
      "clusterMonitor",
      "databaseAdmin",
      "userAdmin",
    ]);
    expect((await liveCluster(operators)).status?.replsets?.["rs0"]).toMatchObject({
      initialized: true,
      members: {
        "db-rs0-0": { state: memberState.primary, stateStr: "PRIMARY" },
        "db-rs0-2": { state: memberState.secondary, stateStr: "SECONDARY" },
      },
    });
  });

  it("begin although the operator dies between initiating and the first user", async () => {
    const operators = await scenarios.empty(mode);
    operators.mongo.faults.fail("createUser", new Error("the operator died"));
    await operators.apply(written());
    await operators.start();
    for (let round = 0; operators.mongo.replset("prod", "db", "rs0") === undefined; round += 1) {
      if (round > 100) throw new Error("never initiated");
      await operators.cluster.settle();
      await operators.clock.advance(1000);
    }
    await operators.stop();
    const initiated = operators.mongo.sent.filter(({ call }) => call === "initiate").length;
    await operators.settle();
    expect((await liveCluster(operators)).status?.state).toBe("ready");
    expect(operators.mongo.sent.filter(({ call }) => call === "initiate")).toHaveLength(initiated);
  });

  it.each([
    ["a connection times out", "connect", connectTimeout()],
    ["a new member does not answer", "reconfig", nodeNotFound()],
  ] as const)("begin although %s now and then", async (_what, call, error) => {
    const operators = await scenarios.empty(mode);
    for (const after of [0, 2, 3, 5]) operators.mongo.faults.fail(call, error, { after });
    await operators.apply(written());
    await operators.settle();
    await operators.clock.advance(60_000);
    await operators.settle();
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("are not ready while a member copies its data", async () => {
    const operators = await scenarios.started(mode);
    operators.mongo.syncMs = 30_000;
    await operators.apply(sized(5));
    await operators.cluster.settle();
    await operators.clock.advance(20_000);
    expect((await liveCluster(operators)).status?.state).toBe("initializing");
    // One at a time: the vote of the fourth does not count yet.
    expect(members(operators)).toHaveLength(4);
    await operators.clock.advance(90_000);
    expect(members(operators)).toHaveLength(5);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("know arbiters, nonvoting and hidden members, and an even number of votes loses one", async () => {
    const operators = await scenarios.started(
      mode,
      sized(4, {
        arbiter: { enabled: true, size: 1 },
        nonvoting: { enabled: true, size: 1 },
        hidden: { enabled: true, size: 1 },
      }),
    );
    expect([...members(operators)].sort()).toEqual([
      "db-rs0-0 1/2",
      "db-rs0-1 1/2",
      "db-rs0-2 1/2",
      "db-rs0-3 1/2",
      "db-rs0-arbiter-0 1/0",
      "db-rs0-hidden-0 0/0",
      "db-rs0-nv-0 0/0",
    ]);
    expect(replset(operators).defaultWriteConcern).toBe("majority");
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("lose one member at a time, and never their majority", async () => {
    const operators = await scenarios.started(mode, sized(7));
    const sizes = new Set<string>();
    await operators.apply(sized(3));
    for (let step = 0; step < 200 && members(operators).length > 3; step += 1) {
      await operators.cluster.settle();
      await operators.clock.advance(500);
      const pods = await podNames(operators);
      sizes.add(`${members(operators).length - pods.length}`);
      expect(primaryPod(operators)).toBeDefined();
    }
    await operators.settle();
    expect(members(operators)).toEqual(["db-rs0-0 1/2", "db-rs0-1 1/2", "db-rs0-2 1/2"]);
    // Never more than one member without its pod.
    expect([...sizes].every((size) => Number(size) <= 1)).toBe(true);
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", size: 3 });
  });

  it("let the primary hand over before it leaves", async () => {
    const operators = await scenarios.started(mode, sized(5));
    await elect(operators, "db-rs0-4");
    expect(primaryPod(operators)).toBe("db-rs0-4");
    const before = operators.mongo.sent.length;
    await operators.apply(sized(3));
    await operators.settle();
    const calls = operators.mongo.sent.slice(before).map(({ call }) => call);
    expect(calls.filter((call) => call === "stepDown")).toHaveLength(1);
    expect(members(operators)).toHaveLength(3);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("are shards of a sharded cluster, balanced unless told otherwise", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    expect([...replset(operators, "cfg").shards.keys()]).toEqual(["rs0"]);
    expect(replset(operators, "cfg").isBalancerOn).toBe(true);
    const { status } = await liveCluster(operators);
    expect(status).toMatchObject({ state: "ready", size: 8 });
    expect(status?.replsets?.["rs0"]?.added_as_shard).toBe(true);
    expect(status?.replsets?.["cfg"]?.added_as_shard).toBeUndefined();
    const sharding = { ...operatorsSharding, balancer: { enabled: false } };
    await operators.cluster.patch(psmdb, key("db"), { spec: { sharding } });
    await operators.settle();
    expect(replset(operators, "cfg").isBalancerOn).toBe(false);
  });

  it("stop balancing while pods are replaced", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    const before = operators.mongo.sent.length;
    await operators.apply(writtenSharded({}, { image: "mongod:9" }));
    await operators.settle();
    const calls = operators.mongo.sent
      .slice(before)
      .map(({ call }) => call)
      .filter((call) => call.endsWith("Balancer"));
    expect(calls).toEqual(["stopBalancer", "startBalancer"]);
  });

  it("stop balancing while somebody holds the lock", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    await operators.apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: backupLockName("db"), namespace: "prod" },
      spec: { holderIdentity: "backup nightly" },
    });
    await operators.settle();
    expect(replset(operators, "cfg").isBalancerOn).toBe(false);
    await operators.cluster.remove(kinds.Lease, key(backupLockName("db")));
    await operators.settle();
    expect(replset(operators, "cfg").isBalancerOn).toBe(true);
  });

  it("that refuse the password are told of, and are not taken for uninitiated", async () => {
    const operators = await scenarios.started(mode);
    replset(operators).users.changePassword("userAdmin", "somebody else's");
    await operators.clock.advance(databaseCheckMs);
    const { status } = await liveCluster(operators);
    expect(status?.state).toBe("initializing");
    expect(status?.message).toContain("Put the last one back");
    expect(operators.mongo.sent.filter(({ call }) => call === "initiate")).toHaveLength(1);
  });

  it("never found a second set when one member has lost its volume", async () => {
    const operators = await scenarios.started(mode);
    await operators.cluster.remove(kinds.PersistentVolumeClaim, key("mongod-data-db-rs0-0"));
    await operators.cluster.remove(kinds.Pod, key("db-rs0-0"));
    await operators.settle();
    expect(operators.mongo.sent.filter(({ call }) => call === "initiate")).toHaveLength(1);
    expect(members(operators)).toHaveLength(3);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });
});

const operatorsSharding = { enabled: true };
