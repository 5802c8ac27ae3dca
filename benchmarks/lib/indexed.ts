// SPDX-License-Identifier: Apache-2.0
// An index full of Databases with ten ConfigMaps each, as the questions about look-ups use it.
import {
  configMaps,
  defineKind,
  secrets,
  SecondaryIndex,
  type ConfigMap,
  type KubernetesObject,
  type WatchEvent,
} from "haversack";

const databases = defineKind("example.com/v1", "Database");
/** Secondaries of each primary. */
export const perPrimary = 10;

const primaryAt = (index: number): KubernetesObject => ({
  apiVersion: "example.com/v1",
  kind: "Database",
  metadata: {
    namespace: `team-${index % 50}`,
    name: `db-${index}`,
    uid: `uid-${index}`,
    resourceVersion: "1",
  },
});

/** A ConfigMap of a primary. */
export function secondaryAt(primary: KubernetesObject, index: number, version = "2"): ConfigMap {
  const { name, namespace = "", uid = "" } = primary.metadata;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      namespace,
      name: `${name}-${index}`,
      uid: `${uid}-${index}`,
      resourceVersion: version,
      ownerReferences: [
        { apiVersion: "example.com/v1", kind: "Database", name, uid, controller: true },
      ],
    },
    data: { value: String(index) },
  };
}

/** An event of the watch. */
export const event = <T extends KubernetesObject>(
  type: "added" | "modified",
  object: T,
  old?: T,
): WatchEvent<T> => ({
  type,
  old,
  new: object,
  isInitial: false,
  isRelist: false,
  isResync: false,
  synthetic: false,
});

/** An index that holds `total` secondaries, synced. */
export function buildIndex(total: number): {
  index: SecondaryIndex<
    KubernetesObject,
    { configMaps: typeof configMaps; secrets: typeof secrets }
  >;
  primaries: KubernetesObject[];
  all: ConfigMap[];
} {
  const index = new SecondaryIndex({ primaryKind: databases, kinds: { configMaps, secrets } });
  const primaries = Array.from({ length: total / perPrimary }, (_, at) => primaryAt(at));
  const all: ConfigMap[] = [];
  for (const primary of primaries) {
    index.applyPrimary(event("added", primary));
    for (let at = 0; at < perPrimary; at += 1) {
      const secondary = secondaryAt(primary, at);
      all.push(secondary);
      index.apply("configMaps", event("added", secondary));
    }
  }
  index.markSynced(undefined, "10");
  return { index, primaries, all };
}
