// SPDX-License-Identifier: Apache-2.0
// The states of a Backup: waiting, requested, running, and how it ends (F11; stage 5: reconcile).
import { backupHolder } from "../functions/lock.js";
import type { Observed, Sources } from "../functions/part.js";
import { present } from "../json.js";
import type { Psmdb, PsmdbBackup, PsmdbBackupStatus } from "../types.js";
import { isAgentError, type AgentJob, type BackupAgent } from "./backup-agent.js";
import {
  clusterReads,
  deleteBackup,
  entering,
  failing,
  givingBack,
  hasEnded,
  hasFinalizer,
  jobCheckMs,
  toldByAgents,
  onAgentError,
  rest,
  stateOf,
  takingLock,
  waiting,
  type JobProtocol,
  type JobStep,
} from "./job.js";

const kind = "PerconaServerMongoDBBackup";
/** The CRD's default. */
const startingDeadlineSeconds = 120;

/**
 * How a Backup goes on.
 *
 * Its name inside the storage is written down before the agents are asked, and asking twice is asking
 * once: no end of the process loses a backup that runs, or starts a second. Until it has the lock it
 * is in nobody's way; a rollout does not count backups that wait.
 */
export const backupProtocol: JobProtocol<PsmdbBackup> = {
  reads: clusterReads,
  async step(backup, observed, sources) {
    if (backup.metadata.deletionTimestamp !== undefined) return ending(backup, observed, sources);
    if (hasEnded(backup)) return givingBack(backup, backupHolder(backup.metadata.name), observed);
    const state = stateOf(backup);
    if (state === "") return accepted(backup);
    try {
      return state === "waiting"
        ? await starting(backup, observed, sources)
        : await following(backup, observed, sources);
    } catch (error) {
      if (!isAgentError(error)) throw error;
      return onAgentError(
        backup,
        backupHolder(backup.metadata.name),
        observed,
        error,
        sources.now(),
      );
    }
  },
};

function accepted(backup: PsmdbBackup): JobStep {
  const { clusterName = "", storageName = "", type = "logical" } = backup.spec;
  const what = `cannot take backup ${backup.metadata.name}`;
  if (clusterName === "")
    return failing(backup, `${what}: spec.clusterName is empty. Name the cluster`);
  if (storageName === "")
    return failing(backup, `${what}: spec.storageName is empty. Name a storage of the cluster`);
  if (type !== "logical")
    return failing(backup, `${what}: type ${type} is not modelled. Use logical`);
  return entering(backup, "waiting", { storageName, type });
}

/** From waiting on: everything that must be so before the agents are asked. */
async function starting(
  backup: PsmdbBackup,
  observed: Observed,
  sources: Sources,
): Promise<JobStep> {
  const { name } = backup.metadata;
  const leftMs = deadlineMs(backup) - sources.now();
  if (leftMs <= 0)
    return failing(
      backup,
      `cannot take backup ${name}: it did not start within its deadline, ${backup.status?.message ?? "waiting"}. Make another when the cluster is free`,
    );
  const cluster = clusterOf(backup, observed);
  const obstacle = obstacleIn(cluster, backup);
  if (obstacle !== undefined) return waiting(backup, obstacle, leftMs);
  const { storageName = "" } = backup.spec;
  if (!Object.hasOwn(cluster?.spec.backup?.storages ?? {}, storageName))
    return failing(
      backup,
      `cannot take backup ${name}: the cluster has no storage ${storageName}. Add it to spec.backup.storages`,
    );
  const lock = takingLock(backup, kind, backupHolder(name), observed);
  if (lock !== undefined) return lock.goesOn === true ? lock : { ...lock, askAgainMs: leftMs };
  const agent = await agentOf(backup, sources);
  const other = await agent.currentJob();
  if (other !== undefined)
    return waiting(backup, `${other.kind} ${other.name} of the agents`, jobCheckMs);
  const pbmName = new Date(sources.now()).toISOString().replace(/\.\d+Z$/, "Z");
  return entering(backup, "requested", { pbmName, start: pbmName });
}

function deadlineMs({ metadata, spec }: PsmdbBackup): number {
  const seconds = spec.startingDeadlineSeconds ?? startingDeadlineSeconds;
  return Date.parse(metadata.creationTimestamp ?? "") + seconds * 1000;
}

