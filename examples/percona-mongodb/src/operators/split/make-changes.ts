// SPDX-License-Identifier: Apache-2.0
// Makes what a function wants through the guarded objects of a run (stage 6: writes).
import { hasCode, type ObjectsApi } from "haversack";
import type { Changes } from "../../functions/part.js";
import type { Manifest } from "../../json.js";
import type { Psmdb } from "../../types.js";
import { adopted } from "../adoption.js";
import { kindOf, kinds } from "../kinds.js";
import type { RunView } from "./run-view.js";

/** What changes are made with. */
export interface Making {
  readonly primary: Psmdb;
  readonly objects: ObjectsApi;
  readonly view: RunView;
  onWish?(wish: Manifest): void;
}

/**
 * Makes changes in the order of their kinds: create, take, apply, adopt, drop, remove.
 *
 * **API requests:** 1 per object that differs.
 */
export async function makeChanges(changes: Changes, making: Making): Promise<void> {
  const { objects, view, onWish } = making;
  for (const object of changes.create ?? []) {
    onWish?.(object);
    view.wrote(await objects.create(kindOf(object), object));
  }
  for (const lock of changes.take ?? []) await take(lock, making);
  for (const object of changes.apply ?? []) {
    onWish?.(object);
    view.wrote((await objects.apply(kindOf(object), object)).object);
  }
  await changeMetadata(changes, making);
  for (const { kind, name } of changes.remove ?? []) {
    const live = view.get(kind, name);
    if (live === undefined) continue;
    await objects.delete(kinds[kind], live);
    view.removed(kind, name);
  }
}

/** Only one can create it; that somebody else was first is no error. */
async function take(lock: Manifest, { objects, view }: Making): Promise<void> {
  try {
    view.wrote(await objects.create(kindOf(lock), lock));
  } catch (error) {
    if (!hasCode(error, "EXP_ALREADY_EXISTS")) throw error;
  }
}

async function changeMetadata(
  { adopt = [], drop = [] }: Changes,
  { primary, objects, view }: Making,
): Promise<void> {
  for (const { kind, name } of adopt) {
    const live = view.get(kind, name);
    if (live === undefined) continue;
    view.wrote((await objects.mergePatch(kinds[kind], live, adopted(live, primary))).object);
  }
  for (const { kind, name, labels, annotations } of drop) {
    const live = view.get(kind, name);
    if (live === undefined) continue;
    const metadata = { labels: absent(labels), annotations: absent(annotations) };
    view.wrote((await objects.mergePatch(kinds[kind], live, { metadata })).object);
  }
}

/** In a merge patch null means: away with it. */
function absent(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}
