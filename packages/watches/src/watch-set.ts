// SPDX-License-Identifier: Apache-2.0
// The plain object behind withWatches: what is declared, and the run that is under way (stage 0).
import {
  ConfigurationError,
  formatRef,
  objectKey,
  type DeclaredAccess,
  type InformerOptions,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type PackHooks,
  type ReconcileReason,
  type Reconciles,
  type Runtime,
  type Subscription,
  type Trigger,
  type WakeListener,
  type Watches,
  type WatchEvent,
} from "@haversack/core";
import type { Observable } from "rxjs";
import { eventStream, type StreamObserver } from "./event-stream.js";
import { InformerPool } from "./informer/index.js";
import type { PredicateCounts } from "./predicate-gate.js";
import type { WatchDeclaration } from "./watch-declaration.js";
import { toWatch } from "./watch-declaration.js";
import { toSettings, type WatchOptions, type WatchSettings } from "./watch-options.js";
import type { WatchSource } from "./watch-source.js";
import { Watching } from "./watching.js";
import type { QueueDepth } from "./work-queue.js";

/** How one watch is doing. */
export interface WatchReport {
  readonly kind: Kind<KubernetesObject>;
  /** Absent before the start. */
  readonly status: InformerStatus | undefined;
  readonly predicate: string;
  /** How often each part of the predicate passed, dropped or failed. */
  readonly counts: ReadonlyMap<string, Readonly<PredicateCounts>>;
}

/** What `withWatches` adds: the capability of core, and control over it. */
export interface ReconcilerWatches<P extends KubernetesObject> extends Watches<P> {
  /** An rxjs Observable; it watches while somebody is subscribed. rxjs is loaded by the first call. */
  events<T extends KubernetesObject>(
    kind: Kind<T>,
    options?: InformerOptions,
  ): Observable<WatchEvent<T>>;
  /** Watches one more kind, now or from the start on, until it is unsubscribed. */
  add(declaration: Kind<KubernetesObject> | WatchDeclaration | Trigger): Subscription;
  /** The reconciler's name in logs and metrics. */
  readonly name: string;
  /** Where the primaries of the queue stand. */
  readonly depth: QueueDepth;
  /** How long the primary that is ready has waited at most; 0 when none is. **Units:** milliseconds. */
  readonly oldestWaitMs: number;
  /** How each watch is doing; empty before the start. */
  report(): readonly WatchReport[];
}

/** A stream that was subscribed to, before or during a run. */
interface OpenStream {
  attach(watching: WatchingOf): void;
}
type WatchingOf = Watching<KubernetesObject>;

/**
 * The watches, the work queue and the workers of one reconciler.
 *
 * `withWatches` makes one and hangs it on the reconciler; it can be made and driven by hand too.
 *
 * **API requests:** 1 LIST and 1 WATCH per kind that nobody in the process watches alike; 0 per
 * event and per pass. **Guarantees:** see {@link WorkQueue}; no pass before every first list was
 * judged; a kind that is not served yet is watched when it appears.
 *
 * @example By hand, without a mixin
 * ```ts
 * const watches = new WatchSet(databases, { reconcile: async () => {} }, { owns: [secrets] });
 * const runtime = createRuntime({ client });
 * watches.hooks.provide?.(runtime);
 * await watches.hooks.start?.(runtime);
 * await watches.hooks.run?.(runtime);
 * ```
 */
export class WatchSet<P extends KubernetesObject> implements ReconcilerWatches<P> {
  readonly hooks: PackHooks;
  readonly #kind: Kind<P>;
  readonly #reconciler: Reconciles<P>;
  readonly #settings: WatchSettings;
  readonly #declared = new Map<object, Kind<KubernetesObject> | WatchDeclaration>();
  readonly #sources = new Map<object, WatchSource>();
  readonly #streams = new Set<OpenStream>();
  readonly #wakeListeners = new Set<WakeListener>();
  #watching: Watching<P> | undefined;

