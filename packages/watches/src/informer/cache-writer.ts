// SPDX-License-Identifier: Apache-2.0
// Takes single watch events into the cache and says what changed (stage 1: watch event).
import { compareVersions, type KubernetesObject, type WatchEvent } from "@haversack/core";
import type { CacheEntry, EntryMaker } from "./cache-entry.js";
import { isSameFinalState } from "./final-state.js";
import type { InformerMeter } from "./informer-meter.js";
import type { ObjectScan } from "./object-scan.js";
import type { ObjectStore } from "./object-store.js";
import type { Quarantine } from "./quarantine.js";
import { Tombstones } from "./tombstones.js";

/** Told of each change, in order. */
export type EventReceiver<T extends KubernetesObject> = (event: WatchEvent<T>) => void;

/** What a {@link CacheWriter} is made of. */
export interface CacheWriterParts<T extends KubernetesObject> {
  readonly store: ObjectStore<T>;
  readonly maker: EntryMaker<T>;
  readonly quarantine: Quarantine;
  readonly meter: InformerMeter;
  readonly emit: EventReceiver<T>;
  /** Events are only made when somebody listens. */
  readonly isHeard: () => boolean;
}

/**
 * Applies watch events one by one.
 *
 * **Guarantees:** no object goes back to an older version; a deletion stands against late events;
 * a changed uid is told as a deletion and an addition; an event that changes nothing is not told.
 */
export class CacheWriter<T extends KubernetesObject> {
  readonly #parts: CacheWriterParts<T>;
  readonly tombstones: Tombstones = new Tombstones();

  constructor(parts: CacheWriterParts<T>) {
    this.#parts = parts;
  }

  /**
   * Takes one event.
   *
   * @throws {@link MalformedObjectError} when the object turns out not to be JSON.
   */
  apply(type: "ADDED" | "MODIFIED" | "DELETED", bytes: Buffer, scan: ObjectScan): void {
    const { quarantine, meter } = this.#parts;
    const problem = quarantine.problemOf(scan);
    const isDeletion = type === "DELETED";
    // Of a deletion nothing but the identity is needed.
    if (
      problem !== undefined &&
      !(isDeletion && scan.name !== undefined && scan.uid !== undefined)
    ) {
      quarantine.hold(scan, problem);
      return;
    }
    const isNews = isDeletion ? this.#delete(bytes, scan) : this.#put(type, bytes, scan);
    meter.count(isNews ? "events" : "stale_events");
  }

  #put(type: "ADDED" | "MODIFIED", bytes: Buffer, scan: ObjectScan): boolean {
    const { store, maker, quarantine } = this.#parts;
    const { name = "", namespace = "", version = "" } = scan;
    if (this.tombstones.covers(namespace, name, version)) return false;
    const stored = store.find(namespace, name);
    if (stored !== undefined && !isNewer(scan, stored)) return false;
    const entry = maker.make(bytes, scan, stored);
    store.set(namespace, entry);
    if (stored !== undefined) maker.dropped?.(stored);
    quarantine.release(namespace, name);
    if (!this.#parts.isHeard()) return true;
    if (stored === undefined) {
      this.#added(entry, type !== "ADDED");
    } else if (stored.uid === entry.uid) {
      this.#tell("modified", stored.object(), entry.object(), type !== "MODIFIED");
    } else {
      this.#tell("deleted", stored.object(), undefined, true);
      this.#added(entry, type !== "ADDED");
    }
    return true;
  }

  #delete(bytes: Buffer, scan: ObjectScan): boolean {
    const { store, maker, quarantine } = this.#parts;
    const { name = "", namespace = "", uid = "", version = "" } = scan;
    quarantine.release(namespace, name);
    const stored = store.find(namespace, name);
    const order = compareVersions(version, stored?.version);
    const isLate = stored !== undefined && order !== undefined && order < 0;
    if (isLate) return false;
    this.tombstones.add(namespace, name, version);
    if (stored === undefined) return false;
    store.delete(namespace, name);
    maker.dropped?.(stored);
    if (!this.#parts.isHeard()) return true;
    const isOther = stored.uid !== uid;
    const last = isOther ? undefined : this.#finalState(bytes, scan, stored);
    this.#tellDeleted(stored, last, isOther);
    return true;
  }

  /**
   * A deletion carries the object's final state and the version of the deletion, which is what the
   * overlay of own writes waits for. If that state holds a change that was never told, it is told
   * first, so that whoever maps old and new objects misses nothing.
   */
  #tellDeleted(stored: CacheEntry<T>, last: T | undefined, isSynthetic: boolean): void {
    const before = stored.object();
    if (last === undefined) {
      this.#tell("deleted", before, undefined, isSynthetic);
      return;
    }
    if (!isSameFinalState(before, last)) this.#tell("modified", before, last, true);
    this.#tell("deleted", last, undefined, isSynthetic);
  }

  #finalState(bytes: Buffer, scan: ObjectScan, stored: CacheEntry<T>): T | undefined {
    if (this.#parts.quarantine.problemOf(scan) !== undefined) return undefined;
    const entry = this.#parts.maker.make(bytes, scan, stored);
    const object = entry.object();
    this.#parts.maker.dropped?.(entry);
    return object;
  }

  #added(entry: CacheEntry<T>, synthetic: boolean): void {
    this.#tell("added", undefined, entry.object(), synthetic);
  }

  #tell(
    type: "added" | "modified" | "deleted",
    before: T | undefined,
    after: T | undefined,
    synthetic: boolean,
  ): void {
    this.#parts.emit({
      type,
      old: before,
      new: after,
      isInitial: false,
      isRelist: false,
      isResync: false,
      synthetic,
    });
  }
}

/** Whether a scanned object says something that the stored one does not. */
export function isNewer(
  scan: ObjectScan,
  stored: { readonly uid: string; readonly version: string },
): boolean {
  if (scan.version === stored.version) return scan.uid !== stored.uid;
  return (compareVersions(scan.version, stored.version) ?? 1) > 0;
}
