// SPDX-License-Identifier: Apache-2.0
// The pool of informers: one per kind and options, shared by all who ask (stage 1: watch event).
import {
  ConfigurationError,
  consoleLogger,
  kindKey,
  noMetrics,
  resourcePath,
  systemClock,
  type ApiClient,
  type Clock,
  type InformerLease,
  type InformerOptions,
  type Informers,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type Logger,
  type Metrics,
  type ObjectKey,
  type Projection,
} from "@haversack/core";
import { BodyKeeper } from "./body-keeper.js";
import { ParsedEntryMaker } from "./cache-entry.js";
import { Lease } from "./informer-lease.js";
import { InformerMeter } from "./informer-meter.js";
import { defaultTuning, type InformerTuning } from "./informer-tuning.js";
import { LazyEntryMaker } from "./lazy-entry.js";
import { Pacer } from "./pacer.js";
import { projectionKey, splitPaths } from "./projection.js";
import type { QuarantinedObject } from "./quarantine.js";
import { SharedInformer } from "./shared-informer.js";

/** What a pool is made of: core's `Runtime` fits, and any of the numbers may be set. */
export interface InformerPoolOptions extends Partial<InformerTuning> {
  readonly client: ApiClient;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** 0 ≤ value < 1; for jitter. */
  readonly random?: () => number;
}

/** What one informer holds and for whom. */
export interface InformerReport {
  readonly kind: string;
  /** What makes it another informer than the others of its kind. */
  readonly options: string;
  readonly status: InformerStatus;
  readonly objects: number;
  /** Bytes of lazy bodies; `undefined` where bodies are parsed. */
  readonly bodyBytes: number | undefined;
  /** Holders by name, with how many holds each has. */
  readonly wantedBy: ReadonlyMap<string, number>;
  readonly quarantined: readonly QuarantinedObject[];
}

interface Held {
  readonly informer: SharedInformer<KubernetesObject>;
  readonly leases: Set<Lease<KubernetesObject>>;
}

const wholeObject: Projection = { keep: "object" };

/**
 * Shares one informer among all who want the same kind with the same options.
 *
 * **API requests:** 1 paged LIST and 1 WATCH per kind, options and namespace; a WATCH again every 5
 * to 10 minutes; a LIST again only when the server has forgotten our version (410) or the stream
 * was corrupt.
 * **Guarantees:** those of core's `Informers` and `InformerHandler`; it never stops trying.
 * **RBAC:** `list` and `watch` on each kind.
 *
 * @example
 * ```ts
 * const pool = new InformerPool({ client });
 * const lease = pool.acquire(configMaps, { namespaces: ["prod"], wantedBy: "db-operator" });
 * await lease.whenSynced();
 * lease.get({ namespace: "prod", name: "settings" })?.data;
 * ```
 * @public
 */
export class InformerPool implements Informers {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #random: () => number;
  readonly #tuning: InformerTuning;
  readonly #pacer: Pacer;
  readonly #held = new Map<string, Held>();

  constructor(options: InformerPoolOptions) {
    const { client, clock, logger, metrics, random, ...tuning } = options;
    this.#client = client;
    this.#clock = clock ?? systemClock;
    this.#logger = logger ?? consoleLogger;
    this.#metrics = metrics ?? noMetrics;
    this.#random = random ?? Math.random;
    this.#tuning = withDefaults(tuning);
    this.#pacer = new Pacer(this.#clock, this.#tuning.sliceMs);
  }

