// SPDX-License-Identifier: Apache-2.0
// One process of an operator on the small cluster: stale cache, overlay, watches, queue, objects API.
import {
  createRuntime,
  isControlledBy,
  kindKey,
  objectKey,
  OwnWrites,
  refOf,
  silentLogger,
  type Clock,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type ObjectsApi,
  type ReconcileRequest,
  type ResourceRef,
  type Result,
  type Secondaries,
  type SecondaryKinds,
  type SecondaryList,
  type Trigger,
  type WakeListener,
  type Watches,
  type WatchEvent,
} from "@haversack/core";
import { SplitReconcile, type SplitReconcileOptions } from "../src/index.js";
import type { SubReconciler } from "@haversack/core";
import { objectsApi, type Gate } from "./objects.js";
import { idOf, type Delivery, type World } from "./world.js";

/** What a process is made of. */
export interface ProcessOptions<P extends KubernetesObject> {
  readonly world: World;
  readonly clock: Clock;
  readonly primaryKind: Kind<P>;
  readonly kinds: SecondaryKinds;
  readonly declared: readonly SubReconciler<P>[];
  readonly split?: SplitReconcileOptions;
  readonly gate?: Gate;
  readonly logger?: Logger;
  /** A cache that lags: what another process had seen when it died. */
  readonly cache?: ReadonlyMap<string, Delivery>;
  /** Used instead of the split: the monolith it must come to the same as. */
  readonly monolith?: (
    process: OperatorProcess<P>,
    request: ReconcileRequest<P>,
  ) => Promise<Result | void>;
}

/** A running operator. The test is its event loop: it delivers events and starts passes. */
export class OperatorProcess<P extends KubernetesObject> {
  readonly split: SplitReconcile<P>;
  readonly objects: ObjectsApi;
  readonly cache = new Map<string, Delivery>();
  /** Primaries that want a pass, with the time from which on. */
  readonly queue = new Map<string, number>();
  readonly running = new Set<string>();
  readonly errors: unknown[] = [];
  passes = 0;
  requests = 0;
  readonly watches: Watches<P>;
  readonly secondaries: Secondaries<P, SecondaryKinds>;
  readonly #options: ProcessOptions<P>;
  readonly #ownWrites = new OwnWrites();
  readonly #triggers: Trigger[] = [];
  readonly #listeners = new Set<WakeListener>();
  readonly #aborts = new Map<string, AbortController>();
  #failures = 0;

  constructor(options: ProcessOptions<P>) {
    this.#options = options;
    const { declared, primaryKind, split, clock, cache, world } = options;
    this.objects = objectsApi("op", {
      ...{ world, primaryKind, ownWrites: this.#ownWrites, managers: new Map() },
      gate: async (what) => {
        this.requests += 1;
        await options.gate?.(what);
      },
      newest: (kind, key) => this.#newest(kind, key),
    });
    this.watches = this.#makeWatches();
    this.secondaries = this.#makeSecondaries();
    this.split = new SplitReconcile<P>(
      declared,
      {
        ...{ primaryKind, objects: this.objects },
        ...{ watches: this.watches, secondaries: this.secondaries },
      },
      split,
    );
    const environment = { client: undefined as never, clock, random: () => 0.5 };
    this.split.hooks.provide?.(
      createRuntime({ ...environment, logger: options.logger ?? silentLogger }),
    );
    const initial =
      cache ??
      new Map(
        world
          .all()
          .map(({ kind, object }) => [idOf(kind, object.metadata), { kind, event: added(object) }]),
      );
    for (const delivery of initial.values()) this.deliver(delivery);
  }

  /** Takes an event in: cache, then wakes. */
  deliver({ kind, event }: Delivery): void {
    const object = event.new ?? event.old;
    if (object === undefined) return;
    this.#ownWrites.observe(kind, event);
    const id = idOf(kind, object.metadata);
    const known = this.cache.get(id)?.event.new;
    if (event.new !== undefined) this.cache.set(id, { kind, event: added(event.new) });
    else this.cache.delete(id);
    const seen: WatchEvent = { ...event, old: known ?? event.old };
    if (kindKey(kind) === kindKey(this.#options.primaryKind)) {
      const isSpec = JSON.stringify(wanted(seen.old)) !== JSON.stringify(wanted(seen.new));
      if (isSpec || seen.type !== "modified") this.#wake(object.metadata, seen, kind, undefined);
      if (event.new === undefined) this.split.onGone(refOf(kind, object));
    }
    for (const trigger of this.#triggers) {
      if (kindKey(trigger.kind) !== kindKey(kind)) continue;
      const when = trigger.when as unknown as ((event: WatchEvent) => boolean) | undefined;
      if (when !== undefined && seen.type === "modified" && !when(seen)) continue;
      for (const owner of object.metadata.ownerReferences ?? [])
        this.#wake({ ...object.metadata, name: owner.name }, seen, kind, trigger);
      if (trigger.by !== undefined) this.#wake(object.metadata, seen, kind, trigger);
    }
  }

  /** Primaries whose pass may begin now. */
  ready(): readonly string[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.queue]
      .filter(([key, atMs]) => atMs <= nowMs && !this.running.has(key))
      .map(([key]) => key);
  }

  /** The next time at which a pass may begin. */
  nextMs(): number {
    return Math.min(Infinity, ...this.queue.values());
  }

  /** Makes one pass; resolves when it has ended. */
  async pass(key: string): Promise<void> {
    const { clock, primaryKind, monolith } = this.#options;
    this.queue.delete(key);
    const primary = this.#newest(primaryKind, keyOf(key)) as P | undefined;
    if (primary === undefined) return;
    this.running.add(key);
    this.passes += 1;
    const abort = new AbortController();
    this.#aborts.set(key, abort);
    const ref: ResourceRef = refOf(primaryKind, primary);
    const request = { ref, primary, signal: abort.signal, attempt: 0, reasons: [] };
    try {
      const result =
        monolith === undefined
          ? await this.split.reconcile(request)
          : await monolith(this, request);
      this.#failures = 0;
      if (result?.kind === "requeue") this.#queue(key, clock.monotonicMs() + result.afterMs);
    } catch (error) {
      this.errors.push(error);
      this.#queue(key, clock.monotonicMs() + 5 * 2 ** Math.min(20, this.#failures++));
    } finally {
      this.running.delete(key);
    }
  }

  /** Aborts the pass of a primary, as a timeout or a shutdown does. */
  abort(key: string): void {
    this.#aborts.get(key)?.abort(new Error("stopped"));
  }

  #queue(key: string, atMs: number): void {
    this.queue.set(key, Math.min(atMs, this.queue.get(key) ?? Infinity));
  }

