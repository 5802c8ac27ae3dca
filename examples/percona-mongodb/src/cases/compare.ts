// SPDX-License-Identifier: Apache-2.0
// Comparing an object with the one the original made: what is dropped on both sides, then exactly equal.
import { isJsonObject, type Json, type JsonObject } from "../json.js";

/** Where a value differs; absent values are undefined. */
export interface Difference {
  /** As in `spec.template.spec.containers[0].args[3]`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly got: Json | undefined;
}

/** Before the API server's defaults (`unit`) or after (`e2e`): each has its own rules. */
export type CaseKind = "unit" | "e2e";

/** Fields whose values no two clusters share (`compare_kubectl` of the original's end-to-end tests). */
const droppedEverywhere: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "namespace",
  "uid",
  "image",
  "clusterIP",
  "clusterIPs",
  "dataSource",
  "procMount",
  "storageClassName",
  "finalizers",
  "volumeName",
  "nodePort",
  "healthCheckNodePort",
  "percona.com/last-config-hash",
  "percona.com/configuration-hash",
  "percona.com/ssl-hash",
  "percona.com/ssl-internal-hash",
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/selected-node",
  "kubernetes.io/pvc-protection",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "ipFamilies",
  "ipFamilyPolicy",
  "internalTrafficPolicy",
  "allocateLoadBalancerNodePorts",
  "persistentVolumeClaimRetentionPolicy",
]);
const droppedInUnitCases: ReadonlySet<string> = new Set([
  "percona.com/last-config-hash",
  "percona.com/ssl-hash",
  "percona.com/ssl-internal-hash",
  "resourceVersion",
  "uid",
  "creationTimestamp",
  "managedFields",
]);
const namespacePlaceholder = "NAME_SPACE";

/**
 * What is left of an object for the comparison.
 *
 * @param namespace Every occurrence of it in any text becomes `NAME_SPACE`, as in the expected files.
 */
export function normalise(object: JsonObject, kind: CaseKind, namespace: string): JsonObject {
  const rest = without(object, ["status"]) as JsonObject;
  const kept =
    (kind === "unit"
      ? withoutEmpty(dropped(object, droppedInUnitCases))
      : dropped(rest, droppedEverywhere)) ?? {};
  const shaped = kind === "unit" ? kept : shapeEndToEnd(kept as JsonObject, namespace);
  return withoutGeneration(shaped as JsonObject);
}

/**
 * All differences between two objects; none means equal. The order in arrays matters, in objects not.
 *
 * **API requests:** 0.
 */
export function differences(
  expected: JsonObject,
  got: JsonObject,
  kind: CaseKind,
  namespace: string,
): readonly Difference[] {
  return compare(normalise(expected, kind, namespace), normalise(got, kind, namespace), "");
}

function compare(
  expected: Json | undefined,
  got: Json | undefined,
  path: string,
): readonly Difference[] {
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compare(
        expected[index] as Json | undefined,
        got[index] as Json | undefined,
        `${path}[${index}]`,
      ),
    );
  }
  if (isJsonObject(expected) && isJsonObject(got)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort();
    return keys.flatMap((key) =>
      compare(own(expected, key), own(got, key), path === "" ? key : `${path}.${key}`),
    );
  }
  return expected === got ? [] : [{ path, expected, got }];
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function dropped(value: Json | undefined, names: ReadonlySet<string>): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => dropped(item, names) ?? null);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([key, child]) => !names.has(key) && child !== undefined)
    .map(([key, child]) => [key, dropped(child, names)]);
  return Object.fromEntries(entries) as JsonObject;
}

/** Unit files hold what Go writes: null, empty objects and empty lists are the same as absent. */
function withoutEmpty(value: Json | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => withoutEmpty(item) ?? null);
    return items.length === 0 ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, child]) => [key, withoutEmpty(child)] as const)
    .filter(([, child]) => child !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as JsonObject);
}

function shapeEndToEnd(object: JsonObject, namespace: string): JsonObject {
  const metadata = mapped(object["metadata"], (meta) => ({
    ...meta,
    ...(Array.isArray(meta["ownerReferences"])
      ? {
          ownerReferences: meta["ownerReferences"].map((owner: Json) =>
            without(owner, ["apiVersion"]),
          ),
        }
      : {}),
  }));
  const spec = mapped(object["spec"], (given) => ({
    ...(without(given, ["volumeMode"]) as JsonObject),
    ...(Array.isArray(given["volumeClaimTemplates"])
      ? { volumeClaimTemplates: given["volumeClaimTemplates"].map(claimTemplate) }
      : {}),
  }));
  const shaped = {
    ...object,
    ...(metadata === undefined ? {} : { metadata }),
    ...(spec === undefined ? {} : { spec }),
  };
  return replaced(withoutNamespaceEnv(shaped), namespace) as JsonObject;
}

function claimTemplate(claim: Json): Json {
  const rest = without(claim, ["apiVersion", "kind"]);
  if (!isJsonObject(rest)) return rest;
  const spec = rest["spec"];
  const isDefault = isJsonObject(spec) && spec["volumeMode"] === "Filesystem";
  return isDefault ? { ...rest, spec: without(spec, ["volumeMode"]) } : rest;
}

function withoutNamespaceEnv(value: Json): Json {
  if (Array.isArray(value)) {
    return value
      .filter(
        (item: Json) =>
          !(isJsonObject(item) && item["name"] === "NAMESPACE" && Object.hasOwn(item, "value")),
      )
      .map((item: Json) => withoutNamespaceEnv(item));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      child === undefined ? child : withoutNamespaceEnv(child),
    ]),
  ) as JsonObject;
}

function replaced(value: Json, namespace: string): Json {
  if (typeof value === "string") return value.replaceAll(namespace, namespacePlaceholder);
  if (Array.isArray(value)) return value.map((item: Json) => replaced(item, namespace));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      child === undefined ? child : replaced(child, namespace),
    ]),
  ) as JsonObject;
}

function withoutGeneration(object: JsonObject): JsonObject {
  const metadata = object["metadata"];
  return isJsonObject(metadata)
    ? { ...object, metadata: without(metadata, ["generation"]) }
    : object;
}

function mapped(
  value: Json | undefined,
  change: (object: JsonObject) => JsonObject,
): JsonObject | undefined {
  return isJsonObject(value) ? change(value) : undefined;
}

function without(value: Json, keys: readonly string[]): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !keys.includes(key)),
  ) as JsonObject;
}