  /**
   * Takes a hold on the informer of a kind, starting it for the first holder.
   *
   * **API requests:** 1 paged LIST and 1 WATCH per namespace for the first holder; 0 for others.
   *
   * @throws {@link ConfigurationError} for no namespaces or an empty path. Terminal.
   * @throws {@link InvalidNameError} for a namespace that cannot be one. Terminal.
   */
  acquire<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions = {},
  ): InformerLease<T> {
    const key = informerKey(kind, options);
    const held = this.#held.get(key) ?? this.#start(key, kind, options);
    const wantedBy = options.wantedBy ?? "(unnamed)";
    const lease = new Lease(held.informer, wantedBy, (released) => this.#release(key, released));
    held.leases.add(lease);
    return lease as unknown as InformerLease<T>;
  }

  peek<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): { readonly known: boolean; readonly object: T | undefined } {
    for (const { informer } of this.#held.values()) {
      const isCovering =
        kindKey(informer.kind) === kindKey(kind) &&
        informer.kind.version === kind.version &&
        (informer.options.projection ?? wholeObject).keep === "object" &&
        informer.status.state === "synced";
      if (!isCovering) continue;
      const object = informer.store.get(key)?.object() as T | undefined;
      if (object !== undefined) return { known: true, object };
      if (coversAll(informer.options, kind, key)) return { known: true, object: undefined };
    }
    return { known: false, object: undefined };
  }

  /** What is held, and who wants it. **API requests:** 0. */
  report(): readonly InformerReport[] {
    return [...this.#held].map(([key, { informer, leases }]) => {
      const wantedBy = new Map<string, number>();
      for (const lease of leases) {
        wantedBy.set(lease.wantedBy, (wantedBy.get(lease.wantedBy) ?? 0) + 1);
      }
      return {
        kind: kindKey(informer.kind),
        options: key,
        status: informer.status,
        objects: informer.store.size,
        bodyBytes: informer.bodyBytes,
        wantedBy,
        quarantined: informer.quarantine.list(),
      };
    });
  }

  /**
   * Looks again at once for kinds that were absent or forbidden, such as when a definition was seen
   * to appear. **API requests:** 1 LIST per such informer.
   */
  rediscover(): void {
    for (const { informer } of this.#held.values()) {
      const { state } = informer.status;
      if (state === "absent" || state === "forbidden") informer.wake();
    }
  }

  /**
   * Lists anew what has lagged behind for so long, over a new connection, without waiting for the
   * end of its backoff. **API requests:** 1 paged LIST and 1 WATCH per such informer.
   *
   * @returns The kinds that are listed anew.
   */
  heal(staleForMs: number): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    const healed: string[] = [];
    for (const { informer } of this.#held.values()) {
      const { state, staleSinceMs } = informer.status;
      if (state !== "stale" && state !== "syncing") continue;
      if (staleSinceMs === undefined || nowMs - staleSinceMs < staleForMs) continue;
      informer.relist(`it has lagged behind for ${Math.round(nowMs - staleSinceMs)} ms`);
      healed.push(kindKey(informer.kind));
    }
    return healed;
  }

  /** Stops every informer, whoever holds it. Idempotent. */
  close(): void {
    for (const { informer } of this.#held.values()) informer.stop();
    this.#held.clear();
  }

  #start(key: string, kind: Kind<KubernetesObject>, options: InformerOptions): Held {
    const projection = options.projection ?? wholeObject;
    const keepsManagedFields = options.managedFields === true;
    const meter = new InformerMeter(this.#metrics, kind);
    const tuning = this.#tuning;
    const stop = new AbortController();
    const namespaces = namespacesOf(kind, options);
    const sources = namespaces.map((namespace) => ({
      scope: namespace,
      source: {
        client: this.#client,
        clock: this.#clock,
        pacer: this.#pacer,
        meter,
        tuning,
        path: resourcePath(kind, { namespace }),
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        projection,
        signal: stop.signal,
      },
    }));
    const informer = new SharedInformer<KubernetesObject>({
      kind,
      options,
      clock: this.#clock,
      logger: this.#logger,
      random: this.#random,
      meter,
      pacer: this.#pacer,
      tuning,
      makeEntries: (onCorrupt) =>
        options.bodies === "lazy"
          ? new LazyEntryMaker(kind, {
              projection,
              keepsManagedFields,
              keeper: new BodyKeeper(this.#clock, this.#pacer),
              onCorrupt,
            })
          : new ParsedEntryMaker(kind, projection, keepsManagedFields, tuning.freeze),
      sources,
      stop,
    });
    const held: Held = { informer, leases: new Set() };
    this.#held.set(key, held);
    informer.start();
    return held;
  }

  #release(key: string, lease: Lease<KubernetesObject>): void {
    const held = this.#held.get(key);
    if (held?.leases.delete(lease) !== true || held.leases.size > 0) return;
    this.#held.delete(key);
    held.informer.stop();
  }
}

/** Namespaces to look into; `undefined` stands for all. */
function namespacesOf(
  kind: Kind<KubernetesObject>,
  { namespaces }: InformerOptions,
): readonly (string | undefined)[] {
  if (namespaces === undefined || !kind.namespaced) return [undefined];
  if (namespaces.length > 0) return [...new Set(namespaces)];
  throw new ConfigurationError(
    `cannot watch ${kindKey(kind)}: its list of namespaces is empty. ` +
      "Name a namespace, or leave the option out for all.",
  );
}

/** Text that is equal exactly when two holders can share an informer. */
function informerKey(kind: Kind<KubernetesObject>, options: InformerOptions): string {
  const projection = options.projection ?? wholeObject;
  if (projection.keep === "paths") splitPaths(projection.paths);
  const namespaces = kind.namespaced ? options.namespaces : undefined;
  return [
    `${kind.apiVersion} ${kind.kind}`,
    `namespaces=${namespaces === undefined ? "*" : [...new Set(namespaces)].sort().join(",")}`,
    `labels=${options.labelSelector ?? ""}`,
    `fields=${options.fieldSelector ?? ""}`,
    `keep=${projectionKey(projection)}`,
    `managedFields=${options.managedFields === true}`,
    `bodies=${options.bodies ?? "parsed"}`,
  ].join(" ");
}

function coversAll(
  options: InformerOptions,
  kind: Kind<KubernetesObject>,
  key: ObjectKey,
): boolean {
  if ((options.labelSelector ?? "") !== "" || (options.fieldSelector ?? "") !== "") return false;
  if (options.namespaces === undefined || !kind.namespaced) return true;
  return key.namespace !== undefined && options.namespaces.includes(key.namespace);
}

/** Only what is known and set: core's `Runtime`, which may be passed, has fields of its own. */
function withDefaults(given: Partial<InformerTuning>): InformerTuning {
  const names = Object.keys(defaultTuning) as (keyof InformerTuning)[];
  const chosen = names.map((name) => [name, given[name] ?? defaultTuning[name]] as const);
  return Object.fromEntries(chosen) as unknown as InformerTuning;
}
