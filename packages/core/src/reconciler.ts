// SPDX-License-Identifier: Apache-2.0
// The base class that packs expand, bound to its primary's kind and type (stage 5: reconcile).
import { applyOnce, type Constructor } from "./expand.js";
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ReconcileRequest, Result } from "./reconcile.js";
import type { ResourceRef } from "./resource-ref.js";

/** A class that knows the kind of its primary. What most packs build on. */
export interface HasPrimary<P extends KubernetesObject = KubernetesObject> {
  readonly primaryKind: Kind<P>;
}

/** A class whose objects bring one primary nearer to what it declares. */
export interface Reconciles<P extends KubernetesObject = KubernetesObject> {
  /** Level-based and idempotent: the same work whatever the reason, any number of times. */
  reconcile(request: ReconcileRequest<P>): Promise<Result | void>;
  /** Called, if present, when a primary is gone from the cluster; for state kept outside it. */
  onGone?(ref: ResourceRef): Promise<void> | void;
}

/**
 * The type of the primary of a class that has one.
 *
 * @example
 * ```ts
 * type P = PrimaryOf<typeof DatabaseReconciler>; // Database
 * ```
 */
export type PrimaryOf<TBase extends Constructor> =
  InstanceType<TBase> extends HasPrimary<infer P> ? P : KubernetesObject;

/** A class that knows its primary and reconciles it. */
export interface Reconciler<P extends KubernetesObject = KubernetesObject>
  extends HasPrimary<P>, Reconciles<P> {}

/**
 * The base class made by {@link Reconciler.of}. A class, not an interface, so that the compiler
 * misses a `reconcile` that nobody has written, whatever packs stand between.
 */
export abstract class KindReconciler<P extends KubernetesObject> implements Reconciler<P> {
  declare readonly primaryKind: Kind<P>;
  abstract reconcile(request: ReconcileRequest<P>): Promise<Result | void>;
}

/** The type of {@link Reconciler} as a value. */
export interface ReconcilerFactory {
  /**
   * Makes an abstract base class for reconcilers of a kind. **API requests:** 0.
   *
   * @example
   * ```ts
   * class DatabaseReconciler extends Reconciler.of(databases) {
   *   async reconcile({ primary }: ReconcileRequest<Database>) { … }
   * }
   * ```
   */
  of<P extends KubernetesObject>(kind: Kind<P>): typeof KindReconciler<P>;
}

/** Makes base classes for reconcilers. */
export const Reconciler: ReconcilerFactory = {
  of<P extends KubernetesObject>(kind: Kind<P>): typeof KindReconciler<P> {
    abstract class BoundReconciler extends KindReconciler<P> {
      override readonly primaryKind: Kind<P> = kind;
    }
    return BoundReconciler;
  },
};

/** Lets a class that has its own way of working be asked to reconcile. */
export type ReconcileWith<T, P extends KubernetesObject> = (
  self: T,
  request: ReconcileRequest<P>,
) => Promise<Result | void>;

/**
 * Gives an existing class, with its own constructor, a primary kind, so that packs can expand it.
 *
 * **API requests:** 0.
 *
 * @param reconcile How the class works on one primary. Left out, the class must have a method
 * `reconcile` that takes a {@link ReconcileRequest}.
 * @example An operator that is not ours
 * ```ts
 * class Expanded extends expand(
 *   ExistingOperator,
 *   withPrimary(databases, (operator: ExistingOperator, { primary }) => operator.sync(primary)),
 *   withWatches({ owns: [secrets] }),
 * ) {}
 * ```
 */
export function withPrimary<P extends KubernetesObject>(
  kind: Kind<P>,
): <TBase extends Constructor>(Base: TBase) => TBase & Constructor<HasPrimary<P>>;
export function withPrimary<P extends KubernetesObject, T>(
  kind: Kind<P>,
  reconcile: ReconcileWith<T, P>,
): <TBase extends Constructor<T>>(Base: TBase) => TBase & Constructor<Reconciler<P>>;
export function withPrimary<P extends KubernetesObject, T>(
  kind: Kind<P>,
  reconcile?: ReconcileWith<T, P>,
): (Base: Constructor) => Constructor {
  return (Base) =>
    applyOnce("primary", Base, (Target) => {
      abstract class WithPrimary extends Target implements HasPrimary<P> {
        readonly primaryKind: Kind<P> = kind;
      }
      if (reconcile !== undefined) {
        Object.defineProperty(WithPrimary.prototype, "reconcile", {
          configurable: true,
          writable: true,
          value(this: T, request: ReconcileRequest<P>): Promise<Result | void> {
            return reconcile(this, request);
          },
        });
      }
      return WithPrimary;
    });
}
