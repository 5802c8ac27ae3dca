// SPDX-License-Identifier: Apache-2.0
// The interface of shared informers: a local copy of a kind that others subscribe to (stage 1).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ObjectKey } from "./resource-ref.js";
import type { WatchEvent } from "./watch-event.js";

/** How much of each object the cache keeps. */
export type Projection =
  /** Everything but `managedFields`. */
  | { readonly keep: "object" }
  /** `apiVersion`, `kind` and `metadata` without `managedFields`; asked of the server as such. */
  | { readonly keep: "metadata" }
  /** `metadata` without `managedFields`, and these dotted paths. */
  | { readonly keep: "paths"; readonly paths: readonly string[] };

/** What makes two informers of a kind the same one. */
export interface InformerOptions {
  /** Namespaces to watch; absent means all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Default `{ keep: "object" }`. */
  readonly projection?: Projection | undefined;
  /** Keep `metadata.managedFields`. Default false: they are skipped before the JSON is parsed. */
  readonly managedFields?: boolean | undefined;
  /** `"lazy"` keeps bytes and parses a body when it is read. Default `"parsed"`. */
  readonly bodies?: "parsed" | "lazy" | undefined;
  /** Who wants it; shown in reports of what holds memory. */
  readonly wantedBy?: string | undefined;
}

/** Where an informer stands. */
export type InformerState =
  /** First list under way. */
  | "syncing"
  /** The cache is complete and the watch is open. */
  | "synced"
  /** The cache was complete; the connection is being replaced. */
  | "stale"
  /** The server does not serve the kind (yet). */
  | "absent"
  /** Listing or watching is not allowed; tried again, slowly. */
  | "forbidden"
  | "stopped";

/** What is known about an informer's connection to the truth. */
export interface InformerStatus {
  readonly state: InformerState;
  /** Newest resourceVersion heard of, bookmarks included. */
  readonly resourceVersion: string | undefined;
  /** Monotonic time since when the cache may lag; `undefined` while synced. */
  readonly staleSinceMs: number | undefined;
  /** The last error, for people. */
  readonly problem: string | undefined;
}

/** An end to something that was begun. Idempotent. */
export interface Subscription {
  unsubscribe(): void;
}

/**
 * Receives what an informer learns.
 *
 * **Guarantees:** every handler sees every event, in the same order; handlers of stage `"index"`
 * have returned before handlers of stage `"enqueue"` are called; a handler that joins late is first
 * told the whole cache as initial `added` events; a throwing handler is logged and stops nothing.
 */
export interface InformerHandler<T extends KubernetesObject> {
  readonly stage: "index" | "enqueue";
  onEvent(event: WatchEvent<T>): void;
  /**
   * A complete list, the first or a later one, has been taken in at this resourceVersion; its
   * events have all been delivered.
   */
  onSynced?(resourceVersion: string | undefined, isRelist: boolean): void;
  onStatus?(status: InformerStatus): void;
}

/** One subscriber's hold on a shared informer. */
export interface InformerLease<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  readonly status: InformerStatus;
  /** The cached object; frozen. Cost: a map look-up. **API requests:** 0. */
  get(key: ObjectKey): T | undefined;
  /** All cached objects. **API requests:** 0. */
  values(): IterableIterator<T>;
  readonly size: number;
  subscribe(handler: InformerHandler<T>): Subscription;
  /**
   * Resolves when the first complete list has been delivered to the handlers, or when it is known
   * that there is none to wait for (`absent`, `forbidden`).
   */
  whenSynced(): Promise<void>;
  /** Gives the hold back; the informer stops with its last holder. Idempotent. */
  release(): void;
}

/** A pool of informers, one per kind and options, shared by all who ask. */
export interface Informers {
  /** **API requests:** 1 paged LIST and 1 WATCH for the first holder; 0 for the others. */
  acquire<T extends KubernetesObject>(kind: Kind<T>, options?: InformerOptions): InformerLease<T>;
  /**
   * What a cache that is already held knows about an object. `known` is false when no synced
   * informer with whole objects covers it. **API requests:** 0.
   */
  peek<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): { readonly known: boolean; readonly object: T | undefined };
}
