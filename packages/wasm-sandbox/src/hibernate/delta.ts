// SPDX-License-Identifier: Apache-2.0
// What differs between two memories, as runs of bytes: address, length, bytes (stage: hibernate).

const pageBytes = 4096;
/** Measured on a QuickJS guest: blocks of 64 bytes halve what blocks of 4 KiB would save. */
const blockBytes = 64;
const wordsPerBlock = blockBytes / 4;

/**
 * Finds what must be written over `base` to get `now`. Bytes beyond the end of `base` count as zero.
 *
 * Both lengths must be multiples of 4 KiB, as those of WebAssembly memories are.
 */
export function encodeDelta(base: Uint8Array, now: Uint8Array): Uint8Array {
  const runs = new Runs(now);
  const left = Buffer.from(base.buffer, base.byteOffset, base.byteLength);
  const right = Buffer.from(now.buffer, now.byteOffset, now.byteLength);
  const zeros = Buffer.alloc(pageBytes);
  for (let at = 0; at < now.length; at += pageBytes) {
    const isBeyond = at >= base.length;
    const source = isBeyond ? zeros : left;
    const from = isBeyond ? 0 : at;
    if (right.compare(source, from, from + pageBytes, at, at + pageBytes) === 0) continue;
    comparePage(source, from, now, at, runs);
  }
  return runs.bytes();
}

function comparePage(
  base: Uint8Array,
  from: number,
  now: Uint8Array,
  at: number,
  runs: Runs,
): void {
  const before = words(base, from);
  const after = words(now, at);
  for (let block = 0; block < pageBytes / blockBytes; block += 1) {
    const first = block * wordsPerBlock;
    for (let word = first; word < first + wordsPerBlock; word += 1) {
      if (before[word] === after[word]) continue;
      runs.add(at + block * blockBytes, blockBytes);
      break;
    }
  }
}

function words(bytes: Uint8Array, at: number): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset + at, pageBytes / 4);
}

class Runs {
  readonly #memory: Uint8Array;
  readonly #runs: { readonly at: number; length: number }[] = [];

  constructor(memory: Uint8Array) {
    this.#memory = memory;
  }

  add(at: number, length: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.at + last.length === at) last.length += length;
    else this.#runs.push({ at, length });
  }

  bytes(): Uint8Array {
    const total = this.#runs.reduce((sum, { length }) => sum + 8 + length, 0);
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    let position = 0;
    for (const { at, length } of this.#runs) {
      view.setUint32(position, at, true);
      view.setUint32(position + 4, length, true);
      bytes.set(this.#memory.subarray(at, at + length), position + 8);
      position += 8 + length;
    }
    return bytes;
  }
}

/** One run of bytes and where it belongs. */
export interface DeltaRun {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Reads a delta. @throws RangeError when it does not fit into a memory of that length. */
export function* readDelta(delta: Uint8Array, memoryBytes: number): Generator<DeltaRun> {
  const view = new DataView(delta.buffer, delta.byteOffset, delta.byteLength);
  let position = 0;
  while (position < delta.length) {
    if (position + 8 > delta.length) throw new RangeError("a delta ends in the middle of a run");
    const at = view.getUint32(position, true);
    const length = view.getUint32(position + 4, true);
    const end = position + 8 + length;
    if (end > delta.length || at + length > memoryBytes) {
      throw new RangeError("a delta has a run that lies outside");
    }
    yield { at, bytes: delta.subarray(position + 8, end) };
    position = end;
  }
}

/** Writes a delta into a memory. @throws RangeError when it does not fit. */
export function applyDelta(memory: Uint8Array, delta: Uint8Array): void {
  for (const { at, bytes } of readDelta(delta, memory.length)) memory.set(bytes, at);
}
