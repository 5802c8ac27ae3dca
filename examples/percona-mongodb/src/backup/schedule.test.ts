// SPDX-License-Identifier: Apache-2.0
// F11, the schedule: every time is served once, whatever happened meanwhile, and only good old backups go.
import { describe, expect, it } from "@jest/globals";
import { countingSources } from "../../test/memory-cluster.js";
import { clusterWith, names, seeing } from "../../test/primaries.js";
import type { Cluster } from "../cluster.js";
import type { Changes } from "../functions/part.js";
import type { Manifest } from "../json.js";
import type { BackupTaskSpec, BackupTaskStatus } from "../types.js";
import { deleteBackup } from "./job.js";
import { backupSchedule, backupsMissed, scheduledBackup, scheduledLabels } from "./schedule.js";

const daily: BackupTaskSpec = {
  name: "daily",
  enabled: true,
  schedule: "0 3 * * *",
  storageName: "s3",
  compressionType: "gzip",
};
const at = (text: string): number => Date.parse(`2026-03-${text}Z`);
const served = (text: string, name = "daily", schedule = "0 3 * * *"): BackupTaskStatus => ({
  name,
  schedule,
  lastTime: new Date(at(text)).toISOString(),
});

function cluster(
  backupTasks: readonly BackupTaskStatus[],
  tasks: readonly BackupTaskSpec[] = [daily],
  { state = "ready", pause = false } = {},
): Cluster {
  const backup = { enabled: true, image: "pbm:2", storages: { s3: { type: "s3" } }, tasks };
  return { ...clusterWith({ pause }), backup, told: { state, backupTasks } };
}

async function run(
  of: Cluster,
  nowMs: number,
  backups: readonly Manifest[] = [],
): Promise<Changes> {
  return backupSchedule.build(of, seeing(backups), { ...countingSources, now: () => nowMs });
}

function made(text: string, state: string, more: Partial<Manifest["metadata"]> = {}): Manifest {
  const backup = scheduledBackup(clusterWith(), daily, at(text));
  const creationTimestamp = new Date(at(text)).toISOString();
  return {
    ...backup,
    metadata: { ...backup.metadata, creationTimestamp, ...more },
    status: { state },
  };
}

