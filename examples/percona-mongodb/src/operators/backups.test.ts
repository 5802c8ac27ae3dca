// SPDX-License-Identifier: Apache-2.0
// F11 on a cluster: backups by hand and by schedule, restores, and who has to wait for whom.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import {
  backedUp,
  backupOf,
  liveBackup,
  liveBackups,
  liveRestore,
  lockHolderNow,
  place,
  restoreOf,
  until,
} from "../../test/backup-scenario.js";
import {
  deleted,
  key,
  liveCluster,
  podNames,
  Scenarios,
  written,
  writtenSharded,
} from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import { AgentError } from "../backup/backup-agent.js";
import { deleteBackup, releaseLock } from "../backup/job.js";
import { backupsMissed } from "../backup/schedule.js";
import { MongoError } from "../mongo/mongo-error.js";
import { kinds, psmdbBackups, psmdbRestores } from "./kinds.js";
import { operatorModes, type OperatorCluster, type OperatorMode } from "./operator-cluster.js";

// Whole clusters live here; a busy machine is given time.
jest.setTimeout(60_000);

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

const often = { name: "often", enabled: true, schedule: "* * * * *", storageName: "s3" };

function started(mode: OperatorMode): Promise<OperatorCluster> {
  return scenarios.started(mode, written(backedUp()));
}

async function stateOf(operators: OperatorCluster, name: string): Promise<string | undefined> {
  return (await liveBackup(operators, name))?.status?.state;
}

