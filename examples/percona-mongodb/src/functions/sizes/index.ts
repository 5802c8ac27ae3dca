// SPDX-License-Identifier: Apache-2.0
// The sizes that a cluster may have in this pass: before all other functions (F7, F12; stage 5: reconcile).
import type { Cluster } from "../../cluster.js";
import { clusterLabels } from "../../names.js";
import { databaseReads } from "../database/connections.js";
import { lockReads } from "../lock.js";
import type { Observed, Read, Sources } from "../part.js";
import { safeSizes } from "./safe-sizes.js";
import { shrinkingSizes } from "./shrinking-sizes.js";
import type { Sized } from "./sized.js";

export { clusterInEffect, shapeReads } from "./sharding-toggle.js";
export { safeSizes } from "./safe-sizes.js";
export { shrinkingSizes } from "./shrinking-sizes.js";
export type { Sized } from "./sized.js";

/** What has to be read to know how far a cluster may shrink. */
export function sizeReads(cluster: Cluster): readonly Read[] {
  return [
    { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
    { kind: "Pod", labels: clusterLabels(cluster.name) },
    ...cluster.replsets.flatMap((replset) => databaseReads(cluster, replset)),
    ...lockReads(cluster),
  ];
}

/** The cluster with the sizes that it may have now. **API requests:** 0. */
export function sizesNow(cluster: Cluster, observed: Observed, sources: Sources): Promise<Sized> {
  return cluster.isPaused
    ? shrinkingSizes(cluster, observed, sources)
    : safeSizes(cluster, observed, sources);
}
