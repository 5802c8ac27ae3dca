// SPDX-License-Identifier: Apache-2.0
// The objects of every resource, sorted by key, over one revision log.
import type { JsonObject } from "../json.js";
import { objectAt, without } from "../json.js";
import { RevisionLog } from "./revision-log.js";
import type { LogEntry } from "./revision-log.js";
import { firstAtOrAfter, SortedObjects } from "./sorted-objects.js";
import { StoredObject } from "./stored-object.js";
import type { RestoredObject, StoreState } from "./stored-object.js";

/** Storage key of an object: `namespace/name`, or the name alone at the cluster scope. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

class Shelf {
  readonly objects = new Map<string, StoredObject>();
  readonly sorted = new SortedObjects();
  /** Revision of the resource's own last commit. */
  changedAt = 0;
  /** Sorted snapshots by revision, the few latest: pages of one list share one. */
  readonly snapshots = new Map<number, readonly StoredObject[]>();
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const keptSnapshots = 4;

/** All objects of the server; every change is one commit of the log. */
export class ObjectStore {
  readonly log: RevisionLog;
  readonly #shelves = new Map<string, Shelf>();

  constructor(watchWindow: number) {
    this.log = new RevisionLog(watchWindow);
  }

  get(resource: string, key: string): StoredObject | undefined {
    return this.#shelves.get(resource)?.objects.get(key);
  }

  /** How many objects the resource has. */
  count(resource: string): number {
    return this.#shelves.get(resource)?.objects.size ?? 0;
  }

  /** Names of the resources that hold at least one object. */
  resources(): string[] {
    return [...this.#shelves].filter(([, shelf]) => shelf.objects.size > 0).map(([name]) => name);
  }

  /** Everything there is at this moment. */
  state(): StoreState {
    const objects: [string, StoredObject][] = [];
    for (const [resource, shelf] of this.#shelves) {
      for (const object of shelf.objects.values()) objects.push([resource, object]);
    }
    return { revision: this.log.revision, objects };
  }

  /** Fills an empty resource with objects of an earlier life; nobody is told. */
  restore(resource: string, objects: ReadonlyMap<string, RestoredObject>): void {
    const shelf = this.#shelf(resource);
    for (const [key, { revision, value }] of objects) {
      const object = new StoredObject(key, revision, value);
      shelf.objects.set(key, object);
      shelf.sorted.set(object);
      shelf.changedAt = Math.max(shelf.changedAt, revision);
    }
  }

  /** Stores the value under the next revision and tells the watchers. */
  put(resource: string, key: string, value: JsonObject): StoredObject {
    const shelf = this.#shelf(resource);
    const previous = shelf.objects.get(key);
    const object = this.#stamped(key, value);
    shelf.sorted.set(object);
    shelf.objects.set(key, object);
    this.#commit(resource, shelf, previous === undefined ? "ADDED" : "MODIFIED", object, previous);
    return object;
  }

  /** Removes the object; watchers see its last state with the deletion's revision. */
  remove(resource: string, key: string, last?: JsonObject): StoredObject | undefined {
    const shelf = this.#shelf(resource);
    const previous = shelf.objects.get(key);
    if (previous === undefined) return undefined;
    shelf.objects.delete(key);
    shelf.sorted.delete(key);
    const object = this.#stamped(key, last ?? previous.value);
    this.#commit(resource, shelf, "DELETED", object, previous);
    return object;
  }

  /** The objects now, in key order, of one namespace or of all. */
  list(resource: string, namespace?: string): readonly StoredObject[] {
    if (namespace === undefined) return this.#snapshotNow(resource);
    return this.#shelf(resource).sorted.between(...boundsOf(namespace));
  }

  /**
   * The objects as they were at a revision, or undefined when that is no longer known.
   *
   * The present state minus the commits since; nothing is copied while nothing has changed.
   */
  listAt(
    resource: string,
    revision: number,
    namespace?: string,
  ): readonly StoredObject[] | undefined {
    const shelf = this.#shelf(resource);
    if (this.log.isCompacted(revision)) return undefined;
    let all =
      revision >= shelf.changedAt ? this.#snapshotNow(resource) : shelf.snapshots.get(revision);
    if (all === undefined) {
      if (!this.log.covers(resource, revision)) return undefined;
      all = this.#rewind(resource, revision);
      this.#remember(shelf, revision, all);
    }
    return namespace === undefined ? all : sliceOf(all, namespace);
  }

  #snapshotNow(resource: string): readonly StoredObject[] {
    const shelf = this.#shelf(resource);
    const all = shelf.sorted.all();
    if (shelf.snapshots.get(shelf.changedAt) !== all) this.#remember(shelf, shelf.changedAt, all);
    return all;
  }

  #remember(shelf: Shelf, revision: number, all: readonly StoredObject[]): void {
    if (shelf.snapshots.size >= keptSnapshots) {
      const oldest = shelf.snapshots.keys().next().value;
      if (oldest !== undefined) shelf.snapshots.delete(oldest);
    }
    shelf.snapshots.set(revision, all);
  }

  #rewind(resource: string, revision: number): readonly StoredObject[] {
    const later = this.log.after(resource, revision);
    const objects = new Map(this.#shelf(resource).objects);
    for (let index = later.length - 1; index >= 0; index--) {
      const { key, previous } = later[index] as LogEntry;
      if (previous === undefined) objects.delete(key);
      else objects.set(key, previous);
    }
    return [...objects.values()].sort((a, b) => byText(a.key, b.key));
  }

  #stamped(key: string, value: JsonObject): StoredObject {
    const revision = this.log.next();
    const metadata = { ...objectAt(value, "metadata"), resourceVersion: String(revision) };
    // kind and apiVersion come first in the text: lists of built-in kinds cut them off.
    const { kind, apiVersion } = value;
    const rest = without(value, "kind", "apiVersion", "metadata");
    return new StoredObject(key, revision, { kind, apiVersion, metadata, ...rest });
  }

  #commit(
    resource: string,
    shelf: Shelf,
    type: LogEntry["type"],
    object: StoredObject,
    previous: StoredObject | undefined,
  ): void {
    const { key, revision } = object;
    shelf.changedAt = revision;
    this.log.append(resource, { revision, type, key, object, previous });
  }

  #shelf(resource: string): Shelf {
    let shelf = this.#shelves.get(resource);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(resource, shelf);
    }
    return shelf;
  }
}

/** The part of a sorted list that belongs to a namespace. */
function sliceOf(all: readonly StoredObject[], namespace: string): readonly StoredObject[] {
  const [first, last] = boundsOf(namespace);
  return all.slice(firstAtOrAfter(all, first), firstAtOrAfter(all, last));
}

/** First key of a namespace and the first after it: "0" is the character after "/". */
function boundsOf(namespace: string): readonly [string, string] {
  return [`${namespace}/`, `${namespace}0`];
}
