// SPDX-License-Identifier: Apache-2.0
// The local copy of a kind: namespace → name → entry, swapped whole on a new list (stage 1).
import type { KubernetesObject, ObjectKey } from "@haversack/core";
import type { CacheEntry } from "./cache-entry.js";

/** Entries of one namespace by name. */
export type NamespaceEntries<T extends KubernetesObject> = Map<string, CacheEntry<T>>;

/** All entries by namespace; cluster-scoped objects stand under the empty one. */
export type Entries<T extends KubernetesObject> = Map<string, NamespaceEntries<T>>;

/** Where a reflector looks: one namespace, or everywhere. */
export type Scope = string | undefined;

/**
 * Holds the entries of a kind.
 *
 * Nested maps instead of one with joined keys: building `namespace/name` costs five times the
 * look-up (measured, 1,002 against 175 ns).
 */
export class ObjectStore<T extends KubernetesObject> {
  #entries: Entries<T> = new Map();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: ObjectKey): CacheEntry<T> | undefined {
    return this.#entries.get(key.namespace ?? "")?.get(key.name);
  }

  find(namespace: string, name: string): CacheEntry<T> | undefined {
    return this.#entries.get(namespace)?.get(name);
  }

  set(namespace: string, entry: CacheEntry<T>): void {
    let entries = this.#entries.get(namespace);
    if (entries === undefined) {
      entries = new Map();
      this.#entries.set(namespace, entries);
    }
    const before = entries.size;
    entries.set(entry.name, entry);
    this.#size += entries.size - before;
  }

  delete(namespace: string, name: string): void {
    const entries = this.#entries.get(namespace);
    if (entries?.delete(name) !== true) return;
    this.#size--;
    if (entries.size === 0) this.#entries.delete(namespace);
  }

  /** Puts a complete list in place of what a scope held, at once; answers what it held. */
  swap(scope: Scope, next: Entries<T>): Entries<T> {
    let before: Entries<T>;
    if (scope === undefined) {
      before = this.#entries;
      this.#entries = next;
    } else {
      before = new Map();
      const held = this.#entries.get(scope);
      if (held !== undefined) before.set(scope, held);
      const arriving = next.get(scope);
      if (arriving === undefined) this.#entries.delete(scope);
      else this.#entries.set(scope, arriving);
    }
    this.#size += countEntries(next) - countEntries(before);
    return before;
  }

  *values(): IterableIterator<CacheEntry<T>> {
    for (const entries of this.#entries.values()) yield* entries.values();
  }
}

function countEntries(entries: Entries<KubernetesObject>): number {
  let total = 0;
  for (const ofNamespace of entries.values()) total += ofNamespace.size;
  return total;
}
