// SPDX-License-Identifier: Apache-2.0
// Objects as the API server answers them, for tests (tests of stage 6).
import type { ConfigMap, KubernetesObject, ManagedFieldsEntry, ObjectMeta } from "@haversack/core";

/** Server-owned metadata of an object that is stored. */
export function stored(name: string, resourceVersion: string, more: object = {}): ObjectMeta {
  return {
    name,
    namespace: "prod",
    uid: `uid-${name}`,
    resourceVersion,
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...more,
  };
}

/** A ConfigMap to be declared. */
export function configMap(name: string, data: Record<string, string>): ConfigMap {
  return { metadata: { name, namespace: "prod" }, data };
}

/** The same as stored by the server. */
export function storedConfigMap(
  name: string,
  resourceVersion: string,
  data: Record<string, string>,
  metadata: object = {},
): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: stored(name, resourceVersion, metadata),
    data,
  };
}

/** An entry of managedFields for applied fields. */
export function applied(manager: string, fieldsV1: Record<string, unknown>): ManagedFieldsEntry {
  return { manager, operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 };
}

/** An owner in the namespace `prod`. */
export const owner: KubernetesObject = {
  apiVersion: "example.com/v1",
  kind: "Database",
  metadata: { name: "db", namespace: "prod", uid: "uid-db" },
};
