// SPDX-License-Identifier: Apache-2.0
// What a plan would have cost on a stream's own past (stage: between two turns of a guest).
import type { StreamFacts, WakeCosts } from "./wake-policy.js";

/** A plan relative to its event, in milliseconds. */
export interface RelativePlan {
  readonly rule: string;
  readonly keepMs: number;
  /** Loading begins then; `Infinity`: never. */
  readonly loadMs: number;
  readonly giveUpMs: number;
}

/**
 * The mean cost of a plan over past gaps.
 *
 * One more gap without end is counted in: a stream may stop, and a plan that holds a guest for ever
 * must lose then.
 */
export function expectedCost(
  plan: RelativePlan,
  gaps: Float64Array,
  facts: StreamFacts,
  costs: WakeCosts,
): number {
  const perWarmMs = (facts.sizeMib * costs.perMibSecond) / 1_000;
  const { loadMs, giveUpMs, keepMs } = plan;
  let latencyMs = 0;
  let warmMs = 0;
  for (let at = 0; at <= gaps.length; at += 1) {
    const gapMs = gaps[at] ?? Infinity;
    if (gapMs <= keepMs) {
      warmMs += gapMs;
      continue;
    }
    warmMs += keepMs;
    if (gapMs < loadMs || loadMs === Infinity) {
      latencyMs += facts.loadMs;
    } else if (gapMs > giveUpMs) {
      latencyMs += facts.loadMs;
      warmMs += giveUpMs - loadMs;
    } else {
      latencyMs += Math.max(loadMs + facts.loadMs - gapMs, 0);
      warmMs += gapMs - loadMs;
    }
  }
  return (latencyMs * costs.perLatencyMs + warmMs * perWarmMs) / (gaps.length + 1);
}
