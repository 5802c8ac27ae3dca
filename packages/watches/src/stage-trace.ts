// SPDX-License-Identifier: Apache-2.0
// What a trace is told, one variant per stage of an event's life (all stages).
import type { ReconcileReason, ResourceRef, WatchEvent } from "@haversack/core";
import type { Explanation } from "./predicate-gate.js";

/** What every stage says. */
export interface StageMoment {
  /** The reconciler's name. */
  readonly controller: string;
  /** Monotonic time of the runtime's clock. **Units:** milliseconds. */
  readonly atMs: number;
}

/** Stage 1: an informer learnt of a change. */
export interface InformerStage extends StageMoment {
  readonly stage: "informer";
  /** The object. */
  readonly ref: ResourceRef;
  readonly event: WatchEvent["type"];
  readonly resourceVersion: string | undefined;
  readonly isInitial: boolean;
  readonly isRelist: boolean;
}

/** Stage 1b: every cache and index has taken the event in. */
export interface IndexStage extends StageMoment {
  readonly stage: "index";
  readonly ref: ResourceRef;
  /** Own writes that no watch has reached yet, after this event. */
  readonly ownWritesAhead: number;
}

/** Stage 2: a predicate decided. */
export interface PredicateStage extends StageMoment {
  readonly stage: "predicate";
  readonly ref: ResourceRef;
  readonly passed: boolean;
  readonly explanation: Explanation;
}

/** Stage 3: the primaries were found. */
export interface MappingStage extends StageMoment {
  readonly stage: "mapping";
  readonly ref: ResourceRef;
  readonly by: readonly { readonly relation: string; readonly primaries: readonly ResourceRef[] }[];
}

/** Stage 4: a primary was put into the work queue. */
export interface QueueStage extends StageMoment {
  readonly stage: "queue";
  readonly primary: ResourceRef;
  readonly priority: number;
  readonly afterMs: number;
  readonly ready: number;
  readonly running: number;
}

/** Stage 5: a pass began. */
export interface ReconcileStage extends StageMoment {
  readonly stage: "reconcile";
  readonly primary: ResourceRef;
  readonly attempt: number;
  readonly queuedMs: number;
  readonly reasons: readonly ReconcileReason[];
}

/** How a pass ended. */
export type PassOutcome =
  "done" | "requeue" | "halt" | "error" | "terminal" | "conflict" | "timeout" | "gone" | "skipped";

/** The end of stage 5: a pass ended. */
export interface ResultStage extends StageMoment {
  readonly stage: "result";
  readonly primary: ResourceRef;
  readonly outcome: PassOutcome;
  readonly durationMs: number;
  /** When the next pass follows; absent when only a change brings one. */
  readonly afterMs: number | undefined;
  readonly because: string | undefined;
}

/** One moment in the life of an event. */
export type StageEvent =
  | InformerStage
  | IndexStage
  | PredicateStage
  | MappingStage
  | QueueStage
  | ReconcileStage
  | ResultStage;

/**
 * Told about every stage an event passes, in order; for demonstrations and debugging.
 *
 * Costs nothing when absent. One that throws is reported once per throw and stops nothing.
 */
export type StageTrace = (stage: StageEvent) => void;
