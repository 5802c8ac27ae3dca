// SPDX-License-Identifier: Apache-2.0
// Sharding switched on or off: the cluster stops in its old shape before it starts in the new one (F12; stage 5).
import type { Cluster } from "../../cluster.js";
import { defaultCluster } from "../../defaults.js";
import { InvalidClusterError } from "../../defaults/validation.js";
import type { Json, Manifest } from "../../json.js";
import { clusterLabels, configReplsetName, mongosName, statefulSetName } from "../../names.js";
import type { Psmdb } from "../../types.js";
import type { Observed, Read } from "../part.js";
import { wantedReplicas } from "../pods.js";
import { podCount } from "./sized.js";

/** What has to be read to know in which shape a cluster runs. */
export function shapeReads({ name }: Cluster): readonly Read[] {
  return [
    { kind: "StatefulSet", labels: clusterLabels(name) },
    { kind: "Pod", labels: clusterLabels(name) },
  ];
}

/**
 * The cluster that is to be brought about now: the one asked for, or the old one on its way to rest.
 *
 * A member that runs as a shard cannot go on as a plain replica set, nor the other way round: as in
 * the original, everything stops, routers first and the config server last, and starts anew. Which
 * shape a cluster has is read off its StatefulSets, so nothing has to be remembered on the way.
 *
 * **API requests:** 0.
 *
 * @returns the given cluster, the same object, when nothing runs in the other shape.
 */
export function clusterInEffect(primary: Psmdb, cluster: Cluster, observed: Observed): Cluster {
  if (!runsInOtherShape(cluster, observed)) return cluster;
  const old = otherShape(primary, cluster);
  return old === undefined ? cluster : { ...old, isPaused: true };
}

/** Whether a pod of the cluster runs, or is about to, as it should not with the sharding asked for. */
function runsInOtherShape(cluster: Cluster, observed: Observed): boolean {
  return observed
    .list("StatefulSet", clusterLabels(cluster.name))
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === cluster.uid))
    .filter((set) => wantedReplicas(set) > 0 || podCount(cluster, observed, set.metadata.name) > 0)
    .some((set) => isShardedSet(cluster, set) !== cluster.isSharded);
}

/** Routers, config servers and shards are there only in a sharded cluster. */
function isShardedSet({ name }: Cluster, set: Manifest): boolean {
  const configServer = statefulSetName(name, configReplsetName, "mongod");
  if ([mongosName(name), configServer].includes(set.metadata.name)) return true;
  const template = set.spec?.["template"] as Json as unknown as
    | { readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] } }
    | undefined;
  const containers = template?.spec?.containers ?? [];
  return containers.some(({ args = [] }) => args.includes("--shardsvr"));
}

/** The cluster with sharding the other way round; `undefined` when its description is gone. */
function otherShape(primary: Psmdb, { isSharded }: Cluster): Cluster | undefined {
  const { spec } = primary;
  const sharding = { ...spec.sharding, enabled: !isSharded };
  // Several shards cannot be one plain cluster; only what is left of them has to stop.
  const replsets = isSharded ? spec.replsets.slice(0, 1) : spec.replsets;
  try {
    return defaultCluster({ ...primary, spec: { ...spec, sharding, replsets } });
  } catch (error) {
    if (error instanceof InvalidClusterError) return undefined;
    throw error;
  }
}
