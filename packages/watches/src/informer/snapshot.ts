// SPDX-License-Identifier: Apache-2.0
// A complete list under construction, and how it differs from the cache (stage 1: watch event).
import { isExpansionError, type KubernetesObject, type WatchEvent } from "@haversack/core";
import type { CacheEntry, EntryMaker } from "./cache-entry.js";
import { isNewer } from "./cache-writer.js";
import type { ObjectScan } from "./object-scan.js";
import type { Entries, NamespaceEntries, ObjectStore } from "./object-store.js";
import type { Quarantine } from "./quarantine.js";

/** What a {@link Snapshot} is built with. */
export interface SnapshotParts<T extends KubernetesObject> {
  readonly store: ObjectStore<T>;
  readonly maker: EntryMaker<T>;
  readonly quarantine: Quarantine;
  /**
   * The cache may not be believed: the server's history was replaced, so that equal versions need
   * not mean equal objects.
   */
  readonly distrustsCache: boolean;
}

/**
 * Collects the objects of a list beside the cache, which stays as it is until the list is complete.
 *
 * **Guarantees:** an object that the cache holds in this version is not parsed again; one that is
 * older than the cache does not replace it; one that cannot be cached leaves its last good state.
 */
export class Snapshot<T extends KubernetesObject> {
  readonly entries: Entries<T> = new Map();
  readonly #parts: SnapshotParts<T>;

  constructor(parts: SnapshotParts<T>) {
    this.#parts = parts;
  }

  /** Takes one item of the list. */
  add(bytes: Buffer, scan: ObjectScan): void {
    const { store, quarantine, distrustsCache } = this.#parts;
    const { name = "", namespace = "" } = scan;
    const stored = store.find(namespace, name);
    const problem = quarantine.problemOf(scan);
    const mayKeep = stored !== undefined && !distrustsCache;
    if (problem !== undefined) {
      quarantine.hold(scan, problem);
      if (stored !== undefined && name !== "") this.#set(namespace, stored);
      return;
    }
    if (mayKeep && stored.uid === scan.uid && !isNewer(scan, stored)) {
      this.#set(namespace, stored);
      return;
    }
    this.#make(bytes, scan, stored);
  }

  /** Takes back an object that was deleted while the list was streamed. */
  remove(scan: ObjectScan): void {
    const { name = "", namespace = "" } = scan;
    this.entries.get(namespace)?.delete(name);
  }

  /** Gives back what was made for nothing. */
  discard(): void {
    const { maker, store } = this.#parts;
    for (const [namespace, entries] of this.entries) {
      for (const [name, entry] of entries) {
        if (store.find(namespace, name) !== entry) maker.dropped?.(entry);
      }
    }
    this.entries.clear();
  }

  #make(bytes: Buffer, scan: ObjectScan, stored: CacheEntry<T> | undefined): void {
    const { maker, quarantine } = this.#parts;
    const { name = "", namespace = "" } = scan;
    try {
      this.#set(namespace, maker.make(bytes, scan, stored));
      quarantine.release(namespace, name);
    } catch (error) {
      if (!isExpansionError(error)) throw error;
      quarantine.hold(scan, "it is not JSON");
      if (stored !== undefined) this.#set(namespace, stored);
    }
  }

  #set(namespace: string, entry: CacheEntry<T>): void {
    let entries: NamespaceEntries<T> | undefined = this.entries.get(namespace);
    if (entries === undefined) {
      entries = new Map();
      this.entries.set(namespace, entries);
    }
    entries.set(entry.name, entry);
  }
}

/** What the events of a comparison have in common. */
export interface DiffFlags {
  readonly isInitial: boolean;
  readonly isRelist: boolean;
}

/**
 * The exact events that lead from what a scope held to its new list.
 *
 * Objects with a changed uid are deleted and added; what is missing is deleted, last.
 */
export function* diffEntries<T extends KubernetesObject>(
  before: Entries<T>,
  after: Entries<T>,
  flags: DiffFlags,
): Generator<WatchEvent<T>, void> {
  const event = (
    type: "added" | "modified" | "deleted",
    old: CacheEntry<T> | undefined,
    now: CacheEntry<T> | undefined,
  ): WatchEvent<T> => ({
    type,
    old: old?.object(),
    new: now?.object(),
    ...flags,
    isResync: false,
    synthetic: flags.isRelist,
  });
  for (const [namespace, entries] of after) {
    const held = before.get(namespace);
    for (const [name, now] of entries) {
      const old = held?.get(name);
      if (old === now) continue;
      if (old === undefined) yield event("added", undefined, now);
      else if (old.uid === now.uid) yield event("modified", old, now);
      else {
        yield event("deleted", old, undefined);
        yield event("added", undefined, now);
      }
    }
  }
  for (const [namespace, entries] of before) {
    const kept = after.get(namespace);
    for (const [name, old] of entries) {
      if (kept?.has(name) !== true) yield event("deleted", old, undefined);
    }
  }
}
