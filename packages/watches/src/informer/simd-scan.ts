// SPDX-License-Identifier: Apache-2.0
// Skips JSON containers 16 bytes at a time, with a WebAssembly function written out below (stage 1).

/*
 * A JavaScript loop over the 5.6 kB of a Pod takes as long as a quarter of its parse, mostly for
 * branches on quotes that no processor can foresee. The function here looks at 16 bytes at once:
 * quotes, backslashes and brackets become bit masks, a prefix-xor of the quotes tells what is
 * inside of strings, and only blocks with brackets outside of strings are looked at more closely.
 * The technique is that of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second").
 *
 * Over 400 lines because the encoders of instructions are read together with what they encode.
 *
 *   skip(position, end, level) → the position after the bracket that closes the container opened
 *   just before `position`, or −1. The deepest level reached is left at address 0.
 */

const i32 = 0x7f;
const v128 = 0x7b;

/** Bytes before the text in memory: room for the deepest level. */
const textAt = 16;
/** A vector read at the end reaches over it by less than this. */
const slackBytes = 16;
const pageBytes = 65_536;
/** Longer texts are left to the loop, so that this memory stays small. */
export const maxSimdBytes: number = 1024 * 1024;

type Code = readonly number[];

// Signed LEB128, as WebAssembly writes integers.
function leb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

const num = (value: number): Code => [0x41, ...leb(value)];
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const add: Code = [0x6a];
const sub: Code = [0x6b];
const and: Code = [0x71];
const or: Code = [0x72];
const xor: Code = [0x73];
const shl: Code = [0x74];
const shrU: Code = [0x76];
const ctz: Code = [0x68];
const popcnt: Code = [0x69];
const eqz: Code = [0x45];
const gtS: Code = [0x4a];
const geS: Code = [0x4e];
const leS: Code = [0x4c];
const give: Code = [0x0f];
const branch = (depth: number): Code => [0x0c, depth];
const branchIf = (depth: number): Code => [0x0d, depth];
const loop = (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0b];
const block = (...body: readonly Code[]): Code => [0x02, 0x40, ...body.flat(), 0x0b];
const when = (...body: readonly Code[]): Code => [0x04, 0x40, ...body.flat(), 0x0b];
const store = [0x36, 0x02, 0x00];

/** The bits of the 16 bytes in the local `bytes`, masked with `clear`, that equal `value`. */
const bitsEqual = (bytes: number, value: number, clear?: number): Code => [
  ...get(bytes),
  ...(clear === undefined ? [] : [...splat(clear), 0xfd, 0x4e]), // v128.and
  ...splat(value),
  ...[0xfd, 0x23], // i8x16.eq
  ...[0xfd, 0x64], // i8x16.bitmask
];
const splat = (value: number): Code => [...num(value), 0xfd, 0x0f];

// Parameters and locals.
const position = 0;
const end = 1;
const level = 2;
const depth = 3;
const deepest = 4;
const inString = 5;
const escape = 6;
const quotes = 7;
const slashes = 8;
const opens = 9;
const closes = 10;
const mask = 11;
const bit = 12;
const bytes = 13;

/** Which of the quotes are escaped: each backslash that is not itself escaped hides the next byte. */
const findEscaped: Code = [
  ...get(escape),
  ...set(mask), // Bit i: byte i is escaped.
  ...block(
    loop(
      get(slashes),
      eqz,
      branchIf(1),
      get(slashes),
      ctz,
      set(bit),
      get(slashes),
      get(slashes),
      num(1),
      sub,
      and,
      set(slashes),
      // An escaped backslash escapes nothing.
      get(mask),
      get(bit),
      shrU,
      num(1),
      and,
      branchIf(0),
      get(mask),
      num(2),
      get(bit),
      shl,
      or,
      set(mask),
      branch(0),
    ),
  ),
  ...get(mask),
  ...num(16),
  ...shrU,
  ...set(escape),
  ...get(quotes),
  ...get(mask),
  ...num(-1),
  ...xor,
  ...and,
  ...set(quotes),
];

/** mask = mask xor (mask shl by), which in steps of 1, 2, 4, 8 gives the prefix-xor of 16 bits. */
const fold = (by: number): Code => [
  ...get(mask),
  ...get(mask),
  ...num(by),
  ...shl,
  ...xor,
  ...set(mask),
];

/** Walks the brackets of this block one by one; gives the answer when the container closes. */
const walkBrackets: Code = block(
  loop(
    get(opens),
    get(closes),
    or,
    eqz,
    branchIf(1),
    get(opens),
    get(closes),
    or,
    ctz,
    set(bit),
    block(
      get(opens),
      get(bit),
      shrU,
      num(1),
      and,
      eqz,
      branchIf(0),
      // An opening bracket.
      get(opens),
      get(opens),
      num(1),
      sub,
      and,
      set(opens),
      get(depth),
      num(1),
      add,
      set(depth),
      get(depth),
      get(deepest),
      leS,
      branchIf(1),
      get(depth),
      set(deepest),
      branch(1),
    ),
    // A closing one.
    get(closes),
    get(closes),
    num(1),
    sub,
    and,
    set(closes),
    get(depth),
    num(1),
    sub,
    set(depth),
    get(depth),
    get(level),
    gtS,
    branchIf(0),
    num(0),
    get(deepest),
    store,
    get(position),
    get(bit),
    add,
    num(1),
    add,
    give,
  ),
);

