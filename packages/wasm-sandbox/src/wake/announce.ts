// SPDX-License-Identifier: Apache-2.0
// Snapshots of secondaries as lines of text, each object's text made once (stage: turn).
import type {
  KubernetesObject,
  SecondaryKinds,
  SecondaryList,
  SecondarySnapshot,
} from "@haversack/core";

/** A list as its guest reads it: see `AnnouncedList` in the guest. */
interface Announced {
  readonly name: string;
  readonly available: boolean;
  readonly synced: boolean;
  readonly staleSinceMs?: number | undefined;
  readonly keys: readonly (readonly [string, string?])[];
}

/** Lists as they were last sent. */
export interface ListLines {
  readonly announced: readonly Announced[];
  readonly lines: readonly string[];
  readonly sent: Map<string, SecondaryList<KubernetesObject>>;
}

/** Texts of objects; objects are frozen, so a text stays right as long as its object lives. */
const texts = new WeakMap<object, string>();

/** The JSON text of a frozen object. */
export function textOfObject(object: object): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const text = JSON.stringify(object);
  texts.set(object, text);
  return text;
}

/** All lists of a snapshot, to be sent with a run. */
export function announceLists(snapshot: SecondarySnapshot<SecondaryKinds>): ListLines {
  const sent = new Map<string, SecondaryList<KubernetesObject>>(Object.entries(snapshot));
  return { ...linesOf(sent), sent };
}

/** The lists that are others than those sent; `undefined` when there are none. Notes them as sent. */
export function changedLists(
  { sent }: ListLines,
  snapshot: SecondarySnapshot<SecondaryKinds>,
): Omit<ListLines, "sent"> | undefined {
  const changed = new Map(
    Object.entries(snapshot).filter(([name, list]) => !isSame(sent.get(name), list)),
  );
  if (changed.size === 0) return undefined;
  for (const [name, list] of changed) sent.set(name, list);
  return linesOf(changed);
}

function linesOf(
  lists: ReadonlyMap<string, SecondaryList<KubernetesObject>>,
): Omit<ListLines, "sent"> {
  const announced: Announced[] = [];
  const lines: string[] = [];
  for (const [name, list] of lists) {
    const { available, synced, staleSinceMs } = list;
    const keys = list.map(({ metadata: { name: own, namespace } }): [string, string?] =>
      namespace === undefined ? [own] : [own, namespace],
    );
    announced.push({ name, available, synced, staleSinceMs, keys });
    for (const object of list) lines.push(textOfObject(object));
  }
  return { announced, lines };
}

function isSame(
  a: SecondaryList<KubernetesObject> | undefined,
  b: SecondaryList<KubernetesObject>,
): boolean {
  return a === b || (a?.length === b.length && a.every((object, index) => object === b[index]));
}
