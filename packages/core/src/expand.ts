// SPDX-License-Identifier: Apache-2.0
// Applying packs to a class: what a mixin is, and that applying one twice is once (stage 0: words).

/** A class, abstract or not. Holds the only `any`: the language demands it of mixin bases (TS2545). */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a mixin base must take any[]
export type Constructor<T = object> = abstract new (...args: any[]) => T;

/** A pack, ready to be applied. */
export type Mixin<In extends Constructor, Out extends Constructor> = (base: In) => Out;

/**
 * Applies packs to a class, from left to right.
 *
 * A pack stands to the right of what it needs; a missing prerequisite is a compile error that names
 * the missing member. With no packs the class itself is returned.
 *
 * **API requests:** 0.
 *
 * @example
 * ```ts
 * class Plain {}
 * expand(Plain) === Plain; // => true
 * ```
 */
export function expand<A extends Constructor>(base: A): A;
export function expand<A extends Constructor, B extends Constructor>(base: A, b: (x: A) => B): B;
export function expand<A extends Constructor, B extends Constructor, C extends Constructor>(
  base: A,
  b: (x: A) => B,
  c: (x: B) => C,
): C;
export function expand<
  A extends Constructor,
  B extends Constructor,
  C extends Constructor,
  D extends Constructor,
>(base: A, b: (x: A) => B, c: (x: B) => C, d: (x: C) => D): D;
export function expand<
  A extends Constructor,
  B extends Constructor,
  C extends Constructor,
  D extends Constructor,
  E extends Constructor,
>(base: A, b: (x: A) => B, c: (x: B) => C, d: (x: C) => D, e: (x: D) => E): E;
export function expand<
  A extends Constructor,
  B extends Constructor,
  C extends Constructor,
  D extends Constructor,
  E extends Constructor,
  F extends Constructor,
>(base: A, b: (x: A) => B, c: (x: B) => C, d: (x: C) => D, e: (x: D) => E, f: (x: E) => F): F;
export function expand<
  A extends Constructor,
  B extends Constructor,
  C extends Constructor,
  D extends Constructor,
  E extends Constructor,
  F extends Constructor,
  G extends Constructor,
>(
  base: A,
  b: (x: A) => B,
  c: (x: B) => C,
  d: (x: C) => D,
  e: (x: D) => E,
  f: (x: E) => F,
  g: (x: F) => G,
): G;
export function expand(
  base: Constructor,
  ...packs: ((x: Constructor) => Constructor)[]
): Constructor {
  return packs.reduce((current, pack) => pack(current), base);
}

const appliedKey = (pack: string): symbol => Symbol.for(`haversack.applied.${pack}`);

/**
 * Applies a pack unless the class already has it; then the class is returned as it is.
 *
 * @param pack The pack's name, the same in every copy of its package.
 * @param apply Makes the subclass.
 */
export function applyOnce<In extends Constructor, Out extends Constructor>(
  pack: string,
  base: In,
  apply: (base: In) => Out,
): Out {
  const key = appliedKey(pack);
  const prototype = base.prototype as object;
  if (key in prototype) return base as unknown as Out;
  const expanded = apply(base);
  Object.defineProperty(expanded.prototype, key, { value: true });
  return expanded;
}
