// SPDX-License-Identifier: Apache-2.0
// Reads and rewrites modules before they are compiled: which imports they have, how much memory they
// may take, and names for their mutable globals, without which no state can be saved.

const magic = 0x6d736100;
const sectionIds = Object.freeze({ import: 2, memory: 5, global: 6, export: 7 } as const);

/** How the exports of mutable globals are called: this and a number. */
export const globalPrefix = "haversack_global_";

/** What a rewritten module must have and may have. */
export interface RewriteOptions {
  /** Greatest memory in pages of 64 KiB. */
  readonly maximumPages: number;
  /** Modules that may be imported from. */
  readonly allowedImports: ReadonlySet<string>;
}

/** A module that was rewritten, and the number of its mutable globals. */
export interface RewrittenModule {
  readonly bytes: Uint8Array;
  readonly mutableGlobals: number;
}

interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

/**
 * Bounds the memory of a module and exports every mutable global.
 *
 * Refuses what could not be held to its limits or could not be saved: imports from elsewhere, imported
 * memories, globals or tables, and more than one memory.
 *
 * **Guarantees:** nothing of the module's code is changed or run.
 *
 * @throws TypeError that says what stands against it.
 * @see WebAssembly Core Specification 2.0, section 5.5 "Modules" (binary format).
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions): RewrittenModule {
  const sections = readSections(bytes);
  checkImports(contentOf(sections, sectionIds.import), options.allowedImports);
  const mutable = mutableGlobals(contentOf(sections, sectionIds.global));
  const rewritten = sections.map(({ id, content }) => {
    if (id === sectionIds.memory)
      return { id, content: boundMemory(content, options.maximumPages) };
    if (id === sectionIds.export) return { id, content: addExports(content, mutable) };
    return { id, content };
  });
  if (contentOf(sections, sectionIds.memory).length === 0) {
    throw new TypeError("the module has no memory of its own");
  }
  return { bytes: writeSections(rewritten), mutableGlobals: mutable.length };
}

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new TypeError("the module ends too early");
    this.at += 1;
    return value;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
    throw new TypeError("a number in the module is too long");
  }

  /** Skips a signed or unsigned LEB128 number of any length. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new TypeError("the module ends too early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.number()));
  }
}

function readSections(bytes: Uint8Array): Section[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== magic || view.getUint32(4, true) !== 1) {
    throw new TypeError("these bytes are not a WebAssembly module of version 1");
  }
  const reader = new Reader(bytes, 8);
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.number()) });
  }
  return sections;
}

function contentOf(sections: readonly Section[], id: number): Uint8Array {
  return sections.find((section) => section.id === id)?.content ?? new Uint8Array();
}

function checkImports(content: Uint8Array, allowed: ReadonlySet<string>): void {
  const reader = new Reader(content);
  const count = content.length === 0 ? 0 : reader.number();
  for (let index = 0; index < count; index += 1) {
    const module = reader.text();
    const name = reader.text();
    const sort = reader.byte();
    if (!allowed.has(module)) throw new TypeError(`the module imports ${module}.${name}`);
    if (sort !== 0) {
      throw new TypeError(`the module imports ${module}.${name}, which is not a function`);
    }
    reader.skipNumber();
  }
}

/** Indices of the mutable ones; imported globals were refused, so counting begins at 0. */
function mutableGlobals(content: Uint8Array): number[] {
  const reader = new Reader(content);
  const count = content.length === 0 ? 0 : reader.number();
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = reader.byte();
    const isMutable = reader.byte() === 1;
    const isNumber = type >= 0x7c && type <= 0x7f;
    if (isMutable && !isNumber) {
      throw new TypeError(`the mutable global ${index} is not a number, so it cannot be saved`);
    }
    if (isMutable) found.push(index);
    skipInitialiser(reader);
  }
  return found;
}

/** A constant expression: one instruction with its operand, then `end`. */
function skipInitialiser(reader: Reader): void {
  for (let code = reader.byte(); code !== 0x0b; code = reader.byte()) {
    if (code === 0x43) reader.take(4);
    else if (code === 0x44) reader.take(8);
    else if (code === 0x41 || code === 0x42 || code === 0x23 || code === 0xd2) reader.skipNumber();
    else if (code === 0xd0) reader.byte();
    else throw new TypeError(`a global begins with instruction 0x${code.toString(16)}`);
  }
}

function boundMemory(content: Uint8Array, maximumPages: number): Uint8Array {
  const reader = new Reader(content);
  if (reader.number() !== 1) throw new TypeError("the module has more than one memory");
  const flags = reader.byte();
  if (flags > 1) throw new TypeError("the module's memory is shared or of 64 bits");
  const initial = reader.number();
  const own = flags === 1 ? reader.number() : maximumPages;
  if (initial > maximumPages) {
    throw new TypeError(`the module begins with ${initial} pages, of ${maximumPages} allowed`);
  }
  return Uint8Array.from([1, 1, ...leb(initial), ...leb(Math.min(own, maximumPages))]);
}

function addExports(content: Uint8Array, globals: readonly number[]): Uint8Array {
  const reader = new Reader(content);
  const count = reader.number();
  const added = globals.flatMap((index, number) => {
    const name = new TextEncoder().encode(`${globalPrefix}${number}`);
    return [...leb(name.length), ...name, 3, ...leb(index)];
  });
  const rest = content.subarray(reader.at);
  return concatenate([Uint8Array.from(leb(count + globals.length)), rest, Uint8Array.from(added)]);
}

function writeSections(sections: readonly Section[]): Uint8Array {
  const header = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const parts = sections.flatMap(({ id, content }) => [
    Uint8Array.from([id, ...leb(content.length)]),
    content,
  ]);
  return concatenate([header, ...parts]);
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
