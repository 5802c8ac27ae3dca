// SPDX-License-Identifier: Apache-2.0
// Backups and restores with packs: each a small reconciler of its own kind, woken by what it waits for (stage 5).
import {
  byFunction,
  byPrimaryField,
  done,
  expand,
  or,
  Reconciler,
  requeueAfter,
  specOrMetadataChanged,
  statusChanged,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type Kind,
  type ObjectsApi,
  type ReconcileRequest,
  type Relation,
  type Result,
} from "haversack";
import { backupProtocol } from "../backup/backup-job.js";
import { isOver, reconcileJob, type Job, type JobAccess } from "../backup/job.js";
import { restoreProtocol } from "../backup/restore-job.js";
import { backupLockName } from "../functions/lock.js";
import type { Observed, Sources } from "../functions/part.js";
import type { Manifest } from "../json.js";
import type { PsmdbBackup, PsmdbRestore } from "../types.js";
import { makeChanges, observedIn } from "./indexed-access.js";
import { kinds, psmdb, psmdbBackups, psmdbRestores } from "./kinds.js";
import { fieldManager } from "./packs.js";
import { lockTakenOrFreed } from "./secondaries.js";
import { tellListeners } from "./stage-listeners.js";

/** What a job's reconciler is made with. */
export interface JobPacksOptions {
  readonly sources: Sources;
}

/** Jobs that are over name nothing: no event of others wakes thousands of old backups. */
const named = (name: (job: Job) => string): ((job: Job) => readonly string[]) => {
  return (job) => (isOver(job) ? [] : [name(job)]);
};
const usedCluster = byPrimaryField<Job>(
  "spec.clusterName",
  named(({ spec }) => spec.clusterName ?? ""),
);
const usedLock = byPrimaryField<Job>(
  "lock of spec.clusterName",
  named(({ spec }) => backupLockName(spec.clusterName ?? "")),
);
const usedBackup = byPrimaryField<PsmdbRestore>("spec.backupName", (restore) =>
  isOver(restore) ? [] : [restore.spec.backupName ?? ""],
);
/** Routers of the cluster that a restore names. */
const routersOfCluster: Relation = byFunction<Manifest>(
  "routers of spec.clusterName",
  ({ metadata }, context) => {
    const { labels = {}, namespace } = metadata;
    if (labels["app.kubernetes.io/component"] !== "mongos") return [];
    return [...(context.primaries() as Iterable<PsmdbRestore>)]
      .filter((restore) => !isOver(restore) && restore.metadata.namespace === namespace)
      .filter(({ spec }) => spec.clusterName === labels["app.kubernetes.io/instance"])
      .map((restore) => ({ namespace, name: restore.metadata.name }));
  },
);

/** A cluster becomes ready, pauses, rolls out, or changes what it wants. */
const clusterNews = or(specOrMetadataChanged, statusChanged("state", "conditions"));

/**
 * Backups with packs.
 *
 * **API requests:** 0 while it waits; one status write per state, 4 for finalizer and lock.
 */
export class BackupPacks extends expand(
  Reconciler.of(psmdbBackups),
  withApiObjects({ fieldManager }),
  withSecondaryIndex({
    kinds: {
      clusters: { kind: psmdb, by: usedCluster },
      locks: { kind: kinds.Lease, by: usedLock },
    },
  }),
  withWatches({
    watches: [
      { kind: psmdb, by: usedCluster, when: clusterNews },
      { kind: kinds.Lease, by: usedLock, when: lockTakenOrFreed },
    ],
    trace: tellListeners,
  }),
) {
  readonly #sources: Sources;

  constructor({ sources }: JobPacksOptions) {
    super();
    this.#sources = sources;
  }

  override async reconcile({ primary }: ReconcileRequest<PsmdbBackup>): Promise<Result> {
    const observe = (): Observed =>
      observedIn(this.secondaries.of(primary), primary.metadata.namespace);
    const access = indexedJob(this.objects, psmdbBackups, primary, observe);
    return resultOf(await reconcileJob(primary, backupProtocol, access, this.#sources));
  }
}

/**
 * Restores with packs.
 *
 * **API requests:** 0 while it waits; one status write per state, 4 for finalizer and lock.
 */
export class RestorePacks extends expand(
  Reconciler.of(psmdbRestores),
  withApiObjects({ fieldManager }),
  withSecondaryIndex({
    kinds: {
      clusters: { kind: psmdb, by: usedCluster },
      locks: { kind: kinds.Lease, by: usedLock },
      backups: { kind: psmdbBackups, by: usedBackup },
      pods: { kind: kinds.Pod, by: routersOfCluster },
    },
  }),
  withWatches({
    watches: [
      { kind: psmdb, by: usedCluster, when: clusterNews },
      { kind: kinds.Lease, by: usedLock, when: lockTakenOrFreed },
      { kind: psmdbBackups, by: usedBackup, when: statusChanged("state") },
      { kind: kinds.Pod, by: routersOfCluster, when: specOrMetadataChanged },
    ],
    trace: tellListeners,
  }),
) {
  readonly #sources: Sources;

  constructor({ sources }: JobPacksOptions) {
    super();
    this.#sources = sources;
  }

  override async reconcile({ primary }: ReconcileRequest<PsmdbRestore>): Promise<Result> {
    const observe = (): Observed =>
      observedIn(this.secondaries.of(primary), primary.metadata.namespace);
    const access = indexedJob(this.objects, psmdbRestores, primary, observe);
    return resultOf(await reconcileJob(primary, restoreProtocol, access, this.#sources));
  }
}

function indexedJob<J extends Job>(
  objects: ObjectsApi,
  kind: Kind<J>,
  primary: J,
  observe: () => Observed,
): JobAccess {
  let current = primary;
  return {
    observe,
    change: (changes) => makeChanges(changes, { objects, primary, observed: observe() }),
    async addFinalizer(finalizer) {
      current = await objects.addFinalizer(kind, current, finalizer);
    },
    async removeFinalizers(finalizers) {
      for (const finalizer of finalizers)
        current = (await objects.removeFinalizer(kind, current, finalizer)) ?? current;
    },
    async writeStatus(status) {
      current = (await objects.applyStatus(kind, current, status)).object;
    },
  };
}

function resultOf(askAgainMs: number | undefined): Result {
  return askAgainMs === undefined ? done : requeueAfter(askAgainMs);
}
