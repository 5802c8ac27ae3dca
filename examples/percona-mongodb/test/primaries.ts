// SPDX-License-Identifier: Apache-2.0
// Small custom resources for tests, and a look at the clusters and objects made from them.
import type { Cluster } from "../src/cluster.js";
import { defaultCluster } from "../src/defaults.js";
import type { Changes, KindName, Observed, Part } from "../src/functions/part.js";
import type { JsonObject, Manifest } from "../src/json.js";
import type { Psmdb, PsmdbSpec, ReplsetSpec } from "../src/types.js";
import { countingSources } from "./memory-cluster.js";

/** A replica set with the least that is allowed. */
export const plainReplset: ReplsetSpec = {
  name: "rs0",
  size: 3,
  volumeSpec: { persistentVolumeClaim: { resources: { requests: { storage: "1Gi" } } } },
};

/** A custom resource; what is given replaces the top-level fields of a plain one. */
export function primaryWith(spec: Partial<PsmdbSpec> = {}, name = "db"): Psmdb {
  return deepFreeze({
    apiVersion: "psmdb.percona.com/v1",
    kind: "PerconaServerMongoDB",
    metadata: { name, namespace: "prod", uid: "cluster-uid", generation: 1 },
    spec: { image: "mongod:8", replsets: [plainReplset], ...spec },
  });
}

/** A sharded custom resource. */
export function shardedWith(mongos: JsonObject = {}, spec: Partial<PsmdbSpec> = {}): Psmdb {
  return primaryWith({
    sharding: { enabled: true, configsvrReplSet: plainReplset, mongos: { size: 2, ...mongos } },
    ...spec,
  });
}

/** The defaulted cluster of a custom resource. */
export function clusterWith(spec: Partial<PsmdbSpec> = {}): Cluster {
  return defaultCluster(primaryWith(spec));
}

/** What a function sees when exactly these objects exist. */
export function seeing(objects: readonly Manifest[] = [], hasCertManager = false): Observed {
  return {
    hasCertManager,
    get: (kind, name) =>
      objects.find((object) => object.kind === kind && object.metadata.name === name),
    list: (kind, labels) =>
      objects
        .filter((object) => object.kind === kind)
        .filter(({ metadata }) =>
          Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
        ),
  };
}

/** Runs one function on a cluster in which these objects exist. */
export async function build(
  part: Part,
  cluster: Cluster,
  objects: readonly Manifest[] = [],
  hasCertManager = false,
): Promise<Changes> {
  return part.build(cluster, seeing(objects, hasCertManager), countingSources);
}

/** Certificates as the operator makes them, so that StatefulSets need not wait. */
export function certificates(cluster: Cluster): readonly Manifest[] {
  return [cluster.secrets.ssl, cluster.secrets.sslInternal].map((name) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      ownerReferences: [
        { apiVersion: "x/v1", kind: "X", name: "x", uid: cluster.uid, controller: true },
      ],
    },
    data: { "ca.crt": "Yw==", "tls.crt": "Yw==", "tls.key": "aw==" },
  }));
}

/** An object of a kind with labels. */
export function named(
  kind: KindName,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Manifest {
  return { apiVersion: "v1", kind, metadata: { name, labels } };
}

/** The names of objects, for short comparisons. */
export function names(
  objects: readonly { readonly metadata: { readonly name: string } }[] | undefined,
): readonly string[] {
  return (objects ?? []).map(({ metadata }) => metadata.name);
}

/** The value at a path of keys and indexes. */
export function at(object: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    object,
  );
}

/** Freezes an object and everything in it, so that a function that changes its input throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
