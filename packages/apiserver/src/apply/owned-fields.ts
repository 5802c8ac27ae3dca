// SPDX-License-Identifier: Apache-2.0
// Field sets of objects: the fields that an applied configuration names, and what differs between
// two objects. Semantics of structured-merge-diff.
import { equal, isObject, own } from "../json.js";
import { isAtomic, fieldSchema } from "../schema/schema.js";
import type { Schema } from "../schema/schema.js";
import { FieldSet, formatPath } from "./field-set.js";
import { keyedItems } from "./list-keys.js";

/** Whether the value has parts with owners of their own. */
function isGranular(value: unknown, schema: Schema | undefined): boolean {
  return (Array.isArray(value) || isObject(value)) && !isAtomic(schema, value);
}

function isEmptyValue(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** The fields that a configuration names: its leaves, its list items, its map entries. */
export function fieldsOf(
  value: unknown,
  schema: Schema | undefined,
  path: readonly string[] = [],
): FieldSet {
  const set = new FieldSet();
  if (Array.isArray(value)) {
    for (const { element, item } of keyedItems(value, schema ?? {}, formatPath(path), false)) {
      set.members.add(element);
      addBelow(set, element, item, schema?.items, path);
    }
    return set;
  }
  if (!isObject(value)) return set;
  for (const key of Object.keys(value)) {
    const element = `f:${key}`;
    const item = value[key];
    const below = fieldSchema(schema, key);
    const isField = schema?.properties?.has(key) === true;
    const isLeaf = !isGranular(item, below);
    if (isLeaf || isEmptyValue(item) || !isField) set.members.add(element);
    addBelow(set, element, item, below, path);
  }
  return set;
}

function addBelow(
  set: FieldSet,
  element: string,
  item: unknown,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  if (!isGranular(item, schema)) return;
  const child = fieldsOf(item, schema, [...path, element]);
  if (!child.isEmpty) set.children.set(element, child);
}

/** What changed between two objects, as field sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two objects of one kind. */
export function compare(left: unknown, right: unknown, schema: Schema | undefined): Comparison {
  const result = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareInto(result, left, right, schema, []);
  return result;
}

function compareInto(
  result: Comparison,
  left: unknown,
  right: unknown,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  if (left !== undefined && left === right) return;
  const isSplit = isGranular(left ?? right, schema) && isGranular(right ?? left, schema);
  const sameShape =
    left === undefined || right === undefined || Array.isArray(left) === Array.isArray(right);
  if (!isSplit || !sameShape) {
    if (left !== undefined && right !== undefined && !equal(left, right)) {
      result.modified.insert(path);
    }
    return;
  }
  if (Array.isArray(left ?? right)) compareLists(result, left, right, schema, path);
  else compareObjects(result, left, right, schema, path);
}

function compareField(
  result: Comparison,
  left: unknown,
  right: unknown,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  if (left === undefined && right !== undefined) result.added.insert(path);
  if (right === undefined && left !== undefined) result.removed.insert(path);
  compareInto(result, left, right, schema, path);
}

/** Fields of built-in kinds that the wire form always has, so that nobody adds them. */
const alwaysThere = new Set(
  (
    "metadata spec status template strategy updateStrategy jobTemplate resources involvedObject " +
    "source roleRef names scaleTargetRef"
  ).split(" "),
);

/** What an absent field of a built-in kind is compared as: its empty value, or undefined. */
function zeroOf(
  key: string,
  next: unknown,
  schema: Schema | undefined,
  below: Schema | undefined,
): unknown {
  if (schema?.typeName === undefined || isEmptyValue(next) || isAtomic(below, next))
    return undefined;
  if (Array.isArray(next)) return schema.required?.includes(key) === true ? [] : undefined;
  return isObject(next) && alwaysThere.has(key) ? {} : undefined;
}

function compareObjects(
  result: Comparison,
  left: unknown,
  right: unknown,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  const leftKeys = isObject(left) ? Object.keys(left) : [];
  const rightKeys = isObject(right) ? Object.keys(right) : [];
  for (const key of new Set([...leftKeys, ...rightKeys])) {
    const below = fieldSchema(schema, key);
    const next = own(right, key);
    const before = own(left, key) ?? zeroOf(key, next, schema, below);
    if (before === next) continue;
    compareField(result, before, next, below, [...path, `f:${key}`]);
  }
}

function compareLists(
  result: Comparison,
  left: unknown,
  right: unknown,
  schema: Schema | undefined,
  path: readonly string[],
): void {
  const keyed = (list: unknown): Map<string, unknown> => {
    const items = Array.isArray(list) ? keyedItems(list, schema ?? {}, formatPath(path), true) : [];
    return new Map(items.map(({ element, item }) => [element, item]));
  };
  const leftItems = keyed(left);
  const rightItems = keyed(right);
  for (const element of new Set([...leftItems.keys(), ...rightItems.keys()])) {
    const below = [...path, element];
    compareField(result, leftItems.get(element), rightItems.get(element), schema?.items, below);
  }
}
