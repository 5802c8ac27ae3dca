// SPDX-License-Identifier: Apache-2.0
// F6, services: headless, one per exposed pod, routers; and who owns the metadata on them (stage 5: reconcile).
import { since, type Cluster, type Mongos, type Replset } from "../cluster.js";
import { present, textMap, type JsonObject, type Manifest, type TextMap } from "../json.js";
import { externalServiceLabels, mongosLabels, mongosName, replsetLabels } from "../names.js";
import type { ExposeSpec } from "../types.js";
import { ownedMeta, withLastConfig } from "./metadata.js";
import type { Changes, ForeignMetadata, Observed, Part, Read } from "./part.js";

const podNameLabel = "statefulset.kubernetes.io/pod-name";

/**
 * Makes all Services of a cluster and removes those of pods and routers that are gone.
 *
 * Per-pod Services follow the pods that exist, not the size: a Service without its pod leads nowhere.
 * A paused cluster keeps every Service, because clients keep their addresses.
 *
 * **API requests:** 0.
 */
export const services: Part = {
  id: "F6",
  name: "services",
  reads(cluster): readonly Read[] {
    const perReplset = cluster.replsets.flatMap((replset): readonly Read[] => {
      const labels = replsetLabels(cluster.name, replset.name);
      return [
        { kind: "Service", labels },
        { kind: "Pod", labels },
      ];
    });
    // By name as well: somebody may have taken the labels off a Service, and it is still ours.
    const byName = serviceNames(cluster).map((name): Read => ({ kind: "Service", name }));
    return [...perReplset, ...byName, { kind: "Service", labels: mongosLabels(cluster.name) }];
  },
  build(cluster, observed): Changes {
    const wanted = [
      ...cluster.replsets.flatMap((replset) => replsetServices(cluster, replset, observed)),
      ...mongosServices(cluster),
    ];
    const settled = wanted.map((wish) =>
      settleMetadata(cluster, wish, observed.get("Service", wish.service.metadata.name)),
    );
    return {
      apply: settled.map(({ service }) => withLastConfig(service)),
      drop: settled.flatMap(({ foreign }) => (foreign === undefined ? [] : [foreign])),
      remove: outdated(cluster, observed).map((name) => ({ kind: "Service", name })),
    };
  },
};

function serviceNames(cluster: Cluster): readonly string[] {
  const { mongos, replsets } = cluster;
  return [
    ...replsets.map(({ name }) => `${cluster.name}-${name}`),
    ...replsets.filter(({ expose }) => expose.enabled === true).flatMap(exposedPodNames),
    ...(mongos === undefined ? [] : mongosServiceNames(cluster, mongos)),
  ];
}

interface Wish {
  readonly service: Manifest;
  /** The custom resource sets no metadata for it, so what is on the live Service stays. */
  readonly keepsMetadata: boolean;
}

function replsetServices(cluster: Cluster, replset: Replset, observed: Observed): readonly Wish[] {
  const headless = { service: headlessService(cluster, replset), keepsMetadata: true };
  if (replset.expose.enabled !== true) return [headless];
  const expected = new Set(exposedPodNames(replset));
  const pods = observed
    .list("Pod", replsetLabels(cluster.name, replset.name))
    // Not beyond the size: the Service of a pod that is going would be made and removed in turn.
    .filter(({ metadata }) => expected.has(metadata.name));
  const perPod = pods.map((pod) => ({
    service: externalService(cluster, replset, pod.metadata.name),
    keepsMetadata: hasNoMetadata(replset.expose),
  }));
  return [headless, ...perPod];
}

/** The Service that gives every member its DNS name. */
export function headlessService(cluster: Cluster, replset: Replset): Manifest {
  const labels = replsetLabels(cluster.name, replset.name);
  const spec = {
    ports: [port(cluster, "mongodb", replset.port)],
    clusterIP: "None",
    selector: labels,
  };
  return service(cluster, `${cluster.name}-${replset.name}`, labels, replset.expose, spec);
}

/** The Service of one pod, for clients outside the cluster. */
export function externalService(cluster: Cluster, replset: Replset, podName: string): Manifest {
  const spec = {
    ports: [port(cluster, "mongodb", replset.port)],
    selector: { [podNameLabel]: podName },
    publishNotReadyAddresses: true,
    ...exposure(replset.expose),
  };
  return service(
    cluster,
    podName,
    externalServiceLabels(cluster.name, replset.name),
    replset.expose,
    spec,
  );
}

function mongosServices(cluster: Cluster): readonly Wish[] {
  const { mongos } = cluster;
  if (mongos === undefined) return [];
  return mongosServiceNames(cluster, mongos).map((name) => ({
    service: mongosService(cluster, mongos, name),
    keepsMetadata: hasNoMetadata(mongos.expose),
  }));
}

function mongosServiceNames(cluster: Cluster, mongos: Mongos): readonly string[] {
  const name = mongosName(cluster.name);
  if (mongos.expose.servicePerPod !== true) return [name];
  return Array.from({ length: mongos.size }, (_, index) => `${name}-${index}`);
}

