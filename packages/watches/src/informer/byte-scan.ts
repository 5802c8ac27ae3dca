// SPDX-License-Identifier: Apache-2.0
// Skipping over JSON in bytes without building anything from it (stage 1: watch event).
import { createSimdScanner, maxSimdBytes } from "./simd-scan.js";

/** Answered instead of a position when the bytes end before the value does. */
export const cutShort = -1;
/** Answered instead of a position when the bytes are not JSON. */
export const notJson = -2;

/** Collects how deeply the skipped values were nested. */
export interface DepthGauge {
  deepest: number;
}

const quote = 0x22;
const backslash = 0x5c;
// With bit 5 cleared "{" equals "[" and "}" equals "]".
const ignoreBit5 = 0xdf;
const opening = 0x5b;
const closing = 0x5d;

/** The first position from `at` that is not white space. */
export function skipSpace(bytes: Buffer, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const byte = bytes[position] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    position++;
  }
  return position;
}

/** The position after the closing quote; `at` stands after the opening one. */
export function skipString(bytes: Buffer, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const byte = bytes[position++] as number;
    if (byte === quote) return position;
    if (byte === backslash) position++;
  }
  return cutShort;
}

/**
 * The position after the value that begins at `at`.
 *
 * Brackets are balanced and strings are closed, and no more than that is promised: whoever needs
 * the value parses it and finds out about the rest.
 */
export function skipValue(
  bytes: Buffer,
  at: number,
  end: number,
  gauge: DepthGauge,
  level: number,
): number {
  if (at >= end) return cutShort;
  const first = bytes[at] as number;
  if (first === quote) return skipString(bytes, at + 1, end);
  if ((first & ignoreBit5) === opening) return skipContainer(bytes, at + 1, end, gauge, level);
  return skipScalar(bytes, at, end);
}

/** Containers are mostly small: so many bytes are looked at before the vectors are set to work. */
const smallBytes = 96;
const simd = createSimdScanner();

/** The position after the bracket that closes the container opened just before `at`. */
export function skipContainer(
  bytes: Buffer,
  at: number,
  end: number,
  gauge: DepthGauge,
  level: number,
): number {
  const isSmall = simd === undefined || end - at <= smallBytes || bytes.length > maxSimdBytes;
  if (isSmall) return skipBytewise(bytes, at, end, gauge, level);
  const near = skipBytewise(bytes, at, at + smallBytes, gauge, level);
  if (near >= 0) return near;
  const after = simd.skip(bytes, at, end, level);
  if (after < 0) return cutShort;
  if (simd.deepest > gauge.deepest) gauge.deepest = simd.deepest;
  return after;
}

/** The same, one byte at a time. */
export function skipBytewise(
  bytes: Buffer,
  at: number,
  end: number,
  gauge: DepthGauge,
  level: number,
): number {
  let position = at;
  let depth = level + 1;
  let deepest = depth;
  while (position < end) {
    const byte = bytes[position++] as number;
    if (byte === quote) {
      while (position < end) {
        const inside = bytes[position++] as number;
        if (inside === quote) break;
        if (inside === backslash) position++;
      }
    } else if ((byte & ignoreBit5) === opening) {
      if (++depth > deepest) deepest = depth;
    } else if ((byte & ignoreBit5) === closing && --depth === level) {
      if (deepest > gauge.deepest) gauge.deepest = deepest;
      return position;
    }
  }
  return cutShort;
}

function skipScalar(bytes: Buffer, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const byte = bytes[position] as number;
    const isPart =
      (byte >= 0x30 && byte <= 0x39) || // digits
      (byte >= 0x61 && byte <= 0x7a) || // true, false, null, the exponent
      byte === 0x2d ||
      byte === 0x2b ||
      byte === 0x2e ||
      byte === 0x45;
    if (!isPart) return position === at ? notJson : position;
    position++;
  }
  return cutShort;
}

/** Whether the bytes from `start` to `end` are this ASCII text. */
export function isText(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * A chunk as a `Buffer` of its own, so that every scan sees one class of object, and never the same
 * object with other bytes from a transport that reuses its buffers.
 */
export function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
