// SPDX-License-Identifier: Apache-2.0
// The state tables of Backups and Restores: what each asks for next, without a cluster.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { countingSources } from "../../test/memory-cluster.js";
import { named, seeing } from "../../test/primaries.js";
import { backupLockName } from "../functions/lock.js";
import type { Sources } from "../functions/part.js";
import type { Manifest } from "../json.js";
import { memberLabels, mongosLabels } from "../names.js";
import type { PsmdbBackup, PsmdbRestore } from "../types.js";
import { AgentSimulator } from "./agent-simulator.js";
import { backupProtocol } from "./backup-job.js";
import { releaseLock, type Job, type JobStep } from "./job.js";
import { restoreProtocol } from "./restore-job.js";

const createdMs = Date.parse("2026-03-01T00:00:00Z");
let nowMs = createdMs;
let pods: readonly Manifest[] = [];
let agents: AgentSimulator;

beforeEach(() => {
  nowMs = createdMs;
  pods = [agentPod("db-rs0-0")];
  agents = new AgentSimulator({
    clock: { now: () => nowMs },
    world: { pods: () => pods, claim: () => undefined },
  });
});

function sources(): Sources {
  return { ...countingSources, now: () => nowMs, backups: agents };
}

function agentPod(name: string, uid = name): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, uid, namespace: "prod", labels: memberLabels("db", "rs0", "mongod") },
    spec: { containers: [{ name: "mongod" }, { name: "backup-agent" }] },
    status: { conditions: [{ type: "ContainersReady", status: "True" }] },
  };
}

function cluster(state = "ready", more: object = {}, pending = false): Manifest {
  const conditions = pending ? [{ type: "pendingSmartUpdate", status: "True" }] : [];
  return {
    apiVersion: "psmdb.percona.com/v1",
    kind: "PerconaServerMongoDB",
    metadata: { name: "db" },
    spec: { backup: { enabled: true, storages: { s3: { type: "s3" } } }, ...more },
    status: { state, conditions },
  };
}

function lock(holder: string): Manifest {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: backupLockName("db") },
    spec: { holderIdentity: holder },
  };
}

function job(status: object, finalizers: readonly string[] = []): PsmdbBackup {
  return {
    metadata: {
      name: "b1",
      namespace: "prod",
      uid: "u1",
      creationTimestamp: "2026-03-01T00:00:00Z",
      finalizers,
    },
    spec: { clusterName: "db", storageName: "s3" },
    status: status as NonNullable<PsmdbBackup["status"]>,
  };
}

const waitingJob = job({ state: "waiting" }, [releaseLock]);

function step(backup: PsmdbBackup, ...objects: readonly Manifest[]): Promise<JobStep> {
  return backupProtocol.step(backup, seeing(objects), sources());
}

describe("a Backup", () => {
  it("takes the finalizer before the lock, and the lock before it asks for anything", async () => {
    expect(await step(job({ state: "waiting" }), cluster())).toEqual({
      addFinalizer: releaseLock,
      goesOn: true,
    });
    const { changes } = await step(waitingJob, cluster());
    expect(changes?.take).toEqual([
      {
        ...lock("backup b1"),
        metadata: {
          name: backupLockName("db"),
          namespace: "prod",
          ownerReferences: [
            {
              apiVersion: "psmdb.percona.com/v1",
              kind: "PerconaServerMongoDBBackup",
              name: "b1",
              uid: "u1",
            },
          ],
        },
      },
    ]);
    const { status } = await step(waitingJob, cluster(), lock("backup b1"));
    expect(status).toMatchObject({ state: "requested", pbmName: "2026-03-01T00:00:00Z" });
    expect(agents.orders).toEqual([]);
  });

  it.each([
    ["initializing", {}, false, "waiting for cluster db to be ready"],
    ["error", {}, false, "waiting for cluster db to be ready"],
    ["ready", { backup: { enabled: false } }, false, "waiting for spec.backup.enabled"],
  ])("waits while the cluster is %s with %j", async (state, spec, pending, message) => {
    const { status, askAgainMs } = await step(waitingJob, cluster(state, spec, pending));
    expect(status).toMatchObject({
      state: "waiting",
      message: expect.stringContaining(message),
    });
    expect(askAgainMs).toBe(120_000);
  });

  it.each([
    ["ready", {}, false],
    ["initializing", {}, true],
    ["error", { unsafeFlags: { backupIfUnhealthy: true } }, false],
  ])("goes on while the cluster is %s with %j, rolling out: %s", async (state, spec, pending) => {
    const { changes } = await step(waitingJob, cluster(state, spec, pending));
    expect(changes?.take).toHaveLength(1);
  });

  it("fails when its deadline passes while it waits, and never when it has begun", async () => {
    nowMs += 120_000;
    expect((await step(waitingJob, cluster())).status?.state).toBe("error");
    const begun = job({ state: "requested", pbmName: "x" }, [releaseLock]);
    await step(begun, cluster(), lock("backup b1"));
    expect(agents.orders).toEqual(["backup x"]);
  });

  it("gives the same order once, and follows it to the end", async () => {
    const begun = job({ state: "requested", pbmName: "x" }, [releaseLock]);
    await step(begun, cluster(), lock("backup b1"));
    await step(begun, cluster(), lock("backup b1"));
    expect(agents.orders).toEqual(["backup x"]);
    nowMs += 2000;
    expect((await step(begun, cluster(), lock("backup b1"))).status?.state).toBe("running");
    nowMs += 60_000;
    const running = job({ state: "running", pbmName: "x" }, [releaseLock]);
    expect((await step(running, cluster(), lock("backup b1"))).status).toMatchObject({
      state: "ready",
      destination: "s3://s3/x",
      completed: "2026-03-01T00:00:09.000Z",
    });
  });

  it("waits for a job that somebody ordered from the agents by hand", async () => {
    agents.startBackup(
      { namespace: "prod", cluster: "db" },
      { name: "by hand", storage: "s3", type: "logical", compression: "gzip" },
    );
    const { status } = await step(waitingJob, cluster(), lock("backup b1"));
    expect(status).toMatchObject({ state: "waiting" });
    expect(status?.message).toContain("backup by hand");
  });

  it("gives the lock back while the agents of a job that has not begun do not answer", async () => {
    pods = [];
    const { changes, status } = await step(waitingJob, cluster(), lock("backup b1"));
    expect(changes?.remove).toEqual([{ kind: "Lease", name: backupLockName("db") }]);
    expect(status?.state).toBe("waiting");
  });

  it("is lost when the agents of a job that runs do not answer for a minute", async () => {
    pods = [];
    const running = job({ state: "running", pbmName: "x" }, [releaseLock]);
    const first = await step(running, cluster(), lock("backup b1"));
    expect(first.status?.unreachableSince).toBe("2026-03-01T00:00:00.000Z");
    nowMs += 60_000;
    const later = job({ ...first.status }, [releaseLock]);
    const { status } = await step(later, cluster(), lock("backup b1"));
    expect(status?.state).toBe("error");
    expect(status?.unreachableSince).toBeUndefined();
  });

  it("is lost with its cluster, and when the agents have forgotten it", async () => {
    const running = job({ state: "running", pbmName: "x" }, [releaseLock]);
    expect((await step(running)).status?.state).toBe("error");
    expect((await step(running, cluster(), lock("backup b1"))).status?.state).toBe("error");
  });

  it("gives back the lock, then the finalizer, and then rests", async () => {
    const over = job({ state: "ready" }, [releaseLock]);
    expect(await step(over, lock("backup b1"))).toEqual({
      changes: { remove: [{ kind: "Lease", name: backupLockName("db") }] },
      goesOn: true,
    });
    expect(await step(over, lock("backup other"))).toEqual({ dropFinalizers: [releaseLock] });
    expect(await step(job({ state: "ready" }))).toEqual({});
  });
});