/** The Service of all routers, or of one. */
export function mongosService(cluster: Cluster, mongos: Mongos, name: string): Manifest {
  const labels = mongosLabels(cluster.name);
  const { expose } = mongos;
  const isPerPod = expose.servicePerPod === true;
  const nodePort =
    expose.type === "NodePort" && !isPerPod && expose.nodePort ? { nodePort: expose.nodePort } : {};
  const spec = {
    ports: [{ ...port(cluster, "mongos", mongos.port), ...nodePort }],
    selector: isPerPod ? { ...labels, [podNameLabel]: name } : labels,
    ...exposure(expose),
  };
  return service(cluster, name, labels, expose, spec);
}

function service(
  cluster: Cluster,
  name: string,
  labels: TextMap,
  expose: ExposeSpec,
  spec: JsonObject,
): Manifest {
  const merged = textMap(expose.labels, labels);
  const metadata = ownedMeta(cluster, name, merged, textMap(expose.annotations));
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function port(cluster: Cluster, name: string, number: number): JsonObject {
  const appProtocol = since(cluster, "1.22.0") ? { appProtocol: "mongo" } : {};
  return { name, ...appProtocol, port: number, targetPort: number };
}

/** Type and traffic policies; node ports reach every node, load balancers only nodes with a pod. */
function exposure(expose: ExposeSpec): JsonObject {
  const { type = "ClusterIP", internalTrafficPolicy, externalTrafficPolicy } = expose;
  const isBalanced = type === "LoadBalancer";
  const fallback = isBalanced ? "Local" : type === "NodePort" ? "Cluster" : undefined;
  const ranges = expose.loadBalancerSourceRanges ?? [];
  return present({
    type: isBalanced || type === "NodePort" ? type : "ClusterIP",
    internalTrafficPolicy,
    externalTrafficPolicy: externalTrafficPolicy || fallback,
    loadBalancerSourceRanges: isBalanced && ranges.length > 0 ? ranges : undefined,
    loadBalancerClass: isBalanced ? expose.loadBalancerClass : undefined,
  }) as JsonObject;
}

function hasNoMetadata({ labels, annotations }: ExposeSpec): boolean {
  return Object.keys(labels ?? {}).length === 0 && Object.keys(annotations ?? {}).length === 0;
}

/**
 * Decides who owns the metadata of a Service.
 *
 * Without metadata in the custom resource everything on the live Service stays. With it, the custom
 * resource owns all of it, except the keys in `ignoreLabels` and `ignoreAnnotations`.
 */
function settleMetadata(
  cluster: Cluster,
  { service: wanted, keepsMetadata }: Wish,
  live: Manifest | undefined,
): { readonly service: Manifest; readonly foreign?: ForeignMetadata } {
  if (live === undefined) return { service: wanted };
  const liveLabels = live.metadata.labels ?? {};
  const liveAnnotations = live.metadata.annotations ?? {};
  const keptLabels = keepsMetadata ? liveLabels : only(liveLabels, cluster.ignoreLabels);
  const keptAnnotations = keepsMetadata
    ? liveAnnotations
    : only(liveAnnotations, cluster.ignoreAnnotations);
  const labels = textMap(keptLabels, wanted.metadata.labels);
  const annotations = textMap(keptAnnotations, wanted.metadata.annotations);
  const settled = { ...wanted, metadata: { ...wanted.metadata, labels, annotations } };
  const foreign: ForeignMetadata = {
    kind: "Service",
    name: wanted.metadata.name,
    labels: missing(liveLabels, labels),
    annotations: missing(liveAnnotations, annotations).filter(
      (key) => !key.startsWith("percona.com/"),
    ),
  };
  return foreign.labels.length + foreign.annotations.length === 0
    ? { service: settled }
    : { service: settled, foreign };
}

function only(map: TextMap, keys: readonly string[]): TextMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}

function missing(map: TextMap, from: TextMap): readonly string[] {
  return Object.keys(map).filter((key) => !Object.hasOwn(from, key));
}

function outdated(cluster: Cluster, observed: Observed): readonly string[] {
  const gone = cluster.replsets.flatMap((replset) => {
    if (cluster.isPaused) return [];
    const expected = new Set(exposedPodNames(replset));
    return observed
      .list("Service", externalServiceLabels(cluster.name, replset.name))
      .map(({ metadata }) => metadata.name)
      .filter((name) => !expected.has(name));
  });
  return [...gone, ...outdatedMongos(cluster, observed)];
}

/** Pods of the voting members count when exposed; those of other members always did. */
function exposedPodNames(replset: Replset): readonly string[] {
  return replset.groups
    .filter(({ member }) => member !== "mongod" || replset.expose.enabled === true)
    .flatMap(({ setName, size }) =>
      Array.from({ length: size }, (_, index) => `${setName}-${index}`),
    );
}

function outdatedMongos(cluster: Cluster, observed: Observed): readonly string[] {
  if (cluster.isPaused && cluster.isSharded) return [];
  const expected = new Set(
    cluster.mongos === undefined ? [] : mongosServiceNames(cluster, cluster.mongos),
  );
  return observed
    .list("Service", mongosLabels(cluster.name))
    .map(({ metadata }) => metadata.name)
    .filter((name) => !expected.has(name));
}
