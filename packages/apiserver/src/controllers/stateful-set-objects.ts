// SPDX-License-Identifier: Apache-2.0
// The objects that a StatefulSet is made of: pods, claims, revisions.
import { createHash } from "node:crypto";
import { arrayAt, clone, ensureObject, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { controllerReference } from "./owned-objects.js";

/** Label of the revision that a pod was made from. */
export const revisionLabel = "controller-revision-hash";

/** Name of the revision of a pod template: the set's name and a hash of the template. */
export function revisionName(setName: string, template: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(template)).digest("hex");
  return `${setName}-${hash.slice(0, 10)}`;
}

/** Name of a pod's claim for a claim template. */
export function claimName(template: unknown, podName: string): string {
  return `${stringAt(template, "metadata", "name") ?? ""}-${podName}`;
}

/** The claim of a pod for a claim template. */
export function makeClaim(set: JsonObject, template: JsonObject, podName: string): JsonObject {
  const metadata = clone(objectAt(template, "metadata") ?? {});
  const labels = objectAt(set, "spec", "selector", "matchLabels") ?? {};
  metadata["name"] = claimName(template, podName);
  metadata["labels"] = { ...objectAt(metadata, "labels"), ...labels };
  return { metadata, spec: clone(objectAt(template, "spec") ?? {}) };
}

function claimVolumes(set: JsonObject, podName: string): JsonObject[] {
  return arrayAt(set, "spec", "volumeClaimTemplates").map((template) => ({
    name: stringAt(template, "metadata", "name"),
    persistentVolumeClaim: { claimName: claimName(template, podName) },
  }));
}

/** The pod of an ordinal, made from the pod template of a revision. */
export function makePod(
  set: JsonObject,
  template: JsonObject,
  revision: string,
  ordinal: number,
): JsonObject {
  const setName = stringAt(set, "metadata", "name") ?? "";
  const name = `${setName}-${ordinal}`;
  const metadata = clone(objectAt(template, "metadata") ?? {});
  metadata["name"] = name;
  metadata["ownerReferences"] = [controllerReference(set)];
  Object.assign(ensureObject(metadata, "labels"), {
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
    [revisionLabel]: revision,
  });
  const spec = clone(objectAt(template, "spec") ?? {});
  const claims = claimVolumes(set, name);
  const named = new Set(claims.map((claim) => claim["name"]));
  const others = arrayAt(spec, "volumes").filter(
    (volume) => isObject(volume) && !named.has(volume["name"]),
  );
  if (claims.length + others.length > 0) spec["volumes"] = [...others, ...claims];
  spec["hostname"] = name;
  const service = stringAt(set, "spec", "serviceName");
  if (service !== undefined) spec["subdomain"] = service;
  return { metadata, spec };
}
