// SPDX-License-Identifier: Apache-2.0
/**
 * From one primary to all its secondary resources, in one call and no request.
 *
 * This package is responsible for knowing which secondaries belong to which primary, for showing
 * own writes at once, and for saying when it does not know yet. You are responsible for declaring
 * the kinds and how they belong, and for not changing what it hands out (it is frozen). It is not
 * a general cache: look up objects that belong to no primary with `withApiObjects`.
 *
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "database-operator" }),
 *   withSecondaryIndex({ kinds: { services, statefulSets } }),
 *   withWatches({ owns: [services, statefulSets] }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     const { services, statefulSets } = this.secondaries.of(primary);
 *   }
 * }
 * ```
 * @packageDocumentation
 */
export {
  ownedThrough,
  type DeclaredKinds,
  type OwnedThrough,
  type SecondaryDeclaration,
  type SecondaryDeclarations,
  type SecondaryIndexOptions,
  type SecondaryRelation,
  type SourcePlan,
} from "./declaration.js";
export { IndexFeed, type FedIndex } from "./index-feed.js";
export { type Retain } from "./retention.js";
export { SecondaryIndex, type FeedTarget, type SecondaryIndexSetup } from "./secondary-index.js";
export {
  withSecondaryIndex,
  type ReconcilerIndexed,
  type ReconcilerSecondaries,
} from "./with-secondary-index.js";
