// SPDX-License-Identifier: Apache-2.0
// The frames between a host and the command loop of a guest: u32 length · u32 type · payload.

/** Types of the frames a host writes. */
export const toGuest = {
  message: 77, // M
  limits: 76, // L
  bytecode: 66, // B
  source: 69, // E
  compile: 67, // C
  collectGarbage: 71, // G
  snapshot: 83, // S
  restore: 82, // R
  restoreBlock: 80, // P
} as const;

/** Types of the frames a guest writes. */
export const fromGuest = {
  message: 109, // m
  thrown: 120, // x
  interrupted: 105, // i
  bytecode: 98, // b
  unhandled: 117, // u
  handled: 118, // v
  snapshot: 115, // s
  snapshotBlock: 112, // p
  snapshotEnd: 122, // z
  ack: 97, // a
} as const;

const headerBytes = 8;

/** One frame, taken apart. */
export interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Puts a frame together. */
export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, type, true);
  bytes.set(payload, headerBytes);
  return bytes;
}

/** Numbers as little-endian words, the payload of several frames. */
export function encodeWords(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** The word at a place of a payload; 0 beyond its end. */
export function wordAt(payload: Uint8Array, index: number): number {
  const at = index * 4;
  if (payload.length < at + 4) return 0;
  return new DataView(payload.buffer, payload.byteOffset + at, 4).getUint32(0, true);
}

/**
 * Puts a stream of bytes together to frames.
 *
 * **Guarantees:** holds at most one incomplete frame, never more than `maximumBytes` of it.
 */
export class FrameReader {
  readonly #maximumBytes: number;
  readonly #onFrame: (frame: Frame) => void;
  readonly #header = new Uint8Array(headerBytes);
  #headerLength = 0;
  #payload: Uint8Array | undefined;
  #payloadLength = 0;

  /** @param maximumBytes Greatest payload; a longer one throws a RangeError before it is held. */
  constructor(maximumBytes: number, onFrame: (frame: Frame) => void) {
    this.#maximumBytes = maximumBytes;
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes; they are copied. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length || this.#isComplete()) {
      at +=
        this.#payload === undefined ? this.#takeHeader(bytes, at) : this.#takePayload(bytes, at);
    }
  }

  #isComplete(): boolean {
    return this.#payload !== undefined && this.#payloadLength === this.#payload.length;
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    const taken = Math.min(headerBytes - this.#headerLength, bytes.length - at);
    this.#header.set(bytes.subarray(at, at + taken), this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength < headerBytes) return taken;
    const length = wordAt(this.#header, 0);
    if (length > this.#maximumBytes) {
      throw new RangeError(`a frame of ${length} bytes; at most ${this.#maximumBytes} are taken`);
    }
    this.#payload = new Uint8Array(length);
    this.#payloadLength = 0;
    return taken;
  }

  #takePayload(bytes: Uint8Array, at: number): number {
    const payload = this.#payload ?? new Uint8Array();
    const taken = Math.min(payload.length - this.#payloadLength, bytes.length - at);
    payload.set(bytes.subarray(at, at + taken), this.#payloadLength);
    this.#payloadLength += taken;
    if (this.#payloadLength === payload.length) {
      this.#payload = undefined;
      this.#headerLength = 0;
      this.#onFrame({ type: wordAt(this.#header, 1), payload });
    }
    return taken;
  }
}
