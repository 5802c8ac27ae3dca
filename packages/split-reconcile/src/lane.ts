// SPDX-License-Identifier: Apache-2.0
// What is remembered of one sub-reconciler for one primary: its own queue entry (stage 4 to 5).
import {
  hasCode,
  isExpansionError,
  retryRuleOf,
  type Clock,
  type KubernetesObject,
  type ReconcileReason,
  type Result,
  type SecondaryKinds,
  type SecondarySnapshot,
} from "@haversack/core";
import { nextDue, nextInterval, type DueTime, type ScheduleState } from "./schedule.js";
import type { Part } from "./plan.js";

/** Why a lane is due, and since when; for people. */
export interface Cause extends ReconcileReason {
  /** Monotonic. */
  readonly atMs: number;
  /** What the event changed, at most eight dotted paths. */
  readonly paths?: readonly string[];
}

/** How the last run of a sub-reconciler ended, or why there was none. */
export type LaneOutcome =
  | "never"
  | "done"
  | "waiting"
  | "halted"
  | "blocked"
  | "failed"
  | "terminal"
  | "looping"
  | "inactive"
  | "cleaned";

/** What a lane counts from the start on. */
type LaneCounts = Record<
  "runs" | "failures" | "writes" | "blocked" | "undeclaredWrites" | "undeclaredReads",
  number
>;

type Shown = SecondarySnapshot<SecondaryKinds> | undefined;

/** Different causes kept per lane; what is over is counted. */
const maxCauses = 8;
/** Foreign changes that may end a backoff early, in one series of failures. */
const maxCuts = 32;
/** Conflicts in a row that count as no failure. */
const quietConflicts = 3;

/**
 * The lane of one sub-reconciler for one primary: wakes, backoff, requeue time and counters.
 *
 * **Guarantees:** a wake is pending until a run that began after it has succeeded; a backoff ends
 * early only for a foreign change, each once; only a success resets it.
 *
 * @internal
 */
export class Lane<P extends KubernetesObject = KubernetesObject> {
  readonly part: Part<P>;
  readonly schedule: ScheduleState;
  outcome: LaneOutcome = "never";
  because: string = "";
  /** Causes of the run under way, or of the last one. */
  lastCauses: readonly Cause[] = [];
  lastRunMs: number | undefined;
  readonly counts: LaneCounts = {
    runs: 0,
    failures: 0,
    writes: 0,
    blocked: 0,
    undeclaredWrites: 0,
    undeclaredReads: 0,
  };
  hasSucceeded = false;
  /** What the last run decided on. */
  #snapshot: Shown;
  /** What other watches told of what it reads, by object, and no run has seen yet. */
  readonly #overheard = new Map<string, { isShownIn(shown: Shown): boolean; isMarked: boolean }>();
  /** Failures in a row. */
  failures = 0;
  requeueAtMs: number = Infinity;
  requeuePriority: number | undefined;
  /** No run before. */
  untilMs: number = -Infinity;
  /** Wakes so far, those that a run has answered, and those before the pass under way began. */
  #wakes = 0;
  #answered = 0;
  #marked = 0;
  /** Due whatever was heard: a failed run, or a write of the pass under way. */
  #isOwed = false;
  #causes: Cause[] = [];
  #leftOut = 0;
  #causesAtMark = 0;
  #conflicts = 0;
  #isCuttable = true;
  #cuts = new Set<string>();
  #isRunning = false;
  /** Foreign changes since the run began: the run may not have seen them. */
  readonly #changes = new Set<string>();
  /** The state of the primary in which retrying was called useless. */
  #terminalFor: string | undefined;

  constructor(part: Part<P>, clock: Clock) {
    this.part = part;
    const nowMs = clock.monotonicMs();
    this.schedule = {
      bornMs: clock.now(),
      servedMs: -Infinity,
      intervalDueMs: Infinity,
      changedAtMs: nowMs,
      servedIdleMs: undefined,
      servedAt: undefined,
    };
    this.wake({ source: "start", atMs: nowMs });
  }

  get isWoken(): boolean {
    return this.#isOwed || this.#wakes > this.#answered || this.#overheard.size > 0;
  }

  /** Whether it was woken by what no run has begun to answer; a failure is no news. */
  get hasNews(): boolean {
    return this.#wakes > this.#marked || [...this.#overheard.values()].some((h) => !h.isMarked);
  }

