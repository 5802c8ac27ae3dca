// SPDX-License-Identifier: Apache-2.0
// Status conditions: merging ours into a list that others write, too (stage 6: writes).
import type { Condition } from "@haversack/core";
import { isJsonObject } from "./json-value.js";

/**
 * Returns the conditions with one set: replaced by type, or added at the end.
 *
 * **API requests:** 0. **Guarantees:** other conditions are kept; `lastTransitionTime` changes
 * exactly when the status does; when nothing changes the same list comes back.
 *
 * @param now RFC 3339 time for a condition whose status changes.
 * @see Kubernetes API conventions, "Typical status properties".
 * @example
 * ```ts
 * const ready = { type: "Ready", status: "True", reason: "AllUp", message: "" } as const;
 * const first = setCondition([], ready, "2026-01-01T00:00:00Z");
 * setCondition(first, ready, "2026-01-02T00:00:00Z") === first; // => true
 * ```
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: string,
): readonly Condition[] {
  const before = conditions ?? [];
  const present = before.find((each) => each.type === condition.type);
  const timed = withTransitionTime(condition, present, now);
  if (present === undefined) return [...before, timed];
  if (isSameCondition(present, timed)) return before;
  return before.map((each) => (each === present ? timed : each));
}

/** What {@link mergeConditions} needs besides the lists. */
export interface MergeOptions {
  readonly now: string;
  /** Conditions of others to be sent along, in their place. */
  readonly kept: readonly Condition[];
}

/**
 * The conditions to send: those declared, with their transition times, and those to be kept, in the
 * order in which they are live; new ones come last. **API requests:** 0.
 */
export function mergeConditions(
  declared: readonly Condition[],
  live: readonly Condition[],
  { now, kept }: MergeOptions,
): readonly Condition[] {
  const timed = declared.map((condition) => {
    const present = live.find((each) => each.type === condition.type);
    return withTransitionTime(condition, present, now);
  });
  if (kept.length === 0) return timed;
  const byType = new Map([...kept, ...timed].map((each) => [each.type, each]));
  const inPlace = live.flatMap(({ type }) => byType.get(type) ?? []);
  const added = timed.filter(({ type }) => !live.some((each) => each.type === type));
  return [...inPlace, ...added];
}

/** The conditions of an object's status; `undefined` when there is no such list. */
export function conditionsOf(object: unknown): readonly Condition[] | undefined {
  const status = isJsonObject(object) ? object.status : undefined;
  const conditions = isJsonObject(status) ? status.conditions : undefined;
  if (!Array.isArray(conditions)) return undefined;
  const isTyped = conditions.every((each) => isJsonObject(each) && typeof each.type === "string");
  return isTyped ? (conditions as unknown as readonly Condition[]) : undefined;
}

function withTransitionTime(
  condition: Condition,
  present: Condition | undefined,
  now: string,
): Condition {
  const { lastTransitionTime, ...rest } = condition;
  if (present !== undefined && present.status === condition.status) {
    return present.lastTransitionTime === undefined
      ? condition
      : { ...rest, lastTransitionTime: present.lastTransitionTime };
  }
  // A time copied along from the condition before is not the time of this change.
  const isOwnTime =
    lastTransitionTime !== undefined && lastTransitionTime !== present?.lastTransitionTime;
  return { ...rest, lastTransitionTime: isOwnTime ? lastTransitionTime : now };
}

function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}
