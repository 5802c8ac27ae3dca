// SPDX-License-Identifier: Apache-2.0
// The states of a Restore: waiting, requested, running, and how it ends (F11; stage 5: reconcile).
import { restoreHolder } from "../functions/lock.js";
import type { Observed, Read, Sources } from "../functions/part.js";
import { mongosLabels } from "../names.js";
import type { Psmdb, PsmdbBackup, PsmdbRestore } from "../types.js";
import { isAgentError, type BackupAgent } from "./backup-agent.js";
import {
  clusterReads,
  entering,
  failing,
  givingBack,
  hasEnded,
  jobCheckMs,
  toldByAgents,
  onAgentError,
  stateOf,
  takingLock,
  waiting,
  type JobProtocol,
  type JobStep,
} from "./job.js";

const kind = "PerconaServerMongoDBRestore";

/**
 * How a Restore goes on.
 *
 * It takes the same lock as backups and rollouts. While it has it, the cluster's own pass takes the
 * routers away (F8), and the order is given when the last of them is gone.
 */
export const restoreProtocol: JobProtocol<PsmdbRestore> = {
  reads(restore): readonly Read[] {
    const { clusterName = "", backupName = "" } = restore.spec;
    const named: readonly Read[] =
      backupName === "" ? [] : [{ kind: "PerconaServerMongoDBBackup", name: backupName }];
    return [...clusterReads(restore), ...named, { kind: "Pod", labels: mongosLabels(clusterName) }];
  },
  async step(restore, observed, sources) {
    const { name, deletionTimestamp } = restore.metadata;
    // A restore cannot be called back; its lock is kept until the agents are done with it.
    const isEnding = deletionTimestamp !== undefined;
    if (hasEnded(restore) || (isEnding && restore.status?.pbmName === undefined))
      return givingBack(restore, restoreHolder(name), observed);
    const state = stateOf(restore);
    if (state === "") return accepted(restore);
    try {
      return state === "waiting"
        ? await starting(restore, observed, sources)
        : await following(restore, observed, sources);
    } catch (error) {
      if (!isAgentError(error)) throw error;
      return onAgentError(restore, restoreHolder(name), observed, error, sources.now());
    }
  },
};

function accepted(restore: PsmdbRestore): JobStep {
  const { clusterName = "", backupName = "" } = restore.spec;
  const what = `cannot carry out restore ${restore.metadata.name}`;
  if (clusterName === "")
    return failing(restore, `${what}: spec.clusterName is empty. Name the cluster`);
  if (backupName === "" && sourceOf(restore) === undefined)
    return failing(
      restore,
      `${what}: it names no backup. Set spec.backupName, or spec.backupSource.destination`,
    );
  return entering(restore, "waiting");
}

async function starting(
  restore: PsmdbRestore,
  observed: Observed,
  sources: Sources,
): Promise<JobStep> {
  const { name } = restore.metadata;
  const { clusterName = "", backupName = "" } = restore.spec;
  const cluster = clusterOf(restore, observed);
  if (cluster === undefined)
    return failing(
      restore,
      `cannot carry out restore ${name}: there is no cluster ${clusterName}. Make it first`,
    );
  if (cluster.spec.pause === true || cluster.metadata.deletionTimestamp !== undefined)
    return waiting(restore, `cluster ${clusterName}, which is paused or goes`);
  const backup = backupOf(restore, observed);
  if (backupName !== "" && backup === undefined)
    return failing(
      restore,
      `cannot carry out restore ${name}: there is no backup ${backupName}. Name one that is ready`,
    );
  if (backup?.status?.state === "error")
    return failing(
      restore,
      `cannot carry out restore ${name}: backup ${backupName} failed. Name one that is ready`,
    );
  if (backup !== undefined && backup.status?.state !== "ready")
    return waiting(restore, `backup ${backupName} to be ready`);
  const lock = takingLock(restore, kind, restoreHolder(name), observed);
  if (lock !== undefined) return lock;
  const routers = observed.list("Pod", mongosLabels(clusterName)).length;
  if (routers > 0) return waiting(restore, `${routers} routers to stop`);
  const agent = await agentOf(restore, sources);
  const other = await agent.currentJob();
  if (other !== undefined)
    return waiting(restore, `${other.kind} ${other.name} of the agents`, jobCheckMs);
  const pbmName = new Date(sources.now()).toISOString();
  return entering(restore, "requested", { pbmName, start: pbmName });
}

async function following(
  restore: PsmdbRestore,
  observed: Observed,
  sources: Sources,
): Promise<JobStep> {
  const { name } = restore.metadata;
  const { pbmName = "" } = restore.status ?? {};
  if (clusterOf(restore, observed) === undefined)
    return failing(restore, `restore ${name} was lost: its cluster is gone. Make another`);
  const lock = takingLock(restore, kind, restoreHolder(name), observed);
  if (lock !== undefined) return { ...lock, askAgainMs: jobCheckMs };
  const agent = await agentOf(restore, sources);
  const job = await agent.restore(pbmName);
  if (job !== undefined) {
    const completed = new Date(job.endMs ?? job.startMs).toISOString();
    return toldByAgents(restore, "restore", job, () => ({ completed }));
  }
  if (stateOf(restore) === "running")
    return failing(
      restore,
      `restore ${name} was lost: the agents know nothing of it. Make another`,
    );
  const backup = backupOf(restore, observed);
  const source = backup?.status?.pbmName ?? sourceOf(restore);
  if (source === undefined)
    return failing(restore, `restore ${name} was lost: its backup is gone. Name another`);
  const storage = restore.spec.storageName ?? backup?.spec.storageName ?? "";
  try {
    await agent.startRestore({ name: pbmName, backup: source, storage });
  } catch (error) {
    if (!isAgentError(error, "NotFound")) throw error;
    return failing(restore, `restore ${name} failed: ${error.message}. Name another backup`);
  }
  return { askAgainMs: jobCheckMs };
}

/** Name inside the storage of a backup that no object stands for. */
function sourceOf({ spec }: PsmdbRestore): string | undefined {
  const destination = spec.backupSource?.["destination"];
  return typeof destination === "string" ? destination.split("/").at(-1) : undefined;
}

function backupOf({ spec }: PsmdbRestore, observed: Observed): PsmdbBackup | undefined {
  const { backupName = "" } = spec;
  if (backupName === "") return undefined;
  const found = observed.get("PerconaServerMongoDBBackup", backupName);
  return found as unknown as PsmdbBackup | undefined;
}

function clusterOf({ spec }: PsmdbRestore, observed: Observed): Psmdb | undefined {
  const found = observed.get("PerconaServerMongoDB", spec.clusterName ?? "");
  return found as unknown as Psmdb | undefined;
}

function agentOf({ metadata, spec }: PsmdbRestore, { backups }: Sources): Promise<BackupAgent> {
  const { namespace = "" } = metadata;
  return backups.connect({ namespace, cluster: spec.clusterName ?? "" });
}
