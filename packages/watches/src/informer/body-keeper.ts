// SPDX-License-Identifier: Apache-2.0
// Where the bytes of lazy bodies are: fresh ones side by side, older ones compressed (stage 1).
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Clock, Timer } from "@haversack/core";
import type { Pacer } from "./pacer.js";

/** Bytes of several bodies, side by side. */
interface Slab {
  readonly bytes: Buffer;
  readonly bodies: KeptBody[];
  /** Bodies still in the cache. */
  live: number;
  /** Holds a body that somebody was given: the bytes may not be written over. */
  isShared: boolean;
  sealedMs: number;
}

/** Bodies compressed together; offsets count in what is inflated. */
interface Block {
  readonly packed: Buffer;
  readonly bodies: readonly KeptBody[];
  live: number;
}

/** Where bytes of bodies are. */
export type BodyHome = Slab | Block;

/** Where one body is. Moved when it is compressed; still readable after it has left the cache. */
export interface KeptBody {
  home: BodyHome | undefined;
  offset: number;
  length: number;
  /** In the cache. */
  isHeld: boolean;
  /** Somebody was given it and may keep it. */
  isShared: boolean;
}

const firstSlabBytes = 16 * 1024;
const largestSlabBytes = 256 * 1024;
/**
 * Bodies per block: 8 together take 310 B each at 8 µs in and 25 µs for the block out, one alone
 * 1,460 B (measured on Pods of 3.6 kB; objects of one kind are much alike).
 */
const bodiesPerBlock = 8;
/** Large bodies share a block with fewer others, so that none takes long to inflate. */
const blockBytes = 64 * 1024;
/** Fresh bodies beyond this are compressed at once, so that a first list cannot fill the memory. */
const maxFreshBytes = 64 * 1024 * 1024;
/** Bodies rest this long before they are compressed: most that change often change again. */
const restMs = 1_000;
/** Slabs kept for use again; allocating and clearing them costs more than filling them. */
const spareSlabs = 8;
/** Inflated blocks kept at hand: reading on through the cache inflates each block once. */
const inflatedBlocks = 4;

/**
 * Keeps bytes of bodies.
 *
 * **Guarantees:** a body stays readable as long as somebody holds it, in the cache or not; memory
 * of bodies that nobody holds goes with the garbage collector.
 */
export class BodyKeeper {
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  #open: Slab | undefined;
  #used = 0;
  #nextSlabBytes = firstSlabBytes;
  /** In the order in which they were sealed. */
  readonly #sealed = new Set<Slab>();
  readonly #spare: Buffer[] = [];
  #sealedBytes = 0;
  readonly #sparse = new Set<Block>();
  readonly #inflated = new Map<Block, Buffer>();
  #timer: Timer | undefined;
  #isClosed = false;
  #packedBytes = 0;

  constructor(clock: Clock, pacer: Pacer) {
    this.#clock = clock;
    this.#pacer = pacer;
  }

  /** Bytes held: of slabs as allocated, of blocks as compressed. */
  get heldBytes(): number {
    return this.#sealedBytes + (this.#open?.bytes.length ?? 0) + this.#packedBytes;
  }

  /** Where the next body of at most `boundBytes` is to be written, from {@link BodyKeeper.at} on. */
  reserve(boundBytes: number): Buffer {
    return this.#slabFor(boundBytes).bytes;
  }

  /** Offset at which the reserved room begins. */
  get at(): number {
    return this.#used;
  }

  /** Keeps what was written into the reserved room. */
  commit(body: KeptBody, length: number): void {
    const slab = this.#open;
    if (slab === undefined) return;
    body.home = slab;
    body.offset = this.#used;
    body.length = length;
    body.isHeld = true;
    this.#used += length;
    slab.bodies.push(body);
    slab.live++;
    if (body.isShared) slab.isShared = true;

    this.#planPacking();
  }

  /** The body's bytes; valid until the next call. */
  read(body: KeptBody): Buffer {
    const { home, offset, length } = body;
    if (home === undefined) return Buffer.alloc(0);
    const bytes = "packed" in home ? this.#inflate(home) : home.bytes;
    return bytes.subarray(offset, offset + length);
  }

  /** The body is about to be given to somebody who may keep it. */
  share(body: KeptBody): void {
    const { home } = body;
    body.isShared = true;
    if (home !== undefined && !("packed" in home)) home.isShared = true;
  }

