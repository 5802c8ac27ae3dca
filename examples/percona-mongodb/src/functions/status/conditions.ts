// SPDX-License-Identifier: Apache-2.0
// F12, conditions: a state once reached stays told; times change only with what they tell (stage 5: reconcile).
import { present } from "../../json.js";
import type { PsmdbCondition } from "../../types.js";
import type { ConditionNote } from "../notes.js";

/**
 * The conditions after a pass: that of the state, and those that functions hand over.
 *
 * Conditions of states are never taken back; the list says which states were reached. A function's
 * condition that is false and was never true is not told.
 *
 * **API requests:** 0.
 */
export function conditionsAfter(
  known: readonly PsmdbCondition[],
  state: ConditionNote,
  notes: readonly ConditionNote[],
  time: string,
): readonly PsmdbCondition[] {
  let conditions = known;
  for (const note of [state, ...notes]) conditions = withCondition(conditions, note, time);
  return conditions;
}

function withCondition(
  known: readonly PsmdbCondition[],
  { type, status, reason, message }: ConditionNote,
  time: string,
): readonly PsmdbCondition[] {
  const index = known.findIndex((condition) => condition.type === type);
  const current = known[index];
  if (current === undefined && status === "False") return known;
  const isSame =
    current?.status === status && current.reason === reason && current.message === message;
  if (isSame) return known;
  const lastTransitionTime =
    current?.status === status ? (current.lastTransitionTime ?? time) : time;
  const next = present<PsmdbCondition>({ type, status, reason, message, lastTransitionTime });
  return current === undefined ? [...known, next] : known.with(index, next);
}
