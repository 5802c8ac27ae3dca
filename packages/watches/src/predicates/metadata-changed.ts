// SPDX-License-Identifier: Apache-2.0
// Passes on changes of labels, annotations, owners, deletion and version (stage 2: predicate).
import type { KubernetesObject, OwnerReference } from "@haversack/core";
import { changed, type Predicate } from "../predicate.js";
import { isEqualJson } from "./content.js";

type Texts = Readonly<Record<string, string>>;

/** Passes when a label was added, removed or changed. */
export const labelsChanged: Predicate = changed(
  "labelsChanged",
  (before, after) => !isEqualJson(before.metadata.labels ?? {}, after.metadata.labels ?? {}),
);

/** Passes when an annotation was added, removed or changed. */
export const annotationsChanged: Predicate = changed(
  "annotationsChanged",
  (before, after) =>
    !isEqualJson(before.metadata.annotations ?? {}, after.metadata.annotations ?? {}),
);

/** Passes when one of these labels was added, removed or changed. */
export function labelChanged(...names: string[]): Predicate {
  return changed(`labelChanged(${names.join(", ")})`, (before, after) =>
    names.some((name) => own(before.metadata.labels, name) !== own(after.metadata.labels, name)),
  );
}

/** Passes when one of these annotations was added, removed or changed. */
export function annotationChanged(...names: string[]): Predicate {
  return changed(`annotationChanged(${names.join(", ")})`, (before, after) =>
    names.some(
      (name) => own(before.metadata.annotations, name) !== own(after.metadata.annotations, name),
    ),
  );
}

/** Passes when an owner was added or removed, or another one became the controller. */
export const ownerChanged: Predicate = changed(
  "ownerChanged",
  (before, after) => !isEqualJson(ownersOf(before), ownersOf(after)),
);

/** Passes when the object began to be deleted. */
export const deletionStarted: Predicate = changed(
  "deletionStarted",
  (before, after) =>
    before.metadata.deletionTimestamp === undefined &&
    after.metadata.deletionTimestamp !== undefined,
);

/** Passes when a finalizer was added or removed. */
export const finalizersChanged: Predicate = changed(
  "finalizersChanged",
  (before, after) =>
    !isEqualJson(before.metadata.finalizers ?? [], after.metadata.finalizers ?? []),
);

/** Passes on every change; holds back resyncs and duplicates. */
export const resourceVersionChanged: Predicate = changed(
  "resourceVersionChanged",
  (before, after) => before.metadata.resourceVersion !== after.metadata.resourceVersion,
  {
    explain: ({ old: before, new: after }) =>
      `version ${before?.metadata.resourceVersion ?? "none"} → ${after?.metadata.resourceVersion ?? "none"}`,
  },
);

function own(texts: Texts | undefined, name: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined;
}

function ownersOf(object: KubernetesObject): string[] {
  const references: readonly OwnerReference[] = object.metadata.ownerReferences ?? [];
  return references.map(({ uid, controller }) => `${uid} ${controller === true}`).sort();
}
