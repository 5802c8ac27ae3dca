// SPDX-License-Identifier: Apache-2.0
// How a secondary belongs to a primary: one declaration for mapping and for the index (stage 3).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { ownersOfKind, type OwnerMode } from "./owner-reference.js";
import type { ObjectKey } from "./resource-ref.js";

/** A primary that a relation leads to; `uid` is known only from owner references. */
export interface PrimaryKey extends ObjectKey {
  readonly uid?: string | undefined;
}

/** What a relation may look at besides the object itself. **API requests:** 0, always. */
export interface RelationContext {
  readonly primaryKind: Kind<KubernetesObject>;
  /** Primaries in the cache; for relations that the primary states. */
  primaries(): Iterable<KubernetesObject>;
}

/** What to ask the server for when there is no cache. */
export interface SecondarySelector {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Names to get one by one. */
  readonly keys?: readonly ObjectKey[];
}

/**
 * One way in which secondaries of a kind belong to primaries.
 *
 * **Guarantees:** a pure function of the objects it is given. **API requests:** 0.
 */
export interface Relation<
  P extends KubernetesObject = KubernetesObject,
  S extends KubernetesObject = KubernetesObject,
> {
  readonly type: "owner" | "label" | "annotation" | "secondary-field" | "primary-field" | "custom";
  /** For messages and metrics. */
  readonly name: string;
  /** The primaries that this secondary belongs to. */
  toPrimaries(secondary: S, context: RelationContext): readonly PrimaryKey[];
  /** For relations that the primary states: the secondaries it names. */
  toSecondaries?(primary: P, secondaryKind: Kind<S>): readonly ObjectKey[];
  /**
   * Dotted paths outside `metadata` that `toPrimaries` reads, for caches that keep less than whole
   * objects; absent means that it reads metadata only, or that nobody knows.
   */
  readonly reads?: readonly string[];
  /** How `fetch` narrows its request; absent means: list the namespace and filter. */
  selector?(primary: P, secondaryKind: Kind<S>): SecondarySelector;
}

/** Secondaries whose owner references name the primary; `controller` only, unless `any`. */
export function ownedBy(mode: OwnerMode = "controller"): Relation {
  return {
    type: "owner",
    name: mode === "controller" ? "controller reference" : "owner reference",
    toPrimaries(secondary, { primaryKind }) {
      const namespace = primaryKind.namespaced ? secondary.metadata.namespace : undefined;
      const owners = ownersOfKind(secondary, primaryKind, mode);
      if (namespace === undefined) return owners.map(({ name, uid }) => ({ name, uid }));
      return owners.map(({ name, uid }) => ({ namespace, name, uid }));
    },
  };
}

/** Secondaries that carry the primary's name in a label, in the primary's namespace. */
export function byLabel(label: string): Relation {
  return {
    type: "label",
    name: `label ${label}`,
    toPrimaries: (secondary, context) =>
      named(secondary, context, ownText(secondary.metadata.labels, label)),
    selector: (primary) => ({ labelSelector: `${label}=${primary.metadata.name}` }),
  };
}

/** Secondaries that carry the primary's `name` or `namespace/name` in an annotation. */
export function byAnnotation(annotation: string): Relation {
  return {
    type: "annotation",
    name: `annotation ${annotation}`,
    toPrimaries(secondary, context) {
      const value = ownText(secondary.metadata.annotations, annotation);
      if (value === undefined || !value.includes("/")) return named(secondary, context, value);
      const [namespace = "", name = "", ...rest] = value.split("/");
      const isWhole = namespace !== "" && name !== "" && rest.length === 0;
      return isWhole && context.primaryKind.namespaced ? [{ namespace, name }] : [];
    },
  };
}

/** Secondaries that name their primary in a field, such as `spec.clusterName`. */
export function bySecondaryField(path: string): Relation {
  const steps = path.split(".");
  return {
    type: "secondary-field",
    name: `field ${path} of the secondary`,
    reads: [path],
    toPrimaries: (secondary, context) => named(secondary, context, textAt(secondary, steps)),
  };
}

/**
 * Secondaries that the primary names, such as a Secret in `spec.secrets.users`.
 *
 * @param names The names, in the primary's namespace, that a primary refers to now.
 */
export function byPrimaryField<P extends KubernetesObject>(
  name: string,
  names: (primary: P) => readonly string[],
): Relation<P> {
  const keys = (primary: P): readonly ObjectKey[] =>
    names(primary).map((secondaryName) => ({
      namespace: primary.metadata.namespace,
      name: secondaryName,
    }));
  return {
    type: "primary-field",
    name: `field ${name} of the primary`,
    toPrimaries(secondary, context) {
      const found: PrimaryKey[] = [];
      for (const primary of context.primaries() as Iterable<P>) {
        const { namespace, name: primaryName } = primary.metadata;
        if (namespace !== secondary.metadata.namespace) continue;
        if (names(primary).includes(secondary.metadata.name))
          found.push({ namespace, name: primaryName });
      }
      return found;
    },
    toSecondaries: keys,
    selector: (primary) => ({ keys: keys(primary) }),
  };
}

/** Any other rule, from one secondary to primaries. */
export function byFunction<S extends KubernetesObject>(
  name: string,
  toPrimaries: (secondary: S, context: RelationContext) => readonly PrimaryKey[],
): Relation<KubernetesObject, S> {
  return { type: "custom", name, toPrimaries };
}

function named(
  secondary: KubernetesObject,
  { primaryKind }: RelationContext,
  name: string | undefined,
): readonly PrimaryKey[] {
  if (name === undefined || name === "") return [];
  const { namespace } = secondary.metadata;
  return [primaryKind.namespaced && namespace !== undefined ? { namespace, name } : { name }];
}

/** A label or annotation; names such as `constructor` are legal and must not reach a prototype. */
function ownText(
  texts: Readonly<Record<string, string>> | undefined,
  name: string,
): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined;
}

function textAt(object: KubernetesObject, steps: readonly string[]): string | undefined {
  let value: unknown = object;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return typeof value === "string" ? value : undefined;
}
