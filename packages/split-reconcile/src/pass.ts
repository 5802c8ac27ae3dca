// SPDX-License-Identifier: Apache-2.0
// One pass for one primary: what is due runs in order, over one snapshot (stage 5: split reconcile).
import {
  done,
  formatRef,
  type KubernetesObject,
  type ReconcileRequest,
  type Result,
  type SecondaryKinds,
  type SecondarySnapshot,
} from "@haversack/core";
import { concerns, type Written } from "./access.js";
import { toResult } from "./in-process.js";
import type { Lane } from "./lane.js";
import type { Part } from "./plan.js";
import type { PrimaryState, SplitContext } from "./primary-state.js";
import { holderOf, Run } from "./run.js";
import { settle } from "./settle.js";
import { contributionOf, mergeFields, statusOf } from "./status.js";
import { Turns } from "./turns.js";
import { primaryWithStatus } from "./whole-status.js";

type Phase = "reconcile" | "cleanup";

/**
 * Makes one pass. Its primary is locked by the work queue as long as it lasts.
 *
 * **Guarantees:** a sub-reconciler runs after those it comes after and sees what they wrote; those
 * that could meet never run at the same time; one that fails stops only those after it; the
 * finalizer goes when every cleanup is done and nothing runs.
 * **API requests:** those of the sub-reconcilers, and 1 PATCH of the status if it changed.
 *
 * @internal
 */
export class Pass<P extends KubernetesObject> {
  readonly #context: SplitContext<P>;
  readonly #state: PrimaryState<P>;
  readonly #request: ReconcileRequest<P>;
  readonly #deletion = new AbortController();
  readonly #signal: AbortSignal;
  /** Those whose turn has passed; what wakes them now makes another pass. */
  readonly #passed = new Set<Part<P>>();
  /** Those that heard from the server what the snapshot may lack; not only by writing. */
  readonly #informed = new Set<Part<P>>();
  readonly #snapshot: SecondarySnapshot<SecondaryKinds> | undefined;
  readonly #turns = new Turns<P>();

  constructor(context: SplitContext<P>, state: PrimaryState<P>, request: ReconcileRequest<P>) {
    this.#context = context;
    this.#state = state;
    this.#request = request;
    this.#signal = AbortSignal.any([request.signal, this.#deletion.signal]);
    this.#snapshot = context.secondaries?.of(request.primary);
    for (const lane of state.lanes.values()) lane.mark();
  }

  /** @returns When the primary wants its next pass. @throws when nothing could be done at all. */
  async make(): Promise<Result> {
    const { state, request, context } = {
      state: this.#state,
      request: this.#request,
      context: this.#context,
    };
    state.observe(request.primary, context.clock);
    if (request.primary.metadata.deletionTimestamp !== undefined) return this.#delete();
    state.pass = {
      abort: () => this.#deletion.abort(new Error("the primary is being deleted")),
      offer: () => queueMicrotask(() => this.#takeLateTurns()),
    };
    try {
      await this.#addFinalizer();
      // The answer may tell of a deletion that the watch has not told of yet.
      if (state.primary.metadata.deletionTimestamp !== undefined) return await this.#delete();
      await this.#renewLocks();
      await this.#runAll();
      if (!this.#signal.aborted) await settle(this.#context, this.#state);
    } finally {
      state.pass = undefined;
    }
    request.signal.throwIfAborted();
    return this.#next(this.#lanes);
  }

  get #lanes(): readonly Lane<P>[] {
    return [...this.#state.lanes.values()];
  }

  async #addFinalizer(): Promise<void> {
    const { plan, objects, primaryKind, finalizer } = this.#context;
    const isOurs = ({ declared: { cleanup, finalizers } }: Part<P>): boolean =>
      cleanup !== undefined && finalizers === undefined;
    if (!plan.parts.some(isOurs)) return;
    const state = this.#state;
    if (state.primary.metadata.finalizers?.includes(finalizer) === true) return;
    state.primary = await objects.addFinalizer(primaryKind, state.primary, finalizer);
  }

  async #renewLocks(): Promise<void> {
    const { locks, clock } = this.#context;
    for (const { part } of this.#lanes) {
      const holder = this.#holderOf(part);
      if (locks.nextMs(holder) <= clock.monotonicMs()) await locks.renew(holder);
    }
  }

