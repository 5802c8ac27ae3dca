// SPDX-License-Identifier: Apache-2.0
// Strategic merge patch: a merge patch that merges lists by their merge key and obeys directives
// (`$patch`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`, `$retainKeys`).
import { equal, isObject, own, setOwn, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { fieldSchema } from "../schema/schema.js";
import type { Schema } from "../schema/schema.js";
import { badRequest, plainServerError } from "../status-error.js";

const deleteFrom = "$deleteFromPrimitiveList/";
const setOrder = "$setElementOrder/";

/** The target with the patch laid over it; neither is changed. */
export function applyStrategicMerge(
  target: unknown,
  patch: unknown,
  schema: Schema | undefined,
): unknown {
  if (!isObject(patch)) return patch;
  return mergeObjects(isObject(target) ? target : {}, patch, schema);
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(patch)) {
    if (!key.startsWith("$")) setOwn(result, key, patch[key]);
  }
  return result;
}

function mergeObjects(
  target: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  const directive = own(patch, "$patch");
  if (directive === "replace") return withoutDirectives(patch);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") {
    throw badRequest(`Unknown patch type: ${String(directive)}`);
  }
  const result: JsonObject = { ...target };
  retainKeys(result, patch);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(deleteFrom)) removeValues(result, key.slice(deleteFrom.length), patch[key]);
  }
  for (const key of Object.keys(patch)) {
    if (key.startsWith("$")) continue;
    const value = patch[key];
    if (value === null) delete result[key];
    else setOwn(result, key, mergeField(own(result, key), value, fieldSchema(schema, key)));
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(setOrder)) continue;
    const field = key.slice(setOrder.length);
    const shape = fieldSchema(schema, field);
    const server = orderAfterMerge(own(target, field), own(patch, field), shape);
    reorder(result, field, patch[key], server, shape);
  }
  return result;
}

function retainKeys(result: JsonObject, patch: JsonObject): void {
  const keep = own(patch, "$retainKeys");
  if (!Array.isArray(keep)) return;
  for (const key of Object.keys(result)) if (!keep.includes(key)) delete result[key];
}

function removeValues(result: JsonObject, field: string, values: unknown): void {
  const list = own(result, field);
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  setOwn(
    result,
    field,
    list.filter((item) => !values.some((value) => equal(value, item))),
  );
}

function mergeField(target: unknown, patch: unknown, schema: Schema | undefined): unknown {
  if (isObject(patch)) {
    // An object that is not there yet still has its directives and nulls resolved.
    return mergeObjects(isObject(target) ? target : {}, patch, schema);
  }
  if (!Array.isArray(patch)) return patch;
  const merges = schema?.patchStrategy?.startsWith("merge") === true;
  if (!merges) return patch.filter((item) => !isDirectiveOnly(item));
  const list = Array.isArray(target) ? target : [];
  if (schema?.patchMergeKey === undefined) {
    const isOfPatch = (item: unknown): boolean => patch.some((other) => equal(other, item));
    const serverOnly = list.filter((item) => !isOfPatch(item));
    return interleave(serverOnly, patch, list, (item) => item);
  }
  return mergeKeyedList(list, patch, schema.patchMergeKey, schema.items);
}

const isDirectiveOnly = (item: unknown): boolean =>
  isObject(item) && Object.keys(item).length === 1 && own(item, "$patch") !== undefined;

function mergeKeyedList(
  target: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  items: Schema | undefined,
): unknown[] {
  const replaces = patch.some((item) => isDirectiveOnly(item) && own(item, "$patch") === "replace");
  let result = replaces ? [] : [...target];
  for (const item of patch) {
    if (isDirectiveOnly(item)) continue;
    const key = own(item, mergeKey);
    if (!isObject(item) || key === undefined) {
      throw plainServerError(
        `map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    const index = result.findIndex((present) => equal(own(present, mergeKey), key));
    if (own(item, "$patch") === "delete") {
      result = result.filter((present) => !equal(own(present, mergeKey), key));
    } else if (index === -1) result.push(mergeObjects({}, withoutPatchKey(item), items));
    else result[index] = mergeObjects(result[index] as JsonObject, item, items);
  }
  const identity = (item: unknown): unknown => own(item, mergeKey);
  const isOfPatch = (item: unknown): boolean =>
    patch.some((other) => equal(identity(other), identity(item)));
  const ofPatch = patch.flatMap((item) =>
    result.filter((present) => !isDirectiveOnly(item) && equal(identity(present), identity(item))),
  );
  const serverOnly = result.filter((item) => !isOfPatch(item));
  return interleave(serverOnly, ofPatch, target, identity);
}

/** A value as Go prints it. */
function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (!isObject(value)) return value === null ? "<nil>" : String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`;
}

function withoutPatchKey(item: JsonObject): JsonObject {
  if (!Object.hasOwn(item, "$patch")) return item;
  return without(item, "$patch");
}

/**
 * The order of the server's list as the original's merge leaves it: it deletes in place, so that the
 * places of deleted items are taken by added ones.
 */
function orderAfterMerge(before: unknown, patch: unknown, schema: Schema | undefined): unknown {
  const mergeKey = schema?.patchMergeKey;
  if (!Array.isArray(before) || !Array.isArray(patch) || mergeKey === undefined) return before;
  const order: unknown[] = [...before];
  const identity = (item: unknown): unknown => own(item, mergeKey);
  let length = order.length;
  const find = (item: unknown): number =>
    order.slice(0, length).findIndex((present) => equal(identity(present), identity(item)));
  for (const item of patch) {
    const at = own(item, "$patch") === "delete" ? find(item) : -1;
    if (at === -1) continue;
    order.copyWithin(at, at + 1, length);
    length -= 1;
  }
  for (const item of patch) {
    if (own(item, "$patch") !== undefined || find(item) !== -1) continue;
    if (length < before.length) order[length] = item;
    length += 1;
  }
  return order;
}

/** Puts a merged list into the order the patch asks for; what the order does not name stays put. */
function reorder(
  result: JsonObject,
  field: string,
  order: unknown,
  server: unknown,
  schema: Schema | undefined,
): void {
  const list = own(result, field);
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const mergeKey = schema?.patchMergeKey;
  const identity = (item: unknown): unknown =>
    mergeKey === undefined ? item : own(item, mergeKey);
  const rank = (item: unknown): number =>
    order.findIndex((wanted) => equal(identity(wanted), identity(item)));
  const ordered = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const others = list.filter((item) => rank(item) < 0);
  const before = Array.isArray(server) ? server : [];
  setOwn(result, field, interleave(others, ordered, before, identity));
}

/**
 * Lays two ordered lists into one: an item only the server has comes before an item of the patch when
 * it stood before it on the server; otherwise the patch's item comes first.
 */
function interleave(
  serverOnly: readonly unknown[],
  ofPatch: readonly unknown[],
  serverOrder: readonly unknown[],
  identity: (item: unknown) => unknown,
): unknown[] {
  const place = (item: unknown): number =>
    serverOrder.findIndex((present) => equal(identity(present), identity(item)));
  const result: unknown[] = [];
  const left = [...serverOnly];
  for (const item of ofPatch) {
    const at = place(item);
    while (left.length > 0 && at >= 0 && place(left[0]) >= 0 && place(left[0]) < at) {
      result.push(left.shift());
    }
    result.push(item);
  }
  return [...result, ...left];
}
