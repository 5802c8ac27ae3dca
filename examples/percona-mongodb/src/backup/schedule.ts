// SPDX-License-Identifier: Apache-2.0
// F11, the schedule: a Backup for each time of a task, none lost, and only as many kept as wanted (stage 5: reconcile).
import { createHash } from "node:crypto";
import type { Cluster } from "../cluster.js";
import type { Changes, Observed, Part, Read } from "../functions/part.js";
import { present, type Manifest } from "../json.js";
import type { BackupTaskSpec, BackupTaskStatus } from "../types.js";
import { cronTimes } from "./cron-times.js";
import { deleteBackup } from "./job.js";

/** The condition that is true after times of a schedule passed without a backup of their own. */
export const backupsMissed = "BackupsMissed";

/** How soon an overdue backup is thought of again while the cluster comes up. */
const overdueCheckMs = 5000;
/** As in the original: longer names of clusters are cut in the names of their backups. */
const longestClusterPart = 16;

/** Labels of the Backups that a cluster's schedule makes. */
export function scheduledLabels(cluster: string): Readonly<Record<string, string>> {
  return { "percona.com/cluster": cluster, "percona.com/backup-type": "cron" };
}

/** Label of a scheduled Backup with the name of its task. */
const taskLabel = "percona.com/backup-ancestor";

/**
 * Makes the Backups that are due, and removes the oldest good ones beyond those that a task keeps.
 *
 * How far each task is served is in the status, and a Backup's name follows from its time. So a time
 * that passed while nobody was there is made up for, and one that was served just before the end of
 * the process is not served twice. Of several times that were missed the newest stands for all; the
 * condition `BackupsMissed` tells of the others. A new task, or a new schedule, begins now.
 *
 * The Backup is made when the cluster is ready: earlier it would only run into its deadline.
 *
 * **API requests:** 0.
 */
export const backupSchedule: Part = {
  id: "F11",
  name: "backupSchedule",
  reads(cluster): readonly Read[] {
    if (tasksOf(cluster).length === 0) return [];
    return [{ kind: "PerconaServerMongoDBBackup", labels: scheduledLabels(cluster.name) }];
  },
  build(cluster, observed, sources): Changes {
    const tasks = tasksOf(cluster);
    // In a cluster without a schedule nothing is told either, unless there was one before.
    if (tasks.length === 0)
      return cluster.told.backupTasks.length === 0 ? {} : { notes: { backupTasks: [] } };
    const nowMs = sources.now();
    const served = tasks.map((task) => serve(cluster, task, nowMs));
    const due = served.flatMap(({ askAgainMs }) => askAgainMs ?? []);
    const waits = served.flatMap(({ waitFor }) => waitFor ?? []);
    const conditions = missedCondition(served);
    return present<Changes>({
      create: served.flatMap(({ backup }) =>
        backup === undefined || exists(observed, backup) ? [] : [backup],
      ),
      remove: tasks.flatMap((task) => beyondRetention(cluster, task, observed)),
      askAgainMs: due.length === 0 ? undefined : Math.min(...due),
      waitFor: waits.length === 0 ? undefined : waits.join(", "),
      notes: { backupTasks: served.map(({ told }) => told), ...conditions },
    });
  },
};

function tasksOf({ backup, isPaused }: Cluster): readonly (BackupTaskSpec & Scheduled)[] {
  if (backup.enabled !== true) return [];
  return (backup.tasks ?? []).flatMap((task) => {
    const { enabled = true, schedule = "" } = task;
    return enabled && schedule !== "" ? [{ ...task, schedule, isPaused }] : [];
  });
}

interface Scheduled {
  readonly schedule: string;
  readonly isPaused: boolean;
}

interface Served {
  readonly told: BackupTaskStatus;
  readonly backup?: Manifest;
  /** Times that the backup stands for besides its own. */
  readonly skipped?: number;
  readonly askAgainMs?: number;
  readonly waitFor?: string;
}

