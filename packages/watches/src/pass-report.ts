// SPDX-License-Identifier: Apache-2.0
// One log line, a few metrics and a trace stage per pass (stage 5: reconcile).
import {
  formatRef,
  type ExpansionError,
  type Logger,
  type Metrics,
  type ReconcileReason,
  type ResourceRef,
} from "@haversack/core";
import type { Conclusion } from "./outcome.js";
import type { SafeTrace } from "./safe-trace.js";
import type { PassOutcome } from "./stage-trace.js";
import type { Work } from "./work-queue.js";

/** What controller-runtime calls the outcomes in its metrics; ours where it has no word. */
const metricResults: Readonly<Record<PassOutcome, string>> = {
  done: "success",
  halt: "success",
  gone: "success",
  skipped: "success",
  requeue: "requeue_after",
  error: "error",
  terminal: "error",
  conflict: "requeue",
  timeout: "error",
};

/**
 * Reports passes: one debug line each, errors as errors, metrics under controller-runtime's names.
 *
 * **Guarantees:** no object body and no error cause is logged. **API requests:** 0.
 *
 * @internal
 */
export class PassReport {
  readonly #controller: string;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #trace: SafeTrace | undefined;
  readonly #labels: Readonly<Record<string, string>>;
  #active = 0;

  constructor(
    controller: string,
    logger: Logger,
    metrics: Metrics,
    trace: SafeTrace | undefined,
    workers: number,
  ) {
    this.#controller = controller;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#trace = trace;
    this.#labels = { controller };
    metrics.gauge("controller_runtime_max_concurrent_reconciles", workers, this.#labels);
  }

  began(primary: ResourceRef, { attempt, queuedMs, reasons }: Work): void {
    this.#active += 1;
    this.#metrics.gauge("controller_runtime_active_workers", this.#active, this.#labels);
    this.#trace?.tell({ stage: "reconcile", primary, attempt, queuedMs, reasons });
  }

  ended(
    primary: ResourceRef,
    work: Work,
    conclusion: Conclusion,
    durationMs: number,
    error: unknown,
  ): void {
    const { outcome, next, because } = conclusion;
    const afterMs = next?.afterMs;
    this.#active -= 1;
    this.#measure(outcome, durationMs);
    if (error !== undefined) this.#logError(primary, work, conclusion);
    this.#logger.debug("reconciled", {
      controller: this.#controller,
      primary: formatRef(primary),
      outcome,
      because,
      afterMs,
      attempt: work.attempt,
      priority: work.priority,
      queuedMs: work.queuedMs,
      durationMs,
      reasons: work.reasons.map(describeReason).join("; "),
    });
    this.#trace?.tell({ stage: "result", primary, outcome, durationMs, afterMs, because });
  }

  timedOut(error: ExpansionError): void {
    this.#metrics.count("controller_runtime_reconcile_timeouts_total", this.#labels);
    this.#logger.error(
      `${error.message} Its key stays locked until it ends; other primaries go on.`,
      { controller: this.#controller, code: error.code },
    );
  }

  /** Something between the passes failed; the loop went on. */
  broke(primary: string, message: string): void {
    this.#logger.error(`the run loop failed around ${primary}: ${message}. It went on.`, {
      controller: this.#controller,
    });
  }

  abandoned(running: readonly ResourceRef[], drainMs: number): void {
    this.#logger.error(
      `stopping ${this.#controller}: ${running.map(formatRef).join(", ")} did not end within ` +
        `${drainMs} ms and was aborted. Pass request.signal to what it waits for.`,
      { controller: this.#controller },
    );
  }

  #measure(outcome: PassOutcome, durationMs: number): void {
    const metrics = this.#metrics;
    metrics.gauge("controller_runtime_active_workers", this.#active, this.#labels);
    if (outcome === "skipped") return;
    const result = metricResults[outcome];
    metrics.count("controller_runtime_reconcile_total", { ...this.#labels, result });
    metrics.observe("controller_runtime_reconcile_time_seconds", durationMs / 1000, this.#labels);
    if (result === "error")
      metrics.count("controller_runtime_reconcile_errors_total", this.#labels);
    if (outcome === "terminal")
      metrics.count("controller_runtime_terminal_reconcile_errors_total", this.#labels);
  }

  #logError(primary: ResourceRef, work: Work, { outcome, next, because }: Conclusion): void {
    if (outcome === "conflict") return; // Quiet: the debug line says it.
    const what =
      next === undefined
        ? "Not retried until its generation changes."
        : `Tried again in ${next.afterMs} ms.`;
    this.#logger.error(`reconcile ${formatRef(primary)} failed: ${because ?? ""} ${what}`, {
      controller: this.#controller,
      attempt: work.attempt,
      outcome,
    });
  }
}

function describeReason({ source, ref, event, predicate }: ReconcileReason): string {
  const parts = [ref === undefined ? source : formatRef(ref), event, predicate && `(${predicate})`];
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
