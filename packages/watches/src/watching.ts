// SPDX-License-Identifier: Apache-2.0
// One started run of a reconciler's watches: sources, queue and workers together (stages 1 to 5).
import {
  type InformerOptions,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ReconcileReason,
  type Reconciles,
  type Runtime,
  type Subscription,
  type WakeListener,
} from "@haversack/core";
import { exponentialBackoff } from "./backoff.js";
import { EventRanges } from "./event-ranges.js";
import type { StreamObserver } from "./event-stream.js";
import { OwnEchoes } from "./own-echoes.js";
import { PassReport } from "./pass-report.js";
import { toPredicate } from "./predicate.js";
import { PrimaryCache } from "./primary-cache.js";
import { ReconcilePasses } from "./reconcile-pass.js";
import { RunLoop } from "./run-loop.js";
import { SafeTrace } from "./safe-trace.js";
import { toPrimaryWatch, toWatch, type WatchDeclaration } from "./watch-declaration.js";
import type { WatchSettings } from "./watch-options.js";
import { tellWake, WatchSource, type SourceContext } from "./watch-source.js";
import { WorkQueue } from "./work-queue.js";

/**
 * A running set of watches; made anew by every start, so that nothing of an earlier run is left.
 *
 * @internal
 */
export class Watching<P extends KubernetesObject> {
  readonly queue: WorkQueue;
  readonly primaries: PrimaryCache<P>;
  readonly sources: Set<WatchSource> = new Set();
  readonly #kind: Kind<P>;
  readonly #settings: WatchSettings;
  readonly #runtime: Runtime;
  readonly #context: SourceContext;
  readonly #loop: RunLoop<P>;
  readonly #streams = new Set<Subscription & { complete(): void }>();
  readonly #stopped: Promise<void>;
  #tellStopped: () => void = () => undefined;

  constructor(
    kind: Kind<P>,
    reconciler: Reconciles<P>,
    settings: WatchSettings,
    runtime: Runtime,
    wakeListeners: ReadonlySet<WakeListener> = new Set(),
  ) {
    const { name, agingMs, debounce, workers, timeoutMs, drainMs } = settings;
    const { clock, logger, metrics } = runtime;
    const trace = settings.trace && new SafeTrace(settings.trace, name, clock, logger);
    const ranges = debounce === undefined ? undefined : new EventRanges();
    const confirm = (key: ObjectKey): boolean => ranges?.close(key) !== false;
    this.#kind = kind;
    this.#settings = settings;
    this.#runtime = runtime;
    this.primaries = new PrimaryCache(kind, runtime.ownWrites);
    this.queue = new WorkQueue({ clock, agingMs, debounce, confirm, metrics, name });
    this.#context = {
      controller: name,
      runtime,
      queue: this.queue,
      primaries: this.primaries as PrimaryCache,
      echoes: new OwnEchoes(runtime.ownWrites),
      wakeListeners,
      ranges,
      trace,
    };
    const report = new PassReport(name, logger, metrics, trace, workers);
    const backoff = exponentialBackoff(settings.backoff, runtime.random);
    const { primaries, queue } = this;
    const passes = new ReconcilePasses({
      reconciler,
      primaries,
      clock,
      backoff,
      timeoutMs,
      report,
      around: runtime.passes,
    });
    const onTake =
      ranges === undefined ? undefined : ({ key }: { key: ObjectKey }) => ranges.drop(key);
    this.#loop = new RunLoop({ queue, passes, report, clock, workers, drainMs, onTake });
    this.#stopped = new Promise((resolve) => (this.#tellStopped = resolve));
  }

  /** Subscribes to the primaries. */
  start(): void {
    const { namespaces, primaryInformer, name } = this.#settings;
    const options: InformerOptions & { wantedBy: string } = {
      ...primaryInformer,
      namespaces,
      wantedBy: name,
    };
    const predicate = toPredicate(this.#settings.primary);
    this.#open(new WatchSource(toPrimaryWatch(this.#kind, predicate, options), this.#context));
  }

  /** Resolves when every first list has been judged, or there is none to wait for. */
  async whenSynced(): Promise<void> {
    const synced = [...this.sources].map((source) => source.whenSynced());
    // A server that is out of reach must not keep a stop from ending the start.
    await Promise.race([Promise.all(synced), this.#stopped]);
  }

  /** Starts the workers. */
  run(): void {
    this.#loop.start();
  }

  /** Puts a primary into the queue for a reason from elsewhere. */
  enqueue(key: ObjectKey, reason: ReconcileReason, afterMs: number): void {
    const nothing = { trigger: undefined, event: undefined, foreignChange: undefined };
    const wake = { key, reason, isPrimary: false, ...nothing };
    const priority = tellWake(this.#context, wake) ?? 0;
    this.queue.add(key, { reason, afterMs, priority });
    const { ready, running } = this.queue.depth;
    const primary = this.primaries.refOf(key);
    this.#context.trace?.tell({ stage: "queue", primary, priority, afterMs, ready, running });
  }

  /** Watches one more kind. */
  add(declaration: Kind<KubernetesObject> | WatchDeclaration): WatchSource {
    const { namespaces, name } = this.#settings;
    const watch = toWatch(declaration, { namespaces, wantedBy: name });
    return this.#open(new WatchSource(watch, this.#context));
  }

  remove(source: WatchSource): void {
    source.close();
    this.sources.delete(source);
  }

  /** Hands the events of a kind to an observer until it unsubscribes or everything stops. */
  attach<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions,
    observer: StreamObserver<T>,
  ): Subscription {
    const { informers } = this.#runtime;
    if (informers === undefined) throw new TypeError("no informers in the runtime");
    const lease = informers.acquire(kind, { wantedBy: this.#settings.name, ...options });
    const events = lease.subscribe({
      stage: "enqueue",
      onEvent: (event) => observer.next(event),
    });
    const stream = {
      unsubscribe: (): void => {
        this.#streams.delete(stream);
        events.unsubscribe();
        lease.release();
      },
      complete: (): void => observer.complete(),
    };
    this.#streams.add(stream);
    return stream;
  }

  /** Drains, then gives every informer back. Never rejects. */
  async stop(): Promise<void> {
    this.#tellStopped();
    await this.#loop.stop();
    for (const source of this.sources) source.close();
    this.sources.clear();
    for (const stream of [...this.#streams]) {
      stream.unsubscribe();
      stream.complete();
    }
    this.#context.echoes.stop();
    this.primaries.stop();
  }

  #open(source: WatchSource): WatchSource {
    this.sources.add(source);
    source.open();
    return source;
  }
}
