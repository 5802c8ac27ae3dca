// SPDX-License-Identifier: Apache-2.0
// What backups and restores have in common: states, finalizers, the lock, one step after another (F11; stage 5).
import type { AgentError, AgentJob } from "./backup-agent.js";
import { backupLockName, lockHolder, lockLease, lockReads } from "../functions/lock.js";
import type { Changes, Observed, Read, Sources } from "../functions/part.js";
import type { Manifest } from "../json.js";
import type { JobState, PsmdbBackup, PsmdbRestore } from "../types.js";

/** Stays until the lock is given back; put on before the lock is taken. */
export const releaseLock = "internal.percona.com/release-lock";
/** Deletes the backup out of the storage before its object goes. */
export const deleteBackup = "percona.com/delete-backup";

/** How soon agents are asked again; nothing tells what happens in them. */
export const jobCheckMs = 5000;
/** Agents that are away for longer have lost what they were doing. */
const agentsLostMs = 60_000;
/** Steps of one pass; a job that wants more is stuck in a circle. */
const mostSteps = 12;

/** A backup or a restore. */
export type Job = PsmdbBackup | PsmdbRestore;
/** The status of either. */
export type JobStatus = NonNullable<Job["status"]>;

/** What comes next for a job. The order of the fields is the order in which they happen. */
export interface JobStep {
  readonly addFinalizer?: string;
  readonly changes?: Changes;
  readonly status?: JobStatus;
  readonly dropFinalizers?: readonly string[];
  /** Look at once what comes after this step. */
  readonly goesOn?: boolean;
  readonly askAgainMs?: number;
}

/** How a job is seen and changed: the only thing in which the operators differ. */
export interface JobAccess {
  observe(reads: readonly Read[]): Observed | Promise<Observed>;
  change(changes: Changes): Promise<void>;
  addFinalizer(finalizer: string): Promise<void>;
  removeFinalizers(finalizers: readonly string[]): Promise<void>;
  writeStatus(status: JobStatus): Promise<void>;
}

/** What is special about backups, or about restores. */
export interface JobProtocol<J extends Job> {
  reads(job: J): readonly Read[];
  step(job: J, observed: Observed, sources: Sources): Promise<JobStep>;
}

/** What has to be read of the cluster that a job names: itself, and its lock. */
export function clusterReads({ spec: { clusterName = "" } }: Job): readonly Read[] {
  if (clusterName === "") return [];
  return [{ kind: "PerconaServerMongoDB", name: clusterName }, ...lockReads({ name: clusterName })];
}

/** Nothing to do until something changes. */
export const rest: JobStep = {};

/**
 * Takes a job as far as it goes now.
 *
 * **API requests:** those of `access`.
 *
 * @returns When to look again although nothing has changed.
 */
export async function reconcileJob<J extends Job>(
  job: J,
  protocol: JobProtocol<J>,
  access: JobAccess,
  sources: Sources,
): Promise<number | undefined> {
  let current = job;
  let hasAsked = false;
  for (let step = 0; step < mostSteps; step += 1) {
    const observed = await access.observe(protocol.reads(current));
    const next = await protocol.step(current, observed, sources);
    const asks = next.changes?.take !== undefined;
    // Somebody was faster, and his Lease is not seen yet: its event wakes the next pass.
    if (asks && hasAsked) return jobCheckMs;
    hasAsked = asks;
    current = await carriedOut(next, current, access);
    if (next.goesOn !== true) return next.askAgainMs;
  }
  return jobCheckMs;
}

async function carriedOut<J extends Job>(
  { addFinalizer, changes, status, dropFinalizers = [] }: JobStep,
  job: J,
  access: JobAccess,
): Promise<J> {
  if (addFinalizer !== undefined) await access.addFinalizer(addFinalizer);
  if (changes !== undefined) await access.change(changes);
  if (status !== undefined) await access.writeStatus(status);
  if (dropFinalizers.length > 0) await access.removeFinalizers(dropFinalizers);
  const { finalizers = [] } = job.metadata;
  const kept = finalizers.filter((finalizer) => !dropFinalizers.includes(finalizer));
  const metadata = {
    ...job.metadata,
    finalizers: addFinalizer === undefined ? kept : [...kept, addFinalizer],
  };
  return { ...job, metadata, status: status ?? job.status } as J;
}

/** How far a job is. */
export function stateOf({ status }: Job): JobState {
  return status?.state ?? "";
}

/** Whether a job has ended, well or not. */
export function hasEnded(job: Job): boolean {
  const state = stateOf(job);
  return state === "ready" || state === "error";
}

/** Whether a job needs nothing any more, so that no event of others needs to wake it. */
export function isOver(job: Job): boolean {
  const { deletionTimestamp, finalizers = [] } = job.metadata;
  return hasEnded(job) && deletionTimestamp === undefined && !finalizers.includes(releaseLock);
}

