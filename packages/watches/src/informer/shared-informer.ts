// SPDX-License-Identifier: Apache-2.0
// One informer: its reflectors, its cache, its subscribers, its status (stage 1: watch event).
import {
  compareVersions,
  kindKey,
  type Clock,
  type InformerHandler,
  type InformerOptions,
  type InformerState,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type Logger,
  type MalformedObjectError,
  type Subscription,
  type Timer,
} from "@haversack/core";
import type { EntryMaker } from "./cache-entry.js";
import { CacheWriter } from "./cache-writer.js";
import { HandlerSet, type Joined } from "./handler-set.js";
import type { InformerMeter } from "./informer-meter.js";
import type { InformerTuning } from "./informer-tuning.js";
import { Lane } from "./lane.js";
import type { Source } from "./list-objects.js";
import { ObjectStore, type Scope } from "./object-store.js";
import type { Pacer } from "./pacer.js";
import { Quarantine } from "./quarantine.js";
import { Reflector, type ReflectorTarget } from "./reflector.js";
import { diffEntries, Snapshot } from "./snapshot.js";
import { CorruptStreamError } from "./verdict.js";

/** What a {@link SharedInformer} is made of. */
export interface SharedInformerParts<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  readonly options: InformerOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly meter: InformerMeter;
  readonly pacer: Pacer;
  readonly tuning: InformerTuning;
  /** @param onCorrupt told when a body that was kept unparsed turns out not to be JSON. */
  readonly makeEntries: (
    onCorrupt: (name: string, error: MalformedObjectError) => void,
  ) => EntryMaker<T>;
  /** One per namespace, or one for all. */
  readonly sources: readonly { readonly scope: Scope; readonly source: Source }[];
  readonly stop: AbortController;
}

/**
 * One local copy of a kind, filled by a reflector per namespace, told to any number of handlers.
 *
 * **Guarantees:** those of core's `InformerHandler`.
 */
