// SPDX-License-Identifier: Apache-2.0
// Laws of journal files: what was written whole is read, a cut end is a cut end, damage is told.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeFrame, scanFrames } from "./frame.js";

const line = fc.string({ unit: "binary", maxLength: 30 }).map((text) => JSON.stringify(text));
const groups = fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
});

function read(file: Buffer): { lines: string[]; end: number; damagedAt: number | undefined } {
  const lines: string[] = [];
  return { ...scanFrames(file, (text) => lines.push(text)), lines };
}

describe("journal frames", () => {
  it("give back the groups that are whole, wherever the file was cut", () => {
    fc.assert(
      fc.property(groups, fc.nat(), (all, place) => {
        const frames = all.map(encodeFrame);
        const file = Buffer.concat(frames);
        const cut = place % (file.length + 1);
        const whole: string[] = [];
        let end = 0;
        for (const [index, frame] of frames.entries()) {
          if (end + frame.length > cut) break;
          end += frame.length;
          whole.push(...(all[index] ?? []));
        }
        expect(read(file.subarray(0, cut))).toEqual({ lines: whole, end, damagedAt: undefined });
      }),
    );
  });

  it("never give back a changed byte, and tell damage before a whole group from a cut end", () => {
    fc.assert(
      fc.property(groups, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, place, change) => {
        const frames = all.map(encodeFrame);
        const file = Buffer.concat(frames);
        const at = place % file.length;
        file[at] = (file[at] ?? 0) ^ change;
        let begin = 0;
        let index = 0;
        for (const frame of frames) {
          if (at < begin + frame.length) break;
          begin += frame.length;
          index += 1;
        }
        const found = read(file);
        expect(found.lines).toEqual(all.slice(0, index).flat());
        expect(found.end).toBe(begin);
        expect(found.damagedAt).toBe(index === all.length - 1 ? undefined : begin);
      }),
    );
  });
});
