// SPDX-License-Identifier: Apache-2.0
// Backups and restores as the original has them: each its own controller that reads live and polls (stage 5: reconcile).
import {
  done,
  expand,
  Reconciler,
  requeueAfter,
  systemClock,
  withWatches,
  type Kind,
  type ReconcileRequest,
  type Result,
} from "haversack";
import { backupProtocol } from "../backup/backup-job.js";
import { isOver, reconcileJob, type Job, type JobAccess, type JobProtocol } from "../backup/job.js";
import { restoreProtocol } from "../backup/restore-job.js";
import type { JsonObject, Manifest } from "../json.js";
import type { PsmdbBackup, PsmdbRestore } from "../types.js";
import { psmdbBackups, psmdbRestores } from "./kinds.js";
import { MonolithAccess } from "./monolith-access.js";
import { reconcileIntervalMs, type MonolithOptions } from "./monolith.js";
import { LiveReads } from "./object-reads.js";
import { OriginalWrites } from "./original-apply.js";
import { tellListeners } from "./stage-listeners.js";

/** Backups of the monolith. **API requests:** 3 GET per pass, every 5 s until the backup has ended. */
export class BackupMonolith extends expand(
  Reconciler.of(psmdbBackups),
  withWatches({ trace: tellListeners }),
) {
  readonly #poll: (request: ReconcileRequest<PsmdbBackup>) => Promise<boolean>;

  constructor(options: MonolithOptions) {
    super();
    this.#poll = polling(psmdbBackups, backupProtocol, options);
  }

  override async reconcile(request: ReconcileRequest<PsmdbBackup>): Promise<Result> {
    return (await this.#poll(request)) ? done : requeueAfter(reconcileIntervalMs);
  }
}

/**
 * Restores of the monolith. **API requests:** 4 to 5 GET and LIST per pass, every 5 s until the
 * restore has ended.
 */
export class RestoreMonolith extends expand(
  Reconciler.of(psmdbRestores),
  withWatches({ trace: tellListeners }),
) {
  readonly #poll: (request: ReconcileRequest<PsmdbRestore>) => Promise<boolean>;

  constructor(options: MonolithOptions) {
    super();
    this.#poll = polling(psmdbRestores, restoreProtocol, options);
  }

  override async reconcile(request: ReconcileRequest<PsmdbRestore>): Promise<Result> {
    return (await this.#poll(request)) ? done : requeueAfter(reconcileIntervalMs);
  }
}

/** Makes what one pass does. Its answer: whether the job has ended, so that nobody asks again. */
function polling<J extends Job>(
  kind: Kind<J>,
  protocol: JobProtocol<J>,
  options: MonolithOptions,
): (request: ReconcileRequest<J>) => Promise<boolean> {
  const { client, sources, clock = systemClock } = options;
  // The original reads its backups past the cache, because that was sometimes too old.
  const reads = new LiveReads(client);
  const writes = new OriginalWrites(client, reads);
  return async ({ ref, signal }) => {
    const { namespace = "", name } = ref;
    const manifests = kind.as<Manifest>();
    const found = await reads.get(manifests, namespace, name);
    if (found === undefined) return true;
    const job = found as unknown as J;
    const onWish = (wish: Manifest): void => options.onWish?.(wish);
    const pass = { reads, writes, clock, signal, onWish };
    const live = new MonolithAccess(manifests, found, pass);
    const access: JobAccess = {
      observe: (wanted) => live.observe(wanted),
      change: (changes) => live.change(changes),
      addFinalizer: (finalizer) => live.addFinalizer(finalizer),
      removeFinalizers: (finalizers) => live.removeFinalizers(finalizers),
      writeStatus: (status) =>
        writes.putStatus(manifests, namespace, name, status as unknown as JsonObject),
    };
    await reconcileJob(job, protocol, access, sources);
    const after = await reads.get(manifests, namespace, name);
    return after === undefined || isOver(after as unknown as J);
  };
}
