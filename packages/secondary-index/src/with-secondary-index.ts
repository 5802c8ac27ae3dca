// SPDX-License-Identifier: Apache-2.0
// The pack: hangs a secondary index on a reconciler (stage 7: index).
import {
  addHooks,
  applyOnce,
  type ApiObjects,
  type Constructor,
  type HasPrimary,
  type KubernetesObject,
  type PrimaryOf,
  type Secondaries,
} from "@haversack/core";
import type { DeclaredKinds, SecondaryDeclarations, SecondaryIndexOptions } from "./declaration.js";
import { IndexFeed } from "./index-feed.js";
import type { Retain } from "./retention.js";
import { SecondaryIndex } from "./secondary-index.js";

/** What a reconciler may ask of its index: look-ups, and whose secondary something is. */
export interface ReconcilerSecondaries<
  P extends KubernetesObject,
  D extends SecondaryDeclarations,
  R extends Retain,
>
  extends
    Secondaries<P, DeclaredKinds<D, R>>,
    Pick<SecondaryIndex<P, D, R>, "subscribe" | "primariesOf" | "relationsOf"> {}

/** Added by {@link withSecondaryIndex}; core's `SecondaryIndexed` with all that the index offers. */
export interface ReconcilerIndexed<
  P extends KubernetesObject,
  D extends SecondaryDeclarations,
  R extends Retain,
> {
  readonly secondaries: ReconcilerSecondaries<P, D, R>;
}

/**
 * Gives a reconciler `secondaries`: from a primary to all its secondaries in one call.
 *
 * Stage 7 of 7: index. Sees every event before any reconcile is queued for it, and every write of
 * the reconciler's own before that write's promise resolves.
 *
 * **API requests:** 0 per look-up; 1 LIST and 1 WATCH per declared kind that nobody else watches.
 * **RBAC:** `list`, `watch` on every declared kind.
 *
 * @throws {@link ConfigurationError} when the reconciler is made, for declarations that cannot work.
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "database-operator" }),
 *   withSecondaryIndex({ kinds: { services, backups: { kind: backups, by: bySecondaryField("spec.databaseName") } } }),
 *   withWatches({ owns: [services] }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     const { services, backups } = this.secondaries.of(primary);
 *   }
 * }
 * ```
 */
export function withSecondaryIndex<
  const D extends SecondaryDeclarations<Extract<keyof D, string>>,
  const R extends Retain = "objects",
>(
  options: SecondaryIndexOptions<D, R>,
): <TBase extends Constructor<ApiObjects & HasPrimary>>(
  Base: TBase,
) => TBase & Constructor<ReconcilerIndexed<PrimaryOf<TBase>, D, R>> {
  return <TBase extends Constructor<ApiObjects & HasPrimary>>(
    Base: TBase,
  ): TBase & Constructor<ReconcilerIndexed<PrimaryOf<TBase>, D, R>> =>
    applyOnce("secondary-index", Base as Constructor<ApiObjects & HasPrimary>, (Target) => {
      abstract class WithSecondaryIndex extends Target {
        readonly #pack = attach(this, options);

        get secondaries(): SecondaryIndex<PrimaryOf<TBase>, D, R> {
          return this.#pack as unknown as SecondaryIndex<PrimaryOf<TBase>, D, R>;
        }
      }
      return WithSecondaryIndex;
    }) as unknown as TBase & Constructor<ReconcilerIndexed<PrimaryOf<TBase>, D, R>>;
}

function attach<D extends SecondaryDeclarations, R extends Retain>(
  reconciler: ApiObjects & HasPrimary,
  options: SecondaryIndexOptions<D, R>,
): unknown {
  const { primaryKind, objects } = reconciler;
  const index = new SecondaryIndex({ ...options, primaryKind, objects });
  const feed = new IndexFeed(index);
  addHooks(reconciler, {
    pack: "secondary-index",
    async start(runtime) {
      index.begin(runtime);
      await feed.start(runtime);
    },
    stop() {
      feed.stop();
      index.end();
    },
    access: () =>
      index.plans.map(({ kind, informer: { namespaces }, relations }) => {
        const isOwned = relations.some(({ type }) => type === "owner" || type === "through");
        const purpose = isOwned ? "own" : "watch";
        return { purpose, kind, namespaces, declaredBy: "secondary-index" };
      }),
  });
  return index;
}
