// SPDX-License-Identifier: Apache-2.0
// The pack: hangs watches, a work queue and workers on a reconciler (stages 1 to 5).
import {
  addHooks,
  applyOnce,
  type Constructor,
  type HasPrimary,
  type PrimaryOf,
  type KubernetesObject,
  type Reconciles,
  type Watched,
} from "@haversack/core";
import type { WatchOptions } from "./watch-options.js";
import { WatchSet, type ReconcilerWatches } from "./watch-set.js";

/** Added by {@link withWatches}. */
export interface ReconcilerWatched<P extends KubernetesObject> extends Watched<P> {
  readonly watches: ReconcilerWatches<P>;
}

/**
 * Wakes the reconcile of a primary when it, or something that belongs to it, changes.
 *
 * Stages 1 to 5: informers, predicates, mapping, work queue, run loop. Needs a primary kind and a
 * `reconcile`; both come from `Reconciler.of(kind)`, or from `withPrimary(kind)` on a class that is
 * not ours.
 *
 * **API requests:** 1 LIST and 1 WATCH per kind, shared with all who watch alike; 0 per event.
 * **Guarantees:** events of one object are handled one after another, the last one handled is the
 * newest; one pass at a time per primary; no pass before every first list was taken in.
 * **RBAC:** `list`, `watch` on the primary's kind and every watched kind.
 *
 * @throws {@link ConfigurationError} when an object is made with options that cannot work. Terminal.
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withWatches({ owns: [statefulSets, services], workers: 2 }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) { … }
 * }
 * ```
 */
export function withWatches(
  options: WatchOptions = {},
): <TBase extends Constructor<HasPrimary & Reconciles>>(
  Base: TBase,
) => TBase & Constructor<ReconcilerWatched<PrimaryOf<TBase>>> {
  return <TBase extends Constructor<HasPrimary & Reconciles>>(
    Base: TBase,
  ): TBase & Constructor<ReconcilerWatched<PrimaryOf<TBase>>> =>
    applyOnce("watches", Base as Constructor<HasPrimary & Reconciles>, (Target) => {
      abstract class WithWatches extends Target implements ReconcilerWatched<KubernetesObject> {
        readonly #pack: WatchSet<KubernetesObject>;

        // The parameters of the class it stands on; the language asks mixins for any[].
        // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TS2545
        constructor(...args: any[]) {
          super(...args);
          this.#pack = new WatchSet(this.primaryKind, this, options);
          addHooks(this, this.#pack.hooks);
        }

        get watches(): ReconcilerWatches<KubernetesObject> {
          return this.#pack;
        }
      }
      return WithWatches;
    }) as unknown as TBase & Constructor<ReconcilerWatched<PrimaryOf<TBase>>>;
}
