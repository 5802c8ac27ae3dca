// SPDX-License-Identifier: Apache-2.0
// The primaries as they are known now, and those that went (stage 5: reconcile).
import {
  objectKey,
  objectOf,
  OwnWrites,
  refOf,
  type InformerLease,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ResourceRef,
  type Subscription,
  type WatchEvent,
} from "@haversack/core";
import type { MapToPrimary } from "./map-to-primary.js";

/**
 * Reads primaries from the informer and the overlay of own writes at the moment they are needed.
 *
 * **API requests:** 0.
 *
 * @internal
 */
export class PrimaryCache<P extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<P>;
  /** Own writes that this very cache has not caught up with; other caches of the kind may have. */
  readonly #overlay: OwnWrites;
  readonly #following: Subscription;
  readonly #mappers = new Set<MapToPrimary>();
  readonly #gone = new Map<string, ResourceRef[]>();
  #lease: InformerLease<P> | undefined;

  constructor(kind: Kind<P>, ownWrites: OwnWrites) {
    this.kind = kind;
    this.#overlay = new OwnWrites({ cached: (_kind, key) => this.#lease?.get(key) });
    this.#following = this.#overlay.follow(ownWrites, kind);
  }

  use(lease: InformerLease<KubernetesObject>): void {
    this.#lease = lease as InformerLease<P>;
  }

  /** The newest state known: the cache's, or our own newer write. */
  newest(key: ObjectKey): P | undefined {
    return this.#overlay.newest(this.kind, key, this.#lease?.get(key));
  }

  /** All primaries in the cache. */
  readonly primaries = (): Iterable<P> => this.#lease?.values() ?? [];

  /** The reference of a primary, with its uid where it is known. */
  refOf(key: ObjectKey): ResourceRef {
    const primary = this.#lease?.get(key);
    if (primary !== undefined) return refOf(this.kind, primary);
    const { group, kind } = this.kind;
    const { namespace, name } = key;
    return { group, kind, ...(namespace === undefined ? {} : { namespace }), name };
  }

  /** Feeds a mapper with what primaries name: those cached now, and all events from now on. */
  feed(mapper: MapToPrimary): Subscription {
    this.#mappers.add(mapper);
    for (const primary of this.primaries()) mapper.observePrimary(firstSeen(primary));
    return { unsubscribe: () => this.#mappers.delete(mapper) };
  }

  /** Takes in an event of the primaries' informer. */
  observe(event: WatchEvent): void {
    this.#overlay.observe(this.kind, event);
    for (const mapper of this.#mappers) mapper.observePrimary(event);
  }

  /** Takes in that a complete list was delivered, after a gap in the watch. */
  relisted(resourceVersion: string | undefined, namespaces: readonly string[] | undefined): void {
    this.#overlay.relisted(this.kind, resourceVersion, namespaces);
  }

  stop(): void {
    this.#following.unsubscribe();
  }

  /** Remembers that a primary went, until its last pass; of one name several may have gone. */
  noteGone(event: WatchEvent): void {
    const object = objectOf(event);
    const key = objectKey(object.metadata);
    const gone = this.#gone.get(key) ?? [];
    this.#gone.set(key, gone);
    gone.push(refOf(this.kind, object));
  }

  /** The first primary of this name that went and had no last pass yet. */
  goneOf(key: ObjectKey): ResourceRef | undefined {
    return this.#gone.size === 0 ? undefined : this.#gone.get(objectKey(key))?.[0];
  }

  /** Its last pass was made. */
  forgetGone(ref: ResourceRef): void {
    const key = objectKey(ref);
    const left = this.#gone.get(key)?.filter((other) => other !== ref) ?? [];
    if (left.length === 0) this.#gone.delete(key);
    else this.#gone.set(key, left);
  }
}

function firstSeen(object: KubernetesObject): WatchEvent {
  return {
    type: "added",
    old: undefined,
    new: object,
    isInitial: true,
    isRelist: false,
    isResync: false,
    synthetic: true,
  };
}
