// SPDX-License-Identifier: Apache-2.0
// The overlay of own writes: what we wrote is seen before the watch tells us (stage 7: index).
import type { Subscription } from "./informers.js";
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { kindKey, objectKey, type ObjectKey } from "./resource-ref.js";
import { compareVersions, isComparableVersion } from "./resource-version.js";
import {
  advance,
  covers,
  hasReached,
  isAtOrAhead,
  isBehind,
  isSuperseded,
  reachedIn,
  storedEntry,
  tombstone,
  type Entry,
  type KindState,
} from "./own-write-rules.js";
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

/** Told when what {@link OwnWrites.newest} answers for an object may have changed. */
export type OwnWriteListener = (kind: Kind<KubernetesObject>, key: ObjectKey) => void;

/** How an overlay is set up. */
export interface OwnWritesOptions {
  /**
   * Reads the cache below, for an overlay that lies over exactly one: then a tombstone goes no
   * sooner and stays no longer than needed.
   */
  readonly cached?: (kind: Kind<KubernetesObject>, key: ObjectKey) => KubernetesObject | undefined;
  /** Entries kept per kind; beyond it the oldest go, and reads of them fall back to the cache. */
  readonly maxEntriesPerKind?: number;
}

/** Bounds what is held for kinds that nobody watches: 1,024 objects of 5.6 kB are 6 MB. */
const defaultMaxEntriesPerKind = 1024;

/**
 * Own writes that caches have not caught up with.
 *
 * Reads never wait: a cached object is replaced by our own newer write of it, an object we deleted
 * is hidden by a tombstone. An entry goes when the watch has reached it.
 *
 * **Guarantees:** never resurrects what somebody else deleted since; never shows an older state
 * than the cache; for a kind whose resourceVersions can't be compared it holds nothing and reads
 * fall back to the cache. **Assumes:** one watch of a kind brings the events of one namespace in
 * the order of their versions. **API requests:** 0.
 *
 * @see java-operator-sdk's TemporaryResourceCache for the rule; tombstones are added.
 */
export class OwnWrites {
  readonly #kinds = new Map<string, KindState>();
  /** By the kind's object: saves building its key for every event. */
  readonly #known = new WeakMap<object, KindState>();
  readonly #listeners = new Set<OwnWriteListener>();
  readonly #followers = new Map<OwnWrites, string>();
  readonly #cached: OwnWritesOptions["cached"];
  readonly #maxEntriesPerKind: number;

  constructor(options: OwnWritesOptions = {}) {
    this.#cached = options.cached;
    this.#maxEntriesPerKind = options.maxEntriesPerKind ?? defaultMaxEntriesPerKind;
  }

  /** Takes in the answer to a write; called before the write's promise resolves. */
  record(write: OwnWrite): void {
    const { kind } = write;
    const entry = "stored" in write ? storedEntry(write.stored) : tombstone(write);
    if (entry === undefined) {
      // Not comparable: nothing can be said about what we knew before either.
      this.forget(kind, "stored" in write ? write.stored.metadata : write.deleted);
      return;
    }
    this.#take(kind, entry);
    for (const [follower, only] of this.#followers) {
      if (only === kindKey(kind)) follower.#take(kind, entry);
    }
  }

  /** Takes in an event of a cache: what the watch has reached is no longer overlaid. Idempotent. */
  observe(kind: Kind<KubernetesObject>, event: WatchEvent): void {
    const object = event.new ?? event.old;
    if (object === undefined) return;
    const state = this.#stateOf(kind);
    // Objects of a list come in no order of versions; `relisted` speaks for all of them.
    if (!event.isInitial && !event.isRelist) advance(state, object.metadata);
    if (state.entries.size === 0) return;
    const entry = state.entries.get(objectKey(object.metadata));
    if (entry !== undefined && hasReached(entry, event, object)) this.#drop(state, entry);
  }

