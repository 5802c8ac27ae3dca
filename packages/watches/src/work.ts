// SPDX-License-Identifier: Apache-2.0
// What goes into the work queue, what comes out, and what follows (stage 4: work queue).
import type { ObjectKey, ReconcileReason } from "@haversack/core";
import type { QueueEntry } from "./queue-entry.js";

/** Priority of what is not urgent: the initial list and resyncs, as in controller-runtime. */
export const lowPriority = -100;

/** How a primary is added. */
export interface AddOptions {
  /** The higher, the earlier. Default 0. */
  readonly priority?: number | undefined;
  /** Default 0. */
  readonly afterMs?: number | undefined;
  readonly reason?: ReconcileReason | undefined;
  /** Gather with others in the debounce window, if the queue has one. */
  readonly debounce?: boolean | undefined;
  /**
   * Names a foreign change. It ends a backoff early, once per name until a pass succeeds; the count
   * of failures stays.
   */
  readonly cut?: string | undefined;
}

/** One pass to be made; to be given back with `WorkQueue.done`. */
export interface Work {
  readonly key: ObjectKey;
  readonly priority: number;
  readonly reasons: readonly ReconcileReason[];
  /** Failures in a row, conflicts included. */
  readonly attempt: number;
  /** Failures in a row that were no conflicts. */
  readonly failures: number;
  /** Conflicts in a row. */
  readonly conflicts: number;
  /** From the first add, or from when it was due, to the hand-out. */
  readonly queuedMs: number;
}

/** What follows a pass. Absent: it succeeded, nothing follows. */
export type NextPass =
  /** It succeeded and wants another pass. The priority is kept unless given. */
  | { readonly kind: "requeue"; readonly afterMs: number; readonly priority?: number | undefined }
  /** It failed. `isCuttable: false` keeps the delay whatever happens. */
  | {
      readonly kind: "retry";
      readonly afterMs: number;
      readonly isConflict?: boolean;
      readonly isCuttable?: boolean;
    };

/** How many primaries stand where. */
export interface QueueDepth {
  readonly ready: number;
  /** Due later: requeued, in backoff or in a debounce window. */
  readonly waiting: number;
  readonly running: number;
}

/** A {@link Work} as the queue keeps it. @internal */
export class RunningWork implements Work {
  readonly key: ObjectKey;
  readonly priority: number;
  readonly reasons: readonly ReconcileReason[];
  readonly failures: number;
  readonly conflicts: number;
  readonly queuedMs: number;
  readonly startedAtMs: number;
  readonly entry: QueueEntry;
  isOpen = true;

  constructor(entry: QueueEntry, nowMs: number) {
    this.entry = entry;
    this.key = entry.key;
    this.priority = entry.priority;
    this.reasons = entry.takeReasons();
    this.failures = entry.failures;
    this.conflicts = entry.conflicts;
    this.queuedMs = Math.max(0, nowMs - Math.max(entry.addedAtMs, entry.dueAtMs));
    this.startedAtMs = nowMs;
  }

  get attempt(): number {
    return this.failures + this.conflicts;
  }
}
