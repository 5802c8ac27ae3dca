// SPDX-License-Identifier: Apache-2.0
// Finds an object's identity and its parts in its JSON bytes, in one pass (stage 1: watch event).
import {
  cutShort,
  isText,
  notJson,
  skipSpace,
  skipString,
  skipValue,
  type DepthGauge,
} from "./byte-scan.js";

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const backslash = 0x5c;

/** Positions kept per member of the object: key start and end, value start and end. */
const memberStride = 4;
const maxMembers = 64;

/** Answered by the key reader at the closing bracket. */
const closeMark = -3;

/**
 * What one pass over the bytes of an object tells. One instance is used again and again.
 *
 * Texts are `undefined` when the object has no such field. Positions refer to the scanned bytes and
 * are worthless after the next scan.
 */
export class ObjectScan implements DepthGauge {
  /** The bytes of the object, both brackets included. */
  start = 0;
  end = 0;
  name: string | undefined;
  namespace: string | undefined;
  uid: string | undefined;
  version: string | undefined;
  hasKind = false;
  hasApiVersion = false;
  metadataStart = 0;
  metadataEnd = 0;
  /** What to leave out so that `managedFields` is gone and commas are right; empty when absent. */
  managedStart = 0;
  managedEnd = 0;
  deepest = 0;
  memberCount = 0;
  readonly members: Int32Array = new Int32Array(maxMembers * memberStride);
  #keyStart = 0;
  #keyEnd = 0;

  /**
   * Scans the object that begins at `at`.
   *
   * @returns the position after it, or {@link cutShort}, or {@link notJson}.
   */
  scan(bytes: Buffer, at: number, end: number): number {
    this.#reset(at);
    if (at >= end) return cutShort;
    if (bytes[at] !== openBrace) return notJson;
    let position = at + 1;
    for (;;) {
      position = this.#key(bytes, position, end);
      if (position === closeMark) break;
      if (position < 0) return position;
      const keyStart = this.#keyStart;
      const keyEnd = this.#keyEnd;
      const valueStart = position;
      position = this.#topValue(bytes, valueStart, end);
      if (position < 0) return position;
      this.#addMember(keyStart, keyEnd, valueStart, position);
      position = skipSpace(bytes, position, end);
      if (position >= end) return cutShort;
      const next = bytes[position] as number;
      if (next === closeBrace) break;
      if (next !== comma) return notJson;
      position++;
    }
    this.end = (position === closeMark ? this.#keyEnd : position) + 1;
    return this.end;
  }

  /** The position of the value after the next key, or {@link closeMark} with the bracket's place. */
  #key(bytes: Buffer, at: number, end: number): number {
    let position = skipSpace(bytes, at, end);
    if (position >= end) return cutShort;
    if (bytes[position] === closeBrace) {
      this.#keyEnd = position;
      return closeMark;
    }
    if (bytes[position] !== quote) return notJson;
    const keyStart = position + 1;
    position = skipString(bytes, keyStart, end);
    if (position < 0) return position;
    this.#keyStart = keyStart;
    this.#keyEnd = position - 1;
    position = skipSpace(bytes, position, end);
    if (position >= end) return cutShort;
    if (bytes[position] !== colon) return notJson;
    position = skipSpace(bytes, position + 1, end);
    return position >= end ? cutShort : position;
  }

  #topValue(bytes: Buffer, at: number, end: number): number {
    const start = this.#keyStart;
    const stop = this.#keyEnd;
    if (bytes[at] === openBrace && isText(bytes, start, stop, "metadata")) {
      this.metadataStart = at;
      const after = this.#metadata(bytes, at + 1, end);
      this.metadataEnd = after;
      return after;
    }
    if (isText(bytes, start, stop, "kind")) this.hasKind = true;
    else if (isText(bytes, start, stop, "apiVersion")) this.hasApiVersion = true;
    return skipValue(bytes, at, end, this, 1);
  }

  #metadata(bytes: Buffer, at: number, end: number): number {
    let position = at;
    let separator = -1;
    for (;;) {
      position = this.#key(bytes, position, end);
      if (position === closeMark) return this.#keyEnd + 1;
      if (position < 0) return position;
      const keyStart = this.#keyStart;
      const keyEnd = this.#keyEnd;
      const valueStart = position;
      position = skipValue(bytes, valueStart, end, this, 2);
      if (position < 0) return position;
      const valueEnd = position;
      position = skipSpace(bytes, position, end);
      if (position >= end) return cutShort;
      const isLast = bytes[position] === closeBrace;
      if (!isLast && bytes[position] !== comma) return notJson;
      if (bytes[valueStart] === quote) {
        this.#identity(bytes, keyStart, keyEnd, valueStart + 1, valueEnd - 1);
      } else if (isText(bytes, keyStart, keyEnd, "managedFields")) {
        const isAfterComma = isLast && separator >= 0;
        this.managedStart = isAfterComma ? separator : keyStart - 1;
        this.managedEnd = isLast ? valueEnd : position + 1;
      }
      if (isLast) return position + 1;
      separator = position++;
    }
  }

  #identity(bytes: Buffer, keyStart: number, keyEnd: number, from: number, to: number): void {
    switch (keyEnd - keyStart) {
      case 3:
        if (isText(bytes, keyStart, keyEnd, "uid")) this.uid = textOf(bytes, from, to);
        break;
      case 4:
        if (isText(bytes, keyStart, keyEnd, "name")) this.name = textOf(bytes, from, to);
        break;
      case 9:
        if (isText(bytes, keyStart, keyEnd, "namespace")) this.namespace = textOf(bytes, from, to);
        break;
      case 15:
        if (isText(bytes, keyStart, keyEnd, "resourceVersion")) {
          this.version = textOf(bytes, from, to);
        }
        break;
    }
  }

  #addMember(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const base = this.memberCount * memberStride;
    this.memberCount++;
    if (base >= this.members.length) return; // Counted, so that the reader can tell.
    this.members[base] = keyStart;
    this.members[base + 1] = keyEnd;
    this.members[base + 2] = valueStart;
    this.members[base + 3] = valueEnd;
  }

  #reset(at: number): void {
    this.start = at;
    this.end = at;
    this.name = undefined;
    this.namespace = undefined;
    this.uid = undefined;
    this.version = undefined;
    this.hasKind = false;
    this.hasApiVersion = false;
    this.metadataStart = 0;
    this.metadataEnd = 0;
    this.managedStart = 0;
    this.managedEnd = 0;
    this.deepest = 2;
    this.memberCount = 0;
  }
}

/** The text between two quotes; names and versions are ASCII, anything else is decoded properly. */
function textOf(bytes: Buffer, from: number, to: number): string {
  for (let position = from; position < to; position++) {
    const byte = bytes[position] as number;
    if (byte === backslash || byte >= 0x80) return decodeText(bytes, from, to);
  }
  return bytes.toString("latin1", from, to);
}

function decodeText(bytes: Buffer, from: number, to: number): string {
  try {
    return JSON.parse(bytes.toString("utf8", from - 1, to + 1)) as string;
  } catch {
    return ""; // Not a legal name either way: the object is set aside as malformed.
  }
}
