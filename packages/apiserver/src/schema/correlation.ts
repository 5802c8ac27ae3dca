// SPDX-License-Identifier: Apache-2.0
// What a value was before an update: rules that fail for a value that did not change only warn.
import { equal, isObject, own } from "../json.js";
import type { Schema } from "./schema.js";

/** A value and what it was. */
class Pair {
  readonly value: unknown;
  readonly old: unknown;
  #same: boolean | undefined;

  constructor(value: unknown, old: unknown) {
    this.value = value;
    this.old = old;
  }

  get same(): boolean {
    return (this.#same ??= equal(this.value, this.old));
  }
}

/** The item of an old keyed list that has the keys of a new item. */
export function oldItem(item: unknown, old: unknown, schema: Schema): unknown {
  if (schema.listType !== "map" || !Array.isArray(old)) return undefined;
  const keys = schema.listMapKeys ?? [];
  return old.find((candidate) => keys.every((key) => equal(own(candidate, key), own(item, key))));
}

/** Where a walk through an updated object stands: its own old value, or its nearest ancestor's. */
export class Correlation {
  static readonly none: Correlation = new Correlation(undefined, undefined);
  readonly #current: Pair | undefined;
  readonly #parent: Pair | undefined;

  private constructor(current: Pair | undefined, parent: Pair | undefined) {
    this.#current = current;
    this.#parent = parent;
  }

  /** The start of a walk. */
  static of(value: unknown, old: unknown): Correlation {
    return old === undefined ? Correlation.none : new Correlation(new Pair(value, old), undefined);
  }

  /** Whether the value here, or the nearest ancestor that had one, is what it was. */
  get isUnchanged(): boolean {
    return (this.#current ?? this.#parent)?.same ?? false;
  }

  /** The same for parts that have no old value of their own. */
  get ofParent(): Correlation {
    return new Correlation(undefined, this.#parent);
  }

  key(name: string): Correlation {
    const current = this.#current;
    if (current === undefined) return this;
    // Both versions of an object are converted to one: these fields never differ.
    const isTypeMeta = name === "apiVersion" || name === "kind";
    if (this.#parent === undefined && isTypeMeta) return Correlation.none;
    const [value, old] = [own(current.value, name), own(current.old, name)];
    const isKnown = isObject(current.old) && value !== undefined && old !== undefined;
    return new Correlation(isKnown ? new Pair(value, old) : undefined, current);
  }

  index(item: unknown, schema: Schema): Correlation {
    const current = this.#current;
    if (current === undefined) return this;
    const old = oldItem(item, current.old, schema);
    return new Correlation(old === undefined ? undefined : new Pair(item, old), current);
  }
}
