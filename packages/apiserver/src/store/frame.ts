// SPDX-License-Identifier: Apache-2.0
// The frames of a journal file: one group of lines each, with its length and checksum, so that what
// a crash cut short is told from what was damaged later.
import { crc32 } from "node:zlib";

/** First byte of a frame. JSON text never holds it unescaped, so a search for it finds frames. */
const mark = 0x1e;

/** `mark`, eight hexadecimal digits of length, eight of checksum, a newline. */
const headerBytes = 18;

const hex = (value: number): string => value.toString(16).padStart(8, "0");

/** Lines as one frame. */
export function encodeFrame(lines: readonly string[]): Buffer {
  const payload = Buffer.from(`${lines.join("\n")}\n`);
  const header = `${String.fromCharCode(mark)}${hex(payload.length)}${hex(crc32(payload))}\n`;
  return Buffer.concat([Buffer.from(header, "latin1"), payload]);
}

/** A whole frame at a place of a file. */
interface Frame {
  readonly payload: Buffer;
  readonly end: number;
}

/** The frame that starts at a place, or undefined when none starts there whole. */
function frameAt(file: Buffer, start: number): Frame | undefined {
  const begin = start + headerBytes;
  if (file[start] !== mark || begin > file.length || file[begin - 1] !== 0x0a) return undefined;
  const header = file.toString("latin1", start + 1, begin - 1);
  if (!/^[0-9a-f]{16}$/.test(header)) return undefined;
  const end = begin + parseInt(header.slice(0, 8), 16);
  if (end > file.length) return undefined;
  const payload = file.subarray(begin, end);
  return crc32(payload) === parseInt(header.slice(8), 16) ? { payload, end } : undefined;
}

/** What a file holds: whole frames, and what comes after them. */
export interface FrameScan {
  /** Where the last whole frame ends; what a crash cut short begins there. */
  readonly end: number;
  /** Where a damaged frame begins that whole ones follow; undefined when there is none. */
  readonly damagedAt: number | undefined;
}

/**
 * Gives the lines of every frame, in order, and tells where the whole frames end.
 *
 * Only the last frame can have been cut short, as each is on disk before the next is written. A bad
 * frame with a whole one after it was therefore damaged after it had been written.
 */
export function scanFrames(file: Buffer, take: (line: string) => void): FrameScan {
  let end = 0;
  for (let frame = frameAt(file, 0); frame !== undefined; frame = frameAt(file, end)) {
    const text = frame.payload.toString("utf8");
    for (let from = 0; from < text.length;) {
      const to = text.indexOf("\n", from);
      take(text.slice(from, to));
      from = to + 1;
    }
    end = frame.end;
  }
  for (let at = file.indexOf(mark, end + 1); at !== -1; at = file.indexOf(mark, at + 1)) {
    if (frameAt(file, at) !== undefined) return { end, damagedAt: end };
  }
  return { end, damagedAt: undefined };
}
