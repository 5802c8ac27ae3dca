// SPDX-License-Identifier: Apache-2.0
// Reads a list answer item by item while it arrives, however long it is (stage 1: watch event).
import {
  asBuffer,
  cutShort,
  isText,
  notJson,
  skipSpace,
  skipString,
  skipValue,
} from "./byte-scan.js";
import type { ObjectScan } from "./object-scan.js";
import { CorruptStreamError } from "./verdict.js";

/** What a page of a list says about itself. */
export interface ListPage {
  readonly resourceVersion: string;
  /** Where the next page begins; absent or empty on the last. */
  readonly continue?: string;
}

/** Receives one item: `scan` holds where it is in `bytes`; both are valid only during the call. */
export type ItemReceiver = (bytes: Buffer, scan: ObjectScan) => void;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Takes a list body apart.
 *
 * **Guarantees:** never holds more than one item and one chunk; never builds a text of the whole.
 * An unpaged list of 100,000 objects is longer than the longest string V8 can make.
 */
export class ListReader {
  readonly #receive: ItemReceiver;
  readonly #scan: ObjectScan;
  readonly #maxObjectBytes: number;
  #pending: Buffer | undefined;
  /** Not worth another look before this many bytes are there. */
  #worthBytes = 0;
  #state: "begin" | "members" | "items" | "done" = "begin";
  #metadata: Partial<ListPage> | undefined;
  #hasItems = false;

  constructor(receive: ItemReceiver, scan: ObjectScan, maxObjectBytes: number) {
    this.#receive = receive;
    this.#scan = scan;
    this.#maxObjectBytes = maxObjectBytes;
  }

  /**
   * Takes the next chunk and hands out the items that end in it.
   *
   * @throws {@link CorruptStreamError} when the bytes are not a list.
   */
  push(chunk: Uint8Array): void {
    const bytes = this.#withPending(asBuffer(chunk));
    if (bytes.length < this.#worthBytes) {
      this.#pending = bytes;
      return;
    }
    const used = this.#consume(bytes);
    const rest = bytes.length - used;
    this.#pending = rest === 0 ? undefined : bytes.subarray(used);
    // A value that is longer than what is there is looked at again when twice as much is.
    this.#worthBytes = rest > 65_536 ? rest * 2 : 0;
    if (rest > this.#maxObjectBytes) throw this.#corrupt(`an item is longer than ${rest} bytes`);
  }

  /**
   * What the list said about itself, once it is complete.
   *
   * @throws {@link CorruptStreamError} when it ended before its end, or is no list, such as a
   * `Status` that came with 200: taken for an empty page it would delete what it leaves out.
   */
  finish(): ListPage {
    if (this.#pending !== undefined && this.#worthBytes > 0) {
      this.#worthBytes = 0;
      this.push(Buffer.alloc(0));
    }
    if (this.#state !== "done") throw this.#corrupt("the answer ended before the list did");
    if (!this.#hasItems) throw this.#corrupt("the answer is no list: it has no items");
    const { resourceVersion } = this.#metadata ?? {};
    if (typeof resourceVersion !== "string" || resourceVersion === "") {
      throw this.#corrupt("it has no metadata.resourceVersion to watch from");
    }
    return { ...this.#metadata, resourceVersion };
  }

  #withPending(chunk: Buffer): Buffer {
    return this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  /** Consumes as many whole items and members as there are; answers how many bytes those were. */
  #consume(bytes: Buffer): number {
    let used = 0;
    for (;;) {
      const next = this.#step(bytes, used, bytes.length);
      if (next === cutShort) return used;
      if (next === notJson) throw this.#corrupt("it is not the JSON of a list");
      used = next;
      if (this.#state === "done") return bytes.length;
    }
  }

  #step(bytes: Buffer, at: number, end: number): number {
    const position = skipSpace(bytes, at, end);
    if (position >= end) return cutShort;
    switch (this.#state) {
      case "begin":
        if (bytes[position] !== openBrace) return notJson;
        this.#state = "members";
        return position + 1;
      case "members":
        return this.#member(bytes, position, end);
      case "items":
        return this.#item(bytes, position, end);
      default:
        return end;
    }
  }

  #item(bytes: Buffer, at: number, end: number): number {
    const byte = bytes[at] as number;
    if (byte === closeBracket) {
      this.#state = "members";
      return at + 1;
    }
    if (byte === comma) return at + 1;
    const after = this.#scan.scan(bytes, at, end);
    if (after >= 0) this.#receive(bytes, this.#scan);
    return after;
  }

  #member(bytes: Buffer, at: number, end: number): number {
    if (bytes[at] === comma) return at + 1;
    if (bytes[at] === closeBrace) {
      this.#state = "done";
      return at + 1;
    }
    if (bytes[at] !== quote) return notJson;
    const afterKey = skipString(bytes, at + 1, end);
    if (afterKey < 0) return afterKey;
    const colonAt = skipSpace(bytes, afterKey, end);
    if (colonAt >= end) return cutShort;
    if (bytes[colonAt] !== colon) return notJson;
    const valueAt = skipSpace(bytes, colonAt + 1, end);
    if (valueAt >= end) return cutShort;
    if (bytes[valueAt] === openBracket && isText(bytes, at + 1, afterKey - 1, "items")) {
      if (this.#hasItems) return notJson;
      this.#hasItems = true;
      this.#state = "items";
      return valueAt + 1;
    }
    const after = skipValue(bytes, valueAt, end, this.#scan, 1);
    if (after >= 0 && isText(bytes, at + 1, afterKey - 1, "items")) {
      // Go writes an empty list as null.
      this.#hasItems = isText(bytes, valueAt, after, "null");
    }
    if (after >= 0 && isText(bytes, at + 1, afterKey - 1, "metadata")) {
      this.#metadata = this.#parseMetadata(bytes.toString("utf8", valueAt, after));
    }
    return after;
  }

  #parseMetadata(text: string): Partial<ListPage> {
    try {
      return (JSON.parse(text) ?? {}) as Partial<ListPage>;
    } catch (error) {
      throw this.#corrupt("its metadata is not JSON", error);
    }
  }

  #corrupt(why: string, cause?: unknown): CorruptStreamError {
    return new CorruptStreamError(
      `reading a list failed: ${why}. It is asked for again; look for a proxy that cuts answers.`,
      { cause },
    );
  }
}
