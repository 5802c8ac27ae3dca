// SPDX-License-Identifier: Apache-2.0
// What a reconciler declares about its secondaries, and what follows from it (stage 7: index).
import {
  ConfigurationError,
  ownedBy,
  type InformerOptions,
  type Kind,
  type KubernetesObject,
  type ObjectOf,
  type OwnerMode,
  type Projection,
  type Relation,
} from "@haversack/core";
import { compileSelector, type LabelTest } from "./label-selector.js";
import { projectionOf, type Retain } from "./retention.js";

/** Secondaries whose owner is itself a secondary; made by {@link ownedThrough}. */
export interface OwnedThrough<N extends string = string> {
  readonly type: "through";
  readonly name: string;
  /** The declared name of the kind in between. */
  readonly through: N;
  readonly mode: OwnerMode;
}

/** One way in which secondaries belong to a primary. */
export type SecondaryRelation<N extends string = string> = Relation | OwnedThrough<N>;

/** One declared kind with more than the default. `N` are the names that `ownedThrough` may use. */
export interface SecondaryDeclaration<N extends string = string> {
  readonly kind: Kind;
  /** How they belong; several relations are a union. Default: controller reference. */
  readonly by?: SecondaryRelation<N> | readonly SecondaryRelation<N>[];
  /** Default: that of the pack. */
  readonly retain?: Retain;
  /** Overrides `retain`: exactly this much is kept. */
  readonly projection?: Projection;
  /** Default: that of the pack. */
  readonly namespaces?: readonly string[];
  /** Only objects with these labels; evaluated by the server, and here for own writes. */
  readonly labelSelector?: string;
  /** `"lazy"` keeps bytes and parses a body when it is read. */
  readonly bodies?: "parsed" | "lazy";
}

/** Declared kinds by the names under which their secondaries are found. */
export type SecondaryDeclarations<N extends string = string> = Readonly<
  Record<string, Kind | SecondaryDeclaration<N>>
>;

/** Options of the index and of the pack. */
export interface SecondaryIndexOptions<
  D extends SecondaryDeclarations = SecondaryDeclarations,
  R extends Retain = Retain,
> {
  /** A kind alone means: those with a controller reference to the primary. */
  readonly kinds: D;
  /** What is kept of each secondary: whole objects (default) or metadata only. */
  readonly retain?: R;
  /** Namespaces to watch; absent means all. Use the same as for the primary. */
  readonly namespaces?: readonly string[];
}

type DeclaredKind<E> = E extends { readonly kind: string }
  ? E
  : E extends { readonly kind: infer K }
    ? K
    : never;
type DeclaredRetain<E, R> = E extends { readonly projection: { readonly keep: "metadata" } }
  ? "refs"
  : E extends { readonly projection: Projection }
    ? "objects"
    : E extends { readonly retain: infer Own }
      ? Own
      : R;

/** The declared names with their kinds; with `"refs"` the objects are typed as metadata only. */
export type DeclaredKinds<D, R> = {
  readonly [N in keyof D]: DeclaredRetain<D[N], R> extends "refs"
    ? Kind
    : Kind<ObjectOf<DeclaredKind<D[N]>>>;
};

/**
 * Secondaries whose owner reference names another declared secondary, which leads to the primary:
 * a PodDisruptionBudget owned by a StatefulSet that the custom resource owns.
 *
 * The one in between may arrive later, change its owner or go: the index follows.
 *
 * **API requests:** 0.
 *
 * @param through The declared name of the kind in between.
 * @example
 * ```ts
 * withSecondaryIndex({
 *   kinds: { statefulSets, budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") } },
 * });
 * ```
 */
export function ownedThrough<const N extends string>(
  through: N,
  mode: OwnerMode = "controller",
): OwnedThrough<N> {
  return { type: "through", name: `owner reference through ${through}`, through, mode };
}

/** One declared kind with all defaults filled in. */
export interface SourcePlan {
  readonly name: string;
  readonly kind: Kind;
  readonly relations: readonly SecondaryRelation[];
  readonly projection: Projection;
  /** What to ask of the informers; equal for equal wishes, so that informers are shared. */
  readonly informer: InformerOptions;
  readonly fitsLabels: LabelTest;
}

/**
 * Checks declarations and fills in their defaults.
 *
 * @throws {@link ConfigurationError} for a relation through an unknown name or in a circle. Terminal.
 */
export function planSources(options: SecondaryIndexOptions): readonly SourcePlan[] {
  const plans = Object.entries(options.kinds).map(([name, entry]) => plan(name, entry, options));
  const byName = new Map(plans.map((each) => [each.name, each]));
  for (const each of plans) checkChain(each, byName, []);
  return plans;
}

/** The relations of a plan that lead through another declared kind. */
export function throughOf(plan: SourcePlan): readonly OwnedThrough[] {
  return plan.relations.filter((relation) => relation.type === "through");
}

function plan(
  name: string,
  entry: Kind | SecondaryDeclaration,
  options: SecondaryIndexOptions,
): SourcePlan {
  if (name === "__proto__") {
    throw new ConfigurationError(
      'cannot declare secondaries as "__proto__": a snapshot could not hold them. Choose another name.',
    );
  }
  const declared: SecondaryDeclaration = isKind(entry) ? { kind: entry } : entry;
  const { kind, by = ownedBy(), bodies, labelSelector } = declared;
  const relations = "type" in by ? [by] : by;
  const reads = relations.flatMap((each) => ("reads" in each ? (each.reads ?? []) : []));
  const retain = declared.retain ?? options.retain ?? "objects";
  const projection = declared.projection ?? projectionOf(retain, reads);
  const namespaces = kind.namespaced ? (declared.namespaces ?? options.namespaces) : undefined;
  const informer: InformerOptions = {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(projection.keep === "object" ? {} : { projection }),
    ...(bodies === undefined ? {} : { bodies }),
    wantedBy: `secondary index: ${name}`,
  };
  const fitsLabels = compileSelector(labelSelector);
  return { name, kind, relations, projection, informer, fitsLabels };
}

function isKind(entry: Kind | SecondaryDeclaration): entry is Kind<KubernetesObject> {
  return typeof entry.kind === "string";
}

function checkChain(
  plan: SourcePlan,
  byName: ReadonlyMap<string, SourcePlan>,
  behind: readonly string[],
): void {
  if (behind.includes(plan.name)) {
    throw new ConfigurationError(
      `cannot index "${plan.name}": it is owned through itself (${[...behind, plan.name].join(" → ")}). ` +
        "Let one of them belong to the primary directly.",
    );
  }
  for (const { through } of throughOf(plan)) {
    const next = byName.get(through);
    if (next === undefined) {
      throw new ConfigurationError(
        `cannot index "${plan.name}": it is owned through "${through}", which is not declared. ` +
          `Declare it, or use one of: ${[...byName.keys()].join(", ")}.`,
      );
    }
    checkChain(next, byName, [...behind, plan.name]);
  }
}
