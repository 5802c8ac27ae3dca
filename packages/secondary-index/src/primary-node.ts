// SPDX-License-Identifier: Apache-2.0
// What the index holds of one primary: its secondaries by kind, in order (stage 7: index).
import type { KubernetesObject, ObjectKey, SecondaryList } from "@haversack/core";
import { compareKeys, type ListOrigin } from "./secondary-list.js";

/** One secondary: what the cache holds of it, what is shown, and to whom it belongs. */
export interface Entry {
  readonly namespace: string;
  readonly name: string;
  /** The informer's object, by reference. */
  cached: KubernetesObject | undefined;
  /** The cached object or our own newer write; absent when hidden. */
  shown: KubernetesObject | undefined;
  links: readonly Link[];
}

/** That an entry belongs to a primary, and by which relation of its kind. */
export interface Link {
  readonly node: PrimaryNode;
  /** Position among the relations of the declared kind. */
  readonly relation: number;
  /** Of the primary, where the relation knows it: then a namesake has no part in it. */
  readonly uid: string | undefined;
}

/** The secondaries of one declared kind. */
export interface Bucket {
  /** In the order of {@link compareKeys}, unless something was put out of order. */
  entries: Entry[];
  /** How many of the entries are still there. */
  size: number;
  /** Set when entries left, or came out of order; put right when next looked at. */
  isUntidy: boolean;
  /** Rises with every change of what a list of this bucket shows. */
  version: number;
}

/** A list that was handed out, and what it was made from. */
export interface Showing {
  readonly list: SecondaryList<KubernetesObject>;
  readonly origin: ListOrigin;
  readonly bucketVersion: number;
}

/** What was last handed out for one uid. */
export interface View {
  readonly uid: string | undefined;
  readonly nodeVersion: number;
  readonly statusVersion: number;
  /** By position of the kind. */
  readonly showings: readonly Showing[];
  readonly snapshot: object;
}

/** A name is asked for without a uid, with its own, and with that of a predecessor; hardly more. */
const maxViews = 3;

/**
 * One primary's name, with all that belongs to whoever has it.
 *
 * **Guarantees:** adding and removing cost the same however many secondaries it has; only a
 * look-up puts them in order.
 */
export class PrimaryNode {
  readonly namespace: string;
  readonly name: string;
  /** The newest state of the primary, if it is known. */
  primary: KubernetesObject | undefined;
  /** Secondaries that the primary names, by the relation that reads them. */
  readonly named: Map<object, readonly ObjectKey[]> = new Map();
  readonly buckets: (Bucket | undefined)[] = [];
  readonly views: View[] = [];
  version = 0;
  members = 0;
  readonly #single: (readonly [Link])[] = [];

  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  /** Whether nothing is known of it any more. */
  get isEmpty(): boolean {
    return this.members === 0 && this.primary === undefined && this.named.size === 0;
  }

  /** The link of a relation to this primary; the same object each time, in a list of its own. */
  link(relation: number, uid: string | undefined): readonly [Link] {
    for (const single of this.#single) {
      if (single[0].relation === relation && single[0].uid === uid) return single;
    }
    const made: readonly [Link] = [{ node: this, relation, uid }];
    this.#single.push(made);
    return made;
  }

  add(source: number, entry: Entry, version: number): void {
    let bucket = this.buckets[source];
    if (bucket === undefined) {
      bucket = { entries: [], size: 0, isUntidy: false, version };
      this.buckets[source] = bucket;
    }
    const last = bucket.entries.at(-1);
    if (last !== undefined && compare(last, entry) >= 0) bucket.isUntidy = true;
    bucket.entries.push(entry);
    bucket.size += 1;
    this.members += 1;
    this.touch(source, version);
  }

  /** Notes that an entry, whose links lead elsewhere by now, has left. */
  remove(source: number, version: number): void {
    const bucket = this.buckets[source];
    if (bucket === undefined) return;
    this.touch(source, version);
    bucket.isUntidy = true;
    bucket.size -= 1;
    this.members -= 1;
    if (bucket.size === 0) this.buckets[source] = undefined;
    else if (bucket.entries.length > 2 * bucket.size + 16) this.#tidy(bucket);
    if (this.members === 0) this.#single.length = 0;
  }

  /** Notes that what is shown of a kind has changed. */
  touch(source: number, version: number): void {
    this.version = version;
    const bucket = this.buckets[source];
    if (bucket !== undefined) bucket.version = version;
  }

  /** The entries of a kind, in order. */
  sorted(source: number): readonly Entry[] {
    const bucket = this.buckets[source];
    if (bucket === undefined) return [];
    if (bucket.isUntidy) this.#tidy(bucket);
    return bucket.entries;
  }

  /** Drops who left, also who came back since; nearly linear, as most are in order already. */
  #tidy(bucket: Bucket): void {
    const entries = bucket.entries.filter((entry) => isLinked(entry, this)).sort(compare);
    bucket.entries = entries.filter((entry, index) => entry !== entries[index - 1]);
    bucket.isUntidy = false;
  }

  /** What was last shown to a uid; the one asked for last stands last. */
  viewOf(uid: string | undefined): View | undefined {
    const last = this.views.length - 1;
    if (this.views[last]?.uid === uid) return this.views[last];
    const position = this.views.findIndex((view) => view.uid === uid);
    if (position < 0) return undefined;
    this.views.push(...this.views.splice(position, 1));
    return this.views[last];
  }

  keepView(view: View): void {
    const last = this.views.length - 1;
    if (this.views[last]?.uid === view.uid) this.views.pop();
    else if (this.views.length >= maxViews) this.views.shift();
    this.views.push(view);
  }
}

function compare(a: Entry, b: Entry): number {
  return compareKeys(a.namespace, a.name, b.namespace, b.name);
}

function isLinked(entry: Entry, node: PrimaryNode): boolean {
  for (const link of entry.links) if (link.node === node) return true;
  return false;
}

/** The primaries of links, each once. Most entries have one link, which needs no set. */
export function nodesOf(links: readonly Link[]): readonly PrimaryNode[] {
  const [only] = links;
  if (only === undefined) return [];
  return links.length === 1 ? [only.node] : [...new Set(links.map(({ node }) => node))];
}

/** Tests for being among some primaries; a set where there are many. */
export function includes(nodes: readonly PrimaryNode[]): (node: PrimaryNode) => boolean {
  if (nodes.length < 8) return (node) => nodes.includes(node);
  const set = new Set(nodes);
  return (node) => set.has(node);
}

/** Whether two lists of links are equal. */
export function areSame(a: readonly Link[], b: readonly Link[]): boolean {
  return a === b || (a.length === b.length && a.every((link, index) => link === b[index]));
}
