// SPDX-License-Identifier: Apache-2.0
// From a secondary to its primaries: all relations of its kind, evaluated (stage 7: index).
import {
  formatRef,
  ownersOfKind,
  refOf,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type Relation,
  type RelationContext,
} from "@haversack/core";
import type { ByKey } from "./by-key.js";
import type { OwnedThrough, SecondaryRelation } from "./declaration.js";
import type { Entry, Link, PrimaryNode } from "./primary-node.js";
import { noLinks, type SecondarySource } from "./secondary-source.js";

/** A relation together with what the index remembers for it. */
export interface IndexedRelation {
  readonly source: SecondarySource;
  readonly relation: SecondaryRelation;
  readonly position: number;
  /** For relations that primaries state: who names a secondary. */
  readonly namedBy: ByKey<Set<PrimaryNode>>;
  /** For relations through another kind: who waits for one of its objects. */
  readonly waiting: ByKey<Set<Entry>>;
  readonly waitsFor: Map<Entry, readonly ObjectKey[]>;
  /** For relations that looked at the primaries: whose answer depends on them. */
  readonly readers: Set<Entry>;
}

/** What linking needs of the graph. */
export interface LinkContext {
  readonly primaryKind: Kind;
  readonly logger: () => Logger;
  /** The node of a primary, made when there is none. */
  node(namespace: string, name: string): PrimaryNode;
  primaries(): Iterable<KubernetesObject>;
  source(name: string): SecondarySource;
}

/** Evaluates the relations of declared kinds. **API requests:** 0. */
export class Linker {
  readonly #context: LinkContext;
  /** Given to every relation: one object for all events. */
  readonly #view: RelationContext;
  /** Whose relation is being evaluated. */
  #asked: { readonly each: IndexedRelation; readonly entry: Entry } | undefined;

  constructor(context: LinkContext) {
    this.#context = context;
    this.#view = {
      primaryKind: context.primaryKind,
      primaries: () => {
        this.#asked?.each.readers.add(this.#asked.entry);
        return context.primaries();
      },
    };
  }

  /** The union of all relations; each link remembers its relation. Order is that of declaration. */
  linksOf(entry: Entry, relations: readonly IndexedRelation[]): readonly Link[] {
    const [first] = relations;
    const found =
      first !== undefined && relations.length === 1
        ? this.#linksBy(entry, first)
        : relations.flatMap((each) => this.#linksBy(entry, each));
    const [only] = found;
    if (only === undefined) return noLinks;
    if (found.length === 1) return only; // Shared by all with just this link: costs no memory.
    const links = new Set(found.map(([link]) => link));
    return links.size === 1 ? only : [...links];
  }

  /** Forgets what an entry that is gone was waiting for. */
  release(entry: Entry, relations: readonly IndexedRelation[]): void {
    for (const each of relations) {
      if (each.readers.size > 0) each.readers.delete(entry);
      stopWaiting(each, entry);
    }
  }

  #linksBy(entry: Entry, each: IndexedRelation): readonly (readonly [Link])[] {
    const { relation, position } = each;
    if (relation.type === "through") return this.#linksThrough(entry, each, relation);
    if (relation.toSecondaries !== undefined) {
      const nodes = each.namedBy.get(entry.namespace, entry.name) ?? [];
      return [...nodes].map((node) => node.link(position, undefined));
    }
    return this.#linksFrom(entry, each, relation);
  }

  #linksFrom(
    entry: Entry,
    each: IndexedRelation,
    relation: Relation,
  ): readonly (readonly [Link])[] {
    const { primaryKind } = this.#context;
    if (each.readers.size > 0) each.readers.delete(entry);
    const links: (readonly [Link])[] = [];
    for (const { namespace = "", name, uid } of this.#evaluate(entry, each, relation)) {
      // A namespaced primary without a namespace is nobody.
      if (primaryKind.namespaced && namespace === "") continue;
      const node = this.#context.node(primaryKind.namespaced ? namespace : "", name);
      links.push(node.link(each.position, uid));
    }
    return links;
  }

  /** A throwing relation leads nowhere; the other relations and the other objects go on. */
  #evaluate(
    entry: Entry,
    each: IndexedRelation,
    relation: Relation,
  ): ReturnType<Relation["toPrimaries"]> {
    const { shown } = entry;
    if (shown === undefined) return [];
    // Owner references and fields never look at the primaries.
    this.#asked = relation.type === "custom" ? { each, entry } : undefined;
    try {
      return relation.toPrimaries(shown, this.#view);
    } catch (error) {
      const ref = formatRef(refOf(each.source.plan.kind, shown));
      this.#context
        .logger()
        .error(
          `mapping ${ref} to its primaries failed: ${String(error)}. Correct the relation "${relation.name}".`,
          { ref, relation: relation.name },
        );
      return [];
    }
  }

  #linksThrough(
    entry: Entry,
    each: IndexedRelation,
    { through, mode }: OwnedThrough,
  ): readonly (readonly [Link])[] {
    stopWaiting(each, entry);
    const { shown } = entry;
    if (shown === undefined) return [];
    const between = this.#context.source(through);
    const { kind } = between.plan;
    const links: (readonly [Link])[] = [];
    const keys: ObjectKey[] = [];
    for (const { name, uid } of ownersOfKind(shown, kind, mode)) {
      const namespace = kind.namespaced ? entry.namespace : "";
      keys.push({ namespace, name });
      const owner = between.entries.get(namespace, name);
      if (owner?.shown === undefined || (owner.shown.metadata.uid ?? uid) !== uid) continue;
      for (const link of owner.links) links.push(link.node.link(each.position, link.uid));
    }
    if (keys.length > 0) wait(each, entry, keys);
    return links;
  }
}

function wait(each: IndexedRelation, entry: Entry, keys: readonly ObjectKey[]): void {
  each.waitsFor.set(entry, keys);
  for (const { namespace, name } of keys) {
    const waiting = each.waiting.get(namespace, name) ?? new Set();
    waiting.add(entry);
    each.waiting.set(namespace, name, waiting);
  }
}

function stopWaiting(each: IndexedRelation, entry: Entry): void {
  if (each.waitsFor.size === 0) return;
  for (const { namespace, name } of each.waitsFor.get(entry) ?? []) {
    const waiting = each.waiting.get(namespace, name);
    waiting?.delete(entry);
    if (waiting?.size === 0) each.waiting.delete(namespace, name);
  }
  each.waitsFor.delete(entry);
}
