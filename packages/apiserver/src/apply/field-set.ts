// SPDX-License-Identifier: Apache-2.0
// Sets of field paths, as managedFields records them: a tree whose edges are path elements.
// A path element is `f:name`, `k:{"key":value}`, `v:value` or `i:index`; "." means the node itself.
import { isObject, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";

/** A set of field paths. */
export class FieldSet {
  /** Elements that are members themselves. */
  readonly members: Set<string> = new Set();
  /** What lies below an element. */
  readonly children: Map<string, FieldSet> = new Map();

  get isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.isEmpty) return false;
    return true;
  }

  /** Adds a path. */
  insert(path: readonly string[]): void {
    let node: FieldSet = this;
    path.forEach((element, index) => {
      if (index === path.length - 1) node.members.add(element);
      else node = node.childFor(element);
    });
  }

  /** Whether the path itself is a member. */
  has(path: readonly string[]): boolean {
    let node: FieldSet | undefined = this;
    for (let index = 0; index < path.length - 1; index++) {
      node = node?.children.get(path[index] as string);
    }
    return node?.members.has(path.at(-1) ?? "") === true;
  }

  /** The set below an element, made when missing. */
  childFor(element: string): FieldSet {
    let child = this.children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    return child;
  }

  /** Calls the function with every member path. */
  forEach(visit: (path: readonly string[]) => void, prefix: readonly string[] = []): void {
    for (const element of this.members) visit([...prefix, element]);
    for (const [element, child] of this.children) child.forEach(visit, [...prefix, element]);
  }
}

/** Members of either set. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const set of [left, right]) for (const element of set.members) result.members.add(element);
  for (const element of new Set([...left.children.keys(), ...right.children.keys()])) {
    const a = left.children.get(element);
    const b = right.children.get(element);
    const child = a === undefined ? b : b === undefined ? a : union(a, b);
    if (child !== undefined) result.children.set(element, child);
  }
  return result;
}

/** Members of the left set that are not in the right one. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const element of left.members) {
    if (!right.members.has(element)) result.members.add(element);
  }
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const rest = other === undefined ? child : difference(child, other);
    if (!rest.isEmpty) result.children.set(element, rest);
  }
  return result;
}

/** Members of the left set that the right one neither has nor has an ancestor of. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const element of left.members) {
    if (!right.members.has(element)) result.members.add(element);
  }
  for (const [element, child] of left.children) {
    if (right.members.has(element)) continue;
    const other = right.children.get(element);
    const rest = other === undefined ? child : recursiveDifference(child, other);
    if (!rest.isEmpty) result.children.set(element, rest);
  }
  return result;
}

/** Members of both sets. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const element of left.members) {
    if (right.members.has(element)) result.members.add(element);
  }
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    if (other === undefined) continue;
    const both = intersection(child, other);
    if (!both.isEmpty) result.children.set(element, both);
  }
  return result;
}

/** Whether two sets have the same members. */
export function sameSet(left: FieldSet, right: FieldSet): boolean {
  return difference(left, right).isEmpty && difference(right, left).isEmpty;
}

/** The set with every declared struct field on the way to a member made a member too. */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, child] of set.children) {
    const below = schemaBelow(schema, element);
    const isNamed = element.startsWith("f:") && schema?.properties?.has(element.slice(2)) === true;
    if (isNamed) result.members.add(element);
    result.children.set(element, withNamedFields(child, below));
  }
  return result;
}

/** The schema of what a path element leads to. */
function schemaBelow(schema: Schema | undefined, element: string): Schema | undefined {
  if (!element.startsWith("f:")) return schema?.items;
  return schema?.properties?.get(element.slice(2)) ?? schema?.additionalProperties;
}

/** Sets and texts that are kept for the next write of the same; objects of one kind mostly share them. */
const keptSets = 2_000;

/** Sets by the (never changed) FieldsV1 that they were read from or written as, the latest ones. */
const parsed = new Map<JsonObject, FieldSet>();
const formatted = new WeakMap<FieldSet, JsonObject>();
/** One FieldsV1 for each text, so that thousands of objects hold it once. */
const shared = new Map<string, JsonObject>();

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size >= keptSets) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(key, value);
}

/** Reads FieldsV1. The set is shared with others that read the same: never write to it. */
export function parseFields(fields: unknown): FieldSet {
  if (!isObject(fields)) return new FieldSet();
  let set = parsed.get(fields);
  if (set === undefined) {
    set = readFields(fields);
    keep(parsed, fields, set);
  }
  return set;
}

function readFields(fields: JsonObject): FieldSet {
  const set = new FieldSet();
  for (const key of Object.keys(fields)) {
    if (key === ".") continue;
    const below = fields[key];
    const keys = isObject(below) ? Object.keys(below) : [];
    if (keys.length === 0 || keys.includes(".")) set.members.add(key);
    if (keys.some((inner) => inner !== ".")) set.children.set(key, readFields(below as JsonObject));
  }
  return set;
}

/** Writes FieldsV1, keys in order. The object is shared with others that write the same set. */
export function formatFields(set: FieldSet): JsonObject {
  let fields = formatted.get(set);
  if (fields !== undefined) return fields;
  fields = writeFields(set);
  const text = JSON.stringify(fields);
  const known = shared.get(text);
  if (known === undefined) {
    keep(shared, text, fields);
    keep(parsed, fields, set);
  } else fields = known;
  formatted.set(set, fields);
  return fields;
}

function writeFields(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  for (const element of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const child = set.children.get(element);
    const below: JsonObject = {};
    const inner = child === undefined || child.isEmpty ? undefined : writeFields(child);
    if (set.members.has(element) && inner !== undefined) below["."] = {};
    if (inner === undefined && !set.members.has(element)) continue;
    setOwn(result, element, Object.assign(below, inner));
  }
  return result;
}

/** A path in the form of conflict messages: `.spec.containers[name="a"].image`. */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join("");
}

function formatElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("k:")) {
    const keys = JSON.parse(rest) as JsonObject;
    const parts = Object.keys(keys).map((key) => `${key}=${JSON.stringify(keys[key])}`);
    return `[${parts.join(",")}]`;
  }
  return element.startsWith("v:") ? `[=${rest}]` : `[${rest}]`;
}
