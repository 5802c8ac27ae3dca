// SPDX-License-Identifier: Apache-2.0
// Every name a member or router is reached by, as certificates list them (F4; stage 5: reconcile).
import { since, type Cluster } from "../cluster.js";
import { configReplsetName, mongosName } from "../names.js";

/** The names of a cluster in the original's order; those of horizons are sorted. */
export function certificateNames(cluster: Cluster): readonly string[] {
  const { name, namespace, dnsSuffix, multiClusterDnsSuffix } = cluster;
  const local = (service: string): readonly string[] => [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.${dnsSuffix}`,
  ];
  const withWildcards = (service: string): readonly string[] => [
    ...local(service),
    ...local(`*.${service}`),
  ];
  const acrossClusters = (service: string): readonly string[] => [
    `${service}.${namespace}.${multiClusterDnsSuffix}`,
    `*.${service}.${namespace}.${multiClusterDnsSuffix}`,
  ];
  const shards = cluster.replsets.filter(({ role }) => role !== "config");
  const routers = mongosName(name);
  const config = `${name}-${configReplsetName}`;
  return [
    "localhost",
    ...shards.flatMap((replset) => {
      const service = `${name}-${replset.name}`;
      const horizons = since(cluster, "1.22.0") ? replset.horizonNames : [];
      return [...withWildcards(service), ...acrossClusters(service), ...horizons];
    }),
    `*.${namespace}.${multiClusterDnsSuffix}`,
    ...withWildcards(routers),
    ...withWildcards(config),
    ...acrossClusters(routers),
    ...acrossClusters(config),
  ];
}