describe.each(operatorModes)("backups under the %s operator", (mode) => {
  it("go from waiting to ready, and give back all that they took", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    expect(await lockHolderNow(operators)).toBe("backup b1");
    expect((await liveBackup(operators, "b1"))?.metadata.finalizers).toEqual([releaseLock]);
    await operators.settle();
    const { metadata, status } = (await liveBackup(operators, "b1")) ?? {};
    expect(status).toMatchObject({
      state: "ready",
      storageName: "s3",
      type: "logical",
      replsetNames: ["rs0"],
      destination: `s3://s3/${status?.pbmName ?? ""}`,
    });
    expect(metadata?.finalizers ?? []).toEqual([]);
    expect(await lockHolderNow(operators)).toBeUndefined();
    expect(operators.backups.stored("prod")).toEqual([status?.pbmName]);
  });

  it("come one after another, the loser waiting for the lock", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await operators.apply(backupOf("b2"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    expect(await liveBackup(operators, "b2")).toMatchObject({
      status: { state: "waiting", message: "waiting for the end of backup b1" },
    });
    await operators.settle();
    const jobs = operators.backups.jobs(place);
    expect(jobs.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(jobs[1]?.startMs).toBeGreaterThanOrEqual(jobs[0]?.endMs ?? Infinity);
    expect(await stateOf(operators, "b2")).toBe("ready");
  });

  it.each([
    ["no storage of that name", { storageName: "tape" }, /no storage tape.*spec\.backup\.storages/],
    ["no cluster named", { clusterName: "" }, /spec\.clusterName is empty/],
    ["a type that is not there", { type: "physical" }, /type physical/],
  ])("fail with what to change: %s", async (_what, spec, message) => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1", spec));
    await operators.settle();
    expect((await liveBackup(operators, "b1"))?.status).toMatchObject({
      state: "error",
      error: expect.stringMatching(message),
    });
    expect(operators.backups.orders).toEqual([]);
    expect(await lockHolderNow(operators)).toBeUndefined();
  });

  it("wait for their cluster, and fail when it is not there in time", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1", { clusterName: "other" }));
    await until(operators, async () => (await stateOf(operators, "b1")) === "waiting");
    await operators.clock.advance(119_000);
    expect(await stateOf(operators, "b1")).toBe("waiting");
    await operators.clock.advance(6000);
    expect((await liveBackup(operators, "b1"))?.status).toMatchObject({
      state: "error",
      error: expect.stringContaining("deadline"),
    });
  });

  it("hold up a rollout until they end, and no pod is lost to them", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    operators.cluster.requests.reset();
    await operators.apply(written({ ...backedUp(), image: "mongod:9" }));
    await until(operators, async () => {
      const { message = "" } = (await liveCluster(operators)).status ?? {};
      return message.includes("the end of backup b1");
    });
    expect(deleted(operators, "pods")).toEqual([]);
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    expect(deleted(operators, "pods")).toHaveLength(3);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
    expect(await lockHolderNow(operators)).toBeUndefined();
  });

  it("wait for a rollout that does not count them, and are woken by its end", async () => {
    const operators = await started(mode);
    const nobody = new MongoError("ExceededTimeLimit", "no electable secondary has caught up");
    operators.mongo.faults.fail("stepDown", nobody, { times: Infinity });
    await operators.apply(written({ ...backedUp(), image: "mongod:9" }));
    await until(operators, async () => (await lockHolderNow(operators)) === "smart update");
    await operators.apply(backupOf("b1", { startingDeadlineSeconds: 900 }));
    await operators.settle();
    expect((await liveBackup(operators, "b1"))?.status).toMatchObject({
      state: "waiting",
      message: "waiting for the end of smart update",
    });
    operators.mongo.faults.clear();
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    expect((await liveCluster(operators)).status?.state).toBe("ready");
  });

  it("hold up members that are to leave until they end", async () => {
    const five = { ...backedUp(), replsets: [{ ...plainReplset, size: 5 }] };
    const operators = await scenarios.started(mode, written(five));
    await operators.apply(backupOf("b1"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    await operators.apply(written(backedUp()));
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    expect(await podNames(operators)).toHaveLength(3);
  });

  it("hold up a pause until they end", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    await operators.apply(written({ ...backedUp(), pause: true }));
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    expect(await podNames(operators)).toEqual([]);
  });

  it("are told of when the pod that makes them is lost, and give the lock back", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await until(operators, async () => (await stateOf(operators, "b1")) === "running");
    await operators.cluster.remove(kinds.Pod, key("db-rs0-1"));
    await operators.settle();
    expect((await liveBackup(operators, "b1"))?.status).toMatchObject({
      state: "error",
      error: expect.stringContaining("pod db-rs0-1 was lost"),
    });
    expect(await lockHolderNow(operators)).toBeUndefined();
  });

  it("are ordered once, whichever answer of the agents is lost", async () => {
    const operators = await started(mode);
    const lost = new AgentError("Unreachable", "the connection was lost");
    operators.backups.faults.fail("startBackup", lost);
    operators.backups.faults.crashAt(3, lost, "after");
    await operators.apply(backupOf("b1"));
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    expect(operators.backups.jobs(place)).toHaveLength(1);
  });

  it("stop when they are deleted, and take their data along when told so", async () => {
    const operators = await started(mode);
    const kept = backupOf("b1");
    await operators.apply({ ...kept, metadata: { ...kept.metadata, finalizers: [deleteBackup] } });
    await operators.settle();
    expect(operators.backups.stored("prod")).toHaveLength(1);
    await operators.cluster.remove(psmdbBackups, key("b1"));
    await operators.settle();
    expect(await liveBackup(operators, "b1")).toBeUndefined();
    expect(operators.backups.stored("prod")).toEqual([]);

    await operators.apply(backupOf("b2"));
    await until(operators, async () => (await stateOf(operators, "b2")) === "running");
    await operators.cluster.remove(psmdbBackups, key("b2"));
    await operators.settle();
    expect(await liveBackup(operators, "b2")).toBeUndefined();
    expect(operators.backups.jobs(place).at(-1)?.state).toBe("cancelled");
    expect(await lockHolderNow(operators)).toBeUndefined();
  });
});

describe.each(operatorModes)("the backup schedule under the %s operator", (mode) => {
  it("makes a backup at each time, keeps as many as wanted, and notes how far it is", async () => {
    const operators = await scenarios.started(mode, written(backedUp({ ...often, keep: 2 })));
    for (let time = 0; time < 4; time += 1) {
      await operators.clock.advanceTo(`2026-01-01T00:0${time + 1}:30Z`);
      await operators.settle();
    }
    const backups = await liveBackups(operators);
    expect(backups.map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/^cron-db-20260101000300-/),
      expect.stringMatching(/^cron-db-20260101000400-/),
    ]);
    expect(backups.map(({ status }) => status?.state)).toEqual(["ready", "ready"]);
    expect(operators.backups.stored("prod")).toHaveLength(2);
    const { status } = await liveCluster(operators);
    expect(status?.backupTasks).toEqual([
      { name: "often", schedule: "* * * * *", lastTime: "2026-01-01T00:04:00.000Z" },
    ]);
    expect(status?.conditions?.find(({ type }) => type === backupsMissed)).toBeUndefined();
  });

  it("makes up for times that passed while the operator was away, and says so", async () => {
    const operators = await scenarios.started(mode, written(backedUp(often)));
    await operators.stop();
    await operators.clock.advanceTo("2026-01-01T00:04:30Z");
    await operators.settle();
    const backups = await liveBackups(operators);
    expect(backups.map(({ metadata, status }) => [metadata.name, status?.state])).toEqual([
      [expect.stringMatching(/^cron-db-20260101000400-/), "ready"],
    ]);
    expect((await liveCluster(operators)).status?.conditions).toContainEqual(
      expect.objectContaining({ type: backupsMissed, status: "True" }),
    );
  });
});

