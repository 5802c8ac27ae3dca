// SPDX-License-Identifier: Apache-2.0
// Whether a deleted object's final state holds a change that was never told (stage 1).
import type { KubernetesObject } from "@haversack/core";

/** What a deletion itself changes; `managedFields` are bookkeeping. */
const deletionFields: ReadonlySet<string> = new Set([
  "resourceVersion",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "finalizers",
  "managedFields",
]);

/** Whether two states of an object are equal but for what deleting it changes. */
export function isSameFinalState(before: KubernetesObject, last: KubernetesObject): boolean {
  return isEqual(before, last, 0);
}

/** @param level 1 inside of `metadata`, where some fields are passed over. */
function isEqual(a: unknown, b: unknown, level: number): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const isRoot = level === 0;
  const isMetadata = level === 1;
  const counts = (key: string): boolean => !(isMetadata && deletionFields.has(key));
  const keys = Object.keys(left).filter(counts);
  if (keys.length !== Object.keys(right).filter(counts).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      isEqual(left[key], right[key], isRoot && key === "metadata" ? 1 : 2),
  );
}
