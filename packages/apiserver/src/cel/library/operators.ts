// SPDX-License-Identifier: Apache-2.0
// Operators of CEL: arithmetic with overflow checks, comparison, membership, size.
import { compareValues, contains, equalValues, sizeOf } from "../compare.js";
import { fn, method, traverse } from "../overload.js";
import type { Overload, OverloadCost } from "../overload.js";
import { makeDuration, makeTimestamp } from "../times.js";
import { CelError, CelList, CelMap, JoinedList, Uint } from "../values.js";
import type { CelValue, Duration, Timestamp } from "../values.js";
import { addToKeyedList } from "./keyed-lists.js";

/** An int within 64 bits. @throws {@link CelError} outside. */
export function checkInt(value: bigint): bigint {
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw new CelError("integer overflow");
  return value;
}

/** A uint within 64 bits. @throws {@link CelError} outside. */
export function checkUint(value: bigint): Uint {
  if (value < 0n || value >= 2n ** 64n) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

type BigOperation = (left: bigint, right: bigint) => bigint;

function divide(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new CelError("division by zero");
  return left / right;
}

function remainder(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new CelError("modulus by zero");
  return left % right;
}

const integers = (name: string, operation: BigOperation): Overload[] => [
  fn(name, "int, int -> int", (a: bigint, b: bigint) => checkInt(operation(a, b))),
  fn(name, "uint, uint -> uint", (a: Uint, b: Uint) => checkUint(operation(a.value, b.value))),
];

const doubles = (name: string, operation: (a: number, b: number) => number): Overload =>
  fn(name, "double, double -> double", operation);

const shorter: OverloadCost = { cost: (a = 1, b = 1) => traverse(Math.min(a, b)) };
const joined: OverloadCost = {
  cost: (a = 0, b = 0) => traverse(a + b),
  size: (a = 0, b = 0) => a + b,
};

const joinBytes = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.from([...a, ...b]);

function joinLists(left: CelList, right: CelList): CelList {
  return left.listType === "atomic" ? new JoinedList(left, right) : addToKeyedList(left, right);
}

const arithmetic: readonly Overload[] = [
  ...integers("_+_", (a, b) => a + b),
  ...integers("_-_", (a, b) => a - b),
  ...integers("_*_", (a, b) => a * b),
  ...integers("_/_", divide),
  ...integers("_%_", remainder),
  doubles("_+_", (a, b) => a + b),
  doubles("_-_", (a, b) => a - b),
  doubles("_*_", (a, b) => a * b),
  doubles("_/_", (a, b) => a / b),
  fn("_+_", "string, string -> string", (a: string, b: string) => a + b, joined),
  fn("_+_", "bytes, bytes -> bytes", joinBytes, joined),
  fn("_+_", "list<A>, list<A> -> list<A>", joinLists, {
    cost: () => 1,
    size: (a = 0, b = 0) => a + b,
  }),
  fn("_+_", "duration, duration -> duration", (a: Duration, b: Duration) =>
    makeDuration(a.nanos + b.nanos),
  ),
  fn("_+_", "timestamp, duration -> timestamp", (a: Timestamp, b: Duration) =>
    makeTimestamp(a.nanos + b.nanos),
  ),
  fn("_+_", "duration, timestamp -> timestamp", (a: Duration, b: Timestamp) =>
    makeTimestamp(a.nanos + b.nanos),
  ),
  fn("_-_", "duration, duration -> duration", (a: Duration, b: Duration) =>
    makeDuration(a.nanos - b.nanos),
  ),
  fn("_-_", "timestamp, duration -> timestamp", (a: Timestamp, b: Duration) =>
    makeTimestamp(a.nanos - b.nanos),
  ),
  fn("_-_", "timestamp, timestamp -> duration", (a: Timestamp, b: Timestamp) =>
    makeDuration(a.nanos - b.nanos),
  ),
  fn("-_", "int -> int", (value: bigint) => checkInt(-value)),
  fn("-_", "double -> double", (value: number) => -value),
  fn("!_", "bool -> bool", (value: boolean) => !value),
];

const numbers = ["int", "uint", "double"];

/** Pairs of types that have an order: like with like, and numbers with numbers. */
const orderedPairs: readonly string[] = [
  ...["bool", "string", "bytes", "duration", "timestamp"].map((type) => `${type}, ${type}`),
  ...numbers.flatMap((left) => numbers.map((right) => `${left}, ${right}`)),
];

function comparison(name: string, holds: (order: number) => boolean): Overload[] {
  const run = (left: CelValue, right: CelValue): boolean => {
    const order = compareValues(left, right);
    return order !== undefined && holds(order);
  };
  return orderedPairs.map((pair) => {
    const isLong = pair.startsWith("string") || pair.startsWith("bytes");
    return fn(name, `${pair} -> bool`, run, isLong ? shorter : {});
  });
}

const comparisons: readonly Overload[] = [
  fn("_==_", "A, A -> bool", equalValues, shorter),
  fn("_!=_", "A, A -> bool", (a: CelValue, b: CelValue) => !equalValues(a, b), shorter),
  ...comparison("_<_", (order) => order < 0),
  ...comparison("_<=_", (order) => order <= 0),
  ...comparison("_>_", (order) => order > 0),
  ...comparison("_>=_", (order) => order >= 0),
  fn("@in", "A, list<A> -> bool", (item: CelValue, list: CelList) => contains(list, item), {
    cost: (_item, list = 0) => list,
  }),
  fn("@in", "A, map<A, B> -> bool", (key: CelValue, map: CelMap) => map.get(key) !== undefined),
];

const count = (value: CelValue): bigint => BigInt(sizeOf(value));

const sizes: readonly Overload[] = ["string", "bytes", "list<A>", "map<A, B>"].flatMap((type) => [
  fn("size", `${type} -> int`, count),
  method("size", `${type} -> int`, count),
]);

/** Operators and size. */
export const operators: readonly Overload[] = [...arithmetic, ...comparisons, ...sizes];

/** Item of a list or entry of a map. @throws {@link CelError} when there is none. */
export function indexInto(container: CelValue, index: CelValue): CelValue {
  const found = findAt(container, index);
  if (found !== undefined) return found;
  if (container instanceof CelList) {
    throw new CelError(
      `index out of bounds: ${String(index instanceof Uint ? index.value : index)}`,
    );
  }
  throw new CelError(`no such key: ${String(index instanceof Uint ? index.value : index)}`);
}

/** The same, undefined when there is none. @throws {@link CelError} for what has no items. */
export function findAt(container: CelValue, index: CelValue): CelValue | undefined {
  if (container instanceof CelMap) return container.get(index);
  if (!(container instanceof CelList)) throw new CelError("no such overload");
  const number = index instanceof Uint ? index.value : index;
  if (typeof number !== "bigint" && !(typeof number === "number" && Number.isInteger(number))) {
    throw new CelError("no such overload");
  }
  return number < 0 || number >= container.size ? undefined : container.at(Number(number));
}