describe("a Restore", () => {
  const restore = (status: object, spec: object = { backupName: "b1" }): PsmdbRestore => ({
    metadata: { name: "r1", namespace: "prod", uid: "u2", finalizers: [releaseLock] },
    spec: { clusterName: "db", ...spec },
    status: status as NonNullable<PsmdbRestore["status"]>,
  });
  const backupIn = (state: string): Manifest => ({
    ...named("PerconaServerMongoDBBackup", "b1"),
    spec: { clusterName: "db", storageName: "s3" },
    status: { state, pbmName: "x" },
  });
  const go = (of: PsmdbRestore, ...objects: readonly Manifest[]): Promise<JobStep> =>
    restoreProtocol.step(of, seeing(objects), sources());

  it.each([
    ["no cluster", [backupIn("ready")], "error"],
    ["no backup", [cluster()], "error"],
    ["a failed backup", [cluster(), backupIn("error")], "error"],
    ["a backup that runs", [cluster(), backupIn("running")], "waiting"],
    ["a paused cluster", [cluster("paused", { pause: true }), backupIn("ready")], "waiting"],
    ["a lock of others", [cluster(), backupIn("ready"), lock("backup b2")], "waiting"],
  ])("with %s is told so", async (_what, objects, state) => {
    const { status } = await go(restore({ state: "waiting" }), ...objects);
    expect(status?.state).toBe(state);
    expect(status?.error ?? status?.message).toBeDefined();
  });

  it("waits for the last router, lock in hand", async () => {
    const held = [cluster(), backupIn("ready"), lock("restore r1")];
    const router = named("Pod", "db-mongos-0", mongosLabels("db"));
    const { status } = await go(restore({ state: "waiting" }), ...held, router);
    expect(status?.message).toContain("1 routers to stop");
    expect((await go(restore({ state: "waiting" }), ...held)).status?.state).toBe("requested");
  });

  it("fails when the storage has nothing of that name, by object or by destination", async () => {
    const held = [cluster(), backupIn("ready"), lock("restore r1")];
    const begun = { state: "requested", pbmName: "now" };
    expect((await go(restore(begun), ...held)).status?.error).toContain("no backup x");
    const elsewhere = { backupSource: { destination: "s3://bucket/y" }, storageName: "s3" };
    expect((await go(restore(begun, elsewhere), ...held)).status?.error).toContain("no backup y");
  });

  it("is not called back by its deletion once it has begun", async () => {
    const going = (of: Job): PsmdbRestore => ({
      ...(of as PsmdbRestore),
      metadata: { ...of.metadata, deletionTimestamp: "2026-03-01T00:00:00Z" },
    });
    const held = [cluster(), backupIn("ready"), lock("restore r1")];
    expect((await go(going(restore({ state: "waiting" })), ...held)).changes?.remove).toBeDefined();
    const begun = going(restore({ state: "requested", pbmName: "now" }));
    expect((await go(begun, ...held)).changes).toBeUndefined();
  });
});
