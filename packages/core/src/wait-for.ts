// SPDX-License-Identifier: Apache-2.0
// Decides how a wait stands, from times alone, so that it can be decided anywhere (stage 5: reconcile).
import type { Condition } from "./kubernetes-object.js";
import { halt, requeueAfter } from "./reconcile.js";
import type { Wait, WaitDeclaration, WaitTimes } from "./sub-reconciler.js";

/** A wait, and the condition that shows it. */
export interface DecidedWait {
  readonly wait: Wait;
  readonly condition: Condition;
  /** Since when it has been waited for; `undefined` when it is over. */
  readonly sinceMs: number | undefined;
}

/**
 * Decides how a wait stands.
 *
 * **API requests:** 0. **Guarantees:** a pure function; a timeout counts from the first time.
 *
 * @example
 * ```ts
 * const times = { nowMs: 5_000, sinceMs: { PodsReady: 1_000 } };
 * const ready = { condition: "PodsReady", isMet: false, timeoutMs: 10_000 };
 * decideWait(ready, times).wait; // => { state: "waiting", result: { kind: "requeue", afterMs: 6_000 } }
 * ```
 */
export function decideWait(declared: WaitDeclaration, times: WaitTimes): DecidedWait {
  const { condition: type, isMet, timeoutMs, message = "" } = declared;
  const show = (status: Condition["status"], reason: string): Condition => ({
    ...{ type, status, reason, message },
  });
  if (isMet) {
    const wait: Wait = { state: "met", result: { kind: "done" } };
    return { wait, condition: show("True", "Met"), sinceMs: undefined };
  }
  const known = Object.hasOwn(times.sinceMs, type) ? times.sinceMs[type] : undefined;
  const sinceMs = known ?? times.nowMs;
  const leftMs = sinceMs + timeoutMs - times.nowMs;
  if (leftMs > 0) {
    const wait: Wait = { state: "waiting", result: requeueAfter(leftMs) };
    return { wait, condition: show("False", "Waiting"), sinceMs };
  }
  const because = `${type} did not come within ${timeoutMs} ms${message && `: ${message}`}`;
  const wait: Wait = { state: "timed-out", result: halt(because) };
  return { wait, condition: show("False", "TimedOut"), sinceMs };
}
