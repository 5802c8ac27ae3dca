// SPDX-License-Identifier: Apache-2.0
// One watched kind: from its informer's events to adds to the work queue (stages 1 to 4).
import {
  formatRef,
  objectKey,
  objectOf,
  refOf,
  type InformerLease,
  type InformerStatus,
  type KubernetesObject,
  type ObjectKey,
  type ReconcileReason,
  type Runtime,
  type Subscription,
  type Wake,
  type WakeListener,
  type WatchEvent,
} from "@haversack/core";
import { describeError } from "./describe-error.js";
import type { EventRanges, RangeJudge } from "./event-ranges.js";
import { MapToPrimary, unionOf, type MappingFailure } from "./map-to-primary.js";
import type { OwnEchoes } from "./own-echoes.js";
import { PredicateGate } from "./predicate-gate.js";
import { isSpecChanged } from "./predicates/content.js";
import type { PrimaryCache } from "./primary-cache.js";
import type { SafeTrace } from "./safe-trace.js";
import type { Watch } from "./watch-declaration.js";
import { lowPriority } from "./work.js";
import type { WorkQueue } from "./work-queue.js";

/** What the sources of one reconciler share. @internal */
export interface SourceContext {
  readonly controller: string;
  readonly runtime: Runtime;
  readonly queue: WorkQueue;
  readonly primaries: PrimaryCache;
  readonly echoes: OwnEchoes;
  readonly wakeListeners: ReadonlySet<WakeListener>;
  /** Present when events are debounced. */
  readonly ranges: EventRanges | undefined;
  readonly trace: SafeTrace | undefined;
}

/**
 * Watches one kind for one reconciler.
 *
 * **Guarantees:** own writes and reverse indexes have taken an event in before any predicate sees
 * it; a predicate or a relation that throws is reported by the object's name and stops nothing.
 * **API requests:** 1 LIST and 1 WATCH for the first who watches the kind alike, else 0.
 *
 * @internal
 */
export class WatchSource implements RangeJudge {
  readonly watch: Watch;
  readonly gate: PredicateGate<KubernetesObject>;
  readonly #context: SourceContext;
  readonly #mapper: MapToPrimary | undefined;
  /** Others read whole objects; a cache of selected or cut ones may be ahead of theirs. */
  readonly #isWhole: boolean;
  readonly #subscriptions: Subscription[] = [];
  readonly #judged: Promise<void>;
  #tellJudged: () => void = () => undefined;
  #lease: InformerLease<KubernetesObject> | undefined;
  #reported: InformerStatus["state"] | undefined;

  constructor(watch: Watch, context: SourceContext) {
    this.watch = watch;
    this.#context = context;
    this.#judged = new Promise((resolve) => (this.#tellJudged = resolve));
    const { projection, labelSelector, fieldSelector } = watch.informer;
    const isSelected = labelSelector !== undefined || fieldSelector !== undefined;
    this.#isWhole = !isSelected && (projection === undefined || projection.keep === "object");
    const { logger, metrics } = context.runtime;
    this.gate = new PredicateGate(watch.predicate, {
      logger,
      metrics,
      controller: context.controller,
      describe: (object) => formatRef(refOf(watch.kind, object)),
    });
    if (watch.by === "self") return;
    const { kind, primaries } = context.primaries;
    this.#mapper = new MapToPrimary(kind, watch.kind, watch.by, primaries, this.#onMappingFailure);
  }

  /** Begins to listen; what is cached already is told at once. */
  open(): void {
    const { runtime, primaries, controller } = this.#context;
    const { informers } = runtime;
    if (informers === undefined) throw new TypeError("no informers in the runtime");
    if (this.#mapper?.needsPrimaries === true)
      this.#subscriptions.push(primaries.feed(this.#mapper));
    const lease = informers.acquire(this.watch.kind, this.watch.informer);
    this.#lease = lease;
    if (this.watch.by === "self") primaries.use(lease);
    this.#subscriptions.push(
      lease.subscribe({
        stage: "index",
        onEvent: (event) => this.#index(event),
        onSynced: (version, isRelist) => this.#relisted(version, isRelist),
        onStatus: (status) => this.#reportStatus(status),
      }),
      lease.subscribe({
        stage: "enqueue",
        onEvent: (event) => this.#judge(event),
        onSynced: () => this.#tellJudged(),
      }),
    );
    runtime.logger.debug(`watching ${this.watch.kind.kind}`, {
      controller,
      predicate: this.watch.predicate.name,
    });
  }

