// SPDX-License-Identifier: Apache-2.0
// Reading owner references: which owners of a kind an object has (stage 3: mapping to primary).
import { groupOf, type Kind } from "./kind.js";
import type { KubernetesObject, OwnerReference } from "./kubernetes-object.js";

/** Which owner references count. */
export type OwnerMode = "controller" | "any";

/**
 * The owner references of an object that name a kind.
 *
 * Group and kind are compared, the version is not, so a bump of the owner's version keeps working;
 * a malformed reference is passed over and the ones behind it still count.
 *
 * **API requests:** 0.
 */
export function ownersOfKind(
  object: KubernetesObject,
  kind: { readonly group: string; readonly kind: string },
  mode: OwnerMode = "controller",
): readonly OwnerReference[] {
  const references = object.metadata.ownerReferences;
  if (references === undefined || references.length === 0) return [];
  return references.filter(
    (reference) =>
      reference.kind === kind.kind &&
      (mode === "any" || reference.controller === true) &&
      typeof reference.apiVersion === "string" &&
      groupOf(reference.apiVersion) === kind.group,
  );
}

/** Whether an object is controlled by exactly this owner (same group, kind and uid). */
export function isControlledBy(
  object: KubernetesObject,
  kind: Kind<KubernetesObject>,
  owner: KubernetesObject,
): boolean {
  return ownersOfKind(object, kind).some((reference) => reference.uid === owner.metadata.uid);
}
