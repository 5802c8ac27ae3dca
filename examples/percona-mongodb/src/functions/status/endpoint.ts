// SPDX-License-Identifier: Apache-2.0
// F12, endpoint: the address that clients are told, as far as it is known (stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import type { Json, Manifest } from "../../json.js";
import { mongosLabels, mongosName, replsetLabels } from "../../names.js";
import { isOfSet, memberHost, ordinalOf } from "../database/members.js";
import type { Observed, Read } from "../part.js";

/** What has to be read to know the address. */
export function endpointReads(cluster: Cluster): readonly Read[] {
  const { mongos } = cluster;
  if (mongos !== undefined)
    return [
      { kind: "Service", name: mongosName(cluster.name) },
      { kind: "Service", labels: mongosLabels(cluster.name) },
      { kind: "Pod", labels: mongosLabels(cluster.name) },
    ];
  const [first] = cluster.replsets;
  if (first?.expose.enabled !== true) return [];
  const labels = replsetLabels(cluster.name, first.name);
  return [
    { kind: "Pod", labels },
    { kind: "Service", labels },
  ];
}

/**
 * The address of a cluster: of its routers, of the exposed members, or of the headless Service.
 *
 * Empty as long as a load balancer has not been given its address.
 *
 * **API requests:** 0.
 */
export function endpointOf(cluster: Cluster, observed: Observed): string {
  if (cluster.mongos !== undefined) return routerAddresses(cluster, observed);
  const [first] = cluster.replsets;
  if (first === undefined) return "";
  if (first.expose.enabled !== true)
    return `${cluster.name}-${first.name}.${cluster.namespace}.${cluster.dnsSuffix}`;
  const addresses = memberPods(cluster, first, observed).map((pod) =>
    memberAddress(cluster, first, pod, observed),
  );
  return joined(addresses);
}

function memberPods(cluster: Cluster, replset: Replset, observed: Observed): readonly string[] {
  const setName = replset.groups[0]?.setName ?? "";
  return observed
    .list("Pod", replsetLabels(cluster.name, replset.name))
    .map(({ metadata }) => metadata.name)
    .filter((name) => isOfSet(name, setName))
    .sort((left, right) => ordinalOf(left) - ordinalOf(right));
}

function memberAddress(
  cluster: Cluster,
  replset: Replset,
  pod: string,
  observed: Observed,
): string | undefined {
  if (cluster.isMultiCluster)
    return `${pod}.${cluster.namespace}.${cluster.multiClusterDnsSuffix}:${replset.port}`;
  if (replset.expose.type !== "LoadBalancer") return memberHost(cluster, replset, pod);
  const address = balancerAddress(observed.get("Service", pod));
  return address === undefined ? undefined : `${address}:${replset.port}`;
}

function routerAddresses(cluster: Cluster, observed: Observed): string {
  const { mongos } = cluster;
  if (mongos === undefined) return "";
  const isPerPod = mongos.expose.servicePerPod === true;
  const names = isPerPod
    ? observed.list("Pod", mongosLabels(cluster.name)).map(({ metadata }) => metadata.name)
    : [mongosName(cluster.name)];
  const addresses = [...names]
    .sort((left, right) => ordinalOf(left) - ordinalOf(right))
    .map((name) => {
      const address =
        mongos.expose.type === "LoadBalancer"
          ? balancerAddress(observed.get("Service", name))
          : `${name}.${cluster.namespace}.${cluster.dnsSuffix}`;
      return address === undefined ? undefined : `${address}:${mongos.port}`;
    });
  return joined(addresses);
}

/** All, or nothing as long as one is missing: half of the members is no address. */
function joined(addresses: readonly (string | undefined)[]): string {
  return addresses.includes(undefined) ? "" : addresses.join(",");
}

function balancerAddress(service: Manifest | undefined): string | undefined {
  const balancer = service?.status?.["loadBalancer"] as Json as unknown as
    | { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
    | undefined;
  const [first] = balancer?.ingress ?? [];
  return first?.ip ?? first?.hostname;
}
