// SPDX-License-Identifier: Apache-2.0
// Reads the wire format of protobuf, value by value.
import { badRequest } from "../status-error.js";

/** 400 of a body that is no protobuf message. */
export const malformed = (): Error => badRequest("the body is no valid protobuf message");

/** A position in a message. */
export class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed();
  }

  double(): number {
    return this.#take(8).readDoubleLE();
  }

  chunk(): Buffer {
    return this.#take(Number(this.varint()));
  }

  /** Skips a value that nobody reads. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.chunk();
    else if (wireType === 5) this.#take(4);
    else throw malformed();
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw malformed();
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