  /** The body has left the cache. */
  drop(body: KeptBody): void {
    const { home } = body;
    if (home === undefined || !body.isHeld) return;
    body.isHeld = false;
    home.live--;
    if (!("packed" in home)) {
      if (home.live === 0 && home !== this.#open) this.#forget(home);
    } else if (home.live === 0) {
      this.#packedBytes -= home.packed.length;
      this.#sparse.delete(home);
      this.#inflated.delete(home);
    } else if (home.live * 2 <= home.bodies.length && home.bodies.length > 1) {
      this.#sparse.add(home);
      this.#planPacking();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#open = undefined;
    this.#sealed.clear();
    this.#spare.length = 0;
    this.#sparse.clear();
    this.#inflated.clear();
  }

  #slabFor(boundBytes: number): Slab {
    const open = this.#open;
    if (open !== undefined && this.#used + boundBytes <= open.bytes.length) return open;
    this.#seal();
    const bytes = this.#allocate(boundBytes);
    this.#open = { bytes, bodies: [], live: 0, isShared: false, sealedMs: 0 };
    this.#used = 0;
    while (this.#sealedBytes > maxFreshBytes) this.#packOldest();
    return this.#open;
  }

  #allocate(boundBytes: number): Buffer {
    const spare = boundBytes <= largestSlabBytes ? this.#spare.pop() : undefined;
    if (spare !== undefined) return spare;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#nextSlabBytes, boundBytes));
    this.#nextSlabBytes = Math.min(this.#nextSlabBytes * 2, largestSlabBytes);
    return bytes;
  }

  /** @param sinceMs when it was last written to, relative to now. */
  #seal(sinceMs = 0): void {
    const slab = this.#open;
    if (slab === undefined) return;
    this.#open = undefined;
    slab.sealedMs = this.#clock.monotonicMs() + sinceMs;
    this.#sealed.add(slab);
    this.#sealedBytes += slab.bytes.length;
    if (slab.live === 0) this.#forget(slab);
  }

  /** Nothing in a slab is needed by the cache any more. */
  #forget(slab: Slab): void {
    if (!this.#sealed.delete(slab)) return;
    this.#sealedBytes -= slab.bytes.length;
    const isReusable =
      !slab.isShared && slab.bytes.length === largestSlabBytes && this.#spare.length < spareSlabs;
    if (isReusable) this.#spare.push(slab.bytes);
  }

  #planPacking(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    const open = this.#open;
    const used = this.#used;
    this.#timer = this.#clock.setTimer(() => {
      if (this.#open === open && this.#used === used) this.#seal(-restMs);
      void this.#packAll();
    }, restMs);
  }

  /** Compresses what rests now, giving way to other work. */
  async #packAll(): Promise<void> {
    let begun = this.#pacer.begin();
    const giveWay = async (): Promise<void> => {
      if (this.#pacer.isDue(begun)) await this.#pacer.pause();
      begun = this.#pacer.begin();
    };
    const restedMs = this.#clock.monotonicMs() - restMs;
    for (const slab of this.#sealed) {
      if (slab.sealedMs > restedMs) break;
      this.#packSlab(slab);
      await giveWay();
    }
    for (const block of [...this.#sparse]) {
      this.#repack(block);
      await giveWay();
    }
    this.#timer = undefined;
    if (this.#open !== undefined || this.#sealed.size > 0) this.#planPacking();
    else this.#spare.length = 0;
  }

  #packOldest(): void {
    for (const oldest of this.#sealed) {
      this.#packSlab(oldest);
      break;
    }
  }

  #packSlab(slab: Slab): void {
    let group: KeptBody[] = [];
    let groupBytes = 0;
    for (const body of slab.bodies) {
      if (!body.isHeld) continue;
      const isFull = group.length === bodiesPerBlock || groupBytes + body.length > blockBytes;
      if (isFull) {
        this.#pack(group);
        group = [];
        groupBytes = 0;
      }
      group.push(body);
      groupBytes += body.length;
    }
    this.#pack(group);
    this.#forget(slab);
  }

  #pack(bodies: readonly KeptBody[]): void {
    if (bodies.length === 0) return;
    const raw = Buffer.concat(bodies.map((body) => this.read(body)));
    const deflated = deflateRawSync(raw, { level: 1 });
    const packed = Buffer.allocUnsafeSlow(deflated.length); // Of exactly this length.
    deflated.copy(packed);
    const block: Block = { packed, bodies, live: bodies.length };
    let offset = 0;
    for (const body of bodies) {
      body.home = block;
      body.offset = offset;
      offset += body.length;
    }
    this.#packedBytes += packed.length;
  }

  /** Most of a block has left the cache: what is left moves together with others. */
  #repack(block: Block): void {
    this.#sparse.delete(block);
    if (block.live === 0) return;
    const raw = this.#inflate(block);
    for (const body of block.bodies) {
      if (!body.isHeld) continue;
      const { offset, length } = body;
      raw.copy(this.reserve(length), this.#used, offset, offset + length);
      this.commit(body, length);
    }
    block.live = 0;
    this.#packedBytes -= block.packed.length;
    this.#inflated.delete(block);
  }

  #inflate(block: Block): Buffer {
    const known = this.#inflated.get(block);
    if (known !== undefined) return known;
    const bytes = inflateRawSync(block.packed);
    this.#inflated.set(block, bytes);
    if (this.#inflated.size > inflatedBlocks) {
      for (const oldest of this.#inflated.keys()) {
        this.#inflated.delete(oldest);
        break;
      }
    }
    return bytes;
  }
}
