// SPDX-License-Identifier: Apache-2.0
// Plain JSON and the objects the builders return: no class, no Date, nothing undefined (stage 0: words).

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; an undefined value means that the key is absent. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Text keyed by text: labels, annotations, the data of a ConfigMap. */
export type TextMap = Readonly<Record<string, string>>;

/** The metadata that a builder writes or that an observed object has. */
export interface ManifestMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: TextMap;
  readonly annotations?: TextMap;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReferenceJson[];
}

/** One owner reference. */
export interface OwnerReferenceJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A Kubernetes object as JSON: what a builder wants, or what the cluster has. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMeta;
  readonly spec?: JsonObject;
  readonly data?: TextMap;
  readonly binaryData?: TextMap;
  readonly type?: string;
  readonly status?: JsonObject;
}

/** The object without the keys whose value is undefined, so that it can be compared and sent. */
export function present<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** Whether a value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text map without prototype, so that a key such as `__proto__` stays a key. */
export function textMap(...maps: readonly (TextMap | undefined)[]): TextMap {
  const merged: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const map of maps) {
    for (const [key, value] of Object.entries(map ?? {})) merged[key] = value;
  }
  return merged;
}
