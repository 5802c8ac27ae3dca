// SPDX-License-Identifier: Apache-2.0
// List functions: those of Kubernetes (sum, min, max, isSorted), of the lists extension, and sets.
import { compareValues, contains, equalValues, numberOf } from "../compare.js";
import { fn, method } from "../overload.js";
import type { Overload, OverloadCost } from "../overload.js";
import { makeDuration } from "../times.js";
import { ArrayList, CelError, CelList, Duration, typeNameOf, Uint } from "../values.js";
import type { CelValue } from "../values.js";
import { checkInt, checkUint } from "./operators.js";

const each: OverloadCost = { cost: (list = 0) => list, size: (list = 0) => list };

const ordered = ["int", "uint", "double", "bool", "string", "bytes", "duration", "timestamp"];

function isSorted(list: CelList): boolean {
  for (let at = 1; at < list.size; at++) {
    if (compareValues(list.at(at - 1), list.at(at)) === 1) return false;
  }
  return true;
}

/** The smallest (-1) or largest (1) item. */
const extreme =
  (name: string, sign: number) =>
  (list: CelList): CelValue => {
    if (list.size === 0) throw new CelError(`${name} called on empty list`);
    let best = list.at(0);
    for (const item of list) if (compareValues(item, best) === sign) best = item;
    return best;
  };

const sums: readonly [string, CelValue, (a: CelValue, b: CelValue) => CelValue][] = [
  ["int", 0n, (a, b) => checkInt((a as bigint) + (b as bigint))],
  ["uint", new Uint(0n), (a, b) => checkUint((a as Uint).value + (b as Uint).value)],
  ["double", 0, (a, b) => Number(numberOf(a)) + Number(numberOf(b))],
  [
    "duration",
    new Duration(0n),
    (a, b) => makeDuration((a as Duration).nanos + (b as Duration).nanos),
  ],
];

const sum =
  (zero: CelValue, add: (a: CelValue, b: CelValue) => CelValue) =>
  (list: CelList): CelValue =>
    [...list].reduce((sum, item) => {
      if (typeNameOf(item) !== typeNameOf(zero)) throw new CelError("no such overload");
      return add(sum, item);
    }, zero);

function indexOf(list: CelList, wanted: CelValue): bigint {
  return BigInt([...list].findIndex((item) => equalValues(item, wanted)));
}

function lastIndexOf(list: CelList, wanted: CelValue): bigint {
  return BigInt([...list].findLastIndex((item) => equalValues(item, wanted)));
}

const kubernetes: readonly Overload[] = [
  ...ordered.flatMap((type) => [
    method("isSorted", `list<${type}> -> bool`, isSorted, each),
    method("min", `list<${type}> -> ${type}`, extreme("min", -1), { cost: (list = 0) => list }),
    method("max", `list<${type}> -> ${type}`, extreme("max", 1), { cost: (list = 0) => list }),
  ]),
  ...sums.map(([type, zero, add]) =>
    method("sum", `list<${type}> -> ${type}`, sum(zero, add), { cost: (list = 0) => list }),
  ),
  method("indexOf", "list<A>, A -> int", indexOf, { cost: (list = 0) => list }),
  method("lastIndexOf", "list<A>, A -> int", lastIndexOf, { cost: (list = 0) => list }),
];

function slice(list: CelList, start: bigint, end: bigint): CelList {
  if (start < 0n || end < 0n)
    throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new CelError(
      `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
    );
  if (end > BigInt(list.size))
    throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth = 1n): CelList {
  if (depth < 0n) throw new CelError("level must be non-negative");
  const inside = (items: CelList, left: bigint): CelValue[] =>
    [...items].flatMap((item) =>
      item instanceof CelList && left > 0n ? inside(item, left - 1n) : [item],
    );
  return new ArrayList(inside(list, depth));
}

function distinct(list: CelList): CelList {
  const kept: CelValue[] = [];
  for (const item of list) if (!contains(new ArrayList(kept), item)) kept.push(item);
  return new ArrayList(kept);
}

/** Sorts by keys that are of one type with an order. */
export function sortBy(list: CelList, keys: readonly CelValue[]): CelList {
  const pairs = [...list].map((item, index) => ({ item, key: keys[index] as CelValue }));
  pairs.sort((left, right) => {
    const order = compareValues(left.key, right.key);
    if (order === undefined) throw new CelError("list elements must have the same type");
    return order;
  });
  return new ArrayList(pairs.map(({ item }) => item));
}

/** Items that `lists.range` makes at most. */
const maxRange = 1_000_000;

/** The numbers from 0; none is made before it is read. */
class RangeList extends CelList {
  readonly size: number;
  constructor(size: number) {
    super();
    this.size = size;
  }
  at(index: number): CelValue {
    return BigInt(index);
  }
}

function range(count: bigint): CelList {
  if (count > maxRange) throw new CelError("lists.range: size exceeds limit");
  return new RangeList(Math.max(0, Number(count)));
}

const square: OverloadCost = { cost: (list = 0) => list * list, size: (list = 0) => list };

const end = (list: CelList, at: number): CelValue => {
  if (list.size === 0) throw new CelError("index out of bounds: 0");
  return list.at(at);
};

const extension: readonly Overload[] = [
  method("slice", "list<A>, int, int -> list<A>", slice, each),
  method("flatten", "list<dyn> -> list<dyn>", flatten, each),
  method("flatten", "list<dyn>, int -> list<dyn>", flatten, each),
  method("distinct", "list<A> -> list<A>", distinct, square),
  method(
    "reverse",
    "list<A> -> list<A>",
    (list: CelList) => new ArrayList([...list].reverse()),
    each,
  ),
  method("first", "list<A> -> A", (list: CelList) => end(list, 0)),
  method("last", "list<A> -> A", (list: CelList) => end(list, list.size - 1)),
  ...ordered.map((type) =>
    method(
      "sort",
      `list<${type}> -> list<${type}>`,
      (list: CelList) => sortBy(list, [...list]),
      square,
    ),
  ),
  fn("lists.range", "int -> list<int>", range, { cost: () => 1, size: () => maxRange }),
];

const product: OverloadCost = { cost: (a = 0, b = 0) => a * b };
const hasAll = (list: CelList, part: CelList): boolean =>
  [...part].every((item) => contains(list, item));

const sets: readonly Overload[] = [
  fn("sets.contains", "list<A>, list<A> -> bool", hasAll, product),
  fn(
    "sets.equivalent",
    "list<A>, list<A> -> bool",
    (a: CelList, b: CelList) => hasAll(a, b) && hasAll(b, a),
    { cost: (a = 0, b = 0) => 2 * a * b },
  ),
  fn(
    "sets.intersects",
    "list<A>, list<A> -> bool",
    (a: CelList, b: CelList) => [...b].some((item) => contains(a, item)),
    product,
  ),
];

/** List functions. */
export const listLibrary: readonly Overload[] = [...kubernetes, ...extension, ...sets];
