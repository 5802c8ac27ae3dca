// SPDX-License-Identifier: Apache-2.0
// Workers that take primaries from the queue and make passes (stage 4 to 5).
import { objectKey, sleep, type Clock, type KubernetesObject } from "@haversack/core";
import { describeError } from "./describe-error.js";
import type { PassReport } from "./pass-report.js";
import type { ReconcilePasses } from "./reconcile-pass.js";
import type { Work, WorkQueue } from "./work-queue.js";

/** What a run loop is made of. @internal */
export interface RunLoopOptions<P extends KubernetesObject> {
  readonly queue: WorkQueue;
  readonly passes: ReconcilePasses<P>;
  readonly report: PassReport;
  readonly clock: Clock;
  readonly workers: number;
  /** How long stopping waits for passes before it aborts them. */
  readonly drainMs: number;
  /** Called when a pass is about to begin. */
  readonly onTake?: ((work: Work) => void) | undefined;
}

/** Time for passes to end after their signals were aborted. */
const abortGraceMs = 1000;
/** Passes that need no waiting are interrupted after this time, so that sockets are served … */
const sliceMs = 5;
/** … or after this many, for clocks that stand still. */
const slicePasses = 256;

/**
 * Runs passes: as many at a time as there are workers, one at a time per primary.
 *
 * **Guarantees:** a primary is given back to the queue when its pass has really ended, whatever
 * happened; a pass that timed out keeps its primary locked but not its worker.
 * **API requests:** 0.
 *
 * @internal
 */
export class RunLoop<P extends KubernetesObject> {
  readonly #options: RunLoopOptions<P>;
  readonly #workers: Promise<void>[] = [];
  #sliceBeganAtMs = 0;
  #slicePasses = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: RunLoopOptions<P>) {
    this.#options = options;
  }

  /** Starts the workers. */
  start(): void {
    for (let worker = 0; worker < this.#options.workers; worker += 1)
      this.#workers.push(this.#work());
  }

  /**
   * Takes no more, waits for the passes under way, and aborts those that are still running when
   * the time is over. Idempotent. Never rejects.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    return this.#stopping;
  }

  async #drain(): Promise<void> {
    const { queue, passes, report, clock, drainMs } = this.#options;
    const idle = queue.shutDown("drop");
    if (await this.#within(idle, drainMs, clock)) return;
    report.abandoned(passes.running, drainMs);
    passes.abort();
    await this.#within(idle, abortGraceMs, clock);
  }

  async #within(idle: Promise<void>, delayMs: number, clock: Clock): Promise<boolean> {
    const timer = new AbortController();
    const isIdle = await Promise.race([
      idle.then(() => true),
      sleep(clock, delayMs, timer.signal).then(() => false),
    ]);
    timer.abort();
    return isIdle;
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let work = await queue.get(); work !== undefined; work = await queue.get()) {
      const taken = work;
      // It rejects only when reporting a failure failed too; the worker goes on even then.
      await new Promise<void>((release) => void this.#pass(taken, release).then(release, release));
      await this.#breathe();
    }
  }

  async #pass(work: Work, release: () => void): Promise<void> {
    const { queue, passes, report, onTake } = this.#options;
    let next: Parameters<WorkQueue["done"]>[1];
    try {
      onTake?.(work);
      next = (await passes.make(work, release)).next;
    } catch (error) {
      // A logger, metrics or a bug of ours threw: the primary must not be lost for that.
      next = { kind: "retry", afterMs: abortGraceMs };
      report.broke(objectKey(work.key), describeError(error));
    } finally {
      queue.done(work, next);
    }
  }

  /** Lets timers and sockets have their turn when passes follow each other without a pause. */
  async #breathe(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    this.#slicePasses += 1;
    const isOver = nowMs - this.#sliceBeganAtMs >= sliceMs || this.#slicePasses >= slicePasses;
    if (!isOver) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#sliceBeganAtMs = this.#options.clock.monotonicMs();
    this.#slicePasses = 0;
  }
}
