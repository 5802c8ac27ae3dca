// SPDX-License-Identifier: Apache-2.0
// The lines of a journal: a head, then objects that were stored and removed, as JSON arrays.
import type { JsonObject } from "../json.js";
import type { ObjectStore } from "./object-store.js";
import type { LogEntry } from "./revision-log.js";
import type { RestoredObject, StoredObject } from "./stored-object.js";

/** Version of the format; a file of another one is refused. */
const formatVersion = 1;

/** First line of a file: the revision of the state in it, and how many objects that has. */
export function headLine(revision: number, objects: number): string {
  return JSON.stringify(["H", formatVersion, revision, objects]);
}

/** An object that was stored. Its text is the one that answers carry: it is made only once. */
export function objectLine(resource: string, { key, revision, text }: StoredObject): string {
  return `["P",${JSON.stringify(resource)},${JSON.stringify(key)},${revision},${text}]`;
}

/** A commit. */
export function commitLine(resource: string, { type, key, revision, object }: LogEntry): string {
  if (type !== "DELETED") return objectLine(resource, object);
  return JSON.stringify(["D", resource, key, revision]);
}

/** The state that a file's lines add up to. */
export class Replay {
  readonly shelves: Map<string, Map<string, RestoredObject>> = new Map();
  revision = 0;
  /** Length of the state that the file begins with. */
  stateBytes = 0;
  #lines = 0;
  #promised = 0;

  /** Takes the next line. @throws Error when it is none of this format. */
  take(line: string): void {
    const record = JSON.parse(line) as unknown[];
    const [kind] = record;
    if (this.#lines === 0) this.#head(record);
    else if (kind === "P") this.#put(record as ["P", string, string, number, JsonObject]);
    else if (kind === "D") this.#remove(record as ["D", string, string, number]);
    else throw new Error(`line ${this.#lines + 1} is of the unknown kind ${String(kind)}`);
    if (this.#lines <= this.#promised) this.stateBytes += line.length;
    this.#lines += 1;
  }

  /** Whether the file's first state is there in full. */
  get isWhole(): boolean {
    return this.#lines > this.#promised;
  }

  /** Fills a new store. */
  fill(store: ObjectStore): void {
    for (const [resource, objects] of this.shelves) store.restore(resource, objects);
    store.log.startAt(this.revision);
  }

  #head([kind, format, revision, objects]: unknown[]): void {
    if (kind !== "H" || format !== formatVersion) {
      throw new Error(`its format is ${String(format)}, and this version reads ${formatVersion}`);
    }
    this.revision = Number(revision);
    this.#promised = Number(objects);
  }

  #put([, resource, key, revision, value]: ["P", string, string, number, JsonObject]): void {
    let shelf = this.shelves.get(resource);
    if (shelf === undefined) {
      shelf = new Map();
      this.shelves.set(resource, shelf);
    }
    shelf.set(key, { revision, value });
    this.revision = Math.max(this.revision, revision);
  }

  #remove([, resource, key, revision]: ["D", string, string, number]): void {
    this.shelves.get(resource)?.delete(key);
    this.revision = Math.max(this.revision, revision);
  }
}
