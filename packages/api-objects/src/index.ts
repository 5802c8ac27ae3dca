// SPDX-License-Identifier: Apache-2.0
/**
 * Reads and writes Kubernetes API objects under one field manager, and writes only what changes.
 *
 * This package is responsible for deciding whether a write is needed (the diff ladder), for sending
 * the smallest one, for guarding it (uid, version, lists) and for making its answer visible to the
 * other packs. You are responsible for declaring the whole of what you own, each time, and for a
 * field manager that never changes its name. It keeps no cache: that is the package `watches`.
 *
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "database-operator" }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     const { outcome } = await this.objects.apply(configMaps, configOf(primary), { owner: primary });
 *     if (outcome !== "unchanged") await this.objects.event(databases, primary, configWritten);
 *   }
 * }
 * ```
 * @packageDocumentation
 */
export { mergeConditions, setCondition, type MergeOptions } from "./conditions.js";
export type { DeleteOptions } from "./delete.js";
export { checkFieldManager, maxFieldManagerBytes } from "./field-manager.js";
export { parseDuration } from "./normalise/duration.js";
export { parseQuantity } from "./normalise/quantity.js";
export { Objects, type ObjectsSource } from "./objects.js";
export type { ApiObjectsOptions } from "./objects-context.js";
export { deterministicName, ensureOwner, type OwnerOptions } from "./owner.js";
export { withApiObjects } from "./with-api-objects.js";
export { FieldFightError } from "./write-loops.js";
