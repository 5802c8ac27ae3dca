// SPDX-License-Identifier: Apache-2.0
// F12 on a cluster: pause and resume, and the end with its finalizers.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  deleted,
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
import { deletePodsInOrder, deleteVolumes } from "../functions/finalizers.js";
import { backupLockName } from "../functions/lock.js";
import { kinds, psmdb } from "./kinds.js";
import { operatorModes, type OperatorCluster } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

/** The StatefulSets of pods, in the order in which their last pods went. */
function orderOf(gone: readonly string[]): readonly string[] {
  const sets = gone.map((name) => name.replace(/-\d+$/, ""));
  return [...new Set(sets)].sort((left, right) => sets.lastIndexOf(left) - sets.lastIndexOf(right));
}

/** Whether no pod of a set goes before all of another are gone. */
function goesAfter(gone: readonly string[], set: string, other: string): boolean {
  const sets = gone.map((name) => name.replace(/-\d+$/, ""));
  return sets.indexOf(set) > sets.lastIndexOf(other);
}

async function count(operators: OperatorCluster, kind: keyof typeof kinds): Promise<number> {
  return (await operators.cluster.list(kinds[kind], { namespace: "prod" })).length;
}

describe.each(operatorModes)("a pause under the %s operator", (mode) => {
  it("stops the first member last, as the primary, and resumes where it was", async () => {
    const operators = await scenarios.started(mode);
    await elect(operators, "db-rs0-1");
    expect(primaryPod(operators)).toBe("db-rs0-1");
    const sent = operators.mongo.sent.length;
    const gone = await scenarios.podsGone(operators);
    await operators.apply(written({ pause: true }));
    await operators.settle();
    expect(gone).toEqual(["db-rs0-2", "db-rs0-1", "db-rs0-0"]);
    const calls = operators.mongo.sent.slice(sent).map(({ call }) => call);
    expect(calls.filter((call) => call === "stepDown")).toHaveLength(1);
    expect(calls).toContain("freeze");
    expect(calls).not.toContain("reconfig");
    expect((await liveCluster(operators)).status).toMatchObject({ state: "paused", ready: 0 });
    expect(await count(operators, "Service")).toBe(1);
    expect(await count(operators, "PersistentVolumeClaim")).toBe(3);

    await operators.apply(written({ pause: false }));
    await operators.settle();
    expect((await liveCluster(operators)).status).toMatchObject({ state: "ready", ready: 3 });
    expect(operators.mongo.sent.filter(({ call }) => call === "initiate")).toHaveLength(1);
  });

  it("stops routers first and the config server last", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    const gone = await scenarios.podsGone(operators);
    await operators.apply(writtenSharded({}, { pause: true }));
    await operators.settle();
    expect(orderOf(gone)).toEqual(["db-mongos", "db-rs0", "db-cfg"]);
    expect(goesAfter(gone, "db-rs0", "db-mongos")).toBe(true);
    expect(goesAfter(gone, "db-cfg", "db-rs0")).toBe(true);
    expect((await liveCluster(operators)).status?.state).toBe("paused");
    await operators.apply(writtenSharded());
    await operators.settle();
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("waits for whoever holds the lock", async () => {
    const operators = await scenarios.started(mode);
    await operators.apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: backupLockName("db"), namespace: "prod" },
      spec: { holderIdentity: "backup nightly" },
    });
    await operators.apply(written({ pause: true }));
    await operators.settle();
    expect(await podNames(operators)).toHaveLength(3);
    expect((await liveCluster(operators)).status?.message).toContain("the end of backup nightly");
    await operators.cluster.remove(kinds.Lease, key(backupLockName("db")));
    await operators.settle();
    expect(await podNames(operators)).toEqual([]);
  });
});

describe.each(operatorModes)("the end under the %s operator", (mode) => {
  it("stops pods in order, the first member last, before the rest is garbage", async () => {
    const operators = await scenarios.started(mode, writtenSharded({}, {}, [deletePodsInOrder]));
    const gone = await scenarios.podsGone(operators);
    await operators.cluster.remove(psmdb, key("db"));
    await operators.settle();
    expect(orderOf(gone)).toEqual(["db-mongos", "db-rs0", "db-cfg"]);
    expect(goesAfter(gone, "db-rs0", "db-mongos")).toBe(true);
    expect(goesAfter(gone, "db-cfg", "db-rs0")).toBe(true);
    expect(gone.slice(-3)).toEqual(["db-cfg-2", "db-cfg-1", "db-cfg-0"]);
    expect(await operators.cluster.get(psmdb, key("db"))).toBeUndefined();
    expect(await count(operators, "StatefulSet")).toBe(0);
    expect(await count(operators, "PersistentVolumeClaim")).toBe(6);
  });

  it("takes volumes and users with it only when asked to, and pods in order first", async () => {
    const finalizers = [deleteVolumes, deletePodsInOrder];
    const operators = await scenarios.started(mode, written({}, finalizers));
    const gone = await scenarios.podsGone(operators);
    operators.cluster.requests.reset();
    await operators.cluster.remove(psmdb, key("db"));
    await operators.settle();
    expect(gone).toEqual(["db-rs0-2", "db-rs0-1", "db-rs0-0"]);
    expect(await operators.cluster.get(psmdb, key("db"))).toBeUndefined();
    expect(await count(operators, "PersistentVolumeClaim")).toBe(0);
    expect([...deleted(operators, "secrets")].sort()).toEqual([
      "db-mongodb-encryption-key",
      "internal-db-users",
      "percona-server-mongodb-users",
    ]);
    expect(await count(operators, "Secret")).toBe(0);
  });

  it("leaves finalizers of others and waits for them", async () => {
    const operators = await scenarios.started(
      mode,
      written({}, ["example.com/mine", deletePodsInOrder]),
    );
    await operators.cluster.remove(psmdb, key("db"));
    await operators.settle();
    expect((await liveCluster(operators)).metadata.finalizers).toEqual(["example.com/mine"]);
    expect(await podNames(operators)).toEqual([]);
    await operators.cluster.patch(psmdb, key("db"), { metadata: { finalizers: [] } });
    await operators.settle();
    expect(await operators.cluster.get(psmdb, key("db"))).toBeUndefined();
  });

  it("comes for a custom resource that is in error, too", async () => {
    const operators = await scenarios.started(mode, written({}, [deletePodsInOrder]));
    await operators.apply(
      written({ replsets: [{ ...plainReplset, terminationGracePeriodSeconds: 1 }] }, [
        deletePodsInOrder,
      ]),
    );
    await operators.settle();
    expect((await liveCluster(operators)).status?.state).toBe("error");
    await operators.cluster.remove(psmdb, key("db"));
    await operators.settle();
    expect(await operators.cluster.get(psmdb, key("db"))).toBeUndefined();
    expect(await podNames(operators)).toEqual([]);
  });
});
