// SPDX-License-Identifier: Apache-2.0
// The operator split: eight sub-reconcilers, each with its own triggers, backoff and field manager (stage 5: reconcile).
import {
  expand,
  Reconciler,
  withApiObjects,
  withSecondaryIndex,
  withSplitReconcile,
  withWatches,
  type SplitReconcileOptions,
} from "haversack";
import { psmdb } from "../kinds.js";
import { secondaryKinds } from "../secondaries.js";
import { tellListeners } from "../stage-listeners.js";
import { instances } from "./instances.js";
import type { InstanceOptions } from "./run-instance.js";

const PsmdbIndexed = expand(
  Reconciler.of(psmdb),
  withApiObjects({ fieldManager: "percona-server-mongodb-operator" }),
  withSecondaryIndex({ kinds: secondaryKinds }),
  withWatches({ trace: tellListeners }),
);

/**
 * Makes the split operator: what changes wakes the instances that it concerns, and no others run.
 *
 * **API requests:** 0 per pass with nothing to do; else one write per changed object, and one of the
 * status.
 *
 * @param split Options of the split; undeclared reads and writes are refused unless they say otherwise.
 */
export function makePsmdbSplit(
  options: InstanceOptions,
  split: SplitReconcileOptions = {},
): InstanceType<typeof PsmdbIndexed> {
  class PsmdbSplit extends expand(
    PsmdbIndexed,
    withSplitReconcile(instances(options), { unordered: "refuse", ...split }),
  ) {}
  return new PsmdbSplit();
}
