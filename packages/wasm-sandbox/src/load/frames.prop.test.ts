// SPDX-License-Identifier: Apache-2.0
// Laws of frames: they come out as they went in, however the stream is cut.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeFrame, FrameReader, type Frame } from "./frames.js";

describe("FrameReader", () => {
  it("gives every frame once, in order, however the bytes are cut", () => {
    const frames = fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.uint8Array({ maxLength: 50 })));
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(([type, payload]) => encodeFrame(type, payload)));
        const got: Frame[] = [];
        const reader = new FrameReader(50, (frame) => got.push(frame));
        for (let at = 0; at < stream.length;) {
          const length = cuts.next().value as number;
          reader.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(got.map(({ type, payload }) => [type, [...payload]])).toEqual(
          sent.map(([type, payload]) => [type, [...payload]]),
        );
      }),
    );
  });

  it("refuses a frame that is too long before it holds it", () => {
    const reader = new FrameReader(10, () => undefined);
    expect(() => reader.push(encodeFrame(1, new Uint8Array(11)).subarray(0, 8))).toThrow(
      RangeError,
    );
  });
});