  get causes(): readonly Cause[] {
    const more = this.#leftOut === 0 ? [] : [{ source: `${this.#leftOut} more`, atMs: 0 }];
    return [...this.#causes, ...more];
  }

  /** Makes it due. @param foreignChange May end a backoff early, once in a series of failures. */
  wake(cause: Cause, foreignChange?: string): void {
    this.#wakes += 1;
    this.#note(cause);
    if (foreignChange === undefined) return;
    if (this.#isRunning) this.#changes.add(foreignChange);
    else this.#cut(foreignChange);
  }

  /** Makes it due in the pass under way, which will show it what happened. */
  wakeWithin(cause: Cause): void {
    this.#isOwed = true;
    this.#note(cause);
    this.#causesAtMark = this.#causes.length;
  }

  /** Another watch told of an object it reads: it is due unless a run has decided on that state. */
  overhear(id: string, cause: Cause, isShownIn: (shown: Shown) => boolean): void {
    if (isShownIn(this.#snapshot)) return;
    this.#overheard.set(id, { isShownIn, isMarked: false });
    this.#note(cause);
  }

  /**
   * A pass begins and takes its snapshot: its runs answer the wakes so far, and no later ones, for
   * what these tell of is not in the snapshot.
   */
  mark(): void {
    this.#marked = this.#wakes;
    for (const heard of this.#overheard.values()) heard.isMarked = true;
    this.#causesAtMark = this.#causes.length;
  }

  #note(cause: Cause): void {
    if (this.#causes.length < maxCauses) this.#causes.push(cause);
    else this.#leftOut += 1;
  }

  #cut(foreignChange: string): void {
    if (!this.#isCuttable || this.untilMs === -Infinity) return;
    if (this.#cuts.has(foreignChange) || this.#cuts.size >= maxCuts) return;
    this.#cuts.add(foreignChange);
    this.untilMs = -Infinity;
  }

  /**
   * The earliest monotonic time of its next run; in the past when it is due.
   *
   * @param isInPass Asks for the pass under way: wakes since it began don't count.
   */
  dueMs(primary: P, clock: Clock, isInPass = false): number {
    if (this.#terminalFor !== undefined && this.#terminalFor === stateOf(primary)) return Infinity;
    const isHeard = [...this.#overheard.values()].some(({ isMarked }) => isMarked || !isInPass);
    const wakes = isInPass ? this.#marked : this.#wakes;
    if (this.#isOwed || isHeard || wakes > this.#answered) return this.untilMs;
    const scheduled = this.scheduled(primary, clock)?.atMs ?? Infinity;
    return Math.max(Math.min(this.requeueAtMs, scheduled), this.untilMs);
  }

  scheduled(primary: P, clock: Clock): DueTime | undefined {
    return nextDue(this.part.declared, this.schedule, primary, clock);
  }

  /** A run begins: what comes from now on asks for another one. */
  begin(nowMs: number, snapshot: Shown): void {
    this.#snapshot = snapshot;
    for (const [id, { isShownIn, isMarked }] of this.#overheard)
      if (isMarked || isShownIn(snapshot)) this.#overheard.delete(id);
    const later =
      this.#wakes > this.#marked || this.#overheard.size > 0
        ? this.#causes.splice(this.#causesAtMark)
        : [];
    this.lastCauses = this.causes;
    this.#causes = later;
    this.#leftOut = 0;
    this.#causesAtMark = 0;
    this.#answered = this.#marked;
    this.#isOwed = false;
    this.#isRunning = true;
    this.#changes.clear();
    this.requeueAtMs = Infinity;
    this.requeuePriority = undefined;
    this.#terminalFor = undefined;
    this.lastRunMs = nowMs;
    this.counts.runs += 1;
  }

  /** A run ended without an error. */
  succeed(result: Result, isWaiting: boolean, nowMs: number, random: () => number): void {
    this.#isRunning = false;
    this.hasSucceeded = true;
    this.failures = 0;
    this.#conflicts = 0;
    this.#cuts.clear();
    this.untilMs = -Infinity;
    this.schedule.intervalDueMs = nextInterval(this.part.declared, nowMs, random);
    this.outcome = isWaiting ? "waiting" : result.kind === "halt" ? "halted" : "done";
    this.because = result.kind === "halt" ? result.because : "";
    if (result.kind !== "requeue") return;
    this.requeueAtMs = nowMs + result.afterMs;
    this.requeuePriority = result.priority;
  }

  /** A run ended with an error. @returns Whether it is worth a line in the log. */
  fail(error: unknown, primary: P, nowMs: number): boolean {
    const rule = retryRuleOf(error);
    this.because = error instanceof Error ? error.message : String(error);
    this.#isRunning = false;
    this.#isCuttable = typeof rule !== "object";
    this.#restore();
    const isQuiet = hasCode(error, "EXP_CONFLICT") && this.#conflicts < quietConflicts;
    if (isQuiet) this.#conflicts += 1;
    else this.counts.failures += 1;
    this.outcome = "failed";
    const isLoop = hasCode(error, "EXP_FIELD_FIGHT", "EXP_WRITE_LOOP");
    if (isLoop) this.outcome = "looping";
    if (rule === "never") {
      this.outcome = "terminal";
      this.#terminalFor = stateOf(primary);
    } else if (typeof rule === "object") this.untilMs = nowMs + rule.afterMs;
    else this.untilMs = nowMs + this.#backoffMs();
    if (!isQuiet) this.failures += 1;
    for (const change of this.#changes) this.#cut(change);
    return !isQuiet;
  }

  /** A run was cut short by the end of its pass: it is as if it had not begun. */
  interrupt(): void {
    this.#isRunning = false;
    this.#restore();
  }

  /** It is due but may not run; it stays due. */
  block(because: string): void {
    if (this.outcome !== "blocked" || this.because !== because) this.counts.blocked += 1;
    this.outcome = "blocked";
    this.because = because;
  }

  /** It takes no part: nothing is due until it is woken again. */
  rest(outcome: "inactive" | "cleaned" | "never"): void {
    this.#isOwed = this.#isRunning = false;
    this.#answered = this.#wakes;
    this.#overheard.clear();
    this.#causes = [];
    this.requeueAtMs = Infinity;
    this.#terminalFor = undefined;
    this.outcome = outcome;
    this.because = "";
  }

  #restore(): void {
    this.#isOwed = true;
    this.#causes = [...this.lastCauses, ...this.#causes].slice(0, maxCauses);
  }

  #backoffMs(): number {
    const { initialMs = 5, maxMs = 1_000_000 } = this.part.declared.retry ?? {};
    return Math.min(maxMs, initialMs * 2 ** Math.min(this.failures, 60));
  }
}

/** What must differ for a terminal error to be forgotten. */
function stateOf({ metadata }: KubernetesObject): string {
  const { uid = "", generation, resourceVersion, annotations } = metadata;
  return JSON.stringify([uid, generation ?? resourceVersion, annotations]);
}

/** Text of an error's code, for conditions. */
export function reasonOf(error: unknown): string {
  return isExpansionError(error) ? error.code : "Error";
}
