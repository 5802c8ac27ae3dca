// SPDX-License-Identifier: Apache-2.0
// Sharding switched off and on: the cluster stops in its old shape, in order, and starts in the new one.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { backedUp, backupOf, liveBackup, until } from "../../test/backup-scenario.js";
import {
  key,
  liveCluster,
  podNames,
  Scenarios,
  written,
  writtenSharded,
} from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import type { Manifest } from "../json.js";
import type { PsmdbSpec } from "../types.js";
import { kinds } from "./kinds.js";
import { operatorModes, type OperatorCluster } from "./operator-cluster.js";

// Whole clusters live here; a busy machine is given time.
jest.setTimeout(60_000);

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

/** The same description with sharding switched off; what it would be made of stays. */
function switchedOff(spec: Partial<PsmdbSpec> = {}): Manifest {
  const sharding = { enabled: false, configsvrReplSet: plainReplset, mongos: { size: 2 } };
  return written({ sharding, ...spec });
}

async function names({ cluster }: OperatorCluster, kind: keyof typeof kinds): Promise<string[]> {
  const objects = await cluster.list(kinds[kind], { namespace: "prod" });
  return objects.map(({ metadata }) => metadata.name).sort();
}

/** Sets of pods, in the order in which their last pod went. */
function orderOf(gone: readonly string[]): readonly string[] {
  const sets = gone.map((name) => name.replace(/-\d+$/, ""));
  return [...new Set(sets)].sort((left, right) => sets.lastIndexOf(left) - sets.lastIndexOf(right));
}

async function shardingCondition(operators: OperatorCluster): Promise<string | undefined> {
  const { conditions = [] } = (await liveCluster(operators)).status ?? {};
  return conditions.find(({ type }) => type === "sharding")?.status;
}

describe.each(operatorModes)("sharding under the %s operator", (mode) => {
  it("is switched off by stopping routers, shards and config server in order, and leaves one StatefulSet", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    expect(await shardingCondition(operators)).toBe("True");
    const gone = await scenarios.podsGone(operators);
    await operators.apply(switchedOff());
    await operators.settle();
    expect(orderOf(gone)).toEqual(["db-mongos", "db-rs0", "db-cfg"]);
    expect(gone.filter((name) => name.startsWith("db-rs0"))).toEqual([
      "db-rs0-2",
      "db-rs0-1",
      "db-rs0-0",
    ]);
    expect(await names(operators, "StatefulSet")).toEqual(["db-rs0"]);
    expect(await names(operators, "Service")).toEqual(["db-rs0"]);
    expect(await podNames(operators)).toEqual(["db-rs0-0", "db-rs0-1", "db-rs0-2"]);
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", size: 3 });
    expect(await shardingCondition(operators)).toBe("False");
    const founded = operators.mongo.sent.filter(({ call }) => call === "initiate");
    expect(founded).toHaveLength(2);
  });

  it("is switched on by stopping the plain replica set first, and knows its data as a shard", async () => {
    const operators = await scenarios.started(mode, switchedOff());
    const gone = await scenarios.podsGone(operators);
    await operators.apply(writtenSharded());
    await operators.settle();
    expect(gone).toEqual(["db-rs0-2", "db-rs0-1", "db-rs0-0"]);
    expect(await names(operators, "StatefulSet")).toEqual(["db-cfg", "db-mongos", "db-rs0"]);
    const { status } = await liveCluster(operators);
    expect(status).toMatchObject({ state: "ready", size: 8 });
    expect(status?.replsets?.["rs0"]?.added_as_shard).toBe(true);
    expect(await shardingCondition(operators)).toBe("True");
  });

  it("goes back to where it was when it is switched on again half-way", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    await operators.apply(switchedOff());
    await until(operators, async () => (await podNames(operators)).length < 5);
    await operators.apply(writtenSharded());
    await operators.settle();
    expect(await names(operators, "StatefulSet")).toEqual(["db-cfg", "db-mongos", "db-rs0"]);
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", size: 8 });
  });

  it("changes while the cluster is paused, and the next start is in the new shape", async () => {
    const operators = await scenarios.started(mode, writtenSharded({}, { pause: true }));
    await operators.apply(switchedOff({ pause: true }));
    await operators.settle();
    await operators.apply(switchedOff());
    await operators.settle();
    expect(await names(operators, "StatefulSet")).toEqual(["db-rs0"]);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("waits for a backup that runs", async () => {
    const operators = await scenarios.started(mode, writtenSharded({}, backedUp()));
    await operators.apply(backupOf("b1"));
    await until(
      operators,
      async () => (await liveBackup(operators, "b1"))?.status?.state === "running",
    );
    await operators.apply(switchedOff(backedUp()));
    await operators.settle();
    expect((await liveBackup(operators, "b1"))?.status?.state).toBe("ready");
    expect(await names(operators, "StatefulSet")).toEqual(["db-rs0"]);
  });

  it("goes off without a stop when nobody knows any more what it was made of", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    await operators.apply(written());
    await operators.settle();
    expect(await names(operators, "StatefulSet")).toEqual(["db-rs0"]);
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", size: 3 });
  });
});

describe("sharding with packs", () => {
  it("is switched off without a poll: routers and shards are waited for by their events", async () => {
    const operators = await scenarios.started("packs", writtenSharded());
    await operators.apply(switchedOff());
    operators.cluster.requests.reset();
    await operators.settle();
    const reads = operators.cluster.requests.count({ client: "operator", verb: ["get", "list"] });
    expect(reads).toBe(0);
    expect(await operators.cluster.get(kinds.StatefulSet, key("db-cfg"))).toBeUndefined();
  });
});
