// SPDX-License-Identifier: Apache-2.0
// Which primaries name a secondary: the reverse of a primary's field (stage 3: mapping to primary).
import {
  objectKey,
  objectOf,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Relation,
  type WatchEvent,
} from "@haversack/core";

/**
 * Remembers what every primary refers to, so that a secondary's event costs one look-up instead of
 * a walk over all primaries.
 *
 * **Guarantees:** a primary that changes or goes leaves no entry behind: what it named is
 * remembered, not worked out again from its last state. **API requests:** 0.
 *
 * @internal
 */
export class ReferenceIndex {
  readonly #relation: Relation;
  readonly #secondaryKind: Kind<KubernetesObject>;
  readonly #named = new Map<string, readonly string[]>();
  readonly #naming = new Map<string, Map<string, ObjectKey>>();

  constructor(relation: Relation, secondaryKind: Kind<KubernetesObject>) {
    this.#relation = relation;
    this.#secondaryKind = secondaryKind;
  }

  /** Takes in an event of a primary. Idempotent. */
  observe(event: WatchEvent): void {
    const { namespace, name } = objectOf(event).metadata;
    const primary: ObjectKey = namespace === undefined ? { name } : { namespace, name };
    const key = objectKey(primary);
    const names =
      event.new === undefined
        ? []
        : (this.#relation.toSecondaries?.(event.new, this.#secondaryKind) ?? []).map(objectKey);
    for (const secondary of this.#named.get(key) ?? []) this.#forget(secondary, key);
    if (names.length === 0) this.#named.delete(key);
    else this.#named.set(key, names);
    for (const secondary of names) this.#remember(secondary, key, primary);
  }

  /** The primaries that name a secondary now. */
  primariesNaming(secondary: ObjectKey): readonly ObjectKey[] {
    return [...(this.#naming.get(objectKey(secondary))?.values() ?? [])];
  }

  /** Secondaries that are named by anyone. */
  get size(): number {
    return this.#naming.size;
  }

  #remember(secondary: string, key: string, primary: ObjectKey): void {
    const primaries = this.#naming.get(secondary) ?? new Map<string, ObjectKey>();
    this.#naming.set(secondary, primaries);
    primaries.set(key, primary);
  }

  #forget(secondary: string, key: string): void {
    const primaries = this.#naming.get(secondary);
    primaries?.delete(key);
    if (primaries?.size === 0) this.#naming.delete(secondary);
  }
}
