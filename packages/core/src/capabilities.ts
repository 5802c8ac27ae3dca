// SPDX-License-Identifier: Apache-2.0
// The capability interfaces through which packs meet; no pack imports another (stage 0: words).
import type { Informers, InformerOptions, Subscription } from "./informers.js";
import type { Kind, ObjectOf } from "./kind.js";
import type { Draft, KubernetesObject } from "./kubernetes-object.js";
import type { ReconcileReason } from "./reconcile.js";
import type { ObjectKey, ResourceRef } from "./resource-ref.js";
import type { SubReconciler, Trigger } from "./sub-reconciler.js";
import type { WatchEvent } from "./watch-event.js";

/** What a write did. */
export interface WriteResult<T extends KubernetesObject> {
  /** The newest state; the server's answer, or the cached object when nothing was sent. */
  readonly object: T;
  readonly outcome: "created" | "updated" | "unchanged";
  /** API requests sent. */
  readonly requests: number;
}

/** Options of a write. */
export interface WriteOptions {
  /** Sets a controller reference to this owner before writing. */
  readonly owner?: KubernetesObject;
  /** Take fields from other field managers. Default true: a controller owns what it declares. */
  readonly force?: boolean;
  /** Refuse to write unless the object still has this version. */
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

/** Options of a list. */
export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly signal?: AbortSignal;
}

/** What a Kubernetes Event says about an object. */
export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** CamelCase, not empty. */
  readonly reason: string;
  readonly message: string;
  /** What was being done, CamelCase. Default `Reconcile`. */
  readonly action?: string;
}

/**
 * Reads and writes API objects under one field manager.
 *
 * **Guarantees:** a write that would change nothing sends nothing; every write's answer is visible
 * to the packs of the same reconciler before its promise resolves.
 */
export interface ObjectsApi {
  readonly fieldManager: string;
  /** The same under another field manager, with a memory of its own; one per name. */
  as(fieldManager: string): ObjectsApi;
  /** **API requests:** 1 GET. @returns `undefined` when it does not exist. */
  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  /** **API requests:** 1 GET. @throws NotFoundError */
  mustGet<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T>;
  /** **API requests:** 1 LIST per 500 objects. */
  list<T extends KubernetesObject>(kind: Kind<T>, options?: ListOptions): Promise<readonly T[]>;
  /** Server-side apply. **API requests:** 0 when nothing changes; else 1 PATCH, now and then 2. */
  apply<T extends KubernetesObject>(
    kind: Kind<T>,
    desired: T,
    options?: WriteOptions,
  ): Promise<WriteResult<T>>;
  /** Server-side apply of the status subresource. **API requests:** 0 or 1 PATCH. */
  applyStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    status: unknown,
    options?: WriteOptions,
  ): Promise<WriteResult<T>>;
  /** Creates or fails; for objects with random content. **API requests:** 1 POST. */
  create<T extends KubernetesObject>(
    kind: Kind<T>,
    draft: Draft<T>,
    options?: WriteOptions,
  ): Promise<T>;
  /** JSON merge patch. **API requests:** 0 for a patch that changes nothing, else 1 PATCH. */
  mergePatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    patch: object,
    options?: WriteOptions,
  ): Promise<WriteResult<T>>;
  /** JSON patch from `object` to `changed`, guarded by uid. **API requests:** 0 or 1 PATCH. */
  jsonPatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    changed: T,
    options?: WriteOptions,
  ): Promise<WriteResult<T>>;
  /** Deletes this very object (uid precondition). **API requests:** 1 DELETE; absent is fine. */
  delete<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    options?: {
      readonly propagation?: "Background" | "Foreground" | "Orphan";
      readonly resourceVersion?: string;
    },
  ): Promise<void>;
  /** **API requests:** 0 when it is there already, else 1 PATCH. */
  addFinalizer<T extends KubernetesObject>(kind: Kind<T>, object: T, finalizer: string): Promise<T>;
  /** Removes only this finalizer. **API requests:** 0 when it is not there, else 1 PATCH. */
  removeFinalizer<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
  ): Promise<T | undefined>;
  /** Reports a Kubernetes Event; repeats are counted, not repeated. **API requests:** 1, or 0 while throttled. */
  event(kind: Kind<KubernetesObject>, regarding: KubernetesObject, note: EventNote): Promise<void>;
}

/** Added by `withApiObjects`. */
export interface ApiObjects {
  readonly objects: ObjectsApi;
}

