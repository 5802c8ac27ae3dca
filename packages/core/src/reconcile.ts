// SPDX-License-Identifier: Apache-2.0
// What a reconcile is given and what it returns (stage 5: reconcile).
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ResourceRef } from "./resource-ref.js";

/** Why a reconcile runs: for logs and metrics, never for decisions. */
export interface ReconcileReason {
  /** Where it came from: a kind, `"requeue"`, `"retry"`, `"manual"` … */
  readonly source: string;
  /** The object whose event it was. */
  readonly ref?: ResourceRef;
  readonly event?: "added" | "modified" | "deleted" | "resynced";
  /** The predicate that let the event pass. */
  readonly predicate?: string;
}

/** One pass for one primary. */
export interface ReconcileRequest<P extends KubernetesObject = KubernetesObject> {
  readonly ref: ResourceRef;
  /** The newest state known, own writes included; frozen. */
  readonly primary: P;
  /** Aborted on shutdown, on timeout and when the host loses the right to act. */
  readonly signal: AbortSignal;
  /** 0 for the first try; grows with each failure in a row. */
  readonly attempt: number;
  /** Coalesced and bounded; the same work must be done whatever it holds. */
  readonly reasons: readonly ReconcileReason[];
}

/** What should happen next. Going wrong is not a result: throw. */
export type Result =
  | { readonly kind: "done" }
  | { readonly kind: "requeue"; readonly afterMs: number; readonly priority?: number }
  | { readonly kind: "halt"; readonly because: string };

/** Nothing more to do until something changes. */
export const done: Result = Object.freeze({ kind: "done" });

/** Run again after a delay, even if nothing changes. */
export function requeueAfter(afterMs: number): Result {
  return { kind: "requeue", afterMs };
}

/** Do nothing more until something changes, and say why; not an error. */
export function halt(because: string): Result {
  return { kind: "halt", because };
}
