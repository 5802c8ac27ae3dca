// SPDX-License-Identifier: Apache-2.0
// From an event to the primaries that it concerns, before and after (stage 3: mapping to primary).
import {
  objectKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type PrimaryKey,
  type Relation,
  type RelationContext,
  type WatchEvent,
} from "@haversack/core";
import { ReferenceIndex } from "./reference-index.js";

/** What one relation made of an event; for traces. */
export interface MappedBy {
  readonly relation: Relation;
  readonly primaries: readonly ObjectKey[];
}

/** Told about a relation that threw, or led to something that is no key of a primary. */
export type MappingFailure = (
  relation: Relation,
  object: KubernetesObject,
  problem: unknown,
) => void;

/**
 * Maps the events of one kind of secondaries to primaries.
 *
 * Stage 3 of 7. Looks at the state before and after, so an object that changes owner wakes both.
 *
 * **Shape:** `WatchEvent<S>` → keys (0..n), each once. **API requests:** 0.
 * **Guarantees:** a relation that throws is reported and hides nothing that others find; keys
 * without a name, or without the namespace that the primary's kind needs, are passed over.
 * **Caveats:** a namesake of a deleted owner is woken: it may be waiting for the name to be free.
 */
export class MapToPrimary {
  readonly #primaryKind: Kind<KubernetesObject>;
  readonly #relations: readonly Relation[];
  readonly #context: RelationContext;
  readonly #references = new Map<Relation, ReferenceIndex>();
  readonly #onFailure: MappingFailure;

  /** @param primaries The primaries in the cache, for relations that look at them. */
  constructor(
    primaryKind: Kind<KubernetesObject>,
    secondaryKind: Kind<KubernetesObject>,
    relations: readonly Relation[],
    primaries: () => Iterable<KubernetesObject>,
    onFailure: MappingFailure,
  ) {
    this.#primaryKind = primaryKind;
    this.#relations = relations;
    this.#context = { primaryKind, primaries };
    this.#onFailure = onFailure;
    for (const relation of relations) {
      if (relation.toSecondaries === undefined) continue;
      this.#references.set(relation, new ReferenceIndex(relation, secondaryKind));
    }
  }

  /** Whether events of primaries must be fed to {@link observePrimary}. */
  get needsPrimaries(): boolean {
    return this.#references.size > 0;
  }

  /** Keeps the reverse index of what primaries name; runs before any mapping. */
  observePrimary(event: WatchEvent): void {
    for (const [relation, index] of this.#references) {
      try {
        index.observe(event);
      } catch (problem) {
        this.#onFailure(relation, (event.new ?? event.old) as KubernetesObject, problem);
      }
    }
  }

  /** The primaries of an event, each once. */
  primariesOf(event: WatchEvent): readonly ObjectKey[] {
    return unionOf(this.mappedBy(event));
  }

  /** The same, relation by relation. */
  mappedBy(event: WatchEvent): readonly MappedBy[] {
    return this.#relations.map((relation) => {
      const found = new KeyList();
      if (event.old !== undefined) this.#map(relation, event.old, found);
      if (event.new !== undefined && event.new !== event.old) this.#map(relation, event.new, found);
      return { relation, primaries: found.keys };
    });
  }

  #map(relation: Relation, object: KubernetesObject, found: KeyList): void {
    try {
      const keys =
        this.#references.get(relation)?.primariesNaming(object.metadata) ??
        relation.toPrimaries(object, this.#context);
      for (const key of keys) {
        const valid = this.#validKey(key);
        if (valid === undefined) this.#onFailure(relation, object, invalidKey);
        else found.add(valid);
      }
    } catch (problem) {
      this.#onFailure(relation, object, problem);
    }
  }

  #validKey(key: PrimaryKey): ObjectKey | undefined {
    const { name, namespace } = key;
    if (typeof name !== "string" || name === "") return undefined;
    if (!this.#primaryKind.namespaced) return { name };
    if (typeof namespace !== "string" || namespace === "") return undefined;
    return { namespace, name };
  }
}

/** Why a key was passed over. */
export const invalidKey = "it led to a key without a name or without a needed namespace";

/** What several relations found, each primary once. */
export function unionOf(mapped: readonly MappedBy[]): readonly ObjectKey[] {
  const [first, ...others] = mapped;
  if (first === undefined || others.length === 0) return first?.primaries ?? [];
  const all = new KeyList();
  for (const { primaries } of mapped) for (const key of primaries) all.add(key);
  return all.keys;
}

/** Up to this many keys are compared one by one; above, a set is cheaper. */
const fewKeys = 8;

/** Keys in the order of arrival, each once. */
class KeyList {
  readonly keys: ObjectKey[] = [];
  #seen: Set<string> | undefined;

  add(key: ObjectKey): void {
    if (this.#has(key)) return;
    this.keys.push(key);
    this.#seen?.add(objectKey(key));
    if (this.keys.length === fewKeys) this.#seen = new Set(this.keys.map(objectKey));
  }

  #has(key: ObjectKey): boolean {
    if (this.#seen !== undefined) return this.#seen.has(objectKey(key));
    return this.keys.some((known) => known.name === key.name && known.namespace === key.namespace);
  }
}
