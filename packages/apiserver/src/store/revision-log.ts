// SPDX-License-Identifier: Apache-2.0
// The append-only log of revisions: one global counter, one bounded tail of commits per resource.
// A watch is the tail from a revision on; a list at an older revision is the present minus the tail.
import type { StoredObject } from "./stored-object.js";

/** One commit: what a resource's object was and is. */
export interface LogEntry {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly key: string;
  /** The object after the commit; for a deletion its last state under the deletion's revision. */
  readonly object: StoredObject;
  /** The object before the commit. */
  readonly previous: StoredObject | undefined;
}

/** Receives commits in order, in the same turn as the commit. */
export type CommitListener = (entry: LogEntry) => void;

class Tail {
  readonly entries: LogEntry[] = [];
  /** Index of the first entry still in the window; the array is cut now and then. */
  start = 0;
  /** Revisions up to and including this one are no longer kept. */
  floor: number;
  readonly listeners = new Set<CommitListener>();

  constructor(floor: number) {
    this.floor = floor;
  }

  drop(): void {
    const entry = this.entries[this.start];
    if (entry === undefined) return;
    this.floor = entry.revision;
    this.start += 1;
    if (this.start > 1024 && this.start * 2 > this.entries.length) {
      this.entries.splice(0, this.start);
      this.start = 0;
    }
  }
}

/** The log of all resources. */
export class RevisionLog {
  readonly #windowSize: number;
  readonly #tails = new Map<string, Tail>();
  readonly #allListeners = new Set<(resource: string, entry: LogEntry) => void>();
  #recorder: ((resource: string, entry: LogEntry) => void) | undefined;
  #revision: number;
  #compacted: number;

  /** @param windowSize How many commits of each resource stay readable. */
  constructor(windowSize: number, firstRevision = 1) {
    this.#windowSize = windowSize;
    this.#revision = firstRevision;
    this.#compacted = 0;
  }

  /** The revision of the last commit. */
  get revision(): number {
    return this.#revision;
  }

  /** Goes on from a revision of an earlier life; what came before it is Expired. */
  startAt(revision: number): void {
    this.#revision = revision;
    this.compact(revision);
  }

  /** Gives every commit to a recorder, before anybody else hears of it. */
  record(recorder: (resource: string, entry: LogEntry) => void): void {
    this.#recorder = recorder;
  }

  /** Takes the next revision; the caller commits with it in the same turn. */
  next(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** Appends a commit and tells the resource's listeners. */
  append(resource: string, entry: LogEntry): void {
    this.#recorder?.(resource, entry);
    const tail = this.#tail(resource);
    tail.entries.push(entry);
    if (tail.entries.length - tail.start > this.#windowSize) tail.drop();
    for (const listener of tail.listeners) listener(entry);
    for (const listener of this.#allListeners) listener(resource, entry);
  }

  /** Whether what happened after this revision is still known in full. */
  covers(resource: string, revision: number): boolean {
    return revision >= this.#tail(resource).floor;
  }

  /** The last revision of a resource whose commits are no longer kept. */
  floorOf(resource: string): number {
    return this.#tail(resource).floor;
  }

  /** Whether lists and watches at this revision were given up by {@link compact}. */
  isCompacted(revision: number): boolean {
    return revision < this.#compacted;
  }

  /** The commits of a resource after a revision, oldest first. */
  after(resource: string, revision: number): readonly LogEntry[] {
    const tail = this.#tail(resource);
    let low = tail.start;
    let high = tail.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((tail.entries[middle] as LogEntry).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return tail.entries.slice(low);
  }

  /** Calls the listener for each commit from now on, until the returned function is called. */
  listen(resource: string, listener: CommitListener): () => void {
    const { listeners } = this.#tail(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Calls the listener for the commits of every resource, until the returned function is called. */
  listenAll(listener: (resource: string, entry: LogEntry) => void): () => void {
    this.#allListeners.add(listener);
    return () => this.#allListeners.delete(listener);
  }

  /** Forgets everything up to a revision: older watches and lists are then Expired. */
  compact(revision: number): void {
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
    for (const tail of this.#tails.values()) {
      while ((tail.entries[tail.start]?.revision ?? Infinity) <= this.#compacted) tail.drop();
      tail.floor = Math.max(tail.floor, this.#compacted);
    }
  }

  #tail(resource: string): Tail {
    let tail = this.#tails.get(resource);
    if (tail === undefined) {
      tail = new Tail(this.#compacted);
      this.#tails.set(resource, tail);
    }
    return tail;
  }
}
