// SPDX-License-Identifier: Apache-2.0
// Holds back what one field manager wrote itself (stage 2: predicate).
import type { KubernetesObject, ManagedFieldsEntry } from "@haversack/core";
import { changed, type Predicate } from "../predicate.js";
import { isEqualJson } from "./content.js";

/**
 * Holds back changes of which every one was written by this field manager: the answer to a
 * reconciler that wakes itself.
 *
 * Read from `metadata.managedFields`, before and after; where they are missing, or do not tell who
 * wrote, the event passes. Only changes are judged: deletions and first-seen objects pass.
 *
 * **API requests:** 0. **Caveats:** makes the informer keep `managedFields`, about a third more
 * memory per object; two writes of one manager within one second may not be told apart and pass.
 *
 * @example
 * ```ts
 * withWatches({ primary: notCausedBy("database-operator") })
 * ```
 */
export function notCausedBy(fieldManager: string): Predicate {
  const others = (before: KubernetesObject, after: KubernetesObject): readonly string[] =>
    writersOf(before, after).filter((manager) => manager !== fieldManager);
  return changed(
    `notCausedBy(${fieldManager})`,
    (before, after) => {
      if (before.metadata.resourceVersion === after.metadata.resourceVersion) return false;
      const isKnown = writersOf(before, after).length > 0;
      return !isKnown || others(before, after).length > 0;
    },
    {
      needs: { managedFields: true },
      explain: ({ old: before, new: after }) => {
        if (before === undefined || after === undefined) return "not a change";
        const writers = writersOf(before, after);
        return writers.length === 0 ? "writer unknown" : `written by ${writers.join(", ")}`;
      },
    },
  );
}

/** The field managers whose entries differ between two states. */
function writersOf(before: KubernetesObject, after: KubernetesObject): readonly string[] {
  const from = entriesOf(before);
  const to = entriesOf(after);
  const writers = new Set<string>();
  for (const [key, entry] of to) {
    const was = from.get(key);
    const isSame =
      was !== undefined && was.time === entry.time && isEqualJson(was.fieldsV1, entry.fieldsV1);
    if (!isSame) writers.add(entry.manager ?? "");
  }
  for (const [key, entry] of from) if (!to.has(key)) writers.add(entry.manager ?? "");
  return [...writers];
}

function entriesOf(object: KubernetesObject): Map<string, ManagedFieldsEntry> {
  const entries = object.metadata.managedFields ?? [];
  return new Map(
    entries.map((entry) => [
      JSON.stringify([entry.manager, entry.operation, entry.subresource, entry.apiVersion]),
      entry,
    ]),
  );
}