/** Why no backup of this cluster can start now. */
function obstacleIn(cluster: Psmdb | undefined, { spec }: PsmdbBackup): string | undefined {
  if (cluster === undefined) return `cluster ${spec.clusterName ?? ""}`;
  if (cluster.metadata.deletionTimestamp !== undefined) return "another cluster: this one goes";
  if (cluster.spec.backup?.enabled !== true) return "spec.backup.enabled of the cluster";
  const { state = "", conditions = [] } = cluster.status ?? {};
  const isRolling = conditions.some(
    ({ type, status }) => type === "pendingSmartUpdate" && status === "True",
  );
  const isFit =
    state === "ready" ||
    cluster.spec.unsafeFlags?.backupIfUnhealthy === true ||
    (state === "initializing" && isRolling);
  return isFit ? undefined : `cluster ${cluster.metadata.name} to be ready`;
}

/** From requested on: gives the order when it was not given, and follows the agents. */
async function following(
  backup: PsmdbBackup,
  observed: Observed,
  sources: Sources,
): Promise<JobStep> {
  const { name } = backup.metadata;
  const { pbmName = "" } = backup.status ?? {};
  const cluster = clusterOf(backup, observed);
  if (cluster === undefined)
    return failing(backup, `backup ${name} was lost: its cluster is gone. Make another`);
  // Whoever took the lock away by hand gets a new one in the way.
  const lock = takingLock(backup, kind, backupHolder(name), observed);
  if (lock !== undefined) return { ...lock, askAgainMs: jobCheckMs };
  const agent = await agentOf(backup, sources);
  const job = await agent.backup(pbmName);
  if (job !== undefined)
    return toldByAgents(backup, "backup", job, () => completed(backup, job, cluster));
  if (stateOf(backup) === "running")
    return failing(backup, `backup ${name} was lost: the agents know nothing of it. Make another`);
  const { storageName = "", type = "logical", compressionType = "gzip" } = backup.spec;
  await agent.startBackup({
    name: pbmName,
    storage: storageName,
    type,
    compression: compressionType,
  });
  return { askAgainMs: jobCheckMs };
}

function completed(backup: PsmdbBackup, job: AgentJob, cluster: Psmdb): PsmdbBackupStatus {
  const { storageName = "" } = backup.spec;
  const storage = cluster.spec.backup?.storages?.[storageName];
  return present<PsmdbBackupStatus>({
    completed: new Date(job.endMs ?? job.startMs).toISOString(),
    destination: `${storage?.type ?? "storage"}://${storageName}/${job.name}`,
    replsetNames: job.replsets,
  });
}

/** The end of a Backup: its job is stopped, the lock given back, the storage cleared. */
async function ending(backup: PsmdbBackup, observed: Observed, sources: Sources): Promise<JobStep> {
  const { pbmName } = backup.status ?? {};
  try {
    if (pbmName !== undefined && !hasEnded(backup) && clusterOf(backup, observed) !== undefined)
      await (await agentOf(backup, sources)).cancelBackup(pbmName);
  } catch (error) {
    // Without agents there is no job either.
    if (!isAgentError(error)) throw error;
  }
  const back = givingBack(backup, backupHolder(backup.metadata.name), observed);
  if (back !== rest) return { ...back, goesOn: true };
  if (!hasFinalizer(backup, deleteBackup)) return rest;
  try {
    if (pbmName !== undefined) await (await agentOf(backup, sources)).deleteBackup(pbmName);
  } catch (error) {
    if (!isAgentError(error)) throw error;
    return waiting(backup, `the storage (${error.message})`, jobCheckMs);
  }
  return { dropFinalizers: [deleteBackup] };
}

function clusterOf({ spec }: PsmdbBackup, observed: Observed): Psmdb | undefined {
  const found = observed.get("PerconaServerMongoDB", spec.clusterName ?? "");
  return found as unknown as Psmdb | undefined;
}

function agentOf({ metadata, spec }: PsmdbBackup, { backups }: Sources): Promise<BackupAgent> {
  const { namespace = "" } = metadata;
  return backups.connect({ namespace, cluster: spec.clusterName ?? "" });
}
