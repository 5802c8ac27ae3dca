// SPDX-License-Identifier: Apache-2.0
// What the work queue knows about one primary (stage 4: work queue).
import type { ObjectKey, ReconcileReason } from "@haversack/core";
import type { HeapMember } from "./entry-heap.js";
import { noReasons, ReasonList } from "./reason-list.js";

/** A window in which the events of one primary are gathered. */
export interface Debounce {
  /** Quiet time after the last event. **Units:** milliseconds. */
  readonly waitMs: number;
  /** Longest time after the first event. **Units:** milliseconds. */
  readonly maxWaitMs: number;
}

/** Foreign changes that may end a backoff early, in one series of failures; a hot loop ends there. */
const maxCuts = 32;

/**
 * One primary in the queue: what is asked for, whether it runs, how often it failed.
 *
 * There is one entry per key. While a pass runs the entry is in no heap; what is added meanwhile
 * waits in its fields and becomes exactly one more pass.
 *
 * @internal
 */
export class QueueEntry implements HeapMember {
  readonly key: ObjectKey;
  heapIndex: number = -1;
  place: "none" | "ready" | "waiting" = "none";
  isRunning: boolean = false;
  /** Whether a pass is asked for. */
  isPending: boolean = false;
  priority: number = 0;
  /** Priority and time in one number: the higher, the earlier. Static, so ageing costs nothing. */
  score: number = -Infinity;
  /** Decides between equal scores; 0 until the entry was due. */
  order: number = 0;
  /** When it leaves the waiting heap; set when it enters. */
  waitingUntilMs: number = Infinity;
  /** Earliest time asked for. */
  dueAtMs: number = Infinity;
  /** End of the debounce window. */
  debouncedUntilMs: number = Infinity;
  debouncedSinceMs: number = 0;
  /** Failed: no pass before, whatever is asked for. */
  backoffUntilMs: number = -Infinity;
  /** Whether a foreign change may end the backoff early. */
  isCuttable: boolean = true;
  failures: number = 0;
  conflicts: number = 0;
  addedAtMs: number = 0;
  /** Decides between equal times. */
  sequence: number = 0;
  #reasons: ReasonList | undefined;
  #cut: string | undefined;
  #cuts: Set<string> | undefined;

  constructor(key: ObjectKey) {
    this.key = key;
  }

  addReason(reason: ReconcileReason): void {
    this.#reasons ??= new ReasonList();
    this.#reasons.add(reason);
  }

  /** Hands the reasons over; those that come later belong to the next pass. */
  takeReasons(): readonly ReconcileReason[] {
    const reasons = this.#reasons?.take() ?? noReasons;
    this.#reasons = undefined;
    return reasons;
  }

  /** When the pass that is asked for may begin. */
  get readyAtMs(): number {
    return Math.max(this.backoffUntilMs, Math.min(this.dueAtMs, this.debouncedUntilMs));
  }

  get isBackingOff(): boolean {
    return this.failures > 0 || this.conflicts > 0;
  }

  /** Whether nothing has to be remembered. */
  get isEmpty(): boolean {
    return !this.isPending && !this.isRunning && !this.isBackingOff;
  }

  /** Begins a debounce window, or moves its end: never beyond the longest wait. */
  debounce(window: Debounce, nowMs: number): void {
    if (this.debouncedUntilMs === Infinity) this.debouncedSinceMs = nowMs;
    const latestMs = this.debouncedSinceMs + window.maxWaitMs;
    this.debouncedUntilMs = Math.min(nowMs + window.waitMs, latestMs);
  }

  /** Notes a foreign change; it ends a backoff now or, seen during a pass, the one that follows. */
  noteChange(cut: string): void {
    this.#cut = cut;
    this.cutBackoff();
  }

  /** Ends the backoff early if a foreign change allows it: each one once per series of failures. */
  cutBackoff(): void {
    if (this.isRunning || !this.isBackingOff || !this.isCuttable) return;
    if (this.#cut === undefined || this.#cuts?.has(this.#cut) === true) return;
    this.#cuts ??= new Set();
    if (this.#cuts.size >= maxCuts) return;
    this.#cuts.add(this.#cut);
    this.backoffUntilMs = -Infinity;
  }

  /** Clears what was asked for: it is being done. */
  begin(): void {
    this.isRunning = true;
    this.clear();
  }

  /** Forgets what was asked for, not how often it failed. */
  clear(): void {
    this.isPending = false;
    this.priority = 0;
    this.score = -Infinity;
    this.order = 0;
    this.dueAtMs = Infinity;
    this.debouncedUntilMs = Infinity;
    this.#cut = undefined;
  }

  /** Only a success comes here. */
  succeed(): void {
    this.failures = 0;
    this.conflicts = 0;
    this.backoffUntilMs = -Infinity;
    this.isCuttable = true;
    this.#cuts = undefined;
  }
}
