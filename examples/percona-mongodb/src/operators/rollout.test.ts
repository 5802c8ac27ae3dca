// SPDX-License-Identifier: Apache-2.0
// F9 on a cluster: pods are replaced one at a time, in order, and only when it is safe.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import {
  deleted,
  elect,
  images,
  key,
  liveCluster,
  primaryPod,
  Scenarios,
  written,
  writtenSharded,
} from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import { backupLockName } from "../functions/lock.js";
import type { Manifest } from "../json.js";
import { MongoError } from "../mongo/mongo-error.js";
import { kinds } from "./kinds.js";
import { operatorModes } from "./operator-cluster.js";

// Whole clusters live here; a busy machine is given time.
jest.setTimeout(60_000);

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

const newImage = { image: "mongod:9" };
const withArbiter = {
  replsets: [{ ...plainReplset, size: 4, arbiter: { enabled: true, size: 1 } }],
};

/** Holds a pod back from becoming ready. */
const hold = { metadata: { annotations: { "haversack.dev/hold-pod": "yes" } } };

describe.each(operatorModes)("smart update by the %s operator", (mode) => {
  it("replaces secondaries from the highest ordinal down, then the primary, then the arbiter", async () => {
    const operators = await scenarios.started(mode, written(withArbiter));
    await elect(operators, "db-rs0-2");
    operators.cluster.requests.reset();
    await operators.apply(written({ ...withArbiter, ...newImage }));
    await operators.settle();
    expect(deleted(operators, "pods")).toEqual([
      "db-rs0-3",
      "db-rs0-1",
      "db-rs0-0",
      "db-rs0-2",
      "db-rs0-arbiter-0",
    ]);
    expect(new Set(Object.values(await images(operators)))).toEqual(new Set(["mongod:9"]));
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("leaves the primary on the old image until all others are through", async () => {
    const operators = await scenarios.started(mode);
    expect(primaryPod(operators)).toBe("db-rs0-0");
    const nobody = new MongoError("ExceededTimeLimit", "no electable secondary has caught up");
    operators.mongo.faults.fail("stepDown", nobody, { times: Infinity });
    await operators.apply(written(newImage));
    await operators.settle();
    expect(await images(operators)).toEqual({
      "db-rs0-0": "mongod:8",
      "db-rs0-1": "mongod:9",
      "db-rs0-2": "mongod:9",
    });
    expect(primaryPod(operators)).toBe("db-rs0-0");
    operators.mongo.faults.clear();
    await operators.settle();
    expect((await images(operators))["db-rs0-0"]).toBe("mongod:9");
    expect(primaryPod(operators)).toBe("db-rs0-1");
  });

  it("deals with the config server first, then the shards, then the routers", async () => {
    const operators = await scenarios.started(mode, writtenSharded());
    operators.cluster.requests.reset();
    await operators.apply(writtenSharded({}, newImage));
    await operators.settle();
    const order = deleted(operators, "pods").map((name) => name.replace(/-\d+$/, ""));
    expect(order).toEqual([
      ...["db-cfg", "db-cfg", "db-cfg"],
      ...["db-rs0", "db-rs0", "db-rs0"],
      ...["db-mongos", "db-mongos"],
    ]);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("waits for whoever holds the lock, and says so", async () => {
    const operators = await scenarios.started(mode);
    const lease: Manifest = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: backupLockName("db"), namespace: "prod" },
      spec: { holderIdentity: "backup nightly" },
    };
    await operators.apply(lease);
    operators.cluster.requests.reset();
    await operators.apply(written(newImage));
    await operators.settle();
    const { status } = await liveCluster(operators);
    expect(deleted(operators, "pods")).toEqual([]);
    expect(status?.state).toBe("initializing");
    expect(status?.message).toContain("the end of backup nightly");
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: "pendingSmartUpdate", status: "True" }),
    );
    await operators.cluster.remove(kinds.Lease, key(backupLockName("db")));
    await operators.settle();
    expect(deleted(operators, "pods")).toHaveLength(3);
    expect((await liveCluster(operators)).status?.conditions).toContainEqual(
      expect.objectContaining({ type: "pendingSmartUpdate", status: "False" }),
    );
  });

  it("goes no further while a replaced pod does not serve", async () => {
    const operators = await scenarios.started(mode);
    operators.cluster.requests.reset();
    await operators.apply(
      written({ ...newImage, replsets: [{ ...plainReplset, ...hold.metadata }] }),
    );
    await operators.settle();
    // The monolith has slept in its worker by now; the packs have been at rest all the time.
    await operators.clock.advance(60_000);
    await operators.settle();
    expect(deleted(operators, "pods")).toEqual(["db-rs0-2"]);
    expect(primaryPod(operators)).toBe("db-rs0-0");
    const { status } = await liveCluster(operators);
    expect(status).toMatchObject({ state: "initializing", ready: 2 });
    expect(status?.message).toContain("pod db-rs0-2 to serve");
  });

  it("replaces a pod that is broken by a template as soon as there is a better one", async () => {
    const operators = await scenarios.started(mode);
    const broken = { replsets: [{ ...plainReplset, ...hold.metadata }] };
    await operators.apply(written({ image: "mongod:broken", ...broken }));
    await operators.settle();
    await operators.apply(written(newImage));
    await operators.settle();
    expect(new Set(Object.values(await images(operators)))).toEqual(new Set(["mongod:9"]));
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("leaves pods to Kubernetes with another strategy, and to the user with OnDelete", async () => {
    for (const [updateStrategy, image] of [
      ["RollingUpdate", "mongod:9"],
      ["OnDelete", "mongod:8"],
    ] as const) {
      const operators = await scenarios.started(mode, written({ updateStrategy }));
      operators.cluster.requests.reset();
      await operators.apply(written({ updateStrategy, ...newImage }));
      await operators.settle();
      expect(deleted(operators, "pods")).toEqual([]);
      expect(new Set(Object.values(await images(operators)))).toEqual(new Set([image]));
    }
  });

  it("never restarts what has nothing new", async () => {
    const operators = await scenarios.started(mode);
    operators.cluster.requests.reset();
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 5 }] }));
    await operators.settle();
    expect(deleted(operators, "pods")).toEqual([]);
  });
});

describe("smart update with packs", () => {
  it("wakes by events of pods: the clock need not move for a member that is back at once", async () => {
    const operators = await scenarios.started("packs");
    const before = operators.clock.now();
    operators.cluster.requests.reset();
    await operators.apply(written(newImage));
    for (let round = 0; round < 20; round += 1) await operators.cluster.settle();
    expect(deleted(operators, "pods")).toEqual(["db-rs0-2", "db-rs0-1", "db-rs0-0"]);
    expect(operators.clock.now()).toBe(before);
  });

  it("does not hold up another cluster while one rolls", async () => {
    const operators = await scenarios.started("packs");
    await operators.apply(
      written({ ...newImage, replsets: [{ ...plainReplset, ...hold.metadata }] }),
    );
    await operators.settle();
    const other = written();
    await operators.apply({ ...other, metadata: { ...other.metadata, name: "other" } });
    const before = operators.clock.now();
    for (let round = 0; round < 20; round += 1) await operators.cluster.settle();
    expect(await operators.cluster.get(kinds.StatefulSet, key("other-rs0"))).toBeDefined();
    expect(operators.clock.now()).toBe(before);
  });
});