  async #runAll(): Promise<void> {
    const turns = new Map<Part<P>, Promise<void>>();
    for (const [part, lane] of this.#state.lanes) {
      const before = [...part.ancestors, ...part.apartFrom].map((each) => turns.get(each));
      const turn = (): Promise<void> => this.#turn(lane).then(() => void this.#passed.add(part));
      turns.set(
        part,
        Promise.all(before).then(() => this.#turns.take(part, turn)),
      );
    }
    await Promise.all(turns.values());
    await this.#turns.close();
  }

  /**
   * Lanes that have had their turn and were woken since run again while others are slow, if they
   * could not disturb those: each over a snapshot that has what woke it.
   */
  #takeLateTurns(): void {
    const state = this.#state;
    const newest = this.#context.watches?.primary(state.primary.metadata);
    const isSame = newest !== undefined && state.isSameWish(newest);
    if (this.#signal.aborted || !isSame) return; // Another wish is for a pass of its own.
    for (const [part, lane] of state.lanes) {
      if (!this.#passed.has(part) || !lane.hasNews || !this.#turns.mayTakeLate(part)) continue;
      lane.mark();
      this.#passed.delete(part);
      this.#turns.takeLate(part, async () => {
        await this.#turn(lane);
        this.#passed.add(part);
        queueMicrotask(() => this.#takeLateTurns()); // Those it was in the way of.
      });
    }
  }

