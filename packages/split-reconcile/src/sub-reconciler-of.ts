// SPDX-License-Identifier: Apache-2.0
// Types for declaring sub-reconcilers: the primary's type, and names the compiler knows (stage 0: words).
import type {
  Access,
  Kind,
  KubernetesObject,
  SecondaryKinds,
  SubReconciler,
} from "@haversack/core";

/** Secondaries as a secondary index declares them: kinds, alone or with more. */
export type Declared = Readonly<
  Record<string, Kind<KubernetesObject> | { readonly kind: Kind<KubernetesObject> }>
>;

/** The kinds of such a declaration. */
export type KindsOf<D extends Declared> = {
  readonly [N in keyof D]: D[N] extends Kind<infer T>
    ? Kind<T>
    : D[N] extends { readonly kind: Kind<infer T> }
      ? Kind<T>
      : never;
};

/** A sub-reconciler whose names the compiler knows. */
export type NamedSubReconciler<
  P extends KubernetesObject,
  K extends SecondaryKinds,
  N extends string,
  A extends readonly string[],
  F extends readonly string[] = readonly [],
  W extends readonly Access[] = readonly [],
  O extends readonly string[] = readonly [],
> = Omit<SubReconciler<P, K>, "name" | "after" | "follows" | "writes" | "overrides"> & {
  readonly name: N;
  readonly after?: A;
  readonly follows?: F;
  readonly writes?: W;
  readonly overrides?: O;
};

/** Makes sub-reconcilers of one primary; see {@link subReconcilerOf}. */
export type MakeSubReconciler<P extends KubernetesObject, K extends SecondaryKinds> = <
  const N extends string,
  const A extends readonly string[] = readonly [],
  const F extends readonly string[] = readonly [],
  const W extends readonly Access[] = readonly [],
  const O extends readonly string[] = readonly [],
>(
  declared: NamedSubReconciler<P, K, N, A, F, W, O>,
) => NamedSubReconciler<P, K, N, A, F, W, O>;

/**
 * Declares sub-reconcilers with the types of their primary and secondaries.
 *
 * Names become known to the compiler, so that a name in `after` that is not in the list of
 * `withSplitReconcile` is a compile error. **API requests:** 0.
 *
 * @param _secondaries The same object that `withSecondaryIndex` is given as `kinds`.
 * @example
 * ```ts
 * const part = subReconcilerOf(databases, { services });
 * const config = part({
 *   name: "config",
 *   writes: [configMaps],
 *   reconcile: async ({ primary, objects }) =>
 *     void (await objects.apply(configMaps, configOf(primary), { owner: primary })),
 * });
 * ```
 */
export function subReconcilerOf<P extends KubernetesObject, const D extends Declared = Declared>(
  _primaryKind: Kind<P>,
  _secondaries?: D,
): MakeSubReconciler<P, KindsOf<D>> {
  return (declared) => declared;
}

type NamesOf<S extends readonly { readonly name: string }[]> = S[number]["name"];

/** Names that one of a list gives as its predecessors. */
type Predecessors<E> =
  | (E extends { readonly after?: readonly (infer A)[] } ? A : never)
  | (E extends { readonly follows?: readonly (infer F)[] } ? F : never);

/** A list whose `after` and `follows` hold only names of the list, as far as the compiler knows them. */
export type KnownNames<
  S extends readonly {
    readonly name: string;
    readonly after?: readonly string[];
    readonly follows?: readonly string[];
  }[],
> = {
  readonly [I in keyof S]: [Predecessors<S[I]>] extends [NamesOf<S> | "rest"]
    ? S[I]
    : {
        readonly after?: readonly (NamesOf<S> | "rest")[];
        readonly follows?: readonly (NamesOf<S> | "rest")[];
      };
};

/** What the compiler knows that one of a list writes of its primary: paths, and conditions as paths. */
type StatusWrites<E, P extends KubernetesObject> = E extends {
  readonly writes?: readonly (infer A)[];
}
  ? A extends { readonly kind: Kind<infer T> }
    ? [T, P] extends [P, T]
      ? Literal<PathsIn<A>>
      : never
    : never
  : never;

type PathsIn<A> =
  | (A extends { readonly paths: readonly (infer C extends string)[] } ? C : never)
  | (A extends { readonly conditions: readonly (infer C extends string)[] }
      ? `status.conditions[${C}]`
      : never);

/** Texts that were written down, not computed. */
type Literal<T extends string> = T extends string
  ? string extends T
    ? never
    : `status.conditions[${string}]` extends T
      ? never
      : T
  : never;

/** One that writes over others knows what it does; whose writes those are is checked later. */
type Overriding = { readonly overrides?: readonly [string, ...string[]] };

type WritesOfOthers<S extends readonly unknown[], I extends keyof S, P extends KubernetesObject> = {
  readonly [J in keyof S]: J extends I
    ? never
    : S[J] extends Overriding
      ? never
      : StatusWrites<S[J], P>;
}[number];

/** Paths of one that are those of another, or lie below them. */
type Shared<Mine extends string, Theirs extends string> = Mine extends
  Theirs | `${Theirs}.${string}`
  ? Mine
  : never;

/**
 * A list in which no two write the same of their primary, as far as the compiler knows it: paths and
 * conditions that are written down. Everything else is checked when the reconciler is made.
 */
export type ApartWrites<
  S extends readonly { readonly overrides?: readonly string[] }[],
  P extends KubernetesObject,
> = {
  readonly [I in keyof S]: S[I] extends Overriding
    ? S[I]
    : [Shared<StatusWrites<S[I], P>, WritesOfOthers<S, I, P>>] extends [never]
      ? S[I]
      : {
          readonly writes: `another one writes ${Shared<StatusWrites<S[I], P>, WritesOfOthers<S, I, P>>} as well`;
        };
};
