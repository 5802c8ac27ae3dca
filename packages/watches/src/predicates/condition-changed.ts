// SPDX-License-Identifier: Apache-2.0
// Passes on changes of conditions and of readiness (stage 2: predicate).
import type { Condition, KubernetesObject } from "@haversack/core";
import { changed, type Predicate } from "../predicate.js";
import { isEqualJson, valueAt } from "./content.js";

/**
 * Passes when a condition of this type appeared, went, or says something else.
 *
 * Status, reason, message and observedGeneration count; a new time alone does not.
 */
export function conditionChanged(type: string): Predicate {
  const said = (object: KubernetesObject): unknown => {
    const condition = conditionOf(object, type);
    if (condition === undefined) return undefined;
    const { status, reason, message, observedGeneration } = condition;
    return [status, reason, message, observedGeneration];
  };
  const statusOf = (object: KubernetesObject | undefined): string =>
    (object === undefined ? undefined : conditionOf(object, type)?.status) ?? "none";
  return changed(
    `conditionChanged(${type})`,
    (before, after) => !isEqualJson(said(before), said(after)),
    {
      explain: ({ old: before, new: after }) => `${type} ${statusOf(before)} → ${statusOf(after)}`,
    },
  );
}

/** Passes when the object was not ready before and is ready now; see {@link isReady}. */
export const becameReady: Predicate = changed(
  "becameReady",
  (before, after) => !isReady(before) && isReady(after),
);

/** Passes when the object became ready or ceased to be; see {@link isReady}. */
export const readinessChanged: Predicate = changed(
  "readinessChanged",
  (before, after) => isReady(before) !== isReady(after),
);

/**
 * Whether an object says of itself that it is ready.
 *
 * Its condition `Ready`, `Available`, `Complete` or `Established` where it has one; else its ready
 * replicas against those wanted; else the phase `Running`, `Bound`, `Active` or `Succeeded`. A
 * status older than the object's generation says nothing yet.
 */
export function isReady(object: KubernetesObject): boolean {
  const observed = valueAt(object, "status.observedGeneration");
  const { generation } = object.metadata;
  if (typeof observed === "number" && generation !== undefined && observed < generation)
    return false;
  for (const type of ["Ready", "Complete", "Established"]) {
    const condition = conditionOf(object, type);
    if (condition !== undefined) return condition.status === "True";
  }
  const wanted =
    valueAt(object, "status.desiredNumberScheduled") ??
    valueAt(object, "spec.replicas") ??
    valueAt(object, "status.replicas");
  const ready = valueAt(object, "status.numberReady") ?? valueAt(object, "status.readyReplicas");
  if (typeof wanted === "number") return (typeof ready === "number" ? ready : 0) >= wanted;
  const available = conditionOf(object, "Available");
  if (available !== undefined) return available.status === "True";
  const phase = valueAt(object, "status.phase");
  return typeof phase === "string" && readyPhases.has(phase);
}

const readyPhases: ReadonlySet<string> = new Set(["Running", "Bound", "Active", "Succeeded"]);

function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  const conditions = valueAt(object, "status.conditions");
  if (!Array.isArray(conditions)) return undefined;
  return (conditions as readonly (Condition | null)[]).find(
    (condition) => condition?.type === type,
  ) as Condition | undefined;
}
