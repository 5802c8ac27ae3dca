// SPDX-License-Identifier: Apache-2.0
// Why a primary is queued: coalesced, bounded, for people only (stage 4: work queue).
import type { ReconcileReason } from "@haversack/core";

/** How many different reasons a request carries; what is over is counted. */
export const maxReasons = 8;

/** The list of nothing. */
export const noReasons: readonly ReconcileReason[] = Object.freeze([]);

/**
 * Collects the reasons of one pass.
 *
 * **Guarantees:** holds at most {@link maxReasons} different reasons; equal ones are kept once.
 *
 * @internal
 */
export class ReasonList {
  readonly #reasons: ReconcileReason[] = [];
  #leftOut = 0;

  add(reason: ReconcileReason): void {
    for (const known of this.#reasons) if (isSame(known, reason)) return;
    if (this.#reasons.length < maxReasons) this.#reasons.push(reason);
    else this.#leftOut += 1;
  }

  /** The reasons, and how many were left out. To be called once. */
  take(): readonly ReconcileReason[] {
    if (this.#leftOut > 0) this.#reasons.push({ source: `${this.#leftOut} more` });
    return Object.freeze(this.#reasons);
  }
}

function isSame(a: ReconcileReason, b: ReconcileReason): boolean {
  if (a === b) return true;
  if (a.source !== b.source || a.event !== b.event || a.predicate !== b.predicate) return false;
  const [left, right] = [a.ref, b.ref];
  if (left === undefined || right === undefined) return left === right;
  return (
    left.name === right.name &&
    left.namespace === right.namespace &&
    left.kind === right.kind &&
    left.group === right.group &&
    left.uid === right.uid
  );
}
