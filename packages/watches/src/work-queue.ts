// SPDX-License-Identifier: Apache-2.0
// The queue of primaries that want a pass: one entry each, one worker each (stage 4: work queue).
import {
  ConfigurationError,
  noMetrics,
  objectKey,
  type Clock,
  type Metrics,
  type ObjectKey,
  type Timer,
} from "@haversack/core";
import { EntryHeap } from "./entry-heap.js";
import { EntryMap } from "./entry-map.js";
import type { Debounce, QueueEntry } from "./queue-entry.js";
import { RunningWork, type AddOptions, type NextPass, type QueueDepth, type Work } from "./work.js";

export type { AddOptions, Debounce, NextPass, QueueDepth, Work };

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Time in which what waits gains 1 priority. Default 1,000 ms; `Infinity` turns ageing off. */
  readonly agingMs?: number;
  readonly debounce?: Debounce | undefined;
  /** Asked when a debounce window closes; `false` drops what was gathered in it. */
  readonly confirm?: (key: ObjectKey) => boolean;
  readonly metrics?: Metrics;
  /** The label `name` of the metrics. */
  readonly name?: string;
}

/**
 * Hands out primaries: one entry per key, never two workers on one key.
 *
 * Stage 4 of 7. Ready primaries leave in the order of priority, then of arrival; waiting ages into
 * priority, so nothing starves. Adding what is queued already keeps the highest priority and the
 * earliest time; adding what runs makes exactly one more pass.
 *
 * **API requests:** 0. **Units:** milliseconds of the injected clock.
 * **Guarantees:** what was added after a pass began is followed by another pass; a backoff ends
 * early only for a foreign change, each at most once, and only a success resets its count.
 *
 * @example
 * ```ts
 * queue.add({ namespace: "prod", name: "db" });
 * const work = await queue.get();
 * queue.done(work, { kind: "requeue", afterMs: 30_000 });
 * ```
 * @see client-go `workqueue`, controller-runtime `priorityqueue` for the semantics.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #agingMs: number;
  readonly #debounce: Debounce | undefined;
  readonly #confirm: (key: ObjectKey) => boolean;
  readonly #metrics: Metrics;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #entries: EntryMap = new EntryMap();
  readonly #ready = new EntryHeap<QueueEntry>(
    (a, b) => a.score > b.score || (a.score === b.score && a.order < b.order),
  );
  readonly #waiting = new EntryHeap<QueueEntry>(
    (a, b) =>
      a.waitingUntilMs < b.waitingUntilMs ||
      (a.waitingUntilMs === b.waitingUntilMs && a.sequence < b.sequence),
  );
  readonly #getters: ((work: Work | undefined) => void)[] = [];
  readonly #idlers: (() => void)[] = [];
  #order = 0;
  #running = 0;
  #timer: Timer | undefined;
  #timerAtMs = Infinity;
  #closed: "no" | "finishing" | "dropping" = "no";

  constructor(options: WorkQueueOptions) {
    const { debounce, agingMs = 1000 } = options;
    if (!(agingMs > 0)) throw invalid(`agingMs is ${agingMs}`);
    if (debounce !== undefined && !(debounce.waitMs >= 0 && debounce.maxWaitMs >= debounce.waitMs))
      throw invalid(`debounce waits ${debounce.waitMs} ms, at most ${debounce.maxWaitMs} ms`);
    this.#clock = options.clock;
    this.#agingMs = agingMs;
    this.#debounce = debounce;
    this.#confirm = options.confirm ?? (() => true);
    this.#metrics = options.metrics ?? noMetrics;
    this.#labels = { name: options.name ?? "", controller: options.name ?? "" };
  }

  /**
   * Asks for a pass. **API requests:** 0.
   *
   * @throws {@link ConfigurationError} when priority or delay is no number. Terminal.
   */
  add(key: ObjectKey, options: AddOptions = {}): void {
    const { priority = 0, afterMs = 0 } = options;
    if (!Number.isFinite(priority) || !isDelay(afterMs))
      throw invalid(`${objectKey(key)} was added with priority ${priority} after ${afterMs} ms`);
    if (this.#closed !== "no") return;
    const nowMs = this.#clock.monotonicMs();
    const entry = this.#entries.obtain(key);
    this.#metrics.count("workqueue_adds_total", this.#labels);
    if (options.reason !== undefined) entry.addReason(options.reason);
    const isRaised = this.#ask(entry, priority, nowMs);
    if (options.debounce === true && this.#debounce !== undefined) {
      entry.debounce(this.#debounce, nowMs);
    } else {
      entry.dueAtMs = Math.min(entry.dueAtMs, nowMs + afterMs);
    }
    if (options.cut !== undefined) entry.noteChange(options.cut);
    if (entry.isDue(nowMs) && (isRaised || entry.order === 0)) this.#rank(entry, nowMs);
    if (!entry.isRunning) this.#put(entry, nowMs);
  }

  /** The next primary, at once or not at all. */
  take(): Work | undefined {
    const entry = this.#ready.take();
    if (entry === undefined) return undefined;
    entry.place = "none";
    const work = new RunningWork(entry, this.#clock.monotonicMs());
    entry.begin();
    this.#running += 1;
    this.#metrics.gauge("workqueue_depth", this.#ready.size, this.#labels);
    this.#metrics.observe("workqueue_queue_duration_seconds", work.queuedMs / 1000, this.#labels);
    return work;
  }

  /** The next primary, when there is one; `undefined` when the queue was shut down. */
  get(): Promise<Work | undefined> {
    const work = this.take();
    if (work !== undefined) return Promise.resolve(work);
    if (this.#isOver()) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#getters.push(resolve));
  }

  /**
   * Gives a primary back after its pass; belongs into a `finally`.
   *
   * @throws {@link ConfigurationError} when it was given back already. Terminal.
   */
  done(work: Work, next?: NextPass): void {
    if (!(work instanceof RunningWork) || !work.isOpen)
      throw invalid(`${objectKey(work.key)} was given back twice`);
    if (next !== undefined && !isDelay(next.afterMs))
      throw invalid(`${objectKey(work.key)} was given back for a pass after ${next.afterMs} ms`);
    work.isOpen = false;
    const { entry } = work;
    const nowMs = this.#clock.monotonicMs();
    entry.isRunning = false;
    this.#running -= 1;
    const workedSeconds = (nowMs - work.startedAtMs) / 1000;
    this.#metrics.observe("workqueue_work_duration_seconds", workedSeconds, this.#labels);
    if (next?.kind === "retry") this.#fail(entry, work, next, nowMs);
    else entry.succeed();
    if (next?.kind === "requeue" && this.#closed === "no") {
      this.#ask(entry, next.priority ?? work.priority, nowMs);
      entry.dueAtMs = Math.min(entry.dueAtMs, nowMs + next.afterMs);
    }
    if (entry.isPending && this.#closed !== "dropping") this.#put(entry, nowMs);
    this.#tidy(entry);
    this.#tellIdle();
  }

  /** Whether the last pass for a primary failed. */
  isBackingOff(key: ObjectKey): boolean {
    return this.#entries.find(key)?.isBackingOff === true;
  }

  /** Whether a foreign change of a primary may matter: it runs, or waits after a failure. */
  heedsCuts(key: ObjectKey): boolean {
    const entry = this.#entries.find(key);
    return entry !== undefined && (entry.isRunning || entry.isBackingOff);
  }

  /** Drops what is queued for a primary and forgets its failures; a running pass goes on. */
  forget(key: ObjectKey): void {
    const entry = this.#entries.find(key);
    if (entry === undefined) return;
    entry.succeed();
    this.#drop(entry);
    this.#tellIdle();
  }

  get depth(): QueueDepth {
    return { ready: this.#ready.size, waiting: this.#waiting.size, running: this.#running };
  }

  /** Age of the ready primary that waits longest; 0 when none is ready. Cost: the ready ones. */
  get oldestWaitMs(): number {
    const nowMs = this.#clock.monotonicMs();
    let oldestMs = 0;
    for (const { addedAtMs, dueAtMs } of this.#ready.values())
      oldestMs = Math.max(oldestMs, nowMs - Math.max(addedAtMs, dueAtMs));
    return oldestMs;
  }

  /** Primaries of which anything is remembered; 0 when all is done. */
  get size(): number {
    return this.#entries.size;
  }

  /** Resolves when nothing is ready or running; what is due later does not count. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  /**
   * Takes no more. What is due later is dropped; so is what is ready, unless `queued` is
   * `"finish"`. Calling it again with `"drop"` ends a finishing one.
   *
   * @returns When nothing runs any more. How long to wait is up to the caller.
   */
  shutDown(queued: "drop" | "finish" = "drop"): Promise<void> {
    this.#closed = queued === "finish" && this.#closed !== "dropping" ? "finishing" : "dropping";
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const entry of [...this.#waiting.values()]) this.#drop(entry);
    if (this.#closed === "dropping")
      for (const entry of [...this.#ready.values()]) this.#drop(entry);
    this.#tellIdle();
    return this.whenIdle();
  }

  /** Notes that a pass is wanted. @returns Whether its place in the order changes. */
  #ask(entry: QueueEntry, priority: number, nowMs: number): boolean {
    if (entry.isPending && priority <= entry.priority) return false;
    if (!entry.isPending) {
      entry.addedAtMs = nowMs;
      entry.sequence = ++this.#order;
    }
    entry.isPending = true;
    entry.priority = priority;
    return true;
  }

  #fail(
    entry: QueueEntry,
    work: Work,
    next: Extract<NextPass, { kind: "retry" }>,
    nowMs: number,
  ): void {
    this.#metrics.count("workqueue_retries_total", this.#labels);
    const untilMs = nowMs + next.afterMs;
    entry.fail(next.isConflict === true, untilMs, next.isCuttable !== false);
    if (this.#closed !== "no") return;
    this.#ask(entry, work.priority, nowMs);
    entry.dueAtMs = Math.min(entry.dueAtMs, untilMs);
  }

  /** Gives an entry its place in the order; what it has gained by waiting is not taken away. */
  #rank(entry: QueueEntry, nowMs: number): void {
    const score =
      this.#agingMs === Infinity ? entry.priority : entry.priority * this.#agingMs - nowMs;
    entry.score = Math.max(entry.score, score);
    entry.order = ++this.#order;
    if (entry.place === "ready") this.#ready.moved(entry);
  }

  /** Puts an entry where it belongs now. */
  #put(entry: QueueEntry, nowMs: number): void {
    if (entry.place === "ready") return;
    if (entry.readyAtMs > nowMs) this.#wait(entry);
    else if (entry.dueAtMs <= nowMs || this.#confirm(entry.key)) this.#makeReady(entry, nowMs);
    else if (entry.dueAtMs === Infinity) this.#drop(entry);
    else {
      entry.endWindow();
      this.#wait(entry);
    }
  }

  #wait(entry: QueueEntry): void {
    if (this.#closed !== "no") return this.#drop(entry);
    entry.waitingUntilMs = entry.readyAtMs;
    if (entry.place === "waiting") this.#waiting.moved(entry);
    else this.#waiting.add(entry);
    entry.place = "waiting";
    this.#setTimer();
  }

  #makeReady(entry: QueueEntry, nowMs: number): void {
    // What had to wait queues up anew: a due time is no claim to overtake.
    const isNew = entry.order === 0 || entry.place === "waiting";
    if (entry.place === "waiting") this.#waiting.remove(entry);
    entry.place = "none";
    if (isNew) this.#rank(entry, nowMs);
    entry.dueAtMs = Math.min(entry.dueAtMs, nowMs);
    entry.endWindow();
    entry.place = "ready";
    this.#ready.add(entry);
    const getter = this.#getters.shift();
    if (getter !== undefined) getter(this.take());
    else this.#metrics.gauge("workqueue_depth", this.#ready.size, this.#labels);
  }

  #drop(entry: QueueEntry): void {
    if (entry.place === "ready") this.#ready.remove(entry);
    if (entry.place === "waiting") this.#waiting.remove(entry);
    entry.place = "none";
    entry.clear();
    entry.takeReasons();
    this.#tidy(entry);
  }

  #tidy(entry: QueueEntry): void {
    if (this.#closed !== "no" && entry.place === "none" && !entry.isRunning) {
      entry.clear();
      entry.succeed();
    }
    if (entry.isEmpty) this.#entries.delete(entry.key);
  }

  #setTimer(): void {
    const atMs = this.#waiting.first?.waitingUntilMs ?? Infinity;
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    const delayMs = atMs - this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimer(() => this.#onTimer(), delayMs);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#timerAtMs = Infinity;
    const nowMs = this.#clock.monotonicMs();
    let entry = this.#waiting.first;
    while (entry !== undefined && entry.waitingUntilMs <= nowMs) {
      this.#put(entry, nowMs);
      entry = this.#waiting.first;
    }
    this.#setTimer();
  }

  #isOver(): boolean {
    if (this.#closed === "dropping") return true;
    return this.#closed === "finishing" && this.#isIdle();
  }

  #isIdle(): boolean {
    return this.#ready.size === 0 && this.#running === 0;
  }

  #tellIdle(): void {
    if (this.#isOver()) for (const getter of this.#getters.splice(0)) getter(undefined);
    if (this.#isIdle()) for (const resolve of this.#idlers.splice(0)) resolve();
  }
}

function isDelay(delayMs: number): boolean {
  return delayMs >= 0 && delayMs < Infinity;
}

function invalid(why: string): ConfigurationError {
  return new ConfigurationError(`the work queue cannot go on: ${why}. Correct the call.`);
}