  /**
   * Takes in that a complete list at this version was delivered: entries it has reached go, whether
   * they were in the list or not, so that an object we created and another deleted during a gap in
   * the watch does not stay as a ghost. A version lower than one seen before means that the server
   * was set back: then every entry goes.
   *
   * @param namespaces What the list covered; absent means all.
   */
  relisted(
    kind: Kind<KubernetesObject>,
    resourceVersion: string | undefined,
    namespaces?: readonly string[],
  ): void {
    const state = this.#stateOf(kind);
    const isSetBack = isBehind(state, resourceVersion, namespaces);
    for (const entry of [...state.entries.values()]) {
      if (!isSetBack && !covers(namespaces, entry.key)) continue;
      const order = compareVersions(entry.resourceVersion, resourceVersion);
      const isAhead = order !== undefined && order > 0;
      if (isSetBack || (!isAhead && !this.#isStillCached(kind, entry))) this.#drop(state, entry);
    }
    if (namespaces === undefined) {
      state.reached.clear();
      state.listed = resourceVersion;
      return;
    }
    for (const namespace of namespaces) {
      if (isComparableVersion(resourceVersion)) state.reached.set(namespace, resourceVersion);
      else state.reached.delete(namespace);
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
    const { entries } = this.#stateOf(kind);
    if (entries.size === 0) return cached;
    const entry = entries.get(objectKey(key));
    if (entry === undefined) return cached;
    if (cached === undefined) return entry.object as T | undefined;
    const order = compareVersions(entry.resourceVersion, cached.metadata.resourceVersion);
    if (order === undefined) return cached;
    if (entry.object !== undefined) return order > 0 ? (entry.object as T) : cached;
    // A uid never comes back: whatever version of a deleted object still arrives stays hidden.
    const isSame = entry.uid !== undefined && cached.metadata.uid === entry.uid;
    return order < 0 && !isSame ? cached : undefined;
  }

  /** Objects of a kind that only we know of so far, tombstones left out. */
  *stored<T extends KubernetesObject>(kind: Kind<T>): IterableIterator<T> {
    for (const entry of this.#kinds.get(kindKey(kind))?.entries.values() ?? []) {
      if (entry.object !== undefined) yield entry.object as T;
    }
  }

  /** Drops what is known of an object whose state became unclear, such as after a lost answer. */
  forget(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    const state = this.#kinds.get(kindKey(kind));
    const entry = state?.entries.get(objectKey(key));
    if (state !== undefined && entry !== undefined) this.#drop(state, entry);
    for (const [follower, only] of this.#followers) {
      if (only === kindKey(kind)) follower.forget(kind, key);
    }
  }

  /**
   * Takes in what another overlay holds of a kind and what is recorded there from now on.
   *
   * Two caches of one kind, such as one of whole objects and one of metadata only, catch up at
   * different times: each needs an overlay of its own, that only its own events clear.
   */
  follow(source: OwnWrites, kind: Kind<KubernetesObject>): Subscription {
    source.#followers.set(this, kindKey(kind));
    for (const entry of source.#kinds.get(kindKey(kind))?.entries.values() ?? []) {
      this.#take(kind, entry);
    }
    return { unsubscribe: () => source.#followers.delete(this) };
  }

  /** Number of entries, tombstones included; for tests and metrics. */
  get size(): number {
    let total = 0;
    for (const { entries } of this.#kinds.values()) total += entries.size;
    return total;
  }

  subscribe(listener: OwnWriteListener): Subscription {
    this.#listeners.add(listener);
    return { unsubscribe: () => this.#listeners.delete(listener) };
  }

  #take(kind: Kind<KubernetesObject>, entry: Entry): void {
    const state = this.#stateOf(kind);
    const key = objectKey(entry.key);
    const before = state.entries.get(key);
    if (before !== undefined && isSuperseded(entry, before)) return;
    if (this.#isReached(state, entry)) {
      if (before !== undefined) this.#drop(state, before);
      return;
    }
    state.entries.delete(key); // The newest stands last, for the bound below.
    state.entries.set(key, entry);
    this.#tell(kind, entry.key);
    const [oldest] = state.entries.values();
    if (state.entries.size > this.#maxEntriesPerKind && oldest !== undefined) {
      this.#drop(state, oldest);
    }
  }

  /** Whether the cache knew of a write before its answer came. */
  #isReached(state: KindState, entry: Entry): boolean {
    if (!isAtOrAhead(reachedIn(state, entry.key), entry.resourceVersion)) return false;
    if (entry.object !== undefined) return true;
    // A tombstone has the version before the delete, so only the cache can tell.
    return this.#cached !== undefined && !this.#isStillCached(state.kind, entry);
  }

  /** Whether the cache below still holds the object that a tombstone hides. */
  #isStillCached(kind: Kind<KubernetesObject>, entry: Entry): boolean {
    if (entry.object !== undefined || entry.uid === undefined) return false;
    return this.#cached?.(kind, entry.key)?.metadata.uid === entry.uid;
  }

  #drop(state: KindState, entry: Entry): void {
    if (state.entries.delete(objectKey(entry.key))) this.#tell(state.kind, entry.key);
  }

  #stateOf(kind: Kind<KubernetesObject>): KindState {
    const known = this.#known.get(kind);
    if (known !== undefined) return known;
    const key = kindKey(kind);
    const state: KindState = this.#kinds.get(key) ?? {
      kind,
      entries: new Map(),
      listed: undefined,
      reached: new Map(),
    };
    this.#kinds.set(key, state);
    this.#known.set(kind, state);
    return state;
  }

  #tell(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    for (const listener of this.#listeners) listener(kind, key);
  }
}
