// SPDX-License-Identifier: Apache-2.0
// The operator as the original is built: one reconcile, many reads, every five seconds for ever (stage 5: reconcile).
import {
  expand,
  Reconciler,
  requeueAfter,
  systemClock,
  withWatches,
  type ApiClient,
  type Clock,
  type ReconcileRequest,
  type Result,
} from "haversack";
import type { Sources } from "../functions/part.js";
import { statusJson } from "../functions/status/status.js";
import type { Manifest } from "../json.js";
import type { Psmdb } from "../types.js";
import { operatorVersion } from "../version.js";
import { psmdb } from "./kinds.js";
import { MonolithAccess } from "./monolith-access.js";
import { LiveReads, type ObjectReads } from "./object-reads.js";
import { OriginalWrites } from "./original-apply.js";
import { reconcileCluster } from "./reconcile-cluster.js";
import { tellListeners } from "./stage-listeners.js";

/** The original's RECONCILE_INTERVAL, which is also its minimum. */
export const reconcileIntervalMs = 5000;

/** What an operator is made with. */
export interface MonolithOptions {
  readonly client: ApiClient;
  readonly sources: Sources;
  /** Default: every read is a request, as in 1.16 to 1.22; `CachedReads` are those of later versions. */
  readonly reads?: ObjectReads;
  /** For waits inside a pass. Default: the system's. */
  readonly clock?: Clock;
  /** Told every wish before it is sent. */
  onWish?(wish: Manifest): void;
}

/**
 * The Percona operator without packs: it watches nothing but its own custom resource, reads
 * everything again every five seconds and writes its status each time.
 *
 * **API requests:** about 75 GET and LIST and 1 status PUT per pass with nothing to do; with cached
 * reads only the PUT.
 */
export class PsmdbMonolith extends expand(
  Reconciler.of(psmdb),
  withWatches({ trace: tellListeners }),
) {
  readonly #reads: ObjectReads;
  readonly #writes: OriginalWrites;
  readonly #options: MonolithOptions;

  constructor(options: MonolithOptions) {
    super();
    this.#options = options;
    this.#reads = options.reads ?? new LiveReads(options.client);
    this.#writes = new OriginalWrites(options.client, this.#reads);
  }

  override async reconcile({ ref, signal }: ReconcileRequest<Psmdb>): Promise<Result> {
    const namespace = ref.namespace ?? "";
    const primaryKind = psmdb.as<Manifest>();
    const found = await this.#reads.get(primaryKind, namespace, ref.name);
    if (found === undefined) return { kind: "done" };
    const primary = found as unknown as Psmdb;
    if (!primary.spec.crVersion) {
      await this.#writes.mergePatch(primaryKind, namespace, ref.name, {
        spec: { crVersion: operatorVersion },
      });
    }
    const access = new MonolithAccess(primaryKind, found, {
      reads: this.#reads,
      writes: this.#writes,
      clock: this.#options.clock ?? systemClock,
      signal,
      onWish: (wish) => this.#options.onWish?.(wish),
    });
    const { status } = await reconcileCluster(primary, access, this.#options.sources);
    if (status !== undefined)
      await this.#writes.putStatus(primaryKind, namespace, ref.name, statusJson(status));
    return requeueAfter(reconcileIntervalMs);
  }
}
