// SPDX-License-Identifier: Apache-2.0
// Equality and order of CEL values, and the sizes that the cost model counts.
import { textSize } from "../schema/text-size.js";
import { step } from "./frame.js";
import {
  CelList,
  CelMap,
  Duration,
  isOpaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./values.js";
import type { CelValue } from "./values.js";

type Numeric = bigint | number;

/** The number of a numeric value. */
export function numberOf(value: CelValue): Numeric | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function sameList(left: CelList, right: CelList): boolean {
  if (left.size !== right.size) return false;
  // Sets and keyed lists of a schema have no order.
  if (left.listType !== "atomic" || right.listType !== "atomic") {
    return everyIn(left, right) && everyIn(right, left);
  }
  for (let index = 0; index < left.size; index++) {
    if (!equalValues(left.at(index), right.at(index))) return false;
  }
  return true;
}

function everyIn(left: CelList, right: CelList): boolean {
  for (const item of left) if (!contains(right, item)) return false;
  return true;
}

/** Whether a list has a value. */
export function contains(list: CelList, value: CelValue): boolean {
  for (const item of list) if (equalValues(item, value)) return true;
  return false;
}

function sameMap(left: CelMap, right: CelMap): boolean {
  if (left.size !== right.size) return false;
  for (const key of left.keys()) {
    const other = right.get(key);
    const mine = left.get(key);
    if (other === undefined || mine === undefined || !equalValues(mine, other)) return false;
  }
  return true;
}

/** Equality across types: values of different types are unequal, numbers compare by value. */
export function equalValues(left: CelValue, right: CelValue): boolean {
  step();
  const [a, b] = [numberOf(left), numberOf(right)];
  // Numbers of different kinds are equal when they stand for the same value.
  if (a !== undefined || b !== undefined) {
    return a !== undefined && b !== undefined && orderNumbers(a, b) === 0;
  }
  if (left instanceof CelList) return right instanceof CelList && sameList(left, right);
  if (left instanceof CelMap) return right instanceof CelMap && sameMap(left, right);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && sameBytes(left, right);
  if (left instanceof Duration) return right instanceof Duration && left.nanos === right.nanos;
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanos === right.nanos;
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name;
  if (left instanceof Optional) return right instanceof Optional && sameOptional(left, right);
  if (isOpaque(left)) {
    return isOpaque(right) && left.opaque === right.opaque && left.equals(right);
  }
  return left === right;
}

function sameOptional({ value: left }: Optional, { value: right }: Optional): boolean {
  if (left === undefined || right === undefined) return left === right;
  return equalValues(left, right);
}

function order(left: Numeric | boolean, right: Numeric | boolean): number | undefined {
  if (left < right) return -1;
  if (left > right) return 1;
  return left <= right ? 0 : undefined;
}

/** An integer is compared with a double as a double, as the reference does. */
function orderNumbers(left: Numeric, right: Numeric): number | undefined {
  if (typeof left === typeof right) return order(left, right);
  return order(Number(left), Number(right));
}

function orderBytes(left: Uint8Array, right: Uint8Array): number {
  return Math.sign(Buffer.compare(left, right));
}

/** Strings are ordered by code points, not by JavaScript's code units. */
function orderText(left: string, right: string): number {
  return orderBytes(Buffer.from(left), Buffer.from(right));
}

/** -1, 0 or 1; undefined when the values have no order (NaN, different types). */
export function compareValues(left: CelValue, right: CelValue): number | undefined {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return orderNumbers(a, b);
  if (typeof left === "string" && typeof right === "string") return orderText(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return order(left, right);
  if (left instanceof Duration && right instanceof Duration) return order(left.nanos, right.nanos);
  if (left instanceof Timestamp && right instanceof Timestamp) {
    return order(left.nanos, right.nanos);
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return orderBytes(left, right);
  return undefined;
}

/** The size of a value for the cost model; 1 for everything without parts. */
export function sizeOf(value: CelValue): number {
  if (typeof value === "string") return textSize(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  if (value instanceof Optional) return value.value === undefined ? 1 : sizeOf(value.value);
  return isOpaque(value) ? value.size : 1;
}
