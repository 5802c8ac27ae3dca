// SPDX-License-Identifier: Apache-2.0
// Tells handlers what happened, index before enqueue, each shielded from the others (stage 1).
import {
  formatRef,
  kindKey,
  refOf,
  type InformerHandler,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type Logger,
  type WatchEvent,
} from "@haversack/core";
import type { InformerMeter } from "./informer-meter.js";

/** One handler and how far it is. */
export interface Joined<T extends KubernetesObject> {
  readonly handler: InformerHandler<T>;
  /** Has been told the whole cache; hears single events. */
  isLive: boolean;
}

const stages = ["index", "enqueue"] as const;

/**
 * The handlers of one informer.
 *
 * **Guarantees:** all handlers of stage `"index"` have returned before any of stage `"enqueue"` is
 * called; one that throws is logged by name and stops nothing; one that leaves hears nothing more.
 */
export class HandlerSet<T extends KubernetesObject> {
  readonly #kind: Kind<T>;
  readonly #logger: Logger;
  readonly #meter: InformerMeter;
  /** Replaced, never changed, so that handlers may come and go while they are told. */
  #joined: readonly Joined<T>[] = [];

  constructor(kind: Kind<T>, logger: Logger, meter: InformerMeter) {
    this.#kind = kind;
    this.#logger = logger;
    this.#meter = meter;
  }

  get size(): number {
    return this.#joined.length;
  }

  add(handler: InformerHandler<T>): Joined<T> {
    const joined: Joined<T> = { handler, isLive: false };
    this.#joined = [...this.#joined, joined];
    return joined;
  }

  remove(joined: Joined<T>): void {
    joined.isLive = false;
    this.#joined = this.#joined.filter((other) => other !== joined);
  }

  clear(): void {
    for (const joined of this.#joined) joined.isLive = false;
    this.#joined = [];
  }

  emit(event: WatchEvent<T>): void {
    this.#eachLive((joined) => this.tell(joined, event));
  }

  /** Tells one handler one event. */
  tell(joined: Joined<T>, event: WatchEvent<T>): void {
    if (!joined.isLive) return;
    try {
      const result: unknown = joined.handler.onEvent(event);
      if (result instanceof Promise) {
        result.catch((error: unknown) => this.#failed(joined, error, event));
      }
    } catch (error) {
      this.#failed(joined, error, event);
    }
  }

  emitSynced(version: string | undefined, isRelist: boolean): void {
    this.#eachLive((joined) => this.tellSynced(joined, version, isRelist));
  }

  tellSynced(joined: Joined<T>, version: string | undefined, isRelist: boolean): void {
    if (!joined.isLive) return;
    try {
      joined.handler.onSynced?.(version, isRelist);
    } catch (error) {
      this.#failed(joined, error, undefined);
    }
  }

  /** Also to handlers that are still being told the cache. */
  emitStatus(status: InformerStatus): void {
    for (const joined of this.#joined) {
      try {
        joined.handler.onStatus?.(status);
      } catch (error) {
        this.#failed(joined, error, undefined);
      }
    }
  }

  #eachLive(tell: (joined: Joined<T>) => void): void {
    const joinedNow = this.#joined;
    for (const stage of stages) {
      for (const joined of joinedNow) {
        if (joined.isLive && joined.handler.stage === stage) tell(joined);
      }
    }
  }

  #failed(joined: Joined<T>, error: unknown, event: WatchEvent<T> | undefined): void {
    const object = event?.new ?? event?.old;
    const about =
      object === undefined
        ? `the state of ${kindKey(this.#kind)}`
        : `${event?.type} of ${formatRef(refOf(this.#kind, object))}`;
    const why = error instanceof Error ? error.message : String(error);
    this.#meter.count("handler_errors");
    this.#logger.error(
      `handling ${about} failed: ${why}. The other handlers and events go on; ` +
        "catch the error in the handler.",
      { kind: kindKey(this.#kind), stage: joined.handler.stage },
    );
  }
}
