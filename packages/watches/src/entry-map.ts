// SPDX-License-Identifier: Apache-2.0
// Queue entries by namespace and name, without joining the two into a text (stage 4: work queue).
import type { ObjectKey } from "@haversack/core";
import { QueueEntry } from "./queue-entry.js";

/**
 * Entries by key. Maps all the way, so that a namespace called `__proto__` is one like any other.
 *
 * @internal
 */
export class EntryMap {
  readonly #namespaces = new Map<string, Map<string, QueueEntry>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(key: ObjectKey): QueueEntry | undefined {
    return this.#namespaces.get(key.namespace ?? "")?.get(key.name);
  }

  /** The entry of a key, made if there is none. */
  obtain(key: ObjectKey): QueueEntry {
    const { namespace, name } = key;
    let names = this.#namespaces.get(namespace ?? "");
    if (names === undefined) {
      names = new Map();
      this.#namespaces.set(namespace ?? "", names);
    }
    let entry = names.get(name);
    if (entry === undefined) {
      entry = new QueueEntry(namespace === undefined ? { name } : { namespace, name });
      names.set(name, entry);
      this.#size += 1;
    }
    return entry;
  }

  delete(key: ObjectKey): void {
    const names = this.#namespaces.get(key.namespace ?? "");
    if (names?.delete(key.name) !== true) return;
    this.#size -= 1;
    if (names.size === 0) this.#namespaces.delete(key.namespace ?? "");
  }
}
