// SPDX-License-Identifier: Apache-2.0
// Random numbers that a seed repeats, for faults and jitter in tests.

/**
 * A generator of numbers from 0 up to 1 that the seed alone decides; fits `Environment.random`.
 *
 * **API requests:** 0.
 *
 * @see the public-domain generator "mulberry32" by Tommy Ettinger.
 * @example
 * ```ts
 * seededRandom(7)() === seededRandom(7)(); // => true
 * ```
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the items; `undefined` of none. */
export function pickFrom<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}
