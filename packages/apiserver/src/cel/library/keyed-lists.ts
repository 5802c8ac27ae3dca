// SPDX-License-Identifier: Apache-2.0
// Adding to the lists of a schema that are sets or keyed: what is there already is replaced, not
// repeated.
import { contains, equalValues } from "../compare.js";
import { ArrayList, CelMap } from "../values.js";
import type { CelList, CelValue } from "../values.js";

/** A list that knows by which fields its items are told apart. */
export interface KeyedList {
  readonly listKeys: readonly string[];
}

function keysOf(list: CelList): readonly string[] {
  return "listKeys" in list ? (list as CelList & KeyedList).listKeys : [];
}

function sameKeys(left: CelValue, right: CelValue, keys: readonly string[]): boolean {
  if (!(left instanceof CelMap) || !(right instanceof CelMap)) return false;
  return keys.every((key) => {
    const [mine, other] = [left.get(key), right.get(key)];
    if (mine === undefined || other === undefined) return mine === other;
    return equalValues(mine, other);
  });
}

class DerivedList extends ArrayList {
  override readonly listType: "set" | "map";
  readonly listKeys: readonly string[];
  constructor(items: readonly CelValue[], source: CelList) {
    super(items);
    this.listType = source.listType as "set" | "map";
    this.listKeys = keysOf(source);
  }
}

/** Left, with each item of right in its place or at the end. */
export function addToKeyedList(left: CelList, right: CelList): CelList {
  const items = [...left];
  const keys = keysOf(left);
  for (const item of right) {
    if (left.listType === "set") {
      if (!contains(left, item)) items.push(item);
      continue;
    }
    const place = items.findIndex((candidate) => sameKeys(candidate, item, keys));
    if (place === -1) items.push(item);
    else items[place] = item;
  }
  return new DerivedList(items, left);
}
