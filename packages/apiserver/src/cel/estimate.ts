// SPDX-License-Identifier: Apache-2.0
// Costs and sizes that are known before anything runs: intervals, from the bounds of a schema.
import { isScalar } from "./types.js";
import type { CelType } from "./types.js";

/** From least to most. */
export interface Interval {
  readonly min: number;
  readonly max: number;
}

/** What a size is when nothing bounds it: the largest count there is. */
export const unbounded: number = 2 ** 64;

const cap = (value: number): number => Math.min(value, unbounded);

/** A fixed amount. */
export const exactly = (value: number): Interval => ({ min: value, max: value });
export const nothing: Interval = exactly(0);

/** The sum of several. */
export function add(...parts: readonly Interval[]): Interval {
  let [min, max] = [0, 0];
  for (const part of parts) {
    min = cap(min + part.min);
    max = cap(max + part.max);
  }
  return { min, max };
}

/** Each as often as the other says. */
export function times(left: Interval, right: Interval): Interval {
  return { min: cap(left.min * right.min), max: cap(left.max * right.max) };
}

/** One or the other. */
export function either(left: Interval, right: Interval): Interval {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

/** The size that a type's values have when nothing else is known. */
export function sizeOfType(type: CelType): Interval {
  if ("maxSize" in type && type.maxSize !== undefined) return { min: 0, max: type.maxSize };
  // The values of libraries are small: an address has 16 bytes.
  if (type.kind === "opaque") return { min: 1, max: 16 };
  return isScalar(type) ? exactly(1) : { min: 0, max: unbounded };
}
