// SPDX-License-Identifier: Apache-2.0
// The secondaries of one kind and one primary: a frozen array with a few extras (stage 7: index).
import type { KubernetesObject, SecondaryList } from "@haversack/core";

/** What a list knows about the kind it was taken from. */
export interface ListOrigin {
  readonly available: boolean;
  readonly synced: boolean;
  /** Read when it is asked for: a reconnect makes no new list. */
  readonly staleSinceMs: () => number | undefined;
}

/**
 * Makes a frozen list of objects that are in the order of their namespaces and names.
 *
 * **Guarantees:** `map`, `filter` and the like give plain arrays. **API requests:** 0.
 *
 * @param namespace Where `named` looks; `undefined` for anywhere.
 */
export function secondaryList<T extends KubernetesObject>(
  objects: readonly T[],
  origin: ListOrigin,
  namespace: string | undefined,
): SecondaryList<T> {
  const list = new FrozenList<T>(origin, namespace);
  for (const object of objects) list.push(object);
  return Object.freeze(list);
}

/** Compares by namespace, then by name, as code units: the same order on every machine. */
export function compareKeys(
  aNamespace: string,
  aName: string,
  bNamespace: string,
  bName: string,
): number {
  if (aNamespace !== bNamespace) return aNamespace < bNamespace ? -1 : 1;
  if (aName === bName) return 0;
  return aName < bName ? -1 : 1;
}

class FrozenList<T extends KubernetesObject> extends Array<T> implements SecondaryList<T> {
  readonly #origin: ListOrigin;
  readonly #namespace: string | undefined;

  constructor(origin: ListOrigin, namespace: string | undefined) {
    super();
    this.#origin = origin;
    this.#namespace = namespace;
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  get available(): boolean {
    return this.#origin.available;
  }

  get synced(): boolean {
    return this.#origin.synced;
  }

  get staleSinceMs(): number | undefined {
    return this.#origin.staleSinceMs();
  }

  named(name: string, namespace: string | undefined = this.#namespace): T | undefined {
    if (namespace === undefined) return this.find((object) => object.metadata.name === name);
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const object = this[middle] as T;
      const { namespace: itsNamespace = "", name: itsName } = object.metadata;
      const order = compareKeys(itsNamespace, itsName, namespace, name);
      if (order === 0) return object;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