function serve(cluster: Cluster, task: BackupTaskSpec & Scheduled, nowMs: number): Served {
  const { name, schedule, isPaused } = task;
  const before = cluster.told.backupTasks.find((known) => known.name === name);
  const known = before?.schedule === schedule ? before : undefined;
  const sinceMs = known === undefined ? nowMs : Date.parse(known.lastTime);
  const told = known ?? { name, schedule, lastTime: timeText(nowMs) };
  const times = cronTimes(schedule, sinceMs, nowMs);
  if (times === undefined) return { told, waitFor: `a schedule of task ${name} that ever comes` };
  const { latestMs, skipped, nextMs } = times;
  const next = nextMs === undefined ? {} : { askAgainMs: nextMs - nowMs };
  if (latestMs === undefined) return { told, ...next };
  if (cluster.told.state !== "ready") {
    // Something is under way that no event ends; a pause or an error is ended by an event.
    const isComing = !isPaused && cluster.told.state === "initializing";
    return { told, ...(isComing ? { askAgainMs: overdueCheckMs } : next) };
  }
  const lastTime = timeText(latestMs);
  const backup = scheduledBackup(cluster, task, latestMs);
  return { told: { ...told, lastTime }, backup, skipped, ...next };
}

/** Told when times were skipped, taken back when a time is served by itself. */
function missedCondition(
  served: readonly Served[],
): Pick<NonNullable<Changes["notes"]>, "conditions"> {
  const made = served.filter(({ backup }) => backup !== undefined);
  if (made.length === 0) return {};
  const late = made.filter(({ skipped = 0 }) => skipped > 0);
  if (late.length === 0) return { conditions: [{ type: backupsMissed, status: "False" }] };
  const message = late
    .map(
      ({ told: { name, lastTime }, skipped = 0 }) =>
        `task ${name}: ${skipped} earlier time${skipped === 1 ? "" : "s"} passed without a backup; the one for ${lastTime} was made`,
    )
    .join("; ");
  return {
    conditions: [{ type: backupsMissed, status: "True", reason: "TimesPassed", message }],
  };
}

/** The Backup for one time of a task; the same time always gives the same name. */
export function scheduledBackup(cluster: Cluster, task: BackupTaskSpec, timeMs: number): Manifest {
  const time = timeText(timeMs).slice(0, 19).replaceAll(/[-:T]/g, "");
  const ancestor = createHash("sha256").update(`${cluster.name}/${task.name}`).digest("hex");
  const shortName = cluster.name.slice(0, longestClusterPart);
  const isDeleted = task.retention?.deleteFromStorage ?? true;
  return {
    apiVersion: "psmdb.percona.com/v1",
    kind: "PerconaServerMongoDBBackup",
    metadata: {
      name: `cron-${shortName}-${time}-${ancestor.slice(0, 5)}`,
      namespace: cluster.namespace,
      labels: { ...scheduledLabels(cluster.name), [taskLabel]: task.name },
      ...(isDeleted ? { finalizers: [deleteBackup] } : {}),
    },
    spec: present({
      clusterName: cluster.name,
      storageName: task.storageName,
      type: task.type,
      compressionType: task.compressionType,
    }),
  };
}

function exists(observed: Observed, { metadata }: Manifest): boolean {
  return observed.get("PerconaServerMongoDBBackup", metadata.name) !== undefined;
}

/** Good backups of a task beyond the newest that it keeps. */
function beyondRetention(
  { name }: Cluster,
  task: BackupTaskSpec,
  observed: Observed,
): NonNullable<Changes["remove"]> {
  const count = task.retention?.count ?? task.keep ?? 0;
  if (count <= 0) return [];
  return observed
    .list("PerconaServerMongoDBBackup", { ...scheduledLabels(name), [taskLabel]: task.name })
    .filter(({ status, metadata }) => status?.["state"] === "ready" && !metadata.deletionTimestamp)
    .sort((left, right) => madeAt(right).localeCompare(madeAt(left)))
    .slice(count)
    .map(({ kind, metadata }) => ({
      kind: kind as "PerconaServerMongoDBBackup",
      name: metadata.name,
    }));
}

/** Sorts backups by time: created in the same second, the name decides, which has the time in it. */
function madeAt({ metadata }: Manifest): string {
  return `${metadata.creationTimestamp ?? ""} ${metadata.name}`;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
