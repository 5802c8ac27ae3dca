// SPDX-License-Identifier: Apache-2.0
// One pass for one primary: read it, call reconcile, see to its end (stage 5: reconcile).
import {
  isExpansionError,
  objectKey,
  ReconcileTimeoutError,
  type Clock,
  type KubernetesObject,
  type PassInterceptor,
  type ReconcileRequest,
  type Reconciles,
  type ResourceRef,
  type Result,
  type Timer,
} from "@haversack/core";
import type { Backoff } from "./backoff.js";
import {
  checkResult,
  conclude,
  concludeError,
  ReconcileFailedError,
  ReconcileStoppedError,
  type Conclusion,
} from "./outcome.js";
import { isSpecChanged } from "./predicates/content.js";
import type { PassReport } from "./pass-report.js";
import type { PrimaryCache } from "./primary-cache.js";
import type { Work } from "./work-queue.js";

/** What passes need. @internal */
export interface PassContext<P extends KubernetesObject> {
  readonly reconciler: Reconciles<P>;
  readonly primaries: PrimaryCache<P>;
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** `Infinity` for none. */
  readonly timeoutMs: number;
  readonly report: PassReport;
  /** Stands around passes, if anybody does. */
  readonly around?: PassInterceptor | undefined;
}

interface Running<P> {
  readonly ref: ResourceRef;
  readonly controller: AbortController;
  hasTimedOut: boolean;
  /** The state that was handed out; what comes meanwhile is not part of this pass. */
  primary: P | undefined;
}

const nothingFollows = { next: undefined, because: undefined };

/**
 * Makes passes.
 *
 * **Guarantees:** never rejects, whatever the reconciler throws or returns; a pass that takes too
 * long is aborted and reported by name, and ends when its reconcile really ends.
 * **API requests:** 0 of its own.
 *
 * @internal
 */
export class ReconcilePasses<P extends KubernetesObject> {
  readonly #context: PassContext<P>;
  readonly #running = new Set<Running<P>>();
  /** Primaries in the state in which retrying them was called useless. */
  readonly #terminal = new Map<string, P>();

  constructor(context: PassContext<P>) {
    this.#context = context;
  }

  /** References of the passes under way. */
  get running(): readonly ResourceRef[] {
    return [...this.#running].map(({ ref }) => ref);
  }

  /** Aborts the signals of all passes under way. */
  abort(): void {
    for (const { ref, controller } of this.#running)
      controller.abort(new ReconcileStoppedError(ref));
  }

  /**
   * Makes one pass.
   *
   * @param release Called when the worker may go on although the pass has not ended.
   * @returns What follows, when the reconcile has really ended. Never rejects.
   */
  async make(work: Work, release: () => void): Promise<Conclusion> {
    const { clock, primaries, report, backoff } = this.#context;
    const startedAtMs = clock.monotonicMs();
    const running: Running<P> = {
      ref: primaries.refOf(work.key),
      controller: new AbortController(),
      hasTimedOut: false,
      primary: undefined,
    };
    const timer = this.#limit(running, release);
    this.#running.add(running);
    let conclusion: Conclusion;
    let error: unknown;
    try {
      report.began(running.ref, work);
      conclusion = await this.#attempt(work, running);
      // What came back too late was decided on a state that is long gone: it counts as failed.
      if (running.hasTimedOut)
        throw new ReconcileTimeoutError(running.ref, this.#context.timeoutMs);
    } catch (thrown) {
      error = this.#toError(thrown, running);
      conclusion = concludeError(error, work, backoff);
    }
    timer?.cancel();
    this.#running.delete(running);
    if (conclusion.outcome === "terminal" && running.primary !== undefined)
      this.#terminal.set(objectKey(work.key), running.primary);
    report.ended(running.ref, work, conclusion, clock.monotonicMs() - startedAtMs, error);
    return conclusion;
  }

  async #attempt(work: Work, running: Running<P>): Promise<Conclusion> {
    const { primaries } = this.#context;
    const wasGone = await this.#finishGone(work);
    const primary = primaries.newest(work.key);
    const key = objectKey(work.key);
    const terminal = this.#terminal.get(key);
    if (primary === undefined) {
      this.#terminal.delete(key);
      return { outcome: wasGone ? "gone" : "skipped", ...nothingFollows };
    }
    if (terminal !== undefined && !isOther(terminal, primary))
      return { outcome: "skipped", ...nothingFollows, because: "terminal error" };
    this.#terminal.delete(key);
    running.primary = primary;
    const ref = primaries.refOf(work.key);
    const request: ReconcileRequest<P> = Object.freeze({
      ref,
      primary,
      signal: running.controller.signal,
      attempt: work.attempt,
      reasons: work.reasons,
    });
    return conclude(checkResult(await this.#reconcile(request), ref));
  }

  #reconcile(request: ReconcileRequest<P>): Promise<Result | void> {
    const { reconciler, around } = this.#context;
    if (around?.reconcile === undefined) return reconciler.reconcile(request);
    return around.reconcile(request, async (given) =>
      reconciler.reconcile(given as ReconcileRequest<P>),
    );
  }

  async #tellGone(gone: ResourceRef): Promise<void> {
    const { reconciler, around } = this.#context;
    const tell = async (): Promise<void> => reconciler.onGone?.(gone);
    await (around?.gone === undefined ? tell() : around.gone(gone, tell));
  }

  /** Makes the last call for primaries that went; also when another has the name by now. */
  async #finishGone(work: Work): Promise<boolean> {
    const { primaries } = this.#context;
    let wasGone = false;
    for (
      let gone = primaries.goneOf(work.key);
      gone !== undefined;
      gone = primaries.goneOf(work.key)
    ) {
      const now = primaries.newest(work.key);
      if (now === undefined || now.metadata.uid !== gone.uid) await this.#tellGone(gone);
      primaries.forgetGone(gone);
      wasGone = true;
    }
    return wasGone;
  }

  #limit(running: Running<P>, release: () => void): Timer | undefined {
    const { timeoutMs, clock, report } = this.#context;
    if (timeoutMs === Infinity) return undefined;
    return clock.setTimer(() => {
      running.hasTimedOut = true;
      const error = new ReconcileTimeoutError(running.ref, timeoutMs);
      running.controller.abort(error);
      report.timedOut(error);
      release();
    }, timeoutMs);
  }

  #toError(thrown: unknown, { ref, hasTimedOut }: Running<P>): unknown {
    if (hasTimedOut && !isTimeout(thrown))
      return new ReconcileTimeoutError(ref, this.#context.timeoutMs);
    if (thrown instanceof Error || isExpansionError(thrown)) return thrown;
    return new ReconcileFailedError(ref, thrown);
  }
}

function isTimeout(thrown: unknown): boolean {
  return isExpansionError(thrown) && thrown.code === "EXP_RECONCILE_TIMEOUT";
}

function isOther(before: KubernetesObject, now: KubernetesObject): boolean {
  return before.metadata.uid !== now.metadata.uid || isSpecChanged(before, now);
}
