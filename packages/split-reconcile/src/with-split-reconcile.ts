// SPDX-License-Identifier: Apache-2.0
// The pack: makes sub-reconcilers the reconcile of a class (stage 5: split reconcile).
import {
  addHooks,
  applyOnce,
  ConfigurationError,
  type ApiObjects,
  type Constructor,
  type HasPrimary,
  type KubernetesObject,
  type PrimaryOf,
  type ReconcileRequest,
  type Reconciles,
  type ResourceRef,
  type Result,
  type SecondaryIndexed,
  type SecondaryKinds,
  type SplitReconciled,
  type SubReconciler,
  type Watched,
} from "@haversack/core";
import { RestObjects } from "./rest-objects.js";
import { SplitReconcile, type SplitReconcileOptions } from "./split-reconcile.js";
import type { ApartWrites, KnownNames } from "./sub-reconciler-of.js";

/** What the class's own `reconcile` is declared to be, when it goes on as one of the parts. */
export type RestDeclaration = Omit<Partial<SubReconciler>, "reconcile">;

/** Options of {@link withSplitReconcile}. */
export interface WithSplitReconcileOptions extends SplitReconcileOptions {
  /**
   * Keeps the class's own `reconcile` as one more sub-reconciler, named `rest` unless named, under
   * the field manager it has. With declared `writes` what it writes through `this.objects` is held
   * to them; without, nobody guards it and it never runs beside others.
   */
  readonly rest?: RestDeclaration;
}

/**
 * Makes the reconcile of a class out of sub-reconcilers, each with its own triggers, backoff and
 * schedule.
 *
 * Stage 5 of 7. Needs a primary kind and API objects; with watches only what was woken runs, with a
 * secondary index each gets its secondaries. Applying it twice is once.
 *
 * **API requests:** those of the sub-reconcilers; 1 PATCH for a status that changed.
 * **Guarantees:** overlapping writes fail when the object is made; one pass at a time per primary;
 * what is due runs in order over one snapshot, disjoint ones side by side; nobody writes what it did
 * not declare; a wake is never lost. **RBAC:** that of the sub-reconcilers; `patch` on the primary's
 * `status`; `patch` on the primary for finalizer and inventory.
 *
 * @throws {@link ConfigurationError} when an object is made of declarations that could race. Terminal.
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "db" }),
 *   withWatches(),
 *   withSplitReconcile([config, workload, probe]),
 * ) {}
 * ```
 */
export function withSplitReconcile<
  const S extends readonly SubReconciler<P>[],
  P extends KubernetesObject = PrimaryOfAll<S>,
>(
  subReconcilers: S & KnownNames<S> & ApartWrites<S, P>,
  options: WithSplitReconcileOptions = {},
): <TBase extends Constructor<HasPrimary<P> & ApiObjects>>(
  Base: TBase,
) => TBase & Constructor<Reconciles<PrimaryOf<TBase>> & SplitReconciled<PrimaryOf<TBase>>> {
  return <TBase extends Constructor<HasPrimary<P> & ApiObjects>>(Target: TBase) =>
    applyOnce("split-reconcile", Target as unknown as Constructor<SplitBase>, (Under) => {
      abstract class WithSplitReconcile extends Under {
        readonly #pack: SplitReconcile<KubernetesObject>;

        // The parameters of the class it stands on; the language asks mixins for any[].
        // eslint-disable-next-line @typescript-eslint/no-explicit-any -- TS2545
        constructor(...args: any[]) {
          super(...args);
          const own = super.reconcile as SplitBase["reconcile"] | undefined; // Abstract: none.
          this.#pack = attach(this, subReconcilers as never, options, own?.bind(this));
        }

        get subReconcilers(): readonly SubReconciler[] {
          return this.#pack.plan.parts.map(({ declared }) => declared);
        }

        get split(): SplitReconciled<KubernetesObject>["split"] {
          return this.#pack;
        }

        override reconcile(request: ReconcileRequest): Promise<Result> {
          return this.#pack.reconcile(request);
        }

        override async onGone(ref: ResourceRef): Promise<void> {
          this.#pack.onGone(ref);
          await super.onGone?.(ref);
        }
      }
      return WithSplitReconcile;
    }) as never;
}

/** The class below. */
interface SplitBase extends HasPrimary, ApiObjects {
  reconcile(request: ReconcileRequest): Promise<Result | void>;
  onGone?(ref: ResourceRef): Promise<void> | void;
}

/** The primary that all of a list are for. */
export type PrimaryOfAll<S extends readonly SubReconciler<never>[]> =
  S[number] extends SubReconciler<infer P> ? P : KubernetesObject;

function attach(
  reconciler: HasPrimary & ApiObjects & Partial<Watched<KubernetesObject>>,
  declared: readonly SubReconciler[],
  options: WithSplitReconcileOptions,
  own: SplitBase["reconcile"] | undefined,
): SplitReconcile<KubernetesObject> {
  const { rest } = options;
  const name = rest?.name ?? "rest";
  if (rest !== undefined && own === undefined) {
    throw new ConfigurationError(
      `cannot keep "${name}": the class below withSplitReconcile has no reconcile. Drop the option rest.`,
    );
  }
  const { objects } = reconciler;
  const guarded = rest?.writes === undefined ? undefined : new RestObjects(objects);
  const reconcile = own && (guarded?.watching(own) ?? own);
  const { fieldManager } = objects;
  const last: readonly SubReconciler[] =
    rest === undefined || reconcile === undefined
      ? []
      : [{ fieldManager, ...rest, name, reconcile }];
  const pack = new SplitReconcile<KubernetesObject>(
    [...declared, ...last],
    {
      primaryKind: reconciler.primaryKind,
      objects,
      undeclared: rest === undefined ? undefined : name,
      // Packs may be applied in any order: these may come from one further to the right.
      get watches() {
        return reconciler.watches;
      },
      get secondaries() {
        return (reconciler as Partial<SecondaryIndexed<KubernetesObject, SecondaryKinds>>)
          .secondaries;
      },
    },
    options,
  );
  addHooks(reconciler, pack.hooks);
  // The class may have it as a field of its own or from a pack.
  if (guarded !== undefined) Object.defineProperty(reconciler, "objects", { value: guarded });
  return pack;
}
