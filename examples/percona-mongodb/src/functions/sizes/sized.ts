// SPDX-License-Identifier: Apache-2.0
// A cluster with the sizes it may have in this pass, and what both ways to shrink share (F7, F12; stage 5: reconcile).
import type { Cluster, MemberGroup, Replset } from "../../cluster.js";
import type { Manifest } from "../../json.js";
import { clusterLabels, mongosName } from "../../names.js";
import { isOfSet } from "../database/members.js";
import type { Observed } from "../part.js";
import { wantedReplicas } from "../pods.js";

/** A cluster with other sizes than its custom resource asks for, as long as those would do harm. */
export interface Sized {
  readonly cluster: Cluster;
  /** What has to happen before the next step; absent when the sizes are those asked for. */
  readonly waitFor?: string;
  readonly askAgainMs?: number;
}

/** The StatefulSet of the voting members. */
export function votingSet(
  { groups: [group] }: Replset,
  observed: Observed,
): { readonly group: MemberGroup; readonly set: Manifest } | undefined {
  const set = group === undefined ? undefined : observed.get("StatefulSet", group.setName);
  return group === undefined || set === undefined ? undefined : { group, set };
}

/** A replica set whose voting members are so many. */
export function resized(replset: Replset, size: number): Replset {
  const [group, ...others] = replset.groups;
  return group === undefined
    ? replset
    : { ...replset, size, groups: [{ ...group, size }, ...others] };
}

/** A cluster with so many routers. */
export function withRouters(cluster: Cluster, size: number): Cluster {
  if (cluster.mongos === undefined) return cluster;
  return { ...cluster, mongos: { ...cluster.mongos, size } };
}

/** The cluster as large as it is now. */
export function asItIs(cluster: Cluster, observed: Observed): Cluster {
  const replsets = cluster.replsets.map((replset) => presentSize(replset, observed));
  const routers = observed.get("StatefulSet", mongosName(cluster.name));
  return withRouters({ ...cluster, replsets }, routers === undefined ? 0 : wantedReplicas(routers));
}

/** A replica set as large as it is now. */
export function presentSize(replset: Replset, observed: Observed): Replset {
  const found = votingSet(replset, observed);
  return resized(replset, found === undefined ? 0 : wantedReplicas(found.set));
}

/** How many pods of a StatefulSet there still are. */
export function podCount({ name }: Cluster, observed: Observed, setName: string): number {
  return observed
    .list("Pod", clusterLabels(name))
    .filter(({ metadata }) => isOfSet(metadata.name, setName)).length;
}
