// SPDX-License-Identifier: Apache-2.0
// What the work queue knows about one primary (stage 4: work queue).
import type { ObjectKey, ReconcileReason } from "@haversack/core";
import type { HeapMember } from "./entry-heap.js";
import { FailureSeries } from "./failure-series.js";
import { noReasons, ReasonList } from "./reason-list.js";

/** A window in which the events of one primary are gathered. */
export interface Debounce {
  /** Quiet time after the last event. **Units:** milliseconds. */
  readonly waitMs: number;
  /** Longest time after the first event. **Units:** milliseconds. */
  readonly maxWaitMs: number;
}

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
  addedAtMs: number = 0;
  /** Decides between equal times. */
  sequence: number = 0;
  #window: { readonly sinceMs: number; readonly untilMs: number } | undefined;
  #reasons: ReasonList | undefined;
  #cut: string | undefined;
  /** Present from a failure to the next success. */
  #series: FailureSeries | undefined;

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

  get failures(): number {
    return this.#series?.failures ?? 0;
  }

  get conflicts(): number {
    return this.#series?.conflicts ?? 0;
  }

  get isBackingOff(): boolean {
    return this.#series !== undefined;
  }

  /** When the pass that is asked for may begin. */
  get readyAtMs(): number {
    let atMs = this.dueAtMs;
    if (this.#window !== undefined) atMs = Math.min(atMs, this.#window.untilMs);
    if (this.#series !== undefined) atMs = Math.max(atMs, this.#series.untilMs);
    return atMs;
  }

  /** Whether a pass may begin now without a debounce window being asked. */
  isDue(nowMs: number): boolean {
    if (this.dueAtMs > nowMs) return false;
    return this.#series === undefined || this.#series.untilMs <= nowMs;
  }

  /** Whether nothing has to be remembered. */
  get isEmpty(): boolean {
    return !this.isPending && !this.isRunning && !this.isBackingOff;
  }

  /** Begins a debounce window, or moves its end: never beyond the longest wait. */
  debounce({ waitMs, maxWaitMs }: Debounce, nowMs: number): void {
    const sinceMs = this.#window?.sinceMs ?? nowMs;
    this.#window = { sinceMs, untilMs: Math.min(nowMs + waitMs, sinceMs + maxWaitMs) };
  }

  endWindow(): void {
    this.#window = undefined;
  }

  /** Notes a foreign change; it ends a backoff now or, seen during a pass, the one that follows. */
  noteChange(cut: string): void {
    this.#cut = cut;
    if (!this.isRunning) this.#series?.cut(cut);
  }

  /** Notes a failure and when to try again, which a change seen during the pass may be now. */
  fail(isConflict: boolean, untilMs: number, isCuttable: boolean): void {
    this.#series ??= new FailureSeries();
    this.#series.fail(isConflict, untilMs, isCuttable);
    if (this.#cut !== undefined) this.#series.cut(this.#cut);
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
    this.#window = undefined;
    this.#cut = undefined;
  }

  /** Only a success comes here. */
  succeed(): void {
    this.#series = undefined;
  }
}
