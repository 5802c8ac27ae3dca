// SPDX-License-Identifier: Apache-2.0
// The overlay of own writes: what we wrote is seen before the watch tells us (stage 7: index).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { kindKey, objectKey, type ObjectKey } from "./resource-ref.js";
import { compareVersions, isComparableVersion } from "./resource-version.js";
import type { Subscription } from "./informers.js";
import type { WatchEvent } from "./watch-event.js";

/** One write of ours that the server has answered. */
export type OwnWrite =
  /** Stored; `object` is the server's answer. A terminating object is still stored. */
  | { readonly kind: Kind<KubernetesObject>; readonly stored: KubernetesObject }
  /** Gone: the delete was answered without an object that remains. */
  | {
      readonly kind: Kind<KubernetesObject>;
      readonly deleted: ObjectKey;
      readonly uid: string | undefined;
      /** Newest version known of the object when it went. */
      readonly resourceVersion: string | undefined;
    };

/** An overlay entry: the newest own state of an object, or a tombstone. */
interface Entry {
  readonly key: ObjectKey;
  readonly uid: string | undefined;
  readonly resourceVersion: string;
  /** Absent for a tombstone. */
  readonly object: KubernetesObject | undefined;
}

/** Told when what {@link OwnWrites.newest} answers for an object may have changed. */
export type OwnWriteListener = (kind: Kind<KubernetesObject>, key: ObjectKey) => void;

/**
 * Own writes that caches have not caught up with.
 *
 * Reads never wait: a cached object is replaced by our own newer write of it, an object we deleted
 * is hidden by a tombstone. An entry goes when the watch has reached it.
 *
 * **Guarantees:** never resurrects what somebody else deleted since; never shows an older state
 * than the cache; for a kind whose resourceVersions can't be compared it holds nothing and reads
 * fall back to the cache. **API requests:** 0.
 *
 * @see java-operator-sdk's TemporaryResourceCache for the rule; tombstones are added.
 */
export class OwnWrites {
  readonly #kinds = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Set<OwnWriteListener>();

  /** Takes in the answer to a write; called before the write's promise resolves. */
  record(write: OwnWrite): void {
    const { kind } = write;
    const entry = "stored" in write ? storedEntry(write.stored) : tombstone(write);
    if (entry === undefined) return;
    const entries = this.#entriesOf(kind);
    const before = entries.get(objectKey(entry.key));
    const isOlder =
      before !== undefined &&
      (compareVersions(entry.resourceVersion, before.resourceVersion) ?? 1) < 0;
    if (isOlder) return;
    entries.set(objectKey(entry.key), entry);
    this.#tell(kind, entry.key);
  }

  /** Takes in an event of a cache: what the watch has reached is no longer overlaid. Idempotent. */
  observe(kind: Kind<KubernetesObject>, event: WatchEvent): void {
    const entries = this.#kinds.get(kindKey(kind));
    if (entries === undefined || entries.size === 0) return;
    const object = event.new ?? event.old;
    if (object === undefined) return;
    const key = objectKey(object.metadata);
    const entry = entries.get(key);
    if (entry === undefined || !hasReached(entry, event, object)) return;
    entries.delete(key);
    this.#tell(kind, entry.key);
  }

  /**
   * Takes in that a complete list at this version was delivered: entries it has reached go, whether
   * they were in the list or not, so that an object we created and another deleted during a gap in
   * the watch does not stay as a ghost.
   */
  relisted(kind: Kind<KubernetesObject>, resourceVersion: string | undefined): void {
    const entries = this.#kinds.get(kindKey(kind));
    if (entries === undefined) return;
    for (const [key, entry] of [...entries]) {
      const order = compareVersions(entry.resourceVersion, resourceVersion);
      if (order !== undefined && order > 0) continue;
      entries.delete(key);
      this.#tell(kind, entry.key);
    }
  }

  /**
   * The newest state of an object: the cached one or our own.
   *
   * @param cached What the cache holds, `undefined` for nothing.
   */
  newest<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    cached: T | undefined,
  ): T | undefined {
    const entry = this.#kinds.get(kindKey(kind))?.get(objectKey(key));
    if (entry === undefined) return cached;
    if (cached !== undefined) {
      const isSame = entry.uid === undefined || cached.metadata.uid === entry.uid;
      const order = compareVersions(entry.resourceVersion, cached.metadata.resourceVersion);
      if (order === undefined) return cached;
      // An equal version of a tombstone is the state that our delete removed: it stays hidden.
      if (order < 0 || (order === 0 && entry.object !== undefined)) return cached;
      if (entry.object === undefined && !isSame) return cached;
    }
    return entry.object as T | undefined;
  }

  /** Objects of a kind that only we know of so far, tombstones left out. */
  *stored<T extends KubernetesObject>(kind: Kind<T>): IterableIterator<T> {
    for (const entry of this.#kinds.get(kindKey(kind))?.values() ?? []) {
      if (entry.object !== undefined) yield entry.object as T;
    }
  }

  /** Drops what is known of an object whose state became unclear, such as after a lost answer. */
  forget(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    if (this.#kinds.get(kindKey(kind))?.delete(objectKey(key)) === true) this.#tell(kind, key);
  }

  /** Number of entries, tombstones included; for tests and metrics. */
  get size(): number {
    let total = 0;
    for (const entries of this.#kinds.values()) total += entries.size;
    return total;
  }

  subscribe(listener: OwnWriteListener): Subscription {
    this.#listeners.add(listener);
    return { unsubscribe: () => this.#listeners.delete(listener) };
  }

  #entriesOf(kind: Kind<KubernetesObject>): Map<string, Entry> {
    const key = kindKey(kind);
    const entries = this.#kinds.get(key) ?? new Map<string, Entry>();
    this.#kinds.set(key, entries);
    return entries;
  }

  #tell(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    for (const listener of this.#listeners) listener(kind, key);
  }
}

function storedEntry(object: KubernetesObject): Entry | undefined {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  if (!isComparableVersion(resourceVersion)) return undefined;
  return { key: { namespace, name }, uid, resourceVersion, object };
}

function tombstone(write: Extract<OwnWrite, { deleted: ObjectKey }>): Entry | undefined {
  const { deleted, uid, resourceVersion } = write;
  if (!isComparableVersion(resourceVersion)) return undefined;
  return { key: deleted, uid, resourceVersion, object: undefined };
}

function hasReached(entry: Entry, event: WatchEvent, object: KubernetesObject): boolean {
  const isOther = entry.uid !== undefined && object.metadata.uid !== entry.uid;
  const order = compareVersions(object.metadata.resourceVersion, entry.resourceVersion);
  if (order === undefined) return true; // Not comparable: the cache is the better answer.
  if (entry.object === undefined) return isOther ? order > 0 : event.new === undefined || order > 0;
  return order >= 0;
}
