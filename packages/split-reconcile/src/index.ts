// SPDX-License-Identifier: Apache-2.0
/**
 * A reconcile in parts, each with its own triggers, backoff and schedule, that cannot race silently.
 *
 * This package is responsible for the order of the parts, for running only those that are due, for
 * one lock and one snapshot per primary, for holding each to what it declared, and for status,
 * finalizer and pruning. You are responsible for declaring what each reads and writes, and for parts
 * that return instead of waiting. It watches nothing itself: that is `@haversack/watches`.
 *
 * @example
 * ```ts
 * const part = subReconcilerOf(databases);
 * const config = part({ name: "config", writes: [configMaps], reconcile: … });
 * const workload = part({ name: "workload", after: ["config"], writes: [statefulSets], reconcile: … });
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "db" }),
 *   withWatches(),
 *   withSplitReconcile([config, workload]),
 * ) {}
 * ```
 * @packageDocumentation
 */
export {
  CreationRefusedError,
  LockLostError,
  RunEndedError,
  UndeclaredReadError,
  UndeclaredWriteError,
  WriteLoopError,
} from "./errors.js";
export type { Cause, LaneOutcome } from "./lane.js";
export type { RunRecord } from "./primary-state.js";
export {
  SplitReconcile,
  type SplitReconcileOptions,
  type SplitReconcileParts,
} from "./split-reconcile.js";
export { subReconcilerOf } from "./sub-reconciler-of.js";
export type {
  ApartWrites,
  Declared,
  KindsOf,
  KnownNames,
  MakeSubReconciler,
  NamedSubReconciler,
} from "./sub-reconciler-of.js";
export { WakeHistory, type WakeRecord } from "./wake-history.js";
export {
  withSplitReconcile,
  type PrimaryOfAll,
  type RestDeclaration,
  type WithSplitReconcileOptions,
} from "./with-split-reconcile.js";
