// SPDX-License-Identifier: Apache-2.0
// F10, shards: makes replica sets known to the routers, and switches the balancer (stage 5: reconcile).
import type { Cluster } from "../../cluster.js";
import type { Manifest } from "../../json.js";
import { clusterLabels, mongosLabels } from "../../names.js";
import { jobHolder } from "../lock.js";
import type { Observed } from "../part.js";
import { isObserved, isServing, statusNumber, wantedReplicas } from "../pods.js";
import { onRouters, type Database } from "./connections.js";
import { memberHost } from "./members.js";

/** What came of looking at the shards. */
export interface TendedShards {
  /** Names of the replica sets that are shards. */
  readonly shards: ReadonlySet<string>;
  readonly pending?: string;
}

/**
 * Adds the shards that are missing and lets the balancer run when nothing speaks against it.
 *
 * The balancer stops while pods are replaced, routers are not ready, or a backup or restore runs.
 *
 * **API requests:** 0. **Commands:** 2, 1 more per difference.
 *
 * @param healthy Replica sets that are ready to be shards.
 */
export function tendShards(
  databases: readonly Database[],
  healthy: ReadonlySet<string>,
  observed: Observed,
): Promise<TendedShards> {
  const config = databases.find(({ replset }) => replset.role === "config");
  if (config === undefined) return Promise.resolve({ shards: new Set() });
  const { cluster } = config;
  const routers = observed.list("Pod", mongosLabels(cluster.name));
  if (!routers.some(isServing) || !healthy.has(config.replset.name))
    return Promise.resolve({ shards: new Set(), pending: "routers" });
  return onRouters(config, "clusterAdmin", async (admin) => {
    const shards = new Set((await admin.listShards()).map(({ id }) => id));
    const missing: string[] = [];
    for (const { replset, pods } of databases) {
      const id = replset.replsetName;
      if (replset.role !== "shard" || shards.has(id)) continue;
      if (!healthy.has(replset.name)) {
        missing.push(replset.name);
        continue;
      }
      const hosts = pods.map(({ metadata }) => memberHost(cluster, replset, metadata.name));
      await admin.addShard(id, hosts);
      shards.add(id);
    }
    const mayBalance = cluster.isBalanced && isAtRest(cluster, routers, observed);
    if ((await admin.isBalancerOn()) !== mayBalance)
      await (mayBalance ? admin.startBalancer() : admin.stopBalancer());
    if (missing.length === 0) return { shards };
    return { shards, pending: `shard ${missing.join(", ")}` };
  });
}

function isAtRest(cluster: Cluster, routers: readonly Manifest[], observed: Observed): boolean {
  const sets = observed.list("StatefulSet", clusterLabels(cluster.name));
  const isUpToDate = (set: Manifest): boolean =>
    isObserved(set) && statusNumber(set, "updatedReplicas") >= wantedReplicas(set);
  return (
    sets.every(isUpToDate) &&
    routers.length >= (cluster.mongos?.size ?? 0) &&
    routers.every(isServing) &&
    jobHolder(cluster, observed) === undefined
  );
}