  get status(): InformerStatus | undefined {
    return this.#lease?.status;
  }

  /**
   * Resolves when the whole first list was judged, or there is none to wait for. A shared informer
   * may have synced long ago and still be telling us what it holds.
   */
  async whenSynced(): Promise<void> {
    await this.#lease?.whenSynced();
    const state = this.#lease?.status.state;
    if (state === "synced" || state === "stale") await this.#judged;
  }

  /** Stops listening and gives the informer back. Idempotent. */
  close(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** Whether the folded event of a debounce window wants a pass. */
  passes(event: WatchEvent): boolean {
    return this.#decide(event) !== undefined;
  }

  #index(event: WatchEvent): void {
    const { runtime, primaries, trace } = this.#context;
    if (trace !== undefined) {
      const { type, isInitial, isRelist } = event;
      const { resourceVersion } = objectOf(event).metadata;
      const ref = this.#refOf(event);
      trace.tell({ stage: "informer", ref, event: type, resourceVersion, isInitial, isRelist });
    }
    if (this.#isWhole) runtime.ownWrites.observe(this.watch.kind, event);
    if (this.watch.by === "self") primaries.observe(event);
    if (trace === undefined) return;
    trace.tell({ stage: "index", ref: this.#refOf(event), ownWritesAhead: runtime.ownWrites.size });
  }

  #relisted(version: string | undefined, isRelist: boolean): void {
    if (!isRelist) return;
    const { runtime, primaries } = this.#context;
    const { namespaces } = this.watch.informer;
    if (this.#isWhole) runtime.ownWrites.relisted(this.watch.kind, version, namespaces);
    if (this.watch.by === "self") primaries.relisted(version, namespaces);
  }

  #judge(event: WatchEvent): void {
    const { ranges, primaries } = this.#context;
    const isGone = this.#isPrimaryGone(event);
    if (isGone) primaries.noteGone(event);
    if (ranges === undefined || event.isInitial || isGone) {
      const decided = this.#decide(event);
      if (decided === undefined) return;
      for (const key of this.#map(event)) this.#enqueue(key, event, decided, false);
      return;
    }
    // The window is judged as a whole when it closes; until then its primaries wait.
    const reason = { predicate: this.watch.predicate.name };
    for (const key of this.#map(event)) {
      ranges.hold(key, this, event);
      this.#enqueue(key, event, reason, true);
    }
  }

  /** @returns What to note of the decision; `undefined` for an event that wakes nobody. */
  #decide(event: WatchEvent): Decided | undefined {
    const verdict = this.gate.decide(event);
    // A primary that is gone always gets its last pass: its state must be cleaned up.
    const passed = verdict.enqueue || this.#isPrimaryGone(event);
    const { trace } = this.#context;
    if (trace !== undefined) {
      const explanation = this.gate.explain(event);
      trace.tell({ stage: "predicate", ref: this.#refOf(event), passed, explanation });
    }
    if (!passed) return undefined;
    const { priority, reason } = verdict;
    return { predicate: reason ?? this.watch.predicate.name, priority };
  }

  #map(event: WatchEvent): readonly ObjectKey[] {
    const { trace, primaries } = this.#context;
    if (this.#mapper === undefined) {
      const { namespace, name } = objectOf(event).metadata;
      return [namespace === undefined ? { name } : { namespace, name }];
    }
    const mapped = this.#mapper.mappedBy(event);
    const keys = unionOf(mapped);
    if (trace === undefined) return keys;
    const by = mapped.map(({ relation, primaries: found }) => ({
      relation: relation.name,
      primaries: found.map((key) => primaries.refOf(key)),
    }));
    trace.tell({ stage: "mapping", ref: this.#refOf(event), by });
    return keys;
  }

  #enqueue(key: ObjectKey, event: WatchEvent, decided: Decided, debounce: boolean): void {
    const { queue, trace, primaries } = this.#context;
    const isQuiet = event.isInitial || event.isResync;
    const isListenedTo = this.#context.wakeListeners.size > 0;
    const foreignChange = isListenedTo || queue.heedsCuts(key) ? this.#cutBy(event) : undefined;
    const reason: ReconcileReason = {
      source: this.watch.kind.kind,
      ref: this.#refOf(event),
      event: event.type,
      predicate: decided.predicate,
    };
    const { declared: trigger, by } = this.watch;
    const wake = { key, reason, trigger, event, foreignChange, isPrimary: by === "self" };
    const least = tellWake(this.#context, wake) ?? -Infinity;
    const own = decided.priority ?? (isQuiet ? lowPriority : 0);
    const priority = Math.max(own, isQuiet ? -Infinity : least);
    queue.add(key, { priority, reason, debounce, cut: foreignChange });
    if (trace === undefined) return;
    const { ready, running } = queue.depth;
    const primary = primaries.refOf(key);
    trace.tell({ stage: "queue", primary, priority, afterMs: 0, ready, running });
  }

  /** Names the foreign change that may end a backoff early, if the event is one. */
  #cutBy(event: WatchEvent): string | undefined {
    if (event.isInitial || this.#context.echoes.isEcho(this.watch.kind, event)) return undefined;
    const { old: before, new: after } = event;
    const isPrimary = this.watch.by === "self";
    if (after === undefined) return isPrimary ? "primary deleted" : "secondary changed";
    if (before !== undefined && !isSpecChanged(before, after)) return undefined;
    const { uid, generation } = after.metadata;
    return isPrimary
      ? `primary ${uid ?? ""} generation ${generation ?? "none"}`
      : "secondary changed";
  }

  readonly #onMappingFailure: MappingFailure = (relation, object, problem) => {
    const { runtime, controller } = this.#context;
    const labels = { controller, relation: relation.name };
    runtime.metrics.count("haversack_mapping_errors_total", labels);
    const ref = formatRef(refOf(this.watch.kind, object));
    const why = typeof problem === "string" ? problem : describeError(problem);
    runtime.logger.error(
      `mapping ${ref} to primaries by ${relation.name} failed: ${why}. ` +
        "Its other relations went on; correct the relation.",
      labels,
    );
  };

  #reportStatus({ state, problem }: InformerStatus): void {
    const { runtime, controller } = this.#context;
    const before = this.#reported;
    this.#reported = state;
    if (state === before) return;
    const { kind, apiVersion } = this.watch.kind;
    const name = `${kind} of ${apiVersion}`;
    if (state === "synced" && (before === "absent" || before === "forbidden"))
      runtime.logger.info(`${name} is watched now`, { controller });
    if (state !== "absent" && state !== "forbidden") return;
    const advice =
      state === "absent"
        ? "It is watched as soon as the server serves it; install its definition if it is missing."
        : "Grant list and watch on it; it is tried again.";
    const why = problem === undefined ? "" : `: ${problem}`;
    runtime.logger.warn(`${name} is ${state}${why}. ${advice}`, { controller });
  }

  #isPrimaryGone(event: WatchEvent): boolean {
    return this.watch.by === "self" && event.new === undefined;
  }

  #refOf(event: WatchEvent): ReturnType<typeof refOf> {
    return refOf(this.watch.kind, objectOf(event));
  }
}

/**
 * Tells listeners of a wake; one that throws is reported and costs nobody the wake.
 *
 * @returns The highest priority one of them asked for.
 * @internal
 */
export function tellWake(
  { wakeListeners, runtime, controller }: SourceContext,
  wake: Wake,
): number | undefined {
  let highest: number | undefined;
  for (const listener of wakeListeners) {
    try {
      const priority = listener(wake);
      if (typeof priority === "number") highest = Math.max(priority, highest ?? -Infinity);
    } catch (error) {
      runtime.logger.error(
        `a wake listener failed for ${objectKey(wake.key)}: ${describeError(error)}. ` +
          "The primary is queued all the same; mend the listener.",
        { controller },
      );
    }
  }
  return highest;
}

/** What is noted of a decision. */
interface Decided {
  readonly predicate: string;
  readonly priority?: number | undefined;
}