  #wake(
    key: ObjectKey,
    event: WatchEvent | undefined,
    kind: Kind<KubernetesObject>,
    trigger: Trigger | undefined,
  ): void {
    const { primaryKind, clock } = this.#options;
    const { name, namespace } = key;
    const object = event?.new ?? event?.old;
    const isPrimary = event !== undefined && kindKey(kind) === kindKey(primaryKind);
    const reason = {
      source: event === undefined ? "manual" : kind.kind,
      ...(object === undefined ? {} : { ref: refOf(kind, object) }),
      ...(event && { event: event.type }),
    };
    const version = (event?.new ?? event?.old)?.metadata.resourceVersion;
    const foreignChange = event === undefined ? undefined : `${kind.kind} ${version}`;
    for (const listener of this.#listeners)
      listener({ key: { name, namespace }, reason, trigger, isPrimary, event, foreignChange });
    this.#queue(objectKey({ name, namespace }), clock.monotonicMs());
  }

  #newest(kind: Kind<KubernetesObject>, key: ObjectKey): KubernetesObject | undefined {
    return this.#ownWrites.newest(kind, key, this.cache.get(idOf(kind, key))?.event.new);
  }

  #makeWatches(): Watches<P> {
    const { primaryKind } = this.#options;
    return {
      primary: (key) => this.#newest(primaryKind, key) as P | undefined,
      enqueue: (key) => this.#wake(key, undefined, primaryKind, undefined),
      add: (trigger) => {
        this.#triggers.push(trigger);
        return { unsubscribe: () => undefined };
      },
      onWake: (listener) => {
        this.#listeners.add(listener);
        return { unsubscribe: () => this.#listeners.delete(listener) };
      },
      events: () => ({ subscribe: () => ({ unsubscribe: () => undefined }) }),
      whenIdle: () => Promise.resolve(),
    };
  }

  #makeSecondaries(): Secondaries<P, SecondaryKinds> {
    const { kinds, primaryKind } = this.#options;
    const of = (primary: P): Record<string, SecondaryList<KubernetesObject>> =>
      Object.fromEntries(
        Object.entries(kinds).map(([name, kind]) => {
          const keys = new Map<string, ObjectKey>();
          for (const { kind: cached, event } of this.cache.values())
            if (event.new !== undefined && kindKey(cached) === kindKey(kind))
              keys.set(objectKey(event.new.metadata), event.new.metadata);
          for (const own of this.#ownWrites.stored(kind))
            keys.set(objectKey(own.metadata), own.metadata);
          const objects = [...keys.values()]
            .map((key) => this.#newest(kind, key))
            .filter((object) => object !== undefined)
            .filter((object) => isControlledBy(object, primaryKind, primary));
          return [name, listOf(objects)];
        }),
      );
    return { kinds, of: of as never, fetch: (primary) => Promise.resolve(of(primary) as never) };
  }
}

function added(object: KubernetesObject): WatchEvent {
  const flags = { isInitial: true, isRelist: false, isResync: false, synthetic: false };
  return { type: "added", old: undefined, new: object, ...flags };
}

function wanted(object: KubernetesObject | undefined): unknown {
  if (object === undefined) return undefined;
  const { uid, generation, labels, annotations, deletionTimestamp } = object.metadata;
  return [uid, generation, labels, annotations, deletionTimestamp];
}

function keyOf(key: string): ObjectKey {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

function listOf(objects: readonly KubernetesObject[]): SecondaryList<KubernetesObject> {
  const named = (name: string): KubernetesObject | undefined =>
    objects.find(({ metadata }) => metadata.name === name);
  return Object.freeze(
    Object.assign([...objects], { named, available: true, synced: true, staleSinceMs: undefined }),
  );
}
