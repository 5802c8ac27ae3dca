// SPDX-License-Identifier: Apache-2.0
// The passes under way in this process: for health, metrics, and for ending them (stage 5: reconcile).
import {
  formatRef,
  type Clock,
  type Metrics,
  type PassInterceptor,
  type ReconcileRequest,
  type ResourceRef,
  type Result,
} from "@haversack/core";
import { linkSignals } from "../client/linked-signal.js";

/** A pass under way. */
export interface RunningPass {
  readonly controller: string;
  readonly ref: ResourceRef;
  readonly startedAtMs: number;
  /** Since when its signal is aborted; `undefined` while it may go on. */
  readonly abortedAtMs: number | undefined;
}

interface Entry extends RunningPass {
  abortedAtMs: number | undefined;
}

/**
 * Knows every pass under way and can abort them all.
 *
 * **Guarantees:** a pass is known until its promise has settled, whatever it does with its signal.
 * **API requests:** 0.
 */
export class PassRegister {
  readonly #clock: Clock;
  readonly #running = new Set<Entry>();
  readonly #abort = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get running(): readonly RunningPass[] {
    return [...this.#running];
  }

  /** Aborts every pass, and those to come. */
  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** The interceptor that registers the passes of one reconciler. */
  around(controller: string): PassInterceptor {
    return {
      reconcile: (request, next) => this.#pass(controller, request, next),
    };
  }

  /** Sets the gauges that are a matter of the moment, as controller-runtime does when scraped. */
  measure(metrics: Metrics, controllers: readonly string[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const controller of controllers) {
      const ages = [...this.#running]
        .filter((each) => each.controller === controller)
        .map(({ startedAtMs }) => (nowMs - startedAtMs) / 1000);
      const labels = { name: controller, controller };
      const sum = ages.reduce((total, age) => total + age, 0);
      metrics.gauge("workqueue_unfinished_work_seconds", sum, labels);
      const longest = Math.max(0, ...ages);
      metrics.gauge("workqueue_longest_running_processor_seconds", longest, labels);
    }
  }

  async #pass(
    controller: string,
    request: ReconcileRequest,
    next: (request: ReconcileRequest) => Promise<Result | void>,
  ): Promise<Result | void> {
    const linked = linkSignals(request.signal, this.#abort.signal);
    const entry: Entry = {
      ...{ controller, ref: request.ref, startedAtMs: this.#clock.monotonicMs() },
      abortedAtMs: undefined,
    };
    const note = (): void => void (entry.abortedAtMs ??= this.#clock.monotonicMs());
    if (linked.signal.aborted) note();
    else linked.signal.addEventListener("abort", note, { once: true });
    this.#running.add(entry);
    try {
      return await next({ ...request, signal: linked.signal });
    } finally {
      linked.release();
      this.#running.delete(entry);
    }
  }
}

/** A pass for people. */
export function describePass({ controller, ref }: RunningPass): string {
  return `${controller} ${formatRef(ref)}`;
}
