// SPDX-License-Identifier: Apache-2.0
// The operator with packs: it wakes on events, reads one index and writes what changed (stage 5: reconcile).
import {
  done,
  expand,
  Reconciler,
  requeueAfter,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ReconcileRequest,
  type Result,
} from "haversack";
import type { Observed, Sources } from "../functions/part.js";
import type { Manifest } from "../json.js";
import type { Psmdb } from "../types.js";
import { operatorVersion } from "../version.js";
import { makeChanges, observedIn } from "./indexed-access.js";
import { psmdb } from "./kinds.js";
import { reconcileCluster } from "./reconcile-cluster.js";
import type { Access } from "./run-functions.js";
import { otherWatches, ownedWatches, secondaryKinds } from "./secondaries.js";
import { tellListeners } from "./stage-listeners.js";

/** What an operator is made with. */
export interface PacksOptions {
  readonly sources: Sources;
  /** Told every wish before it is compared with what exists. */
  onWish?(wish: Manifest): void;
}

/** The field manager of the original. */
export const fieldManager = "percona-server-mongodb-operator";

/**
 * The Percona operator with packs: nothing is polled, nothing is listed, nothing is written twice.
 *
 * **API requests:** 0 per pass with nothing to do; else one write per changed object.
 */
export class PsmdbPacks extends expand(
  Reconciler.of(psmdb),
  withApiObjects({ fieldManager }),
  withSecondaryIndex({ kinds: secondaryKinds }),
  withWatches({ owns: ownedWatches, watches: otherWatches, trace: tellListeners }),
) {
  readonly #options: PacksOptions;

  constructor(options: PacksOptions) {
    super();
    this.#options = options;
  }

  override async reconcile({ primary: given }: ReconcileRequest<Psmdb>): Promise<Result> {
    const primary = await this.#versioned(given);
    const { status, askAgainMs } = await reconcileCluster(
      primary,
      this.#access(primary),
      this.#options.sources,
    );
    if (status !== undefined) await this.objects.applyStatus(psmdb, primary, status);
    return askAgainMs === undefined ? done : requeueAfter(askAgainMs);
  }

  /** With a crVersion: it keeps its shapes when the operator is upgraded. **API requests:** 0 or 1. */
  async #versioned(primary: Psmdb): Promise<Psmdb> {
    if (primary.spec.crVersion) return primary;
    const patch = { spec: { crVersion: operatorVersion } };
    return (await this.objects.mergePatch(psmdb, primary, patch)).object;
  }

  #access(primary: Psmdb): Access {
    const { onWish } = this.#options;
    return {
      observe: () => this.#observed(primary),
      change: (changes) =>
        makeChanges(changes, {
          objects: this.objects,
          primary,
          observed: this.#observed(primary),
          ...(onWish === undefined ? {} : { onWish }),
        }),
      report: (note) => this.objects.event(psmdb, primary, note),
      removeFinalizers: async (finalizers) => {
        for (const finalizer of finalizers)
          await this.objects.removeFinalizer(psmdb, primary, finalizer);
      },
    };
  }

  /** One look into the index; own writes of this very pass are in it. **API requests:** 0. */
  #observed(primary: Psmdb): Observed {
    return observedIn(this.secondaries.of(primary), primary.metadata.namespace);
  }
}