/** Whether this finalizer is on a job. */
export function hasFinalizer({ metadata }: Job, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** The lock as a job takes it. */
function jobLease(job: Job, kind: string, holder: string): Manifest {
  const { namespace = "", name, uid = "" } = job.metadata;
  const owner = { apiVersion: "psmdb.percona.com/v1", kind, name, uid };
  return lockLease({ namespace, cluster: job.spec.clusterName ?? "" }, holder, owner);
}

/** Waits, and says for what; the status is written only when it says something new. */
export function waiting(job: Job, what: string, askAgainMs?: number): JobStep {
  const { message: _last, ...known } = job.status ?? {};
  const status: JobStatus = { ...known, state: stateOf(job), message: `waiting for ${what}` };
  const isTold = job.status?.message === status.message;
  return { ...(isTold ? {} : { status }), ...(askAgainMs === undefined ? {} : { askAgainMs }) };
}

/**
 * What to do when the agents refuse or do not answer.
 *
 * A job that has not begun gives the lock back: a pause or a toggle may be what took the agents away,
 * and it waits for that very lock. A job that has begun is given up for lost after a minute.
 */
export function onAgentError(
  job: Job,
  holder: string,
  observed: Observed,
  { message }: AgentError,
  nowMs: number,
): JobStep {
  const what = `the backup agents (${message})`;
  if (stateOf(job) === "waiting") {
    const held = lockHolder({ name: job.spec.clusterName ?? "" }, observed) === holder;
    const changes = { remove: [lockOf(job.spec.clusterName ?? "")] };
    return { ...(held ? { changes } : {}), ...waiting(job, what, jobCheckMs) };
  }
  const since = job.status?.unreachableSince ?? new Date(nowMs).toISOString();
  if (nowMs - Date.parse(since) >= agentsLostMs)
    return failing(job, `${job.metadata.name} was lost: ${message}. Make another`);
  const { message: _last, ...known } = job.status ?? {};
  const status: JobStatus = { ...known, message: `waiting for ${what}`, unreachableSince: since };
  const isTold = job.status?.unreachableSince !== undefined;
  return { ...(isTold ? {} : { status }), askAgainMs: jobCheckMs };
}

/** Goes to another state, and on; what was waited for is no news any more. */
export function entering<J extends Job>(job: J, state: JobState, more: J["status"] = {}): JobStep {
  const { message: _last, unreachableSince: _since, ...known } = job.status ?? {};
  return { status: { ...known, ...more, state }, goesOn: true };
}

/** Ends a job without success; what it holds is given back in the next step. */
export function failing(job: Job, error: string): JobStep {
  return entering(job, "error", { error });
}

/** What the agents say of a job, in the words of its status; `done` is what a ready one adds. */
export function toldByAgents<J extends Job>(
  job: J,
  noun: "backup" | "restore",
  said: AgentJob,
  done: () => J["status"],
): JobStep {
  switch (said.state) {
    case "done":
      return entering(job, "ready", done());
    case "error":
    case "cancelled":
      return failing(
        job,
        `${noun} ${job.metadata.name} failed: ${said.error ?? said.state}. Make another`,
      );
    case "starting":
      return { askAgainMs: jobCheckMs };
    case "running":
      return stateOf(job) === "running"
        ? { askAgainMs: jobCheckMs }
        : { ...entering(job, "running"), goesOn: false, askAgainMs: jobCheckMs };
  }
}

/** What a job that has ended gives back: the lock, and then the finalizer that stands for it. */
export function givingBack(job: Job, holder: string, observed: Observed): JobStep {
  const { clusterName = "" } = job.spec;
  if (lockHolder({ name: clusterName }, observed) === holder)
    return { changes: { remove: [lockOf(clusterName)] }, goesOn: true };
  return hasFinalizer(job, releaseLock) ? { dropFinalizers: [releaseLock] } : rest;
}

/**
 * The way to the lock: the finalizer first, so that no end of the process leaves a lock behind that
 * nobody gives back. `undefined` when the lock is this job's.
 */
export function takingLock(
  job: Job,
  kind: string,
  holder: string,
  observed: Observed,
): JobStep | undefined {
  if (!hasFinalizer(job, releaseLock)) return { addFinalizer: releaseLock, goesOn: true };
  const { clusterName = "" } = job.spec;
  const now = lockHolder({ name: clusterName }, observed);
  if (now === holder) return undefined;
  if (now === undefined) return { changes: { take: [jobLease(job, kind, holder)] }, goesOn: true };
  // Its end is an event of the Lease.
  return waiting(job, `the end of ${now}`);
}

function lockOf(cluster: string): { readonly kind: "Lease"; readonly name: string } {
  return { kind: "Lease", name: backupLockName(cluster) };
}
