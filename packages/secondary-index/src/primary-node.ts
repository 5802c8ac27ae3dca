// SPDX-License-Identifier: Apache-2.0
// What the index holds of one primary: its secondaries by kind, in order (stage 7: index).
import type { KubernetesObject, ObjectKey, SecondaryList } from "@haversack/core";
import { compareKeys } from "./secondary-list.js";

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

/** The secondaries of one declared kind, in the order of {@link compareKeys}. */
export interface Bucket {
  readonly entries: Entry[];
  /** Set while entries were only appended; sorted when next looked at. */
  isUnsorted: boolean;
  /** Rises with every change of what a list of this bucket shows. */
  version: number;
}

/** What was last handed out for one uid. */
export interface View {
  readonly uid: string | undefined;
  nodeVersion: number;
  statusVersion: number;
  readonly bucketVersions: number[];
  readonly lists: SecondaryList<KubernetesObject>[];
  snapshot: object;
}

/** A name is asked for without a uid, with its own, and with that of a predecessor; hardly more. */
const maxViews = 3;

/**
 * One primary's name, with all that belongs to whoever has it.
 *
 * **Guarantees:** adding and removing cost the logarithm of its own secondaries, and moving
 * pointers; whatever else is indexed.
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
    const known = this.#single.find(([link]) => link.relation === relation && link.uid === uid);
    if (known !== undefined) return known;
    const made: readonly [Link] = [{ node: this, relation, uid }];
    this.#single.push(made);
    return made;
  }

  add(source: number, entry: Entry, isFilling: boolean, version: number): void {
    let bucket = this.buckets[source];
    if (bucket === undefined) {
      bucket = { entries: [], isUnsorted: false, version };
      this.buckets[source] = bucket;
    }
    const { entries } = bucket;
    const last = entries.at(-1);
    if (last === undefined || compare(last, entry) < 0) entries.push(entry);
    else if (bucket.isUnsorted || isFilling) {
      entries.push(entry);
      bucket.isUnsorted = true;
    } else entries.splice(positionOf(entries, entry), 0, entry);
    this.members += 1;
    this.touch(source, version);
  }

  remove(source: number, entry: Entry, version: number): void {
    const entries = this.sorted(source);
    const position = positionOf(entries, entry);
    if (entries[position] !== entry) return;
    this.touch(source, version);
    entries.splice(position, 1);
    if (entries.length === 0) this.buckets[source] = undefined;
    this.members -= 1;
    if (this.members === 0) this.#single.length = 0;
  }

  /** Notes that what is shown of a kind has changed. */
  touch(source: number, version: number): void {
    this.version = version;
    const bucket = this.buckets[source];
    if (bucket !== undefined) bucket.version = version;
  }

  /** The entries of a kind, in order. */
  sorted(source: number): Entry[] {
    const bucket = this.buckets[source];
    if (bucket === undefined) return [];
    if (bucket.isUnsorted) {
      bucket.entries.sort(compare);
      bucket.isUnsorted = false;
    }
    return bucket.entries;
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

/** Where an entry stands in order, or would have to be inserted. */
function positionOf(entries: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries[middle] as Entry, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
