// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of a watch into lines, wherever the chunks were cut (stage 1: watch event).
import { asBuffer } from "./byte-scan.js";
import { CorruptStreamError } from "./verdict.js";

const newline = 0x0a;
const nothing = Buffer.alloc(0);

/**
 * Splits chunks into lines, one at a time, so that the reader can wait between two lines.
 *
 * **Guarantees:** a line that lies in one chunk is not copied; a line over many chunks is copied
 * once; an unfinished last line is never handed out; memory is bounded by `maxLineBytes`.
 *
 * @example
 * ```ts
 * splitter.push(chunk);
 * while (splitter.next()) use(splitter.bytes, splitter.start, splitter.end);
 * ```
 */
export class LineSplitter {
  /** Where the current line is; valid until the next call. */
  bytes: Buffer = nothing;
  start = 0;
  end = 0;
  readonly #maxLineBytes: number;
  #chunk: Buffer = nothing;
  #position = 0;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Bytes of the line that has begun and not ended. */
  get pendingBytes(): number {
    return this.#partBytes;
  }

  /** Takes the next chunk; the lines of the last one must have been taken out. */
  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk);
    this.#position = 0;
  }

  /**
   * Goes to the next line that is complete; empty ones are passed over.
   *
   * @throws {@link CorruptStreamError} when a line is longer than any object can be.
   */
  next(): boolean {
    const chunk = this.#chunk;
    for (;;) {
      const start = this.#position;
      const end = chunk.indexOf(newline, start);
      if (end < 0) {
        if (start < chunk.length) this.#keep(chunk.subarray(start));
        this.#chunk = nothing;
        this.#position = 0;
        return false;
      }
      this.#position = end + 1;
      if (this.#partBytes > 0) return this.#join(chunk.subarray(start, end));
      if (end === start) continue;
      this.bytes = chunk;
      this.start = start;
      this.end = end;
      return true;
    }
  }

  #join(last: Buffer): boolean {
    this.bytes = Buffer.concat([...this.#parts, last]);
    this.start = 0;
    this.end = this.bytes.length;
    this.#parts = [];
    this.#partBytes = 0;
    return true;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
    if (this.#partBytes <= this.#maxLineBytes) return;
    throw new CorruptStreamError(
      `reading a watch failed: a line is longer than ${this.#maxLineBytes} bytes. ` +
        "Look for a proxy that rewrites the stream, or raise maxObjectBytes.",
    );
  }
}
