// SPDX-License-Identifier: Apache-2.0
// Filling a map that an expression makes.
import { CelError, CelMap, mapKey } from "./values.js";
import type { CelValue, MapKey } from "./values.js";

/** Entries of a map in the making. */
export type Entries = Map<MapKey, readonly [CelValue, CelValue]>;

/** Adds an entry. @throws {@link CelError} for a key that is there, or that can be none. */
export function setEntry(made: Entries, key: CelValue, value: CelValue): void {
  const name = typeof key === "number" ? undefined : mapKey(key);
  if (name === undefined) throw new CelError("unsupported key type");
  if (made.has(name)) throw new CelError(`insert failed: key ${String(key)} already exists`);
  made.set(name, [key, value]);
}

/** Adds all entries of a map. @throws {@link CelError} when it is none. */
export function addEntries(made: Entries, entries: CelValue): void {
  if (!(entries instanceof CelMap)) throw new CelError("no such overload");
  for (const key of entries.keys()) setEntry(made, key, entries.get(key) as CelValue);
}
