// SPDX-License-Identifier: Apache-2.0
// When each sub-reconciler was woken and why, for people and for whatever foretells the next time (stage 5).
import { formatRef, objectKey } from "@haversack/core";
import type { Cause } from "./lane.js";
import type { RunRecord } from "./primary-state.js";

/** One wake of one sub-reconciler. */
export interface WakeRecord {
  /** Name of the sub-reconciler: what a host loads and unloads. */
  readonly stream: string;
  /** `namespace/name` of the primary. */
  readonly primary: string;
  /** When the first cause was delivered, not when the run began. Monotonic. */
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** A `"timer"` was known beforehand (schedule, requeue, backoff): nothing to foretell. */
  readonly by: "event" | "timer";
  /** For people. */
  readonly causes: readonly string[];
}

/** Runs kept unless told otherwise: a day of one that runs every second. */
const defaultMaxRecords = 86_400;

/**
 * Records the wakes of sub-reconcilers, apart by sub-reconciler.
 *
 * **API requests:** 0. **Guarantees:** bounded: the oldest wakes are forgotten.
 *
 * @example
 * ```ts
 * const history = new WakeHistory();
 * withSplitReconcile([config, workload], { onRun: history.record });
 * history.csv(); // stream,primary,at_ms,started_ms,duration_ms,by,causes …
 * ```
 */
export class WakeHistory {
  /** To be given as `onRun`. */
  readonly record: (run: RunRecord) => void;
  readonly #records: WakeRecord[] = [];

  constructor(options: { readonly maxRecords?: number } = {}) {
    const { maxRecords = defaultMaxRecords } = options;
    this.record = (run) => {
      this.#records.push(wakeOf(run));
      if (this.#records.length > maxRecords) this.#records.shift();
    };
  }

  /** Oldest first. */
  get wakes(): readonly WakeRecord[] {
    return this.#records;
  }

  /** As comma-separated text with a header, one wake per line. */
  csv(): string {
    const lines = this.#records.map((wake) =>
      [
        ...[wake.stream, wake.primary, wake.atMs, wake.startedAtMs, wake.durationMs, wake.by],
        wake.causes.join("; "),
      ]
        .map(cell)
        .join(","),
    );
    return `${["stream,primary,at_ms,started_ms,duration_ms,by,causes", ...lines].join("\n")}\n`;
  }
}

function wakeOf(run: RunRecord): WakeRecord {
  const { name, primary, startedAtMs, durationMs, causes, attempt } = run;
  const told = causes.filter(({ source }) => source !== "schedule");
  const isTimer = told.length === 0 || attempt > 0;
  const atMs = isTimer ? startedAtMs : Math.min(startedAtMs, ...told.map((cause) => cause.atMs));
  return {
    ...{ stream: name, primary: objectKey(primary), atMs, startedAtMs, durationMs },
    by: isTimer ? "timer" : "event",
    causes: causes.map(describe),
  };
}

function describe({ source, ref, event, paths = [] }: Cause): string {
  const what = ref === undefined ? source : formatRef({ ...ref, uid: undefined });
  const at = paths.length === 0 ? "" : ` at ${paths.join(" ")}`;
  return `${what}${event === undefined ? "" : ` ${event}`}${at}`;
}

/** Quoted where a reader would trip over it (RFC 4180). */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
