// SPDX-License-Identifier: Apache-2.0
// One declared kind: its objects as the cache knows them, under the overlay (stage 7: index).
import {
  compareVersions,
  OwnWrites,
  type InformerStatus,
  type KubernetesObject,
  type ObjectKey,
  type WatchEvent,
} from "@haversack/core";
import { ByKey } from "./by-key.js";
import type { SourcePlan } from "./declaration.js";
import type { Entry, Link } from "./primary-node.js";
import { freezeDeep, project } from "./retention.js";
import type { ListOrigin } from "./secondary-list.js";

/** To whom an entry belongs that belongs to nobody. */
export const noLinks: readonly Link[] = Object.freeze([]);

/**
 * The objects of one declared kind.
 *
 * **Guarantees:** never goes back to an older state, except by a relist; holds the objects it is
 * given by reference. **API requests:** 0.
 */
export class SecondarySource {
  readonly plan: SourcePlan;
  /** Position among the declared kinds. */
  readonly position: number;
  readonly entries: ByKey<Entry> = new ByKey();
  readonly overlay: OwnWrites = new OwnWrites({
    cached: (_kind, key) => this.entries.get(key.namespace, key.name)?.cached,
  });
  /** A complete list has been taken in. */
  synced = false;
  /** There is nothing more to wait for before the first look-up. */
  isSettled = false;
  #isServed = true;
  #staleSinceMs: number | undefined;
  /** What lists say of the kind; another object whenever that changes. */
  origin: ListOrigin = this.#origin();

  constructor(plan: SourcePlan, position: number) {
    this.plan = plan;
    this.position = position;
  }

  get available(): boolean {
    return this.synced && this.#isServed;
  }

  get staleSinceMs(): number | undefined {
    return this.#staleSinceMs;
  }

  /**
   * Takes an event into the cache.
   *
   * @returns The entry to look at again; `undefined` for an event that says nothing new.
   */
  take(event: WatchEvent): Entry | undefined {
    const object = event.new ?? event.old;
    if (object === undefined) return undefined;
    const { namespace = "", name } = object.metadata;
    const entry = this.entries.get(namespace, name);
    if (entry?.cached !== undefined && isOutdated(event, object, entry.cached)) return undefined;
    if (event.new === undefined && entry === undefined) return undefined;
    const kept = entry ?? this.#enter(namespace, name);
    kept.cached = event.new;
    return kept;
  }

  /** The entry of a key that only an own write speaks of. */
  entryOf({ namespace = "", name }: ObjectKey): Entry | undefined {
    const known = this.entries.get(namespace, name);
    if (known !== undefined) return known;
    const own = this.overlay.newest(this.plan.kind, { namespace, name }, undefined);
    return own === undefined ? undefined : this.#enter(namespace, name);
  }

  /** What is to be shown of an entry now: cached, or our own newer state of it. */
  newest(entry: Entry): KubernetesObject | undefined {
    const { cached, shown } = entry;
    const newest = this.overlay.newest(this.plan.kind, entry, cached);
    if (newest === undefined || newest === cached) return newest;
    if (!this.#isWanted(newest)) return undefined;
    if (shown !== undefined && isSameVersion(shown, newest)) return shown;
    return freezeDeep(project(newest, this.plan.projection));
  }

  /** Forgets an entry of which neither the cache nor an own write speaks. */
  tidy(entry: Entry): void {
    if (entry.cached === undefined && entry.shown === undefined) {
      this.entries.delete(entry.namespace, entry.name);
    }
  }

  /** Takes in the state of the informer. @returns Whether lists must be made anew. */
  report(status: InformerStatus): boolean {
    const before = this.available;
    const { state } = status;
    this.#isServed = state !== "absent" && state !== "forbidden";
    this.#staleSinceMs = status.staleSinceMs;
    if (!this.#isServed) this.isSettled = true;
    if (state === "absent") this.synced = false;
    return this.#note(before);
  }

  /** Takes in that a complete list was delivered. @returns Whether lists must be made anew. */
  complete(resourceVersion: string | undefined): boolean {
    const before = this.available;
    this.synced = true;
    this.isSettled = true;
    this.#isServed = true;
    this.overlay.relisted(this.plan.kind, resourceVersion, this.plan.informer.namespaces);
    return this.#note(before);
  }

  #note(wasAvailable: boolean): boolean {
    const { synced, available } = this;
    const isChanged = wasAvailable !== available || synced !== this.origin.synced;
    if (isChanged) this.origin = this.#origin();
    return isChanged;
  }

  #origin(): ListOrigin {
    const { synced, available } = this;
    return { synced, available, staleSinceMs: () => this.#staleSinceMs };
  }

  #enter(namespace: string, name: string): Entry {
    const entry: Entry = { namespace, name, cached: undefined, shown: undefined, links: noLinks };
    this.entries.set(namespace, name, entry);
    return entry;
  }

  /** Whether the informer would deliver an object that we wrote. */
  #isWanted({ metadata }: KubernetesObject): boolean {
    const { namespaces } = this.plan.informer;
    const isCovered = namespaces === undefined || namespaces.includes(metadata.namespace ?? "");
    return isCovered && this.plan.fitsLabels(metadata.labels);
  }
}

/** Whether two states of an object are the same one. */
export function isSameVersion(
  a: KubernetesObject | undefined,
  b: KubernetesObject | undefined,
): boolean {
  if (a === b) return true;
  const version = a?.metadata.resourceVersion;
  if (a === undefined || b === undefined || version === undefined || version === "") return false;
  return version === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid;
}

/** Whether an event is about a time before what the cache holds already. */
function isOutdated(
  event: WatchEvent,
  object: KubernetesObject,
  cached: KubernetesObject,
): boolean {
  const { uid, resourceVersion } = object.metadata;
  if (event.new === undefined) {
    // The end of an earlier namesake is not the end of this one.
    return uid !== undefined && cached.metadata.uid !== undefined && uid !== cached.metadata.uid;
  }
  if (event.isRelist) return false; // The server may have been set back.
  return (compareVersions(resourceVersion, cached.metadata.resourceVersion) ?? 0) < 0;
}
