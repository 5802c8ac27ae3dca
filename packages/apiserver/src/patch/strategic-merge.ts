// SPDX-License-Identifier: Apache-2.0
// Strategic merge patch: a merge patch that merges lists by their merge key and obeys directives
// (`$patch`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`, `$retainKeys`).
import { equal, isObject, own, setOwn, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { fieldSchema } from "../schema/schema.js";
import type { Schema } from "../schema/schema.js";
import { badRequest } from "../status-error.js";

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
    reorder(result, field, patch[key], fieldSchema(schema, field));
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
    const added = patch.filter((item) => !list.some((present) => equal(present, item)));
    return [...list, ...added];
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
      throw badRequest(
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    const index = result.findIndex((present) => equal(own(present, mergeKey), key));
    if (own(item, "$patch") === "delete") {
      result = result.filter((present) => !equal(own(present, mergeKey), key));
    } else if (index === -1) result.push(mergeObjects({}, withoutPatchKey(item), items));
    else result[index] = mergeObjects(result[index] as JsonObject, item, items);
  }
  return result;
}

function withoutPatchKey(item: JsonObject): JsonObject {
  if (!Object.hasOwn(item, "$patch")) return item;
  return without(item, "$patch");
}

/** Puts a merged list into the order the patch asks for; what the order does not name stays put. */
function reorder(
  result: JsonObject,
  field: string,
  order: unknown,
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
  setOwn(result, field, interleave(list, ordered, others));
}

/** Keeps the items outside the order after the neighbour they followed. */
function interleave(
  before: readonly unknown[],
  ordered: readonly unknown[],
  others: readonly unknown[],
): unknown[] {
  const result = [...ordered];
  for (const item of others) {
    const position = before.indexOf(item);
    const neighbour = position === 0 ? undefined : before[position - 1];
    const at = neighbour === undefined ? 0 : result.indexOf(neighbour) + 1;
    result.splice(at, 0, item);
  }
  return result;
}
