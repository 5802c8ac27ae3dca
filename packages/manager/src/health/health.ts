// SPDX-License-Identifier: Apache-2.0
// Whether this process is well and why not, in words (under every stage).
import type { InformerStatus } from "@haversack/core";
import { describePass, type RunningPass } from "../run/pass-register.js";

/** From when on something counts as unwell; every value has a default. */
export interface HealthLimits {
  /** An informer that has lagged so long. Default 60,000. */
  readonly staleAfterMs?: number;
  /** A pass that goes on so long although it was aborted. Default 120,000. */
  readonly stuckAfterMs?: number;
  /** A primary that is ready and has waited so long. Default 300,000. */
  readonly queuedAfterMs?: number;
  /** A stall of the event loop in the last minute. Default 2,000. */
  readonly lagAfterMs?: number;
  /** An informer that has lagged so long is listed anew. Default 120,000; `Infinity` for never. */
  readonly healAfterMs?: number;
}

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly isWell: boolean;
  /** What is wrong, or how it stands. */
  readonly reason: string;
}

/** What is looked at. */
export interface HealthSubject {
  readonly nowMs: number;
  readonly state: "starting" | "running" | "stopping" | "stopped";
  /** How this replica stands among the others. */
  readonly standing: string;
  readonly informers: readonly { readonly kind: string; readonly status: InformerStatus }[];
  readonly passes: readonly RunningPass[];
  readonly queues: readonly { readonly controller: string; readonly oldestWaitMs: number }[];
  readonly lagMs: number;
}

const defaults = {
  staleAfterMs: 60_000,
  stuckAfterMs: 120_000,
  queuedAfterMs: 300_000,
  lagAfterMs: 2_000,
};

/**
 * Whether it should be restarted. Only what a restart mends counts: a pass that ignores its end. An
 * API server that is away is not mended by a restart. **API requests:** 0.
 */
export function livenessOf(subject: HealthSubject, limits: HealthLimits = {}): HealthCheck[] {
  const { stuckAfterMs = defaults.stuckAfterMs } = limits;
  const stuck = subject.passes.filter(
    ({ abortedAtMs }) => abortedAtMs !== undefined && subject.nowMs - abortedAtMs >= stuckAfterMs,
  );
  const describe = (pass: RunningPass): string => {
    const seconds = Math.round((subject.nowMs - (pass.abortedAtMs ?? subject.nowMs)) / 1000);
    return `${describePass(pass)} goes on although it was aborted ${seconds} s ago`;
  };
  return [
    check(
      "passes",
      stuck.map(describe),
      `${subject.passes.length} under way, none of them ignores its end`,
    ),
  ];
}

/** Whether it does its work now. A standby that is ready to take over is ready. **API requests:** 0. */
export function readinessOf(subject: HealthSubject, limits: HealthLimits = {}): HealthCheck[] {
  const { queuedAfterMs, lagAfterMs } = { ...defaults, ...limits };
  const isUp = subject.state === "running";
  const queued = subject.queues
    .filter(({ oldestWaitMs }) => oldestWaitMs >= queuedAfterMs)
    .map(({ controller, oldestWaitMs }) => `${controller}: one waits for ${seconds(oldestWaitMs)}`);
  const lag = subject.lagMs >= lagAfterMs ? [`it stood still for ${seconds(subject.lagMs)}`] : [];
  return [
    { name: "manager", isWell: isUp, reason: `${subject.state}, ${subject.standing}` },
    check("informers", informerProblems(subject, limits), describeInformers(subject)),
    check("queues", queued, "nothing waits for long"),
    check("event-loop", lag, `longest stall ${Math.round(subject.lagMs)} ms`),
    ...livenessOf(subject, limits),
  ];
}

/** The answer to a probe: a line per check, as the API server's own. */
export function formatHealth(name: string, checks: readonly HealthCheck[]): string {
  const lines = checks.map((each) => `[${each.isWell ? "+" : "-"}] ${each.name}: ${each.reason}`);
  const isWell = checks.every((each) => each.isWell);
  return `${[...lines, `${name} ${isWell ? "passed" : "failed"}`].join("\n")}\n`;
}

function informerProblems(
  { informers, nowMs }: HealthSubject,
  { staleAfterMs = defaults.staleAfterMs }: HealthLimits,
): string[] {
  return informers.flatMap(({ kind, status: { state, staleSinceMs, problem } }) => {
    const why = problem === undefined ? "" : `: ${problem}`;
    if (state === "forbidden") return [`${kind} is forbidden${why}`];
    if (state === "absent" || staleSinceMs === undefined) return [];
    const lagMs = nowMs - staleSinceMs;
    return lagMs < staleAfterMs ? [] : [`${kind} is ${state} for ${seconds(lagMs)}${why}`];
  });
}

function describeInformers({ informers }: HealthSubject): string {
  const inStep = informers.filter(({ status }) => status.state === "synced").length;
  if (inStep === informers.length) return `${inStep} in step`;
  const others = informers
    .filter(({ status }) => status.state !== "synced")
    .map(({ kind, status }) => `${kind} is ${status.state}`);
  return `${inStep} of ${informers.length} in step; ${others.join(", ")}`;
}

function check(name: string, problems: readonly string[], otherwise: string): HealthCheck {
  return problems.length === 0
    ? { name, isWell: true, reason: otherwise }
    : { name, isWell: false, reason: problems.join("; ") };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
