// SPDX-License-Identifier: Apache-2.0
// How the API server merges the lists and maps of built-in kinds: by key, as a set, or whole (stage 6: writes).
import type { Kind, KubernetesObject } from "@haversack/core";
import { isJsonObject, ownValue, type Json } from "../json-value.js";

/** How items of a list are told apart. */
export type ListShape =
  | { readonly type: "map"; readonly keys: readonly string[] }
  | { readonly type: "set" }
  /** Owned and replaced as a whole; items are compared by position. */
  | { readonly type: "atomic" };

/**
 * Field names to list keys, tried in order: the first whose keys an item has counts.
 *
 * @see the `x-kubernetes-list-map-keys` of the Kubernetes 1.36 OpenAPI document.
 */
const listKeys: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ["containers", [["name"]]],
  ["initContainers", [["name"]]],
  ["ephemeralContainers", [["name"]]],
  ["env", [["name"]]],
  [
    "ports",
    [
      ["containerPort", "protocol"],
      ["port", "protocol"],
    ],
  ],
  ["volumes", [["name"]]],
  ["volumeMounts", [["mountPath"]]],
  ["volumeDevices", [["devicePath"]]],
  ["imagePullSecrets", [["name"]]],
  ["secrets", [["name"]]],
  ["hostAliases", [["ip"]]],
  ["topologySpreadConstraints", [["topologyKey", "whenUnsatisfiable"]]],
  ["resourceClaims", [["name"]]],
  ["claims", [["name"]]],
  ["schedulingGates", [["name"]]],
  ["conditions", [["type"]]],
  ["ownerReferences", [["uid"]]],
  ["webhooks", [["name"]]],
]);

/** Lists whose order means nothing. */
const sets: ReadonlySet<string> = new Set([
  "finalizers",
  "accessModes",
  "add",
  "drop",
  "verbs",
  "apiGroups",
  "resources",
  "resourceNames",
  "nonResourceURLs",
  "loadBalancerSourceRanges",
  "externalIPs",
]);

/** Maps and structures that are owned and replaced as a whole. */
const atomicFields: ReadonlySet<string> = new Set([
  "nodeSelector",
  "selector",
  "labelSelector",
  "podSelector",
  "namespaceSelector",
  "fieldRef",
  "resourceFieldRef",
  "configMapKeyRef",
  "secretKeyRef",
  "secretRef",
  "roleRef",
]);

const defaultKeys: ReadonlyMap<string, string> = new Map([["protocol", "TCP"]]);

/** Whether a kind comes with Kubernetes itself, so that its field names mean what they do there. */
export function isBuiltIn(kind: Kind<KubernetesObject>): boolean {
  return !kind.group.includes(".") || kind.group.endsWith(".k8s.io");
}

/**
 * The shape of the list at a path, `*` standing for list items.
 *
 * Lists of custom resources are atomic unless they are part of every object's `metadata`: their
 * schema is not known here.
 */
export function listShape(
  kind: Kind<KubernetesObject>,
  trail: readonly string[],
  items: readonly Json[],
): ListShape {
  const field = trail[trail.length - 1] ?? "";
  const isMetadata = trail.length === 2 && trail[0] === "metadata";
  const isConditions = trail.length === 2 && trail[0] === "status" && field === "conditions";
  if (!isMetadata && !isConditions && !isBuiltIn(kind)) return { type: "atomic" };
  if (items.every((item) => typeof item === "string") && sets.has(field)) return { type: "set" };
  const keys = listKeys.get(field)?.find((names) => hasKeys(items, names));
  return keys === undefined || !areUnique(items, keys) ? { type: "atomic" } : { type: "map", keys };
}

/** Whether the map or structure at a path is replaced as a whole. */
export function isAtomicField(kind: Kind<KubernetesObject>, trail: readonly string[]): boolean {
  return isBuiltIn(kind) && trail.length > 1 && atomicFields.has(trail[trail.length - 1] ?? "");
}

/** The text that tells one item of a keyed list from the others. */
export function itemKey(item: Json | undefined, keys: readonly string[]): string {
  const values = keys.map((name) => {
    const value = isJsonObject(item) ? ownValue(item, name) : undefined;
    return value ?? defaultKeys.get(name) ?? null;
  });
  return JSON.stringify(values);
}

function hasKeys(items: readonly Json[], keys: readonly string[]): boolean {
  return items.every(
    (item) =>
      isJsonObject(item) &&
      keys.every((name) => (ownValue(item, name) ?? defaultKeys.get(name)) !== undefined),
  );
}

function areUnique(items: readonly Json[], keys: readonly string[]): boolean {
  return new Set(items.map((item) => itemKey(item, keys))).size === items.length;
}