describe("backupSchedule", () => {
  it("makes no backup for a new task, notes where it begins, and looks again in time", async () => {
    const changes = await run(cluster([]), at("01T02:00:00"));
    expect(changes.create).toEqual([]);
    expect(changes.notes?.backupTasks).toEqual([served("01T02:00:00")]);
    expect(changes.askAgainMs).toBe(3_600_000);
  });

  it("makes the backup of a time, with the task's settings and the cluster's labels", async () => {
    const { create, notes } = await run(cluster([served("01T02:00:00")]), at("01T03:00:00"));
    expect(create).toEqual([
      {
        apiVersion: "psmdb.percona.com/v1",
        kind: "PerconaServerMongoDBBackup",
        metadata: {
          name: expect.stringMatching(/^cron-db-20260301030000-[0-9a-f]{5}$/),
          namespace: "prod",
          labels: { ...scheduledLabels("db"), "percona.com/backup-ancestor": "daily" },
          finalizers: [deleteBackup],
        },
        spec: { clusterName: "db", storageName: "s3", compressionType: "gzip" },
      },
    ]);
    expect(notes?.backupTasks).toEqual([served("01T03:00:00")]);
  });

  it("gives the backup of one time one name, and tasks different ones", () => {
    const [first, again, other] = [daily, daily, { ...daily, name: "weekly" }].map((task) =>
      scheduledBackup(clusterWith(), task, at("01T03:00:00")),
    );
    expect(again?.metadata.name).toBe(first?.metadata.name);
    expect(other?.metadata.name).not.toBe(first?.metadata.name);
  });

  it("makes no second backup when the process ended before it could note the first", async () => {
    const first = await run(cluster([served("01T02:00:00")]), at("01T03:00:00"));
    const again = await run(
      cluster([served("01T02:00:00")]),
      at("01T03:00:09"),
      first.create ?? [],
    );
    expect(again.create).toEqual([]);
    expect(again.notes?.backupTasks).toEqual([served("01T03:00:00")]);
  });

  it("makes up for the newest of the times that passed while nobody was there, and tells of the others", async () => {
    const { create, notes } = await run(cluster([served("01T03:00:00")]), at("05T12:00:00"));
    expect(names(create)).toEqual([expect.stringContaining("20260305030000")]);
    expect(notes?.conditions).toEqual([
      expect.objectContaining({
        type: backupsMissed,
        status: "True",
        message: expect.stringContaining("task daily: 3 earlier times"),
      }),
    ]);
  });

  it("takes the word back when a time is served by itself", async () => {
    const { notes } = await run(cluster([served("05T03:00:00")]), at("06T03:00:01"));
    expect(notes?.conditions).toEqual([{ type: backupsMissed, status: "False" }]);
  });

  it("begins anew with another schedule", async () => {
    const told = [served("01T03:00:00", "daily", "0 * * * *")];
    const { create, notes } = await run(cluster(told), at("05T12:00:00"));
    expect(create).toEqual([]);
    expect(notes?.backupTasks).toEqual([served("05T12:00:00")]);
  });

  it.each([
    ["initializing", 5000],
    ["error", 54_000_000],
  ])("keeps a time for later while the cluster is %s", async (state, askAgainMs) => {
    const told = [served("01T03:00:00")];
    const changes = await run(cluster(told, [daily], { state }), at("05T12:00:00"));
    expect(changes.create).toEqual([]);
    expect(changes.notes?.backupTasks).toEqual(told);
    expect(changes.askAgainMs).toBe(askAgainMs);
  });

  it("keeps a time for later while the cluster is paused, and makes up for it then", async () => {
    const told = [served("01T03:00:00")];
    const paused = cluster(told, [daily], { state: "paused", pause: true });
    expect((await run(paused, at("02T12:00:00"))).create).toEqual([]);
    expect((await run(cluster(told), at("02T12:00:00"))).create).toHaveLength(1);
  });

  it("forgets tasks that are gone or disabled, and tells of nothing without any", async () => {
    const told = [served("01T03:00:00"), served("01T03:00:00", "gone")];
    const { notes } = await run(cluster(told), at("01T04:00:00"));
    expect(notes?.backupTasks).toEqual([served("01T03:00:00")]);
    const off = await run(cluster(told, [{ ...daily, enabled: false }]), at("01T04:00:00"));
    expect(off.notes?.backupTasks).toEqual([]);
    expect(await run(cluster([], []), at("01T04:00:00"))).toEqual({});
  });

  it("says which schedule it cannot read, and serves the other tasks", async () => {
    const odd = { ...daily, name: "odd", schedule: "at dawn" };
    const told = [served("01T02:00:00"), served("01T02:00:00", "odd", "at dawn")];
    const changes = await run(cluster(told, [odd, daily]), at("01T03:00:00"));
    expect(changes.waitFor).toContain("task odd");
    expect(changes.create).toHaveLength(1);
  });

  it("survives tasks with the names of an object's own members", async () => {
    const tasks = ["__proto__", "constructor"].map((name) => ({ ...daily, name }));
    const told = tasks.map(({ name }) => served("01T02:00:00", name));
    const { create, notes } = await run(cluster(told, tasks), at("01T03:00:00"));
    expect(create).toHaveLength(2);
    expect(notes?.backupTasks?.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
  });
});

describe("retention of the backupSchedule", () => {
  const tasks = [{ ...daily, keep: 2 }];
  const all = [
    made("01T03:00:00", "ready"),
    made("02T03:00:00", "error"),
    made("03T03:00:00", "ready"),
    made("04T03:00:00", "ready"),
    made("05T03:00:00", "running"),
  ];

  it("removes the oldest good ones beyond those that a task keeps", async () => {
    const { remove } = await run(cluster([served("05T03:00:00")], tasks), at("05T04:00:00"), all);
    expect(remove).toEqual([
      { kind: "PerconaServerMongoDBBackup", name: all[0]?.metadata.name ?? "" },
    ]);
  });

  it("keeps all without a number, and those of others in any case", async () => {
    const told = [served("05T03:00:00")];
    expect((await run(cluster(told), at("05T04:00:00"), all)).remove).toEqual([]);
    const others = all.map((backup) => ({
      ...backup,
      metadata: { ...backup.metadata, labels: { "percona.com/cluster": "other" } },
    }));
    expect((await run(cluster(told, tasks), at("05T04:00:00"), others)).remove).toEqual([]);
  });

  it("prefers the number in retention to the older keep, and counts none that is going", async () => {
    const told = [served("05T03:00:00")];
    const retention = [{ ...daily, keep: 1, retention: { type: "count", count: 3 } }];
    expect((await run(cluster(told, retention), at("05T04:00:00"), all)).remove).toEqual([]);
    const going = [made("01T03:00:00", "ready", { deletionTimestamp: "2026-03-05T00:00:00Z" })];
    const { remove } = await run(cluster(told, [{ ...daily, keep: 1 }]), at("05T04:00:00"), [
      ...going,
      ...all.slice(2, 3),
    ]);
    expect(remove).toEqual([]);
  });
});
