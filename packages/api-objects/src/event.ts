// SPDX-License-Identifier: Apache-2.0
// Kubernetes Events: repeats are counted, bursts are combined, floods are held back (stage 6: writes).
import {
  coreEvents,
  formatRef,
  hasCode,
  isExpansionError,
  objectPath,
  refOf,
  type EventNote,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { EventLimits } from "./event-limits.js";
import { hashText } from "./json-value.js";
import type { ObjectsContext } from "./objects-context.js";

/** The API server refuses longer notes in events.k8s.io/v1; core/v1 is kept to the same. */
const maxMessageLength = 1024;
/** Events live for an hour by default (`--event-ttl`); older counts start anew. */
const forgetAfterMs = 60 * 60 * 1000;
const maxRemembered = 4096;

/** One Kubernetes Event, and how far it has been written. */
interface Series {
  readonly name: string;
  readonly namespace: string;
  readonly firstTime: string;
  count: number;
  /** Count the server has. */
  written: number;
  isSending: boolean;
  updatedMs: number;
}

interface StoredEvent extends KubernetesObject {
  readonly count?: number;
}

/**
 * Writes Kubernetes Events of the core/v1 API, which `kubectl describe` shows and which can count.
 *
 * An Event's name is made from what it says, so a repeat finds the first one, also after a restart.
 *
 * **API requests:** 1 POST for something new, 1 PATCH for a repeat; 0 while throttled.
 * **Guarantees:** never throws: an Event is no reason to fail a reconcile.
 * **RBAC:** `create`, `patch`, `get` on `events`.
 */
export class EventWriter {
  readonly #context: ObjectsContext;
  readonly #series = new Map<string, Series>();
  readonly #limits = new EventLimits();

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  async write(
    kind: Kind<KubernetesObject>,
    regarding: KubernetesObject,
    note: EventNote,
  ): Promise<void> {
    try {
      await this.#count(kind, regarding, note);
    } catch (error) {
      const code = isExpansionError(error) ? error.code : "unknown";
      // The server's words could quote the note; the code says enough.
      this.#context.runtime().logger.warn("a Kubernetes Event was not written", {
        kind: kind.kind,
        name: (regarding.metadata as { name?: string } | undefined)?.name,
        reason: note.reason,
        code,
      });
    }
  }

  async #count(
    kind: Kind<KubernetesObject>,
    regarding: KubernetesObject,
    note: EventNote,
  ): Promise<void> {
    const nowMs = this.#context.runtime().clock.monotonicMs();
    const target = regarding.metadata.uid ?? formatRef(refOf(kind, regarding));
    const message = this.#limits.messageFor(target, note, nowMs).slice(0, maxMessageLength);
    const said = { ...note, message };
    const series = this.#seriesOf(regarding, target, said, nowMs);
    series.count += 1;
    series.updatedMs = nowMs;
    if (series.isSending || !this.#limits.isAllowed(target, nowMs)) return;
    series.isSending = true;
    try {
      // Repeats that came in meanwhile are written with the next turn.
      do await this.#send(kind, regarding, said, series);
      while (series.written < series.count && this.#limits.isAllowed(target, nowMs));
    } finally {
      series.isSending = false;
    }
  }

  #seriesOf(regarding: KubernetesObject, target: string, note: EventNote, nowMs: number): Series {
    const { fieldManager } = this.#context;
    const { type, reason, message, action } = note;
    const id = hashText(JSON.stringify([target, fieldManager, type, reason, message, action]));
    const known = this.#series.get(id);
    this.#series.delete(id);
    const isKnown = known !== undefined && nowMs - known.updatedMs < forgetAfterMs;
    const series = isKnown ? known : this.#newSeries(regarding, id);
    this.#series.set(id, series);
    if (this.#series.size > maxRemembered) {
      const [oldest] = this.#series.keys();
      if (oldest !== undefined) this.#series.delete(oldest);
    }
    return series;
  }

  #newSeries(regarding: KubernetesObject, id: string): Series {
    const { name, namespace } = regarding.metadata;
    return {
      name: `${name.slice(0, 200)}.${id.slice(0, 16)}`,
      // Events about cluster-scoped objects live in the namespace "default".
      namespace: namespace ?? "default",
      firstTime: this.#time(),
      count: 0,
      written: 0,
      isSending: false,
      updatedMs: 0,
    };
  }

  async #send(
    kind: Kind<KubernetesObject>,
    regarding: KubernetesObject,
    note: EventNote,
    series: Series,
  ): Promise<void> {
    const { name, namespace, count } = series;
    const ref = { group: "", kind: "Event", namespace, name };
    const call = new ApiCall<StoredEvent>(this.#context, {
      kind: coreEvents.as<StoredEvent>(),
      ref,
      attempt: "write event",
    });
    if (series.written > 0) {
      const isFound = await this.#patchCount(call, count);
      if (isFound) series.written = count;
      if (isFound) return;
    }
    try {
      await call.send({
        method: "POST",
        path: objectPath(coreEvents, { namespace, name }).replace(/\/[^/]*$/, ""),
        body: JSON.stringify(this.#body(kind, regarding, note, series)),
      });
    } catch (error) {
      if (!hasCode(error, "EXP_ALREADY_EXISTS")) throw error;
      // Written before a restart: count on from there.
      series.count += (await call.read())?.count ?? 0;
      const total = series.count;
      await this.#patchCount(call, total);
      series.written = total;
      return;
    }
    series.written = count;
  }

  /** **API requests:** 1 PATCH. @returns false when the Event has expired. */
  async #patchCount(call: ApiCall<StoredEvent>, count: number): Promise<boolean> {
    const { namespace, name } = call.target.ref;
    try {
      await call.send({
        method: "PATCH",
        path: objectPath(coreEvents, { namespace, name }),
        contentType: "application/merge-patch+json",
        body: JSON.stringify({ count, lastTimestamp: this.#time() }),
      });
      return true;
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return false;
      throw error;
    }
  }

  #body(
    kind: Kind<KubernetesObject>,
    regarding: KubernetesObject,
    note: EventNote,
    { name, namespace, firstTime, count }: Series,
  ): object {
    const { fieldManager } = this.#context;
    const { uid, resourceVersion } = regarding.metadata;
    return {
      apiVersion: coreEvents.apiVersion,
      kind: coreEvents.kind,
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: kind.apiVersion,
        kind: kind.kind,
        name: regarding.metadata.name,
        namespace: regarding.metadata.namespace,
        uid,
        resourceVersion,
      },
      type: note.type,
      reason: note.reason,
      message: note.message,
      action: note.action ?? "Reconcile",
      source: { component: fieldManager },
      reportingComponent: fieldManager,
      firstTimestamp: firstTime,
      lastTimestamp: this.#time(),
      count,
    };
  }

  #time(): string {
    return `${new Date(this.#context.runtime().clock.now()).toISOString().slice(0, 19)}Z`;
  }
}