describe.each(operatorModes)("restores under the %s operator", (mode) => {
  it("run without routers, which come back", async () => {
    const operators = await scenarios.started(mode, writtenSharded({}, backedUp()));
    await operators.apply(backupOf("b1"));
    await operators.settle();
    await operators.apply(restoreOf("r1", "b1"));
    await until(
      operators,
      async () => (await liveRestore(operators, "r1"))?.status?.state === "running",
    );
    expect((await podNames(operators)).filter((name) => name.includes("mongos"))).toEqual([]);
    expect(await lockHolderNow(operators)).toBe("restore r1");
    await operators.settle();
    const restore = await liveRestore(operators, "r1");
    expect(restore?.status?.state).toBe("ready");
    expect(restore?.metadata.finalizers ?? []).toEqual([]);
    expect((await podNames(operators)).filter((name) => name.includes("mongos"))).toHaveLength(2);
    expect((await liveCluster(operators)).status?.state).toBe("ready");
    expect(await lockHolderNow(operators)).toBeUndefined();
  });

  it.each([
    ["a backup that is not there", restoreOf("r1", "b9"), /no backup b9/],
    ["no backup at all", restoreOf("r1", ""), /names no backup/],
  ])("fail with what to change: %s", async (_what, restore, message) => {
    const operators = await started(mode);
    await operators.apply(restore);
    await operators.settle();
    expect((await liveRestore(operators, "r1"))?.status).toMatchObject({
      state: "error",
      error: expect.stringMatching(message),
    });
  });

  it("wait for the end of a backup, and backups for theirs", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await operators.settle();
    await operators.apply(backupOf("b2"));
    await until(operators, async () => (await stateOf(operators, "b2")) === "running");
    await operators.apply(restoreOf("r1", "b1"));
    await operators.clock.advance(1000);
    expect((await liveRestore(operators, "r1"))?.status).toMatchObject({ state: "waiting" });
    await operators.settle();
    expect(operators.backups.jobs(place).map(({ kind, state }) => [kind, state])).toEqual([
      ["backup", "done"],
      ["backup", "done"],
      ["restore", "done"],
    ]);
  });

  it("keep the lock when they are deleted, until the agents are done", async () => {
    const operators = await started(mode);
    await operators.apply(backupOf("b1"));
    await operators.settle();
    await operators.apply(restoreOf("r1", "b1"));
    await until(
      operators,
      async () => (await liveRestore(operators, "r1"))?.status?.state === "running",
    );
    await operators.cluster.remove(psmdbRestores, key("r1"));
    await operators.clock.advance(1000);
    expect(await lockHolderNow(operators)).toBe("restore r1");
    await operators.settle();
    expect(await liveRestore(operators, "r1")).toBeUndefined();
    expect(await lockHolderNow(operators)).toBeUndefined();
  });
});

describe("backups with packs", () => {
  it("cost no request while they wait for the lock, and none when they are over", async () => {
    const operators = await started("packs");
    await operators.apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "psmdb-db-backup-lock", namespace: "prod" },
      spec: { holderIdentity: "somebody" },
    });
    await operators.apply(backupOf("b1", { startingDeadlineSeconds: 3600 }));
    await until(operators, async () => (await stateOf(operators, "b1")) === "waiting");
    await operators.cluster.settle();
    operators.cluster.requests.reset();
    await operators.clock.advance(600_000);
    expect(operators.cluster.requests.by("verb")).toEqual(new Map());
    const before = operators.clock.now();
    await operators.cluster.remove(kinds.Lease, key("psmdb-db-backup-lock"));
    await operators.cluster.settle();
    expect(await stateOf(operators, "b1")).toBe("requested");
    expect(operators.clock.now()).toBe(before);
    await operators.settle();
    expect(await stateOf(operators, "b1")).toBe("ready");
    operators.cluster.requests.reset();
    await operators.clock.advance(600_000);
    expect(operators.cluster.requests.by("verb")).toEqual(new Map());
  });
});
