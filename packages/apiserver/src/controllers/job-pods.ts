// SPDX-License-Identifier: Apache-2.0
// The pods of a Job: how they are made, numbered and counted.
import { arrayAt, clone, ensureObject, getIn, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { controllerReference } from "./owned-objects.js";

/** Holds a finished pod until the Job has counted it. */
export const trackingFinalizer = "batch.kubernetes.io/job-tracking";

const indexAnnotation = "batch.kubernetes.io/job-completion-index";

/** Whether each pod of the Job does one of its numbered pieces. */
export function isIndexed(job: JsonObject): boolean {
  return getIn(job, "spec", "completionMode") === "Indexed";
}

/** The piece that a pod does. */
export function indexOf(pod: JsonObject): number {
  return Number(stringAt(pod, "metadata", "annotations", indexAnnotation) ?? NaN);
}

/** A pod of a Job, for one of its pieces when it has numbered ones. */
export function makeJobPod(job: JsonObject, index: number | undefined): JsonObject {
  const template = clone(objectAt(job, "spec", "template") ?? {});
  const name = stringAt(job, "metadata", "name") ?? "";
  const metadata = ensureObject(template, "metadata");
  const spec = ensureObject(template, "spec");
  metadata["generateName"] = index === undefined ? `${name}-` : `${name}-${index}-`;
  metadata["ownerReferences"] = [controllerReference(job)];
  metadata["finalizers"] = [...arrayAt(metadata, "finalizers"), trackingFinalizer];
  if (index !== undefined) {
    ensureObject(metadata, "annotations")[indexAnnotation] = String(index);
    ensureObject(metadata, "labels")[indexAnnotation] = String(index);
    spec["hostname"] ??= `${name}-${index}`;
    for (const container of arrayAt(spec, "containers").filter(isObject)) tellIndex(container);
  }
  return { metadata, spec };
}

function tellIndex(container: JsonObject): void {
  const env = arrayAt(container, "env");
  const name = "JOB_COMPLETION_INDEX";
  if (env.some((item) => stringAt(item, "name") === name)) return;
  const fieldPath = `metadata.annotations['${indexAnnotation}']`;
  container["env"] = [...env, { name, valueFrom: { fieldRef: { fieldPath } } }];
}

/** Numbers as intervals: `0-2,4`. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    const first = sorted[at] as number;
    let last = first;
    while (sorted[at + 1] === last + 1) {
      at += 1;
      last = sorted[at] as number;
    }
    at += 1;
    parts.push(first === last ? `${first}` : `${first}${last === first + 1 ? "," : "-"}${last}`);
  }
  return parts.join(",");
}

/** Numbers that are written as intervals. */
export function parseIndexes(text: string): Set<number> {
  const indexes = new Set<number>();
  for (const part of text.split(",").filter((piece) => piece !== "")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}