const skipBody: Code = [
  ...get(level),
  ...num(1),
  ...add,
  ...set(depth),
  ...get(depth),
  ...set(deepest),
  ...block(
    loop(
      get(position),
      get(end),
      geS,
      branchIf(1),
      get(position),
      [0xfd, 0x00, 0x00, 0x00], // v128.load
      set(bytes),
      bitsEqual(bytes, 0x22),
      set(quotes),
      bitsEqual(bytes, 0x5c),
      set(slashes),
      get(slashes),
      get(escape),
      or,
      when(findEscaped),
      // Inside of strings: from each opening quote up to its closing one.
      get(quotes),
      set(mask),
      fold(1),
      fold(2),
      fold(4),
      fold(8),
      get(mask),
      get(inString),
      xor,
      num(0xffff),
      and,
      set(mask),
      num(0),
      get(mask),
      num(15),
      shrU,
      sub,
      set(inString),
      // With bit 5 cleared "{" equals "[" and "}" equals "]".
      get(mask),
      num(-1),
      xor,
      set(mask),
      bitsEqual(bytes, 0x5b, 0xdf),
      get(mask),
      and,
      set(opens),
      bitsEqual(bytes, 0x5d, 0xdf),
      get(mask),
      and,
      set(closes),
      // What lies beyond the end does not count.
      get(end),
      get(position),
      sub,
      set(bit),
      block(
        get(bit),
        num(16),
        geS,
        branchIf(0),
        num(1),
        get(bit),
        shl,
        num(1),
        sub,
        set(mask),
        get(opens),
        get(mask),
        and,
        set(opens),
        get(closes),
        get(mask),
        and,
        set(closes),
      ),
      block(
        // Neither a new deepest level nor the end can be in this block: count, and go on.
        get(depth),
        get(opens),
        popcnt,
        add,
        get(deepest),
        gtS,
        get(depth),
        get(closes),
        popcnt,
        sub,
        get(level),
        leS,
        or,
        eqz,
        branchIf(0),
        walkBrackets,
      ),
      get(depth),
      get(opens),
      popcnt,
      add,
      get(closes),
      popcnt,
      sub,
      set(depth),
      get(position),
      num(16),
      add,
      set(position),
      branch(0),
    ),
  ),
  ...num(-1),
];

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const locals = [2, 10, i32, 1, v128];
  const body = [...locals, ...skipBody, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 3, i32, i32, i32, 1, i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 2]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("skip"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** The few parts of the WebAssembly interface that are used; the type library has none of it. */
interface Wasm {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => {
    exports: {
      memory: { buffer: ArrayBuffer; grow(pages: number): number };
      skip(position: number, end: number, level: number): number;
    };
  };
}

/**
 * Holds one text in WebAssembly memory and skips containers in it.
 *
 * Loading costs one copy, so a text in which several containers are skipped is loaded once.
 */
export class SimdScanner {
  /** Deepest level of the last skip. */
  deepest = 0;
  readonly #exports: InstanceType<Wasm["Instance"]>["exports"];
  #bytes: Uint8Array;
  #words: Int32Array;
  #loaded: Buffer | undefined;

  constructor(wasm: Wasm) {
    this.#exports = new wasm.Instance(new wasm.Module(moduleBytes())).exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#words = new Int32Array(this.#exports.memory.buffer);
  }

  /** As `skipContainer`: the position after the closing bracket, or −1. */
  skip(text: Buffer, at: number, textEnd: number, textLevel: number): number {
    if (this.#loaded !== text) this.#load(text);
    const after = this.#exports.skip(at + textAt, textEnd + textAt, textLevel);
    if (after < 0) return -1;
    this.deepest = this.#words[0] as number;
    return after - textAt;
  }

  #load(text: Buffer): void {
    const missing = text.length + textAt + slackBytes - this.#bytes.length;
    if (missing > 0) {
      this.#exports.memory.grow(Math.ceil(missing / pageBytes));
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
      this.#words = new Int32Array(this.#exports.memory.buffer);
    }
    this.#bytes.set(text, textAt);
    this.#loaded = text;
  }
}

/** A scanner, or `undefined` where WebAssembly or its vectors are not to be had. */
export function createSimdScanner(): SimdScanner | undefined {
  const wasm = (globalThis as { WebAssembly?: Wasm }).WebAssembly;
  if (wasm === undefined) return undefined; // `node --jitless` has none.
  try {
    return new SimdScanner(wasm);
  } catch {
    return undefined; // No vectors: the loop in JavaScript does the same, slower.
  }
}
