// SPDX-License-Identifier: Apache-2.0
// What a pass came to and what follows from it: error before requeue before done (stage 5: reconcile).
import {
  done,
  ExpansionError,
  formatRef,
  hasCode,
  retryRuleOf,
  type ResourceRef,
  type Result,
  type RetryRule,
} from "@haversack/core";
import type { Backoff } from "./backoff.js";
import { describeError } from "./describe-error.js";
import type { PassOutcome } from "./stage-trace.js";
import type { NextPass, Work } from "./work-queue.js";

/** A reconcile returned something that is no result. Retried; correct the code. */
export class InvalidResultError extends ExpansionError {
  constructor(ref: ResourceRef, why: string) {
    super(
      "EXP_INVALID_RESULT",
      `reconcile ${formatRef(ref)} failed: it returned ${why}. ` +
        "Return nothing, done, requeueAfter(ms) or halt(because).",
      "backoff",
      { ref },
    );
  }
}

/** A reconcile threw something that is no error. Retried. */
export class ReconcileFailedError extends ExpansionError {
  constructor(ref: ResourceRef, thrown: unknown) {
    super(
      "EXP_RECONCILE_FAILED",
      `reconcile ${formatRef(ref)} failed: ${describeError(thrown)}. ` +
        "Throw an Error that says what went wrong.",
      "backoff",
      { ref, cause: thrown },
    );
  }
}

/** A pass was still running when the time to stop was over. */
export class ReconcileStoppedError extends ExpansionError {
  constructor(ref: ResourceRef) {
    super(
      "EXP_RECONCILE_STOPPED",
      `reconcile ${formatRef(ref)} was stopped: the reconciler is shutting down. ` +
        "It runs again after the next start.",
      "backoff",
      { ref },
    );
  }
}

/**
 * Reads what a reconcile returned.
 *
 * @throws {@link InvalidResultError} for anything that is no {@link Result}.
 */
export function checkResult(value: unknown, ref: ResourceRef): Result {
  if (value === undefined) return done;
  if (typeof value !== "object" || value === null)
    throw new InvalidResultError(ref, `a value of type ${value === null ? "null" : typeof value}`);
  const { kind, afterMs, priority } = value as { [K in "kind" | "afterMs" | "priority"]?: unknown };
  switch (kind) {
    case "done":
    case "halt":
      return value as Result;
    case "requeue":
      if (!isDelay(afterMs))
        throw new InvalidResultError(ref, `a requeue after ${String(afterMs)} ms`);
      if (priority !== undefined && !Number.isFinite(priority))
        throw new InvalidResultError(ref, `a requeue of priority ${String(priority)}`);
      return value as Result;
    default:
      throw new InvalidResultError(ref, "an object without a known kind");
  }
}

/** What follows from a pass. */
export interface Conclusion {
  readonly outcome: PassOutcome;
  readonly next: NextPass | undefined;
  readonly because: string | undefined;
}

/** What follows from a result. */
export function conclude(result: Result): Conclusion {
  switch (result.kind) {
    case "requeue": {
      const { afterMs, priority } = result;
      return {
        outcome: "requeue",
        next: { kind: "requeue", afterMs, priority },
        because: undefined,
      };
    }
    case "halt":
      return { outcome: "halt", next: undefined, because: String(result.because) };
    case "done":
      return { outcome: "done", next: undefined, because: undefined };
  }
}

/**
 * What follows from an error: its retry rule decides.
 *
 * Terminal: nothing, until the primary's generation changes. A time given (as by `Retry-After`) is
 * kept whatever happens. The first conflicts in a row are retried without being failures.
 */
export function concludeError(error: unknown, work: Work, backoff: Backoff): Conclusion {
  const because = describeError(error);
  const rule = checkedRule(retryRuleOf(error));
  if (rule === "never") return { outcome: "terminal", next: undefined, because };
  if (typeof rule === "object") {
    const next: NextPass = { kind: "retry", afterMs: rule.afterMs, isCuttable: false };
    return { outcome: "error", next, because };
  }
  if (hasCode(error, "EXP_CONFLICT") && work.conflicts < backoff.quietConflicts) {
    const afterMs = backoff.delayMs(work.conflicts);
    return { outcome: "conflict", next: { kind: "retry", afterMs, isConflict: true }, because };
  }
  const next: NextPass = { kind: "retry", afterMs: backoff.delayMs(work.failures) };
  return { outcome: hasCode(error, timeoutCode) ? "timeout" : "error", next, because };
}

const timeoutCode = "EXP_RECONCILE_TIMEOUT";

/** An error may come from elsewhere, with a rule that is none: it backs off. */
function checkedRule(rule: RetryRule): RetryRule {
  if (typeof rule === "object") return isDelay(rule?.afterMs) ? rule : "backoff";
  return rule;
}

function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Infinity;
}
