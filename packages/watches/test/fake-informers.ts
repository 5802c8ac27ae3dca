// SPDX-License-Identifier: Apache-2.0
// Informers that a test feeds by hand, true to core's contract (stage 1: watch event).
import {
  compareVersions,
  kindKey,
  objectKey,
  type InformerHandler,
  type InformerLease,
  type InformerOptions,
  type Informers,
  type InformerState,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Subscription,
  type WatchEvent,
} from "@haversack/core";

type Handler = InformerHandler<KubernetesObject>;

/** One kind's informer: the test is its API server. */
export class FakeInformer {
  readonly objects = new Map<string, KubernetesObject>();
  readonly options: InformerOptions[] = [];
  readonly errors: unknown[] = [];
  state: InformerState = "syncing";
  leases = 0;
  #version = 100;
  readonly #handlers = new Set<Handler>();
  /** Whether who joins late is told the cache at `replay()` only, as by an informer that is busy. */
  replaysLater = false;
  readonly #replays: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];

  /** Creates or updates an object, as a watch would tell. */
  apply(object: KubernetesObject): KubernetesObject {
    const key = objectKey(object.metadata);
    const old = this.objects.get(key);
    const after = this.stamped(object, old);
    // As an informer must: what is older than what was told, is not told.
    if (old !== undefined && isOlder(after, old)) return old;
    this.objects.set(key, after);
    const isInitial = this.state === "syncing";
    this.#tell({ type: old === undefined ? "added" : "modified", old, new: after, isInitial });
    return after;
  }

  remove(key: ObjectKey): void {
    const old = this.objects.get(objectKey(key));
    if (old === undefined) return;
    this.objects.delete(objectKey(key));
    this.#tell({ type: "deleted", old, new: undefined });
  }

  /** The periodic safety pass. */
  resync(): void {
    for (const object of this.objects.values())
      this.#tell({ type: "resynced", old: object, new: object, isResync: true });
  }

  /** The end of the first list, or of another. */
  sync(state: InformerState = "synced", isRelist = false): void {
    this.state = state;
    if (state === "synced")
      for (const handler of this.#byStage()) handler.onSynced?.(String(this.#version), isRelist);
    for (const handler of this.#byStage()) handler.onStatus?.(this.status);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  get status(): InformerStatus {
    return {
      state: this.state,
      resourceVersion: String(this.#version),
      staleSinceMs: undefined,
      problem: undefined,
    };
  }

  subscribe(handler: Handler): Subscription {
    this.#handlers.add(handler);
    const replay = (): void => {
      for (const object of this.objects.values())
        handler.onEvent(event({ type: "added", old: undefined, new: object, isInitial: true }));
      if (this.state === "synced") handler.onSynced?.(String(this.#version), false);
    };
    if (this.replaysLater) this.#replays.push(replay);
    else replay();
    return { unsubscribe: () => this.#handlers.delete(handler) };
  }

  /** Tells those who joined what is cached. */
  replay(): void {
    for (const replay of this.#replays.splice(0)) replay();
  }

  whenSynced(): Promise<void> {
    if (this.state !== "syncing") return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  stamped(object: KubernetesObject, old: KubernetesObject | undefined): KubernetesObject {
    this.#version += 1;
    const metadata = {
      uid: old?.metadata.uid ?? `uid-${objectKey(object.metadata)}`,
      resourceVersion: String(this.#version),
      ...object.metadata,
    };
    return Object.freeze({ ...object, metadata: Object.freeze(metadata) });
  }

  #tell(partial: Partial<WatchEvent> & Pick<WatchEvent, "type" | "old" | "new">): void {
    for (const handler of this.#byStage()) {
      try {
        handler.onEvent(event(partial));
      } catch (error) {
        this.errors.push(error); // One handler's trouble is not the others'.
      }
    }
  }

  #byStage(): Handler[] {
    const handlers = [...this.#handlers];
    return [
      ...handlers.filter(({ stage }) => stage === "index"),
      ...handlers.filter(({ stage }) => stage === "enqueue"),
    ];
  }

  get handlers(): number {
    return this.#handlers.size;
  }
}

/** A pool of {@link FakeInformer}s; one per kind and selectors. */
export class FakeInformers implements Informers {
  readonly informers = new Map<string, FakeInformer>();
  /** Whether an informer is synced from its beginning. */
  readonly #syncedAtOnce: boolean;

  constructor(syncedAtOnce = true) {
    this.#syncedAtOnce = syncedAtOnce;
  }

  of(kind: Kind<KubernetesObject>, options: InformerOptions = {}): FakeInformer {
    const { labelSelector = "", fieldSelector = "", managedFields = false } = options;
    const key = `${kindKey(kind)} ${labelSelector} ${fieldSelector} ${managedFields}`;
    let informer = this.informers.get(key);
    if (informer === undefined) {
      informer = new FakeInformer();
      if (this.#syncedAtOnce) informer.state = "synced";
      this.informers.set(key, informer);
    }
    return informer;
  }

  acquire<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions = {},
  ): InformerLease<T> {
    const informer = this.of(kind, options);
    informer.options.push(options);
    informer.leases += 1;
    let isHeld = true;
    const lease: InformerLease<KubernetesObject> = {
      kind,
      get status() {
        return informer.status;
      },
      get: (key) => informer.objects.get(objectKey(key)),
      values: () => informer.objects.values(),
      get size() {
        return informer.objects.size;
      },
      subscribe: (handler) => informer.subscribe(handler),
      whenSynced: () => informer.whenSynced(),
      release: () => {
        if (isHeld) informer.leases -= 1;
        isHeld = false;
      },
    };
    return lease as InformerLease<T>;
  }

  peek<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): { readonly known: boolean; readonly object: T | undefined } {
    const object = this.of(kind).objects.get(objectKey(key)) as T | undefined;
    return { known: true, object };
  }

  get leases(): number {
    return [...this.informers.values()].reduce((sum, { leases }) => sum + leases, 0);
  }
}

/** A watch event with every flag off unless given. */
export function event<T extends KubernetesObject>(
  partial: Partial<WatchEvent<T>> & Pick<WatchEvent<T>, "type" | "old" | "new">,
): WatchEvent<T> {
  return { isInitial: false, isRelist: false, isResync: false, synthetic: false, ...partial };
}

function isOlder(after: KubernetesObject, before: KubernetesObject): boolean {
  const order = compareVersions(after.metadata.resourceVersion, before.metadata.resourceVersion);
  return order !== undefined && order <= 0;
}
