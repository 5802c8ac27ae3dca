// SPDX-License-Identifier: Apache-2.0
// All declared kinds, all primaries and the links between them, kept by events (stage 7: index).
// Over 300 lines because one change runs through all of it: cut apart, its order would be hidden.
import type {
  InformerStatus,
  Kind,
  KubernetesObject,
  Logger,
  ObjectKey,
  OwnWrites,
  Subscription,
  WatchEvent,
} from "@haversack/core";
import { ByKey } from "./by-key.js";
import type { SourcePlan } from "./declaration.js";
import { Linker, type IndexedRelation } from "./links.js";
import { areSame, includes, nodesOf, PrimaryNode, type Entry, type Link } from "./primary-node.js";
import { isSameVersion, noLinks, SecondarySource } from "./secondary-source.js";

/** What the graph is made from. */
export interface GraphOptions {
  readonly primaryKind: Kind;
  readonly plans: readonly SourcePlan[];
  readonly primaryNamespaces: readonly string[] | undefined;
  readonly logger: () => Logger;
  /** Whether anybody listens. */
  readonly isHeard: () => boolean;
  /** Told of each primary whose secondaries changed, once per event. */
  readonly onChanged: (node: PrimaryNode) => void;
}

/**
 * Which secondaries belong to which primaries.
 *
 * **Guarantees:** an event costs its own object's old and new primaries, and what is owned through
 * it, whatever else is indexed; an entry leaves the primaries it was entered for, not those that
 * its last state names. **API requests:** 0.
 */
export class RelationGraph {
  readonly primaryKind: Kind;
  readonly sources: readonly SecondarySource[];
  /** The primaries themselves, for relations that they state. */
  readonly primaries: SecondarySource;
  readonly nodes: ByKey<PrimaryNode> = new ByKey();
  /** Rises when a kind becomes available or stops being so. */
  statusVersion = 0;
  /** Whether a relation cannot be evaluated without seeing the primaries. */
  readonly needsPrimaries: boolean;
  /** By position of the kind. */
  readonly #relations: readonly (readonly IndexedRelation[])[];
  /** By position of the kind: the relations that lead through it. */
  readonly #through: readonly (readonly IndexedRelation[])[];
  readonly #linker: Linker;
  readonly #options: GraphOptions;
  readonly #changed = new Set<PrimaryNode>();
  #version = 0;
  #depth = 0;
  #isReady = false;

