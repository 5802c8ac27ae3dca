// SPDX-License-Identifier: Apache-2.0
// The status of one primary as its parts see it while a pass runs, and as it is written (stage 6: writes).
import type { KubernetesObject } from "@haversack/core";
import type { PrimaryState } from "./primary-state.js";
import { conditionsOf, mergeFields, mergeStatus, statusOf, summarise } from "./status.js";

/** All that is to be written: what the parts said, and the summary of their lanes. @internal */
export function wholeStatus<P extends KubernetesObject>(
  state: PrimaryState<P>,
): Readonly<Record<string, unknown>> {
  const { primary, contributions } = state;
  const lanes = [...state.lanes.values()];
  const { fields, conditions } = mergeStatus(lanes, contributions, statusOf(primary));
  for (const each of summarise(lanes, primary)) conditions.set(each.type, each);
  const { generation } = primary.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const sorted = [...conditions.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
  return { ...fields, ...observed, conditions: sorted };
}

/** The primary as those later in the order see it: with what was said about its status so far. @internal */
export function primaryWithStatus<P extends KubernetesObject>(state: PrimaryState<P>): P {
  const { primary, contributions } = state;
  if (contributions.size === 0) return primary;
  const live = statusOf(primary);
  const { fields, conditions } = mergeStatus([...state.lanes.values()], contributions, live);
  const kept = conditionsOf(live).filter(({ type }) => !conditions.has(type));
  const status = { ...mergeFields(live, fields), conditions: [...kept, ...conditions.values()] };
  return { ...primary, status } as P;
}
