// SPDX-License-Identifier: Apache-2.0
// The operations of a JSON patch, each guarded by a test where a list could have shifted (stage 6: writes).
import jsonPatch from "fast-json-patch";
import { isJsonObject, ownValue, type Json, type JsonObject } from "./json-value.js";

/** The operations that are used here; `value` is any JSON. */
export type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/**
 * The operations that turn one state into another, with tests before what touches list items.
 *
 * Keys such as `__proto__` are data: the operations are made and sent, never carried out here, so
 * the guard against them in fast-json-patch's `applyPatch` is neither met nor switched off.
 *
 * **API requests:** 0. **Assumes:** both are plain JSON of at most 512 levels ({@link copyJson}).
 */
export function guardedOperations(
  before: JsonObject,
  after: JsonObject,
): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  const tested = new Set<string>();
  for (const operation of jsonPatch.compare(before, after)) {
    const { op, path } = operation;
    for (const guard of guardsOf(before, path, op)) {
      if (tested.has(guard.path)) continue;
      tested.add(guard.path);
      operations.push(guard);
    }
    if (op === "remove") operations.push({ op, path });
    if (op === "add" || op === "replace") {
      operations.push({ op, path, value: operation.value as unknown });
    }
  }
  return operations;
}

/** One test per list on the way to a path: is the item still the one that was meant? */
function guardsOf(before: JsonObject, path: string, op: string): readonly PatchOperation[] {
  const segments = path.split("/").slice(1).map(unescapeSegment);
  const guards: PatchOperation[] = [];
  let value: Json | undefined = before;
  let pointer = "";
  segments.forEach((segment, at) => {
    const item: Json | undefined = Array.isArray(value)
      ? (value as readonly Json[])[Number(segment)]
      : isJsonObject(value)
        ? ownValue(value, segment)
        : undefined;
    pointer += `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const isLast = at === segments.length - 1;
    if (Array.isArray(value) && item !== undefined) {
      guards.push(guardOf(pointer, item, isLast && op === "remove"));
    }
    value = item;
  });
  return guards;
}

/** Items with a name are known by it, unless the whole item is to go. */
function guardOf(pointer: string, item: Json, isWhole: boolean): PatchOperation {
  const name = isJsonObject(item) ? ownValue(item, "name") : undefined;
  return typeof name === "string" && !isWhole
    ? { op: "test", path: `${pointer}/name`, value: name }
    : { op: "test", path: pointer, value: item };
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
