// SPDX-License-Identifier: Apache-2.0
// The arithmetic of rollouts: how many replicas each ReplicaSet of a Deployment may have next.
import { getIn } from "../json.js";
import type { JsonObject } from "../json.js";

/** What counts of a ReplicaSet in a rollout. */
export interface SetSize {
  readonly key: string;
  /** `spec.replicas`. */
  readonly replicas: number;
  readonly available: number;
}

/** The limits of a rolling update. */
export interface RolloutLimits {
  readonly desired: number;
  /** Replicas beyond the desired ones. */
  readonly surge: number;
  readonly maxUnavailable: number;
}

function resolved(value: unknown, total: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(String(value ?? "25%"))?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}

/** The limits that a Deployment sets; surge rounds up, unavailability down, one of them is not 0. */
export function limitsOf(deployment: JsonObject): RolloutLimits {
  const desired = Number(getIn(deployment, "spec", "replicas") ?? 1);
  if (getIn(deployment, "spec", "strategy", "type") === "Recreate") {
    return { desired, surge: 0, maxUnavailable: 0 };
  }
  const rolling = getIn(deployment, "spec", "strategy", "rollingUpdate");
  const surge = resolved(getIn(rolling, "maxSurge"), desired, Math.ceil);
  const unavailable = resolved(getIn(rolling, "maxUnavailable"), desired, Math.floor);
  const maxUnavailable = surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, desired);
  return { desired, surge, maxUnavailable };
}

const total = (sets: readonly SetSize[]): number =>
  sets.reduce((sum, { replicas }) => sum + replicas, 0);

/** Size that the newest ReplicaSet may take now. */
export function nextNewSize(
  newest: SetSize,
  old: readonly SetSize[],
  { desired, surge }: RolloutLimits,
): number {
  if (newest.replicas >= desired) return desired;
  const room = desired + surge - total([newest, ...old]);
  return room <= 0 ? newest.replicas : Math.min(desired, newest.replicas + room);
}

/**
 * Sizes that older ReplicaSets may shrink to now: first what is not available there anyway, then what
 * the available replicas of all allow. Oldest first.
 */
export function nextOldSizes(
  newest: SetSize,
  old: readonly SetSize[],
  { desired, maxUnavailable }: RolloutLimits,
): Map<string, number> {
  const sizes = new Map<string, number>();
  const least = desired - maxUnavailable;
  let spare = total([newest, ...old]) - least - (newest.replicas - newest.available);
  if (spare <= 0) return sizes;
  const shrink = (set: SetSize, by: number): void => {
    if (by > 0) sizes.set(set.key, (sizes.get(set.key) ?? set.replicas) - by);
  };
  for (const set of old) {
    const by = Math.min(spare, set.replicas - set.available);
    shrink(set, by);
    spare -= Math.max(0, by);
  }
  let free = newest.available + old.reduce((sum, set) => sum + set.available, 0) - least;
  for (const set of old) {
    const by = Math.min(free, sizes.get(set.key) ?? set.replicas);
    shrink(set, by);
    free -= Math.max(0, by);
  }
  return sizes;
}

/** Sizes after the Deployment itself was scaled in the middle of a rollout: in proportion. */
export function scaledSizes(
  sets: readonly SetSize[],
  { desired, surge }: RolloutLimits,
  oldTotal: number,
): Map<string, number> {
  const sizes = new Map<string, number>();
  const present = total(sets);
  const wanted = desired > 0 ? desired + surge : 0;
  let left = wanted - present;
  const bySize = [...sets].sort((a, b) => b.replicas - a.replicas);
  for (const { key, replicas } of bySize) {
    const share = oldTotal === 0 ? 0 : Math.round((replicas * wanted) / oldTotal) - replicas;
    const change =
      left >= 0 ? Math.min(left, Math.max(0, share)) : Math.max(left, Math.min(0, share));
    sizes.set(key, replicas + change);
    left -= change;
  }
  const [largest] = bySize;
  // What rounding left over goes to the largest.
  if (largest !== undefined && left !== 0) {
    sizes.set(largest.key, Math.max(0, (sizes.get(largest.key) ?? 0) + left));
  }
  return sizes;
}