  /** @throws {@link ConfigurationError} for options that cannot work. Terminal. */
  constructor(kind: Kind<P>, reconciler: Reconciles<P>, options: WatchOptions = {}) {
    this.#kind = kind;
    this.#reconciler = reconciler;
    this.#settings = toSettings(kind, options);
    for (const declaration of this.#settings.declared) this.#declare(declaration);
    this.hooks = {
      pack: "watches",
      provide: (runtime) => this.#provide(runtime),
      start: (runtime) => this.#start(runtime),
      run: () => this.#watching?.run(),
      stop: () => this.#stop(),
      access: () => this.#access(),
    };
  }

  primary(key: ObjectKey): P | undefined {
    return this.#watching?.primaries.newest(key);
  }

  /** @throws {@link ConfigurationError} before the start, or for a key that can be no primary's. */
  enqueue(
    key: ObjectKey,
    reason: ReconcileReason = { source: "manual" },
    options: { readonly afterMs?: number } = {},
  ): void {
    const watching = this.#running(`enqueue ${this.#kind.kind} ${objectKey(key)}`);
    const { name, namespace } = key;
    const isKey = this.#kind.namespaced ? namespace !== undefined && namespace !== "" : true;
    if (name === "" || !isKey) {
      throw new ConfigurationError(
        `cannot enqueue ${formatRef(watching.primaries.refOf(key))}: it has no name or no namespace. ` +
          "Give the key of a primary.",
      );
    }
    const ownKey = this.#kind.namespaced ? { namespace, name } : { name };
    watching.enqueue(ownKey, reason, options.afterMs ?? 0);
  }

  events<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions = {},
  ): Observable<WatchEvent<T>> {
    return eventStream<T>((observer) => this.#openStream(kind, options, observer));
  }

  whenIdle(): Promise<void> {
    return this.#watching?.queue.whenIdle() ?? Promise.resolve();
  }

  add(trigger: Kind<KubernetesObject> | WatchDeclaration | Trigger): Subscription {
    // Core knows of a predicate only that it has a name; what has more is one of ours.
    const declaration = trigger as Kind<KubernetesObject> | WatchDeclaration;
    const id = this.#declare(declaration);
    const watching = this.#watching;
    if (watching !== undefined) this.#sources.set(id, watching.add(declaration));
    return {
      unsubscribe: () => {
        const source = this.#sources.get(id);
        if (source !== undefined) this.#watching?.remove(source);
        this.#sources.delete(id);
        this.#declared.delete(id);
      },
    };
  }

  onWake(listener: WakeListener): Subscription {
    this.#wakeListeners.add(listener);
    return { unsubscribe: () => this.#wakeListeners.delete(listener) };
  }

  get name(): string {
    return this.#settings.name;
  }

  get oldestWaitMs(): number {
    return this.#watching?.queue.oldestWaitMs ?? 0;
  }

  get depth(): QueueDepth {
    return this.#watching?.queue.depth ?? { ready: 0, waiting: 0, running: 0 };
  }

  report(): readonly WatchReport[] {
    return [...(this.#watching?.sources ?? [])].map(({ watch, status, gate }) => ({
      kind: watch.kind,
      status,
      predicate: watch.predicate.name,
      counts: gate.counts,
    }));
  }

  #declare(declaration: Kind<KubernetesObject> | WatchDeclaration): object {
    const { namespaces, name } = this.#settings;
    toWatch(declaration, { namespaces, wantedBy: name }); // Refuses what cannot work, at once.
    const id = {};
    this.#declared.set(id, declaration);
    return id;
  }

  #access(): readonly DeclaredAccess[] {
    const { namespaces, name } = this.#settings;
    const declaredBy = "watches";
    const declared = [...this.#declared.values()].map((each): DeclaredAccess => {
      const { kind, by, informer } = toWatch(each, { namespaces, wantedBy: name });
      const isOwned = by !== "self" && by.some(({ type }) => type === "owner");
      const purpose = isOwned ? "own" : "watch";
      return { purpose, kind, namespaces: informer.namespaces, declaredBy };
    });
    const own = this.#kind.namespaced ? namespaces : undefined;
    return [{ purpose: "watch", kind: this.#kind, namespaces: own, declaredBy }, ...declared];
  }

  #provide(runtime: Runtime): void {
    runtime.informers ??= new InformerPool(runtime);
  }

  async #start(runtime: Runtime): Promise<void> {
    const watching = new Watching(
      this.#kind,
      this.#reconciler,
      this.#settings,
      runtime,
      this.#wakeListeners,
    );
    this.#watching = watching;
    watching.start();
    for (const [id, declaration] of this.#declared)
      this.#sources.set(id, watching.add(declaration));
    for (const stream of this.#streams) stream.attach(watching as WatchingOf);
    await watching.whenSynced();
  }

  async #stop(): Promise<void> {
    const watching = this.#watching;
    await watching?.stop();
    this.#sources.clear();
    if (this.#watching === watching) this.#watching = undefined;
  }

  #running(what: string): Watching<P> {
    if (this.#watching !== undefined) return this.#watching;
    throw new ConfigurationError(
      `cannot ${what}: the reconciler has not started. Start it with startReconciler, or the manager.`,
    );
  }

  #openStream<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions,
    observer: StreamObserver<T>,
  ): Subscription {
    let attached: Subscription | undefined;
    const stream: OpenStream = {
      attach: (watching) => {
        attached = watching.attach(kind, options, observer);
      },
    };
    this.#streams.add(stream);
    if (this.#watching !== undefined) stream.attach(this.#watching as WatchingOf);
    return {
      unsubscribe: () => {
        this.#streams.delete(stream);
        attached?.unsubscribe();
      },
    };
  }
}