  async #turn(lane: Lane<P>): Promise<void> {
    const { clock } = this.#context;
    const { declared } = lane.part;
    if (this.#signal.aborted) return;
    try {
      if (declared.when?.(this.#state.primary) === false) {
        this.#state.contributions.delete(lane.part);
        return lane.rest("inactive");
      }
      const nowMs = clock.monotonicMs();
      if (lane.outcome === "inactive") lane.wakeWithin({ source: "active again", atMs: nowMs });
      if (lane.dueMs(this.#state.primary, clock, true) > nowMs) return;
      const obstacle = this.#state.isDeleting ? undefined : this.#obstacleFor(lane.part);
      if (obstacle !== undefined) return lane.block(obstacle);
    } catch (error) {
      return this.#failed(lane, error); // `when` or `ready` of the author.
    }
    await this.#run(lane, "reconcile");
  }

  /** Which of those before it keeps a sub-reconciler from running; `undefined` for none. */
  #obstacleFor(part: Part<P>): string | undefined {
    for (const before of part.after) {
      const laneBefore = this.#state.laneOf(before);
      const { outcome } = laneBefore;
      if (outcome === "inactive") continue;
      if (outcome !== "done") return `"${before.name}" is ${outcome}`;
      if (before.declared.ready === undefined) continue;
      // Nothing but a look: it sees what the part it belongs to sees.
      const { request } = this.#makeRun(laneBefore, this.#snapshotFor(part) ?? {}, undefined);
      if (!before.declared.ready(request)) return `"${before.name}" is not ready`;
    }
    return undefined;
  }

  /** One snapshot for all; taken again for those that come after somebody who sent something. */
  #snapshotFor(part: Part<P>): SecondarySnapshot<SecondaryKinds> | undefined {
    const before = [...part.ancestors, ...part.apartFrom];
    const isLate = this.#turns.late.has(part);
    if (!isLate && !before.some((each) => this.#informed.has(each))) return this.#snapshot;
    return this.#context.secondaries?.of(this.#state.primary);
  }

  async #run(lane: Lane<P>, phase: Phase): Promise<void> {
    const { context, state } = { context: this.#context, state: this.#state };
    const { clock, random, onRun } = context;
    const startedAtMs = clock.monotonicMs();
    const due = lane.scheduled(state.primary, clock);
    const isScheduled = due !== undefined && due.atMs <= startedAtMs;
    if (isScheduled && !lane.isWoken) lane.wakeWithin({ source: "schedule", atMs: due.atMs });
    const snapshot = this.#snapshotFor(lane.part);
    lane.begin(startedAtMs, snapshot);
    const run = this.#makeRun(lane, snapshot, isScheduled ? due.time : undefined);
    try {
      const result = toResult(await this.#host(run, lane.part, phase));
      if (isScheduled) due.serve?.();
      lane.succeed(result, run.isWaiting, clock.monotonicMs(), random);
      this.#keepStatus(lane, run, run.hasSetStatus);
      if (phase === "reconcile") state.inventory.want(lane.part.name, run.applied);
      if (phase === "cleanup" && lane.outcome === "done" && result.kind === "done")
        lane.rest("cleaned");
    } catch (error) {
      this.#keepStatus(lane, run, false);
      if (this.#signal.aborted) lane.interrupt();
      else this.#failed(lane, error);
    }
    this.#wakeReaders(lane.part, run);
    const durationMs = clock.monotonicMs() - startedAtMs;
    const labels = { controller: context.controller, sub_reconciler: lane.part.name };
    const { outcome } = lane;
    context.metrics.count("haversack_sub_reconciler_runs_total", { ...labels, outcome });
    context.metrics.observe("haversack_sub_reconciler_seconds", durationMs / 1000, labels);
    if (onRun === undefined) return;
    const { name, namespace } = state.primary.metadata;
    onRun({
      ...{
        primary: namespace === undefined ? { name } : { namespace, name },
        name: lane.part.name,
      },
      ...{ startedAtMs, durationMs, outcome, causes: lane.lastCauses },
      attempt: run.request.attempt,
      ...{ scheduledTime: run.request.scheduledTime, writes: run.effectiveWrites },
    });
  }

  /** A run has ended when what it sent has been answered, however its promise was settled. */
  async #host(run: Run<P>, part: Part<P>, phase: Phase): Promise<Result | void> {
    const { hostOf, passes } = this.#context;
    const go = (): Promise<Result | void> => hostOf(part).run(part.declared, phase, run.request);
    try {
      if (passes?.part === undefined) return await go();
      return await passes.part(part.name, run.request.primary, go);
    } finally {
      await run.end();
    }
  }

  #makeRun(
    lane: Lane<P>,
    snapshot: SecondarySnapshot<SecondaryKinds> | undefined,
    scheduledTime: string | undefined,
  ): Run<P> {
    return new Run({
      context: this.#context,
      state: this.#state,
      lane,
      signal: this.#signal,
      request: this.#request,
      primary: primaryWithStatus(this.#state),
      snapshot,
      scheduledTime,
    });
  }

  #failed(lane: Lane<P>, error: unknown): void {
    const { clock, logger, controller } = this.#context;
    if (!lane.fail(error, this.#state.primary, clock.monotonicMs())) return;
    const { name } = lane.part;
    const ref = formatRef(this.#request.ref);
    const fields = { controller, sub_reconciler: name, failures: lane.failures };
    logger.error(`sub-reconciler "${name}" failed for ${ref}: ${lane.because}`, fields);
  }

  /** What a run said about the status is kept; fields it did not speak of stay as they were. */
  #keepStatus(lane: Lane<P>, run: Run<P>, isWhole: boolean): void {
    const { said, hasSetStatus } = run;
    if (!hasSetStatus && said.conditions.size === 0) return;
    const { contributions, primary } = this.#state;
    // The first time in this process: what stands was said by an earlier one.
    const before = contributions.get(lane.part) ?? contributionOf(lane.part, statusOf(primary));
    const conditions = new Map([...before.conditions, ...said.conditions]);
    const fields = isWhole ? said.fields : mergeFields(before.fields, said.fields);
    contributions.set(lane.part, { fields, conditions });
    const isNews = !isSame([fields, ...conditions], [before.fields, ...before.conditions]);
    if (isNews) run.noteStatus();
  }

  /** What was written is news for those that read it: now, or in another pass. */
  #wakeReaders(writer: Part<P>, { writes, hasAnswers }: Run<P>): void {
    if (hasAnswers) this.#informed.add(writer);
    if (writes.length === 0) return;
    const atMs = this.#context.clock.monotonicMs();
    const cause = { source: `write of ${writer.name}`, atMs };
    for (const [part, lane] of this.#state.lanes) {
      if (part === writer || !this.#isNews(part, writes)) continue;
      if (this.#passed.has(part)) lane.wake(cause);
      else lane.wakeWithin(cause);
    }
  }

  #isNews({ reads }: Part<P>, writes: readonly Written[]): boolean {
    const { primary } = this.#state;
    return writes.some(({ kind, name, paths }) => concerns(reads, kind, name, primary, paths));
  }

  /** Cleanups in reverse order; then the finalizers they serve; who reports goes on until the end. */
  async #delete(): Promise<Result> {
    const state = this.#state;
    const lanes = this.#lanes.filter(({ part }) => part.declared.untilGone !== true).reverse();
    const reporting = this.#lanes.filter(({ part }) => part.declared.untilGone === true);
    const { finalizer, clock } = this.#context;
    const isHeld = state.primary.metadata.finalizers?.includes(finalizer) === true;
    if (!isHeld && reporting.length === 0 && !lanes.some(({ part }) => this.#isAsked(part)))
      return done;
    state.beginDeletion(clock);
    await this.#renewLocks();
    for (const lane of lanes) await this.#cleanUp(lane);
    const open = lanes.filter(({ outcome }) => outcome !== "cleaned");
    if (!this.#signal.aborted) await this.#dropFinalizers(lanes, open.length === 0);
    this.#request.signal.throwIfAborted();
    const isGone = (state.primary.metadata.finalizers ?? []).length === 0;
    if (open.length === 0 && (isGone || reporting.length === 0)) return done;
    for (const lane of reporting) await this.#turn(lane);
    await settle(this.#context, this.#state);
    return this.#next([...open, ...reporting]);
  }

  /** Whether one of the finalizers that a cleanup serves is on the primary. */
  #isAsked({ declared }: Part<P>): boolean {
    if (declared.cleanup === undefined) return false;
    const { finalizers: present = [] } = this.#state.primary.metadata;
    const { finalizers: served = [this.#context.finalizer] } = declared;
    return served.some((name) => present.includes(name));
  }

  /** Takes off the finalizers of which every cleanup is done; the reconciler's own last of all. */
  async #dropFinalizers(lanes: readonly Lane<P>[], isClean: boolean): Promise<void> {
    const state = this.#state;
    const { objects, primaryKind, finalizer: own, locks } = this.#context;
    if (isClean) for (const { part } of lanes) await locks.releaseAll(this.#holderOf(part));
    const isServed = (name: string): boolean => {
      const serving = lanes.filter(({ part }) => part.declared.finalizers?.includes(name));
      return serving.length > 0 && serving.every(({ outcome }) => outcome === "cleaned");
    };
    const present = state.primary.metadata.finalizers ?? [];
    const dropped = present.filter((name) => name !== own && isServed(name));
    if (isClean && present.includes(own)) dropped.push(own);
    for (const name of dropped) {
      const after = await objects.removeFinalizer(primaryKind, state.primary, name);
      state.primary = after ?? withoutFinalizer(state.primary, name);
    }
  }

  async #cleanUp(lane: Lane<P>): Promise<void> {
    const { part } = lane;
    const { clock } = this.#context;
    if (lane.outcome === "cleaned" || this.#signal.aborted) return;
    for (const later of this.#lanes) {
      if (later.part.declared.untilGone === true || later.outcome === "cleaned") continue;
      if (later.part.ancestors.has(part))
        return lane.block(`cleanup of "${later.part.name}" is not done`);
    }
    if (!this.#isAsked(part)) return lane.rest("cleaned");
    if (lane.dueMs(this.#state.primary, clock, true) > clock.monotonicMs()) return;
    await this.#run(lane, "cleanup");
  }

  /** The earliest time at which one of these lanes, a lock or the status wants a pass. */
  #next(lanes: readonly Lane<P>[]): Result {
    const { clock, locks } = this.#context;
    const { primary, settleUntilMs } = this.#state;
    let atMs = settleUntilMs === -Infinity ? Infinity : settleUntilMs;
    let priority = 0;
    for (const lane of lanes) {
      atMs = Math.min(atMs, locks.nextMs(this.#holderOf(lane.part)));
      // What is blocked has nothing to wait for but those before it.
      if (lane.outcome === "blocked" || lane.outcome === "inactive") continue;
      const dueMs = lane.dueMs(primary, clock);
      if (dueMs < atMs) priority = lane.requeuePriority ?? lane.part.declared.priority ?? 0;
      atMs = Math.min(atMs, dueMs);
    }
    if (atMs === Infinity) return done;
    return { kind: "requeue", afterMs: Math.max(0, atMs - clock.monotonicMs()), priority };
  }

  #holderOf(part: Part<P>): string {
    return holderOf(this.#context.controller, part.name, this.#request.primary);
  }
}

function withoutFinalizer<P extends KubernetesObject>(primary: P, name: string): P {
  const finalizers = (primary.metadata.finalizers ?? []).filter((each) => each !== name);
  return { ...primary, metadata: { ...primary.metadata, finalizers } };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
