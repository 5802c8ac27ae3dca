// SPDX-License-Identifier: Apache-2.0
// Snapshots of secondaries as the guest sees them: parsed one object at a time, when touched (runs in the guest).
import type {
  KubernetesObject,
  SecondaryList,
  SecondarySnapshot,
  SecondaryKinds,
} from "@haversack/core";

/** One list as the host announces it; its objects follow, one line each. */
export interface AnnouncedList {
  readonly name: string;
  readonly available: boolean;
  readonly synced: boolean;
  readonly staleSinceMs?: number;
  /** `[name, namespace]` of each object, so that one can be found without parsing the others. */
  readonly keys: readonly (readonly [string, string?])[];
}

/**
 * Makes the lists of a snapshot. Each object is parsed and frozen when it is first touched.
 *
 * @param lines One JSON object each, in the order of the lists.
 * @param namespace Where `named` looks; `undefined` for anywhere.
 */
export function readLists(
  announced: readonly AnnouncedList[],
  lines: readonly string[],
  namespace: string | undefined,
): Map<string, SecondaryList<KubernetesObject>> {
  const lists = new Map<string, SecondaryList<KubernetesObject>>();
  let first = 0;
  for (const list of announced) {
    const texts = lines.slice(first, first + list.keys.length);
    lists.set(list.name, lazyList(list, texts, namespace));
    first += list.keys.length;
  }
  return lists;
}

/** A frozen snapshot of lists. */
export function snapshotOf(
  lists: ReadonlyMap<string, SecondaryList<KubernetesObject>>,
): SecondarySnapshot<SecondaryKinds> {
  const snapshot = Object.create(null) as Record<string, SecondaryList<KubernetesObject>>;
  for (const [name, list] of lists) snapshot[name] = list;
  return Object.freeze(snapshot) as SecondarySnapshot<SecondaryKinds>;
}

function lazyList(
  { keys, available, synced, staleSinceMs }: AnnouncedList,
  texts: readonly string[],
  namespace: string | undefined,
): SecondaryList<KubernetesObject> {
  const parsed = new Map<number, KubernetesObject>();
  const at = (index: number): KubernetesObject => {
    const known = parsed.get(index);
    if (known !== undefined) return known;
    const object = parseFrozen<KubernetesObject>(texts[index] ?? "null");
    parsed.set(index, object);
    return object;
  };
  const list: KubernetesObject[] = [];
  texts.forEach((_, index) =>
    Object.defineProperty(list, index, { get: () => at(index), enumerable: true }),
  );
  const extras = {
    named(name: string, where: string | undefined = namespace) {
      const index = keys.findIndex(
        ([own, itsNamespace]) => own === name && (where === undefined || itsNamespace === where),
      );
      return index < 0 ? undefined : at(index);
    },
    ...{ available, synced, staleSinceMs },
  };
  for (const [name, value] of Object.entries(extras)) Object.defineProperty(list, name, { value });
  return Object.freeze(list) as unknown as SecondaryList<KubernetesObject>;
}

/** Parses JSON and freezes all of it, as the host's objects are frozen. */
export function parseFrozen<T>(text: string): T {
  return freeze(JSON.parse(text)) as T;
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const key in value) freeze((value as Record<string, unknown>)[key]);
  return Object.freeze(value);
}
