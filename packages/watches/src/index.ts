// SPDX-License-Identifier: Apache-2.0
/**
 * Watches for Kubernetes reconcilers: from the API server's event to one pass of the right primary.
 *
 * This package is responsible for informers, predicates, mapping to primary, the work queue and the
 * run loop: nothing is lost, nothing runs twice at a time, failures back off. You are responsible
 * for a `reconcile` that does the same work whatever woke it, and for passing `request.signal` to
 * what it waits for. It writes nothing, and it is no manager: see `@haversack/manager`.
 *
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withWatches({ owns: [statefulSets, watch(secrets, { by: byLabel("db") })] }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     return primary.spec.paused ? halt("paused") : requeueAfter(60_000);
 *   }
 * }
 * const running = startReconciler(new DatabaseReconciler(), { client });
 * ```
 * @packageDocumentation
 */
export { exponentialBackoff, type Backoff, type BackoffOptions } from "./backoff.js";
export * from "./informer/index.js";
export { MapToPrimary, type MappedBy, type MappingFailure } from "./map-to-primary.js";
export { InvalidResultError, ReconcileFailedError, ReconcileStoppedError } from "./outcome.js";
export * from "./predicate.js";
export { explain, PredicateGate } from "./predicate-gate.js";
export type { Explanation, GateOptions, PredicateCounts } from "./predicate-gate.js";
export * from "./predicates/index.js";
export type * from "./stage-trace.js";
export { watch, type WatchDeclaration } from "./watch-declaration.js";
export { specOrMetadataChanged, type WatchOptions } from "./watch-options.js";
export { WatchSet, type ReconcilerWatches, type WatchReport } from "./watch-set.js";
export { withWatches, type ReconcilerWatched } from "./with-watches.js";
export { lowPriority } from "./work.js";
export * from "./work-queue.js";
