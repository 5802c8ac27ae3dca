// SPDX-License-Identifier: Apache-2.0
// The graph of sub-reconcilers for people: what each did last, why, and what comes next (stage 5).
import { formatRef, type Clock, type KubernetesObject } from "@haversack/core";
import type { Cause, Lane } from "./lane.js";
import type { Plan } from "./plan.js";
import type { PrimaryState } from "./primary-state.js";

/** Says how the lanes of a primary stand, one line each. **API requests:** 0. @internal */
export function explainPrimary<P extends KubernetesObject>(
  key: string,
  state: PrimaryState<P> | undefined,
  clock: Clock,
): string {
  if (state === undefined) return `${key}: no pass yet`;
  const lines = [...state.lanes.values()].map((lane) => explainLane(lane, state.primary, clock));
  return [key, ...lines].join("\n");
}

function explainLane<P extends KubernetesObject>(lane: Lane<P>, primary: P, clock: Clock): string {
  const { part, outcome, because, counts, lastRunMs, lastCauses } = lane;
  const nowMs = clock.monotonicMs();
  const after = namesAfter("after", part.after) + namesAfter("follows", part.follows);
  const why = because === "" ? "" : ` (${because})`;
  const ran = lastRunMs === undefined ? "" : `, ran ${seconds(nowMs - lastRunMs)} ago`;
  const causes = lastCauses.length === 0 ? "" : ` for ${lastCauses.map(describeCause).join(" · ")}`;
  const dueMs = lane.dueMs(primary, clock);
  const isIdle = dueMs === Infinity || outcome === "inactive" || outcome === "cleaned";
  const waits =
    lane.causes.length === 0 ? "" : ` for ${lane.causes.map(describeCause).join(" · ")}`;
  const due = dueMs <= nowMs ? "due now" : `due in ${seconds(dueMs - nowMs)}`;
  const next = isIdle ? "" : `; ${outcome === "blocked" ? "waiting" : due}${waits}`;
  const { runs, failures, writes } = counts;
  const totals = `[${runs} runs, ${writes} writes, ${failures} failures]`;
  return `  ${part.name}${after}: ${outcome}${why}${ran}${causes}${next} ${totals}`;
}

function namesAfter(word: string, parts: readonly { readonly name: string }[]): string {
  return parts.length === 0 ? "" : ` ${word} ${parts.map(({ name }) => name).join(", ")}`;
}

function describeCause({ source, ref, event, predicate, paths }: Cause): string {
  const what = ref === undefined ? source : formatRef({ ...ref, uid: undefined });
  const at = paths === undefined ? "" : ` at ${paths.join(", ")}`;
  const by = predicate === undefined || predicate === "any" ? "" : ` by ${predicate}`;
  return `${what}${event === undefined ? "" : ` ${event}`}${by}${at}`;
}

function seconds(delayMs: number): string {
  return delayMs < 1000 ? `${Math.round(delayMs)} ms` : `${Math.round(delayMs / 1000)} s`;
}

/** The graph as a Mermaid flowchart. **API requests:** 0. @internal */
export function toMermaid<P extends KubernetesObject>(
  plan: Plan<P>,
  state: PrimaryState<P> | undefined,
): string {
  const nodes = plan.parts.map((part) => {
    const outcome = state?.lanes.get(part)?.outcome;
    const label = outcome === undefined ? part.name : `${part.name}<br/>${outcome}`;
    return `  ${idOf(part.name)}["${label}"]`;
  });
  const edges = plan.parts.flatMap((part) => [
    ...part.after.map((before) => `  ${idOf(before.name)} --> ${idOf(part.name)}`),
    ...part.follows.map((before) => `  ${idOf(before.name)} -.-> ${idOf(part.name)}`),
  ]);
  return ["flowchart LR", ...nodes, ...edges].join("\n");
}

/** `end` and the like are words of Mermaid's own. */
function idOf(name: string): string {
  return `part_${name.replaceAll("-", "_")}`;
}
