// SPDX-License-Identifier: Apache-2.0
// Laws of differences between memories.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { applyDelta, encodeDelta, readDelta } from "./delta.js";

const page = 4096;
const memory = (pages: number, changes: readonly (readonly [number, number])[]): Uint8Array => {
  const bytes = new Uint8Array(pages * page);
  for (const [at, value] of changes) bytes[at % bytes.length] = value;
  return bytes;
};
const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 60 });

describe("encodeDelta()", () => {
  it("makes the new memory out of the old one, however both differ and whichever grew", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 3 }),
        changes,
        changes,
        (pages, grown, a, b) => {
          const base = memory(pages, a);
          const now = memory(pages + grown, b);
          const result = memory(pages + grown, []);
          result.set(base);
          applyDelta(result, encodeDelta(base, now));
          expect(Buffer.compare(result, now)).toBe(0);
        },
      ),
    );
  });

  it("is empty between equal memories, and no longer than what differs", () => {
    fc.assert(
      fc.property(changes, (a) => {
        expect(encodeDelta(memory(2, a), memory(2, a))).toHaveLength(0);
        const delta = encodeDelta(memory(2, []), memory(2, a));
        expect(delta.length).toBeLessThanOrEqual(a.length * (64 + 8));
      }),
    );
  });

  it("is refused where it does not fit", () => {
    const delta = encodeDelta(memory(1, []), memory(2, [[page + 5, 1]]));
    expect(() => applyDelta(memory(1, []), delta)).toThrow(RangeError);
    expect(() => [...readDelta(delta.subarray(0, 5), page)]).toThrow(RangeError);
    expect(() => [...readDelta(delta.subarray(0, 20), 2 * page)]).toThrow(RangeError);
  });
});