  constructor(options: GraphOptions) {
    this.#options = options;
    this.primaryKind = options.primaryKind;
    this.sources = options.plans.map((plan, position) => new SecondarySource(plan, position));
    this.primaries = new SecondarySource(primaryPlan(options), -1);
    this.#relations = this.sources.map((source) => indexedRelations(source));
    const all = this.#relations.flat();
    this.needsPrimaries = all.some(
      ({ relation: { type } }) => type === "primary-field" || type === "custom",
    );
    this.#through = this.sources.map(({ plan }) =>
      all.filter(({ relation }) => relation.type === "through" && relation.through === plan.name),
    );
    this.#linker = new Linker({
      primaryKind: options.primaryKind,
      logger: options.logger,
      node: (namespace, name) => this.#node(namespace, name),
      primaries: () => this.#knownPrimaries(),
      source: (name) => this.#sourceNamed(name),
    });
    for (const source of [...this.sources, this.primaries]) {
      source.overlay.subscribe((_kind, key) => this.#refresh(source, key));
    }
  }

  /** The relations of a declared kind, by position. */
  relationsOf(source: SecondarySource): readonly IndexedRelation[] {
    return this.#relations[source.position] ?? [];
  }

  /** Whether every complete first list is in, or known not to come. */
  get isReady(): boolean {
    if (this.#isReady) return true;
    const isPrimaryReady = !this.needsPrimaries || this.primaries.isSettled;
    this.#isReady = isPrimaryReady && this.sources.every(({ isSettled }) => isSettled);
    return this.#isReady;
  }

  apply(source: SecondarySource, event: WatchEvent): void {
    this.#depth += 1;
    try {
      const entry = source.take(event);
      source.overlay.observe(source.plan.kind, event);
      if (entry !== undefined) this.#show(source, entry);
    } finally {
      this.#end();
    }
  }

  complete(source: SecondarySource, resourceVersion: string | undefined): void {
    this.#depth += 1;
    try {
      if (source.complete(resourceVersion)) this.statusVersion += 1;
    } finally {
      this.#end();
    }
  }

  report(source: SecondarySource, status: InformerStatus): void {
    if (source.report(status)) this.statusVersion += 1;
  }

  /** Overlays the own writes of all declared kinds, each until its own cache has caught up. */
  follow(ownWrites: OwnWrites): Subscription {
    const followed = [...this.sources, this.primaries].map((source) =>
      source.overlay.follow(ownWrites, source.plan.kind),
    );
    return { unsubscribe: () => followed.forEach((each) => each.unsubscribe()) };
  }

  /** Tells of the changes when the outermost of them has come to its end. */
  #end(): void {
    this.#depth -= 1;
    if (this.#depth > 0 || this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const node of changed) this.#options.onChanged(node);
  }

  #refresh(source: SecondarySource, key: ObjectKey): void {
    this.#depth += 1;
    try {
      const entry = source.entryOf(key);
      if (entry !== undefined) this.#show(source, entry);
    } finally {
      this.#end();
    }
  }

  #show(source: SecondarySource, entry: Entry): void {
    const before = entry.shown;
    const after = source.newest(entry);
    entry.shown = after;
    // The same state in another object: our write's echo. Nothing anybody sees has changed.
    if (!isSameVersion(before, after)) {
      if (source === this.primaries) this.#relatePrimary(entry);
      else this.#relink(source, entry, before);
    }
    source.tidy(entry);
  }

  #relink(source: SecondarySource, entry: Entry, before: KubernetesObject | undefined): void {
    const relations = this.relationsOf(source);
    const { links, shown } = entry;
    if (shown === undefined) this.#linker.release(entry, relations);
    entry.links = shown === undefined ? noLinks : this.#linker.linksOf(entry, relations);
    const isMoved = !areSame(links, entry.links);
    if (isMoved || before !== shown) this.#move(source, entry, links);
    const isOther = before?.metadata.uid !== shown?.metadata.uid;
    if (isMoved || isOther || (before === undefined) !== (shown === undefined)) {
      this.#relinkOwned(source, entry);
    }
  }

  /** Takes an entry out of the primaries it left, puts it into those it joined. */
  #move(source: SecondarySource, entry: Entry, before: readonly Link[]): void {
    const version = ++this.#version;
    const { position } = source;
    if (before === entry.links) {
      for (const { node } of before) this.#note(node).touch(position, version);
      return;
    }
    const old = nodesOf(before);
    const now = nodesOf(entry.links);
    const [isOld, isNow] = [includes(old), includes(now)];
    for (const node of now) {
      if (isOld(node)) this.#note(node).touch(position, version);
      else this.#note(node).add(position, entry, version);
    }
    for (const node of old) {
      if (isNow(node)) continue;
      this.#note(node).remove(position, version);
      this.#prune(node);
    }
  }

  #note(node: PrimaryNode): PrimaryNode {
    if (this.#options.isHeard()) this.#changed.add(node);
    return node;
  }

  /** Looks again at what is owned through an entry. */
  #relinkOwned(source: SecondarySource, entry: Entry): void {
    for (const each of this.#through[source.position] ?? []) {
      const waiting = each.waiting.get(entry.namespace, entry.name) ?? [];
      for (const owned of [...waiting]) this.#relink(each.source, owned, owned.shown);
    }
  }

  #relatePrimary(entry: Entry): void {
    const node = this.#node(entry.namespace, entry.name);
    node.primary = entry.shown;
    for (const each of this.#relations.flat()) {
      const { relation } = each;
      if (relation.type === "through") continue;
      if (relation.toSecondaries !== undefined) this.#rename(node, each);
      for (const reader of [...each.readers]) this.#relink(each.source, reader, reader.shown);
    }
    this.#prune(node);
  }

  /** Follows a change of the secondaries that a primary names. */
  #rename(node: PrimaryNode, each: IndexedRelation): void {
    const before = node.named.get(each) ?? [];
    const after = this.#namesOf(node, each);
    if (after.length === 0) node.named.delete(each);
    else node.named.set(each, after);
    for (const key of before) {
      const namedBy = each.namedBy.get(key.namespace, key.name);
      namedBy?.delete(node);
      if (namedBy?.size === 0) each.namedBy.delete(key.namespace, key.name);
    }
    for (const key of after) {
      const namedBy = each.namedBy.get(key.namespace, key.name) ?? new Set();
      each.namedBy.set(key.namespace, key.name, namedBy.add(node));
    }
    for (const { namespace, name } of [...before, ...after]) {
      const entry = each.source.entries.get(namespace, name);
      if (entry?.shown !== undefined) this.#relink(each.source, entry, entry.shown);
    }
  }

  #namesOf({ primary }: PrimaryNode, each: IndexedRelation): readonly ObjectKey[] {
    const { relation, source } = each;
    if (primary === undefined || relation.type === "through") return [];
    const { kind } = source.plan;
    try {
      const keys = relation.toSecondaries?.(primary, kind) ?? [];
      return keys.map(({ namespace, name }) => ({
        namespace: kind.namespaced ? namespace : "",
        name,
      }));
    } catch (error) {
      const { namespace, name } = primary.metadata;
      const ref = `${this.primaryKind.kind} ${namespace ?? ""}/${name}`;
      this.#options
        .logger()
        .error(
          `reading what ${ref} names failed: ${String(error)}. Correct the relation "${relation.name}".`,
          { ref, relation: relation.name },
        );
      return [];
    }
  }

  #node(namespace: string, name: string): PrimaryNode {
    const known = this.nodes.get(namespace, name);
    if (known !== undefined) return known;
    const node = new PrimaryNode(namespace, name);
    this.nodes.set(namespace, name, node);
    return node;
  }

  #prune(node: PrimaryNode): void {
    if (node.isEmpty) this.nodes.delete(node.namespace, node.name);
  }

  *#knownPrimaries(): Iterable<KubernetesObject> {
    for (const { shown } of this.primaries.entries.values()) if (shown !== undefined) yield shown;
  }

  #sourceNamed(name: string): SecondarySource {
    const source = this.sources.find(({ plan }) => plan.name === name);
    if (source === undefined) throw new TypeError(`no declared kind "${name}"`); // Checked by planSources.
    return source;
  }
}

function primaryPlan({ primaryKind, primaryNamespaces }: GraphOptions): SourcePlan {
  const namespaces = primaryKind.namespaced ? primaryNamespaces : undefined;
  return {
    name: "",
    kind: primaryKind,
    relations: [],
    projection: { keep: "object" },
    informer: {
      ...(namespaces === undefined ? {} : { namespaces }),
      wantedBy: "secondary index: primaries",
    },
    fitsLabels: () => true,
  };
}

function indexedRelations(source: SecondarySource): readonly IndexedRelation[] {
  return source.plan.relations.map((relation, position) => ({
    source,
    relation,
    position,
    namedBy: new ByKey(),
    waiting: new ByKey(),
    waitsFor: new Map(),
    readers: new Set(),
  }));
}
