// SPDX-License-Identifier: Apache-2.0
// Metadata that every object of a cluster gets: owner, labels, the annotation with the whole wish (stage 6: writes).
import { Buffer } from "node:buffer";
import { ownerReference, type Cluster } from "../cluster.js";
import {
  isJsonObject,
  present,
  textMap,
  type Json,
  type Manifest,
  type ManifestMeta,
  type TextMap,
} from "../json.js";

/** Holds base64 of the JSON of the wish: the original compares it instead of the live object. */
export const lastConfigAnnotation = "percona.com/last-config-hash";

/** Metadata of an object that belongs to the cluster and goes with it. */
export function ownedMeta(
  cluster: Cluster,
  name: string,
  labels?: TextMap,
  annotations?: TextMap,
): ManifestMeta {
  return present<ManifestMeta>({
    name,
    namespace: cluster.namespace,
    labels,
    annotations,
    ownerReferences: [ownerReference(cluster)],
  });
}

/** The object with its own wish as an annotation; the same wish always gives the same text. */
export function withLastConfig(object: Manifest): Manifest {
  const wish = sortedJson((object.spec ?? object.data ?? {}) as Json);
  const text = Buffer.from(wish, "utf8").toString("base64");
  const annotations = { ...textMap(object.metadata.annotations), [lastConfigAnnotation]: text };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** JSON text with sorted keys. */
export function sortedJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => sortedJson(item)).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(value[key])}`);
  return `{${entries.join(",")}}`;
}