export class SharedInformer<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  readonly options: InformerOptions;
  readonly store: ObjectStore<T> = new ObjectStore<T>();
  readonly quarantine: Quarantine;
  readonly #parts: SharedInformerParts<T>;
  readonly #maker: EntryMaker<T>;
  readonly #handlers: HandlerSet<T>;
  readonly #lane = new Lane();
  readonly #reflectors: Reflector<T>[] = [];
  #hasSynced = false;
  /** As last told to the handlers. */
  #told: InformerStatus;
  #resync: Timer | undefined;
  readonly #settled: Promise<void>;
  #settle: () => void = () => undefined;

  constructor(parts: SharedInformerParts<T>) {
    const { kind, logger, meter, tuning, random } = parts;
    this.#parts = parts;
    this.kind = kind;
    this.options = parts.options;
    this.quarantine = new Quarantine(kind, logger, meter, tuning.maxDepth);
    this.#handlers = new HandlerSet(kind, logger, meter);
    this.#maker = parts.makeEntries((name, error) => this.#repair(name, error));
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
    for (const { scope, source } of parts.sources) {
      this.#reflectors.push(new Reflector(source, this.#target(scope), logger, random));
    }
    this.#told = this.status;
  }

  /** The worst of the scopes, since the cache is as good as its worst part. */
  get status(): InformerStatus {
    let worst = this.#reflectors[0];
    let staleSinceMs: number | undefined;
    for (const reflector of this.#reflectors) {
      if (worst === undefined || badness[reflector.state] > badness[worst.state]) worst = reflector;
      const sinceMs = reflector.staleSinceMs;
      if (sinceMs !== undefined) staleSinceMs = Math.min(sinceMs, staleSinceMs ?? sinceMs);
    }
    return {
      state: worst?.state ?? "stopped",
      resourceVersion: this.#oldestVersion(),
      staleSinceMs,
      problem: worst?.problem,
    };
  }

  /** Bytes of bodies that are kept unparsed. */
  get bodyBytes(): number | undefined {
    return this.#maker.heldBytes;
  }

  /** **API requests:** 1 paged LIST and 1 WATCH per namespace. */
  start(): void {
    for (const reflector of this.#reflectors) void reflector.run();
    this.#planResync();
  }

  stop(): void {
    this.#parts.stop.abort();
    this.#resync?.cancel();
    this.#tellStatus();
    this.#handlers.clear();
    this.#maker.close?.();
    this.#settle();
  }

  /** Tries an absent or forbidden kind again at once. */
  wake(): void {
    for (const reflector of this.#reflectors) reflector.wake();
  }

  /** Resolves when there is nothing to wait for, with all replays that were asked for delivered. */
  async whenSettled(): Promise<void> {
    await this.#settled;
    while (this.#lane.busy !== undefined) await this.#lane.busy;
  }

  subscribe(handler: InformerHandler<T>): Subscription {
    const joined = this.#handlers.add(handler);
    const isEmpty = this.store.size === 0 && !this.#hasSynced && this.#lane.busy === undefined;
    if (isEmpty) joined.isLive = true;
    else this.#inLane(() => this.#replay(joined));
    return { unsubscribe: () => this.#handlers.remove(joined) };
  }

  /** Lists again, whatever the connection is doing: for a cache that has lagged too long. */
  relist(why: string): void {
    const reason = new CorruptStreamError(
      `watching ${kindKey(this.kind)} failed: ${why}. It is listed again.`,
    );
    for (const reflector of this.#reflectors) {
      reflector.relist(reason);
      reflector.wake();
    }
  }

  async #replay(joined: Joined<T>): Promise<void> {
    joined.isLive = true;
    const flags = { isInitial: true, isRelist: false, isResync: false, synthetic: false };
    await this.#inSlices(this.store.values(), (entry) => {
      if (!joined.isLive) return;
      const object = entry.object();
      this.#handlers.tell(joined, { type: "added", old: undefined, new: object, ...flags });
    });
    if (this.#hasSynced) this.#handlers.tellSynced(joined, this.#oldestVersion(), false);
  }

  #target(scope: Scope): ReflectorTarget<T> {
    const { store, quarantine } = this;
    const maker = this.#maker;
    const { meter } = this.#parts;
    const lane = this.#lane;
    const writer = new CacheWriter<T>({
      store,
      maker,
      quarantine,
      meter,
      emit: (event) => this.#handlers.emit(event),
      isHeard: () => this.#handlers.size > 0,
    });
    const begin = (distrustsCache: boolean): Snapshot<T> =>
      new Snapshot({ store, maker, quarantine, distrustsCache });
    const replace = (snapshot: Snapshot<T>, version?: string): Promise<void> =>
      lane.run(() => {
        writer.tombstones.clear(version);
        return this.#replace(scope, snapshot);
      });
    return {
      get busy() {
        return lane.busy;
      },
      begin,
      replace,
      take: (type, bytes, scan) => writer.apply(type, bytes, scan),
      purge: () => replace(begin(true)),
      onListed: () => this.#afterList(),
      onStatus: () => this.#tellStatus(),
    };
  }

  async #replace(scope: Scope, snapshot: Snapshot<T>): Promise<void> {
    const maker = this.#maker;
    const { meter } = this.#parts;
    const before = this.store.swap(scope, snapshot.entries);
    meter.objects(this.store.size);
    if (this.#handlers.size > 0) {
      const isRelist = this.#hasSynced;
      const events = diffEntries(before, snapshot.entries, { isInitial: !isRelist, isRelist });
      await this.#inSlices(events, (event) => {
        if (event !== undefined) this.#handlers.emit(event);
      });
    }
    if (maker.dropped === undefined) return;
    for (const [namespace, entries] of before) {
      await this.#inSlices(entries, ([name, entry]) => {
        if (this.store.find(namespace, name) !== entry) maker.dropped?.(entry);
      });
    }
  }

  /** A scope's list is in; when all are, the handlers are told. */
  async #afterList(): Promise<void> {
    if (!this.#reflectors.every((reflector) => reflector.hasListed)) return;
    await this.#lane.run(() => {
      const isRelist = this.#hasSynced;
      this.#hasSynced = true;
      this.#handlers.emitSynced(this.#oldestVersion(), isRelist);
      return Promise.resolve();
    });
    this.#settle();
  }

  async #inSlices<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
    const { pacer, stop } = this.#parts;
    let begun = pacer.begin();
    for (const item of items) {
      if (stop.signal.aborted) return;
      work(item);
      if (pacer.isDue(begun)) await pacer.pause();
      begun = pacer.begin();
    }
  }

  #inLane(task: () => Promise<void>): void {
    this.#lane.run(task).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const what = `delivering the cache of ${kindKey(this.kind)} failed`;
      this.#parts.logger.error(`${what}: ${why}. Please report this; it is a defect.`);
    });
  }

  #repair(name: string, error: MalformedObjectError): void {
    const { meter, logger } = this.#parts;
    meter.count("malformed");
    const reason = new CorruptStreamError(
      `reading ${kindKey(this.kind)} ${name} failed: ${error.message}`,
    );
    logger.error(reason.message, { code: error.code });
    for (const reflector of this.#reflectors) reflector.relist(reason);
  }

  #planResync(): void {
    const { clock, tuning, stop } = this.#parts;
    if (tuning.resyncPeriodMs === undefined || stop.signal.aborted) return;
    this.#resync = clock.setTimer(() => {
      this.#inLane(() => this.#deliverResync());
      this.#planResync();
    }, tuning.resyncPeriodMs);
  }

  #deliverResync(): Promise<void> {
    const flags = { isInitial: false, isRelist: false, isResync: true, synthetic: true };
    return this.#inSlices(this.store.values(), (entry) => {
      const object = entry.object();
      this.#handlers.emit({ type: "resynced", old: object, new: object, ...flags });
    });
  }

  #tellStatus(): void {
    const { status } = this;
    const { state, problem } = status;
    if (state === "absent" || state === "forbidden") this.#settle();
    const isSame = this.#told.state === state && this.#told.problem === problem;
    this.#told = status;
    if (!isSame) this.#handlers.emitStatus(status);
  }

  /** The version that every scope has reached. */
  #oldestVersion(): string | undefined {
    let oldest = this.#reflectors[0]?.version;
    for (const { version } of this.#reflectors) {
      if (version === undefined) return undefined;
      if ((compareVersions(version, oldest) ?? 0) < 0) oldest = version;
    }
    return oldest;
  }
}

const badness: Readonly<Record<InformerState, number>> = {
  synced: 0,
  stale: 1,
  syncing: 2,
  forbidden: 3,
  absent: 4,
  stopped: 5,
};
