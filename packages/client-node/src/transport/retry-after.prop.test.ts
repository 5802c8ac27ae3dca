// SPDX-License-Identifier: Apache-2.0
// Retry-After never makes a client come back sooner than asked, nor at a senseless time.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ManualClock } from "../../test/manual-clock.js";
import { parseRetryAfter, withJitter } from "./retry-after.js";

const clock = new ManualClock();

describe("parseRetryAfter()", () => {
  it("reads seconds and HTTP dates alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seconds) => {
        const date = new Date(clock.now() + seconds * 1000).toUTCString();
        expect(parseRetryAfter(String(seconds), clock)).toBe(seconds * 1000);
        expect(parseRetryAfter(date, clock)).toBe(seconds * 1000);
      }),
    );
  });

  it("gives nothing but a finite, positive time or undefined for any header", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), (header) => {
        const delayMs = parseRetryAfter(header, clock);
        if (delayMs === undefined) return;
        expect(Number.isFinite(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each(["-1", "1.5", "", " ", "soon"])("ignores %j", (header) => {
    expect(parseRetryAfter(header, clock)).toBeUndefined();
  });

  it("takes a date that has passed as now", () => {
    expect(parseRetryAfter("Thu, 01 Jan 1998 00:00:00 GMT", clock)).toBe(0);
  });
});

describe("withJitter()", () => {
  it("is never shorter than asked, and at most a quarter or 100 ms longer", () => {
    fc.assert(
      fc.property(fc.nat(1e7), fc.double({ min: 0, max: 1, noNaN: true }), (delayMs, random) => {
        const waitMs = withJitter(delayMs, () => random);
        expect(waitMs).toBeGreaterThanOrEqual(delayMs);
        expect(waitMs).toBeLessThanOrEqual(delayMs + Math.max(delayMs / 4, 100) + 1);
      }),
    );
  });
});