/** The secondaries of one kind that belong to one primary; a frozen array with a few extras. */
export interface SecondaryList<T extends KubernetesObject> extends ReadonlyArray<T> {
  /** By name, in the primary's namespace unless another is given. */
  named(name: string, namespace?: string): T | undefined;
  /** False while the server does not serve the kind, or does not let us watch it. */
  readonly available: boolean;
  /** Whether a complete list of the kind has been taken in. */
  readonly synced: boolean;
  /** Monotonic time since when the list may lag; `undefined` while the watch is open. */
  readonly staleSinceMs: number | undefined;
}

/** Named kinds of secondaries, as a reconciler declares them. */
export type SecondaryKinds = Readonly<Record<string, Kind<KubernetesObject>>>;

/**
 * All secondaries of one primary at one moment: one list per declared kind, present even when empty.
 * Frozen; the same object as long as nothing in it changed.
 */
export type SecondarySnapshot<K extends SecondaryKinds> = {
  readonly [N in keyof K]: SecondaryList<ObjectOf<K[N]>>;
};

/** From primaries to their secondaries. */
export interface Secondaries<P extends KubernetesObject, K extends SecondaryKinds> {
  /** The declared kinds, by the names of their lists; absent where nobody keeps them. */
  readonly kinds?: SecondaryKinds;
  /**
   * All secondaries of a primary. Cost: that primary's own secondaries, whatever else is indexed.
   * **API requests:** 0. @throws IndexNotReadyError before the first sync.
   */
  of(primary: P | ResourceRef): SecondarySnapshot<K>;
  /** The same from the server, for use without watches. **API requests:** 1 LIST per kind and relation. */
  fetch(primary: P): Promise<SecondarySnapshot<K>>;
}

/** Added by `withSecondaryIndex`. */
export interface SecondaryIndexed<P extends KubernetesObject, K extends SecondaryKinds> {
  readonly secondaries: Secondaries<P, K>;
}

/** The observer half of the observable protocol; an rxjs `Observer` fits. */
export interface EventObserver<T extends KubernetesObject> {
  next(event: WatchEvent<T>): void;
}

/** A stream of watch events; what `withWatches` returns is an rxjs `Observable`. */
export interface EventStream<T extends KubernetesObject> {
  subscribe(observer: EventObserver<T>): Subscription;
}

/** A primary is about to be queued, and why. */
export interface Wake {
  readonly key: ObjectKey;
  readonly reason: ReconcileReason;
  /** What was given to `add`; `undefined` for the reconciler's own watches and for `enqueue`. */
  readonly trigger: Trigger | undefined;
  /** The primary's own event. */
  readonly isPrimary: boolean;
  readonly event: WatchEvent | undefined;
  /** Names a change that somebody else made and that may end a backoff early, once. */
  readonly foreignChange: string | undefined;
}

/**
 * Told of every wake before the primary is queued, so that a pass that begins later knows of it.
 *
 * @returns The least priority the primary should have in the queue, if it says.
 */
export type WakeListener = (wake: Wake) => number | void;

/** Watches and the work queue of one reconciler. */
export interface Watches<P extends KubernetesObject> {
  /** The newest state of a primary, own writes included; frozen. **API requests:** 0. */
  primary(key: ObjectKey): P | undefined;
  /** Puts a primary into the work queue. **API requests:** 0. */
  enqueue(key: ObjectKey, reason?: ReconcileReason, options?: { readonly afterMs?: number }): void;
  /** Watches one more kind, from the start on or now, until it is unsubscribed. */
  add(trigger: Trigger): Subscription;
  /** Listens to wakes, now or from the start on. **API requests:** 0. */
  onWake(listener: WakeListener): Subscription;
  /** Events of a kind, from the shared informer. */
  events<T extends KubernetesObject>(kind: Kind<T>, options?: InformerOptions): EventStream<T>;
  /** Resolves when nothing is queued or running; what is due later does not count. */
  whenIdle(): Promise<void>;
}

/** Added by `withWatches`. */
export interface Watched<P extends KubernetesObject> {
  readonly watches: Watches<P>;
}

/** Added by `withSplitReconcile`. */
export interface SplitReconciled<P extends KubernetesObject> {
  readonly subReconcilers: readonly SubReconciler<P>[];
  readonly split: {
    /** Wakes one sub-reconciler, or all, of a primary. **API requests:** 0. */
    wake(key: ObjectKey, name?: string): void;
    /** The graph with what each did last, why, and when it is due next. **API requests:** 0. */
    explain(key: ObjectKey): string;
    /** The graph as a Mermaid diagram; with the state of one primary, if one is named. */
    mermaid(key?: ObjectKey): string;
  };
}

/** Added by `withSandbox`. */
export interface Sandboxed {
  readonly sandbox: {
    readonly engine: "embedded" | "pool" | "wasmer" | "class";
    /** Writes the guest's memory to disk and gives it back. */
    hibernate(): Promise<void>;
  };
}

export type { Informers };
