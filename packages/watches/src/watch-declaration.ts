// SPDX-License-Identifier: Apache-2.0
// What a reconciler declares to watch, and what the informer is asked for (stage 1: watch event).
import {
  ConfigurationError,
  ownedBy,
  type InformerOptions,
  type Kind,
  type KubernetesObject,
  type Relation,
} from "@haversack/core";
import { any, toPredicate, type Predicate, type PredicateLike } from "./predicate.js";

/** One kind of secondaries to watch. */
export interface WatchDeclaration<S extends KubernetesObject = KubernetesObject> extends Omit<
  InformerOptions,
  "wantedBy"
> {
  readonly kind: Kind<S>;
  /** How a secondary leads to its primaries. Default: its controller reference. */
  readonly by?: Relation | readonly Relation[] | undefined;
  /** Which events wake them. Default: all, resyncs included. */
  readonly when?: PredicateLike<S> | undefined;
}

/**
 * Declares a watch with the kind's type, so that `when` and its functions are checked against it.
 *
 * **API requests:** 0; 1 LIST and 1 WATCH when the reconciler starts, shared by all who watch alike.
 * **RBAC:** `list`, `watch` on the kind.
 *
 * @example
 * ```ts
 * watch(secrets, { by: byLabel("db"), when: (e) => e.old?.data !== e.new?.data })
 * ```
 */
export function watch<S extends KubernetesObject>(
  kind: Kind<S>,
  options: Omit<WatchDeclaration<S>, "kind"> = {},
): WatchDeclaration {
  const when = options.when === undefined ? undefined : toPredicate(options.when);
  return { ...options, kind, when };
}

/** A declaration with its defaults filled in. @internal */
export interface Watch {
  /** As it was declared; `undefined` for the primaries and for kinds named alone. */
  readonly declared?: WatchDeclaration | undefined;
  readonly kind: Kind<KubernetesObject>;
  /** `"self"`: its objects are the primaries. */
  readonly by: readonly Relation[] | "self";
  readonly predicate: Predicate;
  readonly informer: InformerOptions;
}

/**
 * Fills a declaration in. Selectors that its predicate declares as data are left to the server.
 *
 * @throws {@link ConfigurationError} when it says no way to the primary. Terminal.
 * @internal
 */
export function toWatch(
  declared: Kind<KubernetesObject> | WatchDeclaration,
  defaults: { readonly namespaces?: readonly string[] | undefined; readonly wantedBy: string },
): Watch {
  const declaration: WatchDeclaration = isKind(declared) ? { kind: declared } : declared;
  const { kind, by = ownedBy(), when = any } = declaration;
  const relations = Array.isArray(by) ? (by as readonly Relation[]) : [by as Relation];
  if (relations.length === 0) {
    throw new ConfigurationError(
      `cannot watch ${kind.kind}: by is empty, so no event would lead to a primary. ` +
        "Name a relation such as ownedBy() or byLabel(…), or leave by out.",
    );
  }
  const predicate = toPredicate(when);
  return {
    declared: declaration === declared ? declaration : undefined,
    kind,
    by: relations,
    predicate,
    informer: toInformer(declaration, predicate, defaults),
  };
}

/** The watch of the primaries themselves. @internal */
export function toPrimaryWatch(
  kind: Kind<KubernetesObject>,
  predicate: Predicate,
  options: InformerOptions & { readonly wantedBy: string },
): Watch {
  return {
    kind,
    by: "self",
    predicate,
    informer: toInformer({ kind, ...options }, predicate, options),
  };
}

function toInformer(
  declaration: WatchDeclaration,
  { needs = {} }: Predicate,
  defaults: { readonly namespaces?: readonly string[] | undefined; readonly wantedBy: string },
): InformerOptions {
  const { kind, projection, bodies } = declaration;
  const namespaces = declaration.namespaces ?? defaults.namespaces;
  const labelSelector = joined(declaration.labelSelector, needs.labelSelector);
  const fieldSelector = joined(declaration.fieldSelector, needs.fieldSelector);
  const managedFields = declaration.managedFields === true || needs.managedFields === true;
  return {
    wantedBy: defaults.wantedBy,
    ...(namespaces === undefined || !kind.namespaced ? {} : { namespaces }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(projection === undefined ? {} : { projection }),
    ...(managedFields ? { managedFields } : {}),
    ...(bodies === undefined ? {} : { bodies }),
  };
}

function joined(a: string | undefined, b: string | undefined): string | undefined {
  const parts = [a, b].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? undefined : parts.join(",");
}

function isKind(declared: Kind<KubernetesObject> | WatchDeclaration): declared is Kind {
  return "plural" in declared;
}
