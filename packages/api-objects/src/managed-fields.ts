// SPDX-License-Identifier: Apache-2.0
// Pruning a live object to the fields that our field manager owns (stage 6: writes).
import type { KubernetesObject, ManagedFieldsEntry } from "@haversack/core";
import { isJsonObject, isSameJson, ownValue, type Json, type JsonObject } from "./json-value.js";

/** What one manager owns, as `fieldsV1`: `f:` fields, `k:` keyed items, `v:` set values, `i:` positions. */
export type OwnedFields = JsonObject;

/**
 * What a field manager owns in an object by server-side apply.
 *
 * **API requests:** 0.
 *
 * @returns `undefined` when the object carries no managedFields at all, so that nothing is known;
 * `"nothing"` when it carries them and the manager is not among them.
 */
export function ownedFields(
  object: KubernetesObject,
  fieldManager: string,
  subresource: "status" | undefined,
): OwnedFields | "nothing" | undefined {
  const entries = object.metadata.managedFields;
  if (entries === undefined || entries.length === 0) return undefined;
  const ours = entries.find((entry) => isOurs(entry, fieldManager, subresource));
  return isJsonObject(ours?.fieldsV1) ? ours.fieldsV1 : "nothing";
}

/**
 * Managers that own a field beside or instead of us, for the message about a quarrel.
 *
 * @param path As {@link Mismatch.path}.
 */
export function otherManagers(
  object: KubernetesObject,
  fieldManager: string,
  path: string,
): readonly string[] {
  const names = (object.metadata.managedFields ?? [])
    .filter((entry) => entry.manager !== fieldManager && owns(entry, path))
    .map((entry) => entry.manager ?? "unknown");
  return [...new Set(names)];
}

/** A copy of a live value that holds only what is owned. Keyed lists keep the live order. */
export function pruneToOwned(live: Json | undefined, owned: OwnedFields): Json | undefined {
  const isWhole = Object.keys(owned).length === 0;
  if (live === undefined || isWhole) return live;
  // "." stands for the map or list itself: by itself it owns that there is one, and nothing in it.
  const keys = Object.keys(owned).filter((key) => key !== ".");
  if (Array.isArray(live)) return pruneList(live, owned, keys);
  if (!isJsonObject(live)) return live;
  return Object.fromEntries(
    keys
      .filter((key) => key.startsWith("f:") && Object.hasOwn(live, key.slice(2)))
      .map((key) => [
        key.slice(2),
        pruneToOwned(ownValue(live, key.slice(2)), fieldsAt(owned, key)) as Json,
      ]),
  );
}

function pruneList(
  live: readonly Json[],
  owned: OwnedFields,
  keys: readonly string[],
): readonly Json[] {
  return live.flatMap((item, index) => {
    const key = keys.find((candidate) => designates(candidate, item, index));
    return key === undefined ? [] : [pruneToOwned(item, fieldsAt(owned, key)) as Json];
  });
}

function designates(key: string, item: Json, index: number): boolean {
  if (key.startsWith("i:")) return key === `i:${index}`;
  const value = parsed(key.slice(2));
  if (key.startsWith("v:")) return isSameJson(value, item);
  if (!key.startsWith("k:") || !isJsonObject(value) || !isJsonObject(item)) return false;
  return Object.keys(value).every((name) =>
    isSameJson(ownValue(value, name), ownValue(item, name)),
  );
}

function fieldsAt(owned: OwnedFields, key: string): OwnedFields {
  const fields = ownValue(owned, key);
  return isJsonObject(fields) ? fields : {};
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // A form of a later Kubernetes: it designates nothing that is known here.
  }
}

function isOurs(
  entry: ManagedFieldsEntry,
  fieldManager: string,
  subresource: "status" | undefined,
): boolean {
  return (
    entry.manager === fieldManager &&
    entry.operation === "Apply" &&
    (entry.subresource ?? "") === (subresource ?? "")
  );
}

function owns(entry: ManagedFieldsEntry, path: string): boolean {
  let fields: Json | undefined = entry.fieldsV1 as JsonObject | undefined;
  for (const segment of path.split("/").slice(1)) {
    if (!isJsonObject(fields)) return false;
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    const next: Json | undefined = ownValue(fields, `f:${name}`) ?? itemFields(fields, name);
    if (next === undefined) return Object.keys(fields).every((key) => key === ".");
    fields = next;
  }
  return true;
}

/** The fields of a keyed item, whose place in a path is the JSON list of its key's values. */
function itemFields(fields: JsonObject, itemKey: string): Json | undefined {
  const key = Object.keys(fields).find((candidate) => {
    const values = candidate.startsWith("k:") ? parsed(candidate.slice(2)) : undefined;
    return isJsonObject(values) && JSON.stringify(Object.values(values)) === itemKey;
  });
  return key === undefined ? undefined : ownValue(fields, key);
}
