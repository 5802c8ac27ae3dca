// SPDX-License-Identifier: Apache-2.0
// The ReplicaSets that a Deployment is made of: their names, templates and revisions.
import { createHash } from "node:crypto";
import { clone, ensureObject, equal, getIn, objectAt, stringAt, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { controllerReference } from "./owned-objects.js";

/** Label that tells the pods of one template from those of others. */
export const hashLabel = "pod-template-hash";

const prefix = "deployment.kubernetes.io";

/** Number of a rollout, on the Deployment and on its ReplicaSets. */
export const revisionAnnotation: string = `${prefix}/revision`;
const desiredAnnotation = `${prefix}/desired-replicas`;
const maxAnnotation = `${prefix}/max-replicas`;

/** Annotations that a Deployment does not hand on to its ReplicaSets. */
const ownAnnotations = [
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  desiredAnnotation,
  maxAnnotation,
];

/** Letters of generated names. Source: API server (no vowels, no look-alikes). */
const letters = "bcdfghjklmnpqrstvwxz2456789";

/** The hash of a pod template; the count makes another one after a collision. */
export function templateHash(template: unknown, collisions: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([template, collisions]))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => letters[byte % letters.length]).join("");
}

/** Whether a ReplicaSet was made from the Deployment's present template. */
export function hasTemplate(set: JsonObject, deployment: JsonObject): boolean {
  const plain = (object: JsonObject): unknown => {
    const template = clone(objectAt(object, "spec", "template") ?? {});
    const metadata = objectAt(template, "metadata");
    const labels = objectAt(metadata, "labels");
    if (metadata !== undefined && labels !== undefined) {
      metadata["labels"] = without(labels, hashLabel);
    }
    return template;
  };
  return equal(plain(set), plain(deployment));
}

/** Number of the rollout that a ReplicaSet is of. */
export function revisionOf(object: JsonObject): number {
  return Number(stringAt(object, "metadata", "annotations", revisionAnnotation) ?? 0);
}

/** The size for which a ReplicaSet was last scaled. */
export function desiredOf(set: JsonObject): number | undefined {
  const text = stringAt(set, "metadata", "annotations", desiredAnnotation);
  return text === undefined ? undefined : Number(text);
}

/** The most replicas, with surge, for which a ReplicaSet was last scaled. */
export function maxOf(set: JsonObject): number {
  return Number(stringAt(set, "metadata", "annotations", maxAnnotation) ?? 0);
}

/** Annotations that tell a ReplicaSet what its Deployment wants. */
export function sizeAnnotations(desired: number, surge: number): JsonObject {
  return { [desiredAnnotation]: String(desired), [maxAnnotation]: String(desired + surge) };
}

/** Annotations of a Deployment that its newest ReplicaSet carries too. */
export function handedOn(deployment: JsonObject): JsonObject {
  return without(objectAt(deployment, "metadata", "annotations") ?? {}, ...ownAnnotations);
}

/** The ReplicaSet of a Deployment's present template. */
export function makeSet(
  deployment: JsonObject,
  hash: string,
  revision: number,
  replicas: number,
  sizes: JsonObject,
): JsonObject {
  const name = stringAt(deployment, "metadata", "name") ?? "";
  const template = clone(objectAt(deployment, "spec", "template") ?? {});
  const labels = ensureObject(ensureObject(template, "metadata"), "labels");
  labels[hashLabel] = hash;
  const selector = clone(objectAt(deployment, "spec", "selector") ?? {});
  ensureObject(selector, "matchLabels")[hashLabel] = hash;
  const minReadySeconds = getIn(deployment, "spec", "minReadySeconds");
  return {
    metadata: {
      name: `${name}-${hash}`,
      labels: { ...labels },
      annotations: { ...handedOn(deployment), ...sizes, [revisionAnnotation]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      selector,
      template,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
  };
}
