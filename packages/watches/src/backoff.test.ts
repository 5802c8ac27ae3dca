// SPDX-License-Identifier: Apache-2.0
// Delays after failures (stage 4: work queue).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@haversack/core";
import { fc } from "../test/property.js";
import { exponentialBackoff } from "./backoff.js";

describe("exponentialBackoff()", () => {
  it("doubles from 5 ms to 1,000 s", () => {
    const backoff = exponentialBackoff();
    expect([0, 1, 2, 3, 17, 18, 1000].map((count) => backoff.delayMs(count))).toEqual([
      5, 10, 20, 40, 655_360, 1_000_000, 1_000_000,
    ]);
  });

  it("never overflows, goes negative or beyond its limit", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(10_000),
        (failures, random, initialMs) => {
          const backoff = exponentialBackoff(
            { initialMs, maxMs: 100_000, jitter: 1 },
            () => random,
          );
          const delayMs = backoff.delayMs(failures);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(100_000);
        },
      ),
    );
  });

  it("takes a random part of the delay when jitter is asked for", () => {
    expect(exponentialBackoff({ initialMs: 100, jitter: 0.5 }, () => 0).delayMs(0)).toBe(50);
    expect(exponentialBackoff({ initialMs: 100, jitter: 0.5 }, () => 0.5).delayMs(0)).toBe(75);
  });

  it("refuses options that are no delays", () => {
    for (const options of [
      { initialMs: -1 },
      { initialMs: 10, maxMs: 5 },
      { maxMs: Infinity },
      { factor: 0.5 },
      { jitter: 2 },
      { initialMs: NaN },
      { quietConflicts: -1 },
    ])
      expect(() => exponentialBackoff(options)).toThrow(ConfigurationError);
  });
});
