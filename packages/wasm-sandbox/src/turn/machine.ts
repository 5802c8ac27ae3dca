// SPDX-License-Identifier: Apache-2.0
// One instance of the guest binary in this thread: frames in, frames out, memory in between (stage: turn).
import {
  SandboxCrashError,
  SandboxMemoryError,
  SandboxProtocolError,
  SandboxQuotaError,
} from "../errors.js";
import { pageBytes, type Limits } from "../limits.js";
import {
  encodeFrame,
  encodeWords,
  FrameReader,
  fromGuest,
  toGuest,
  type Frame,
} from "../load/frames.js";
import { isExpansionError } from "@haversack/core";
import { wasm, type WasmGlobal, type WasmMemory, type WasmModule } from "../load/webassembly.js";
import { globalPrefix } from "../load/wasm-module.js";
import { applyDelta } from "../hibernate/delta.js";
import { wasiFunctions } from "./wasi.js";

/** Values of the mutable globals, in the order of their numbers. */
export type Globals = readonly (number | bigint)[];

/** What a machine is made of. */
export interface MachineOptions {
  /** For messages. */
  readonly guest: string;
  readonly module: WasmModule;
  readonly limits: Limits;
  /** Zeros for random bytes and times, until {@link Machine.unfix}. */
  readonly isDeterministic?: boolean;
}

/** Greatest frame a machine takes from its guest: a block of memory may be all of it. */
const maximumFrameBytes = 2 ** 30;

/**
 * An instance that runs only while it is given a frame.
 *
 * **Guarantees:** after an error that it threw it is dead and refuses everything; nothing of the host
 * is reachable from inside but {@link wasiFunctions}.
 */
export class Machine {
  readonly #options: MachineOptions;
  readonly #memory: WasmMemory;
  readonly #globals: readonly WasmGlobal[];
  readonly #start: () => void;
  readonly #reader: FrameReader;
  #input: Uint8Array = new Uint8Array();
  #inputAt = 0;
  #frames: Frame[] = [];
  #texts = 0;
  #bytes = 0;
  #isFixed: boolean;
  #isDead = false;
  /** What the guest is told the time is. */
  nowMs = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#isFixed = options.isDeterministic === true;
    this.#reader = new FrameReader(maximumFrameBytes, (frame) => this.#takeFrame(frame));
    const functions = wasiFunctions({
      memory: () => this.#memory,
      read: (length) => this.#read(length),
      write: (bytes) => this.#write(bytes),
      wallTimeMs: () => this.nowMs,
      monotonicMs: () => (this.#isFixed ? 0 : performance.now()),
      isDeterministic: () => this.#isFixed,
    });
    const instance = new wasm.Instance(options.module, {
      wasi_snapshot_preview1: functions,
    });
    const { exports } = instance;
    this.#memory = exports["memory"] as WasmMemory;
    this.#start = exports["_start"] as () => void;
    const globals: WasmGlobal[] = [];
    for (let number = 0; `${globalPrefix}${number}` in exports; number += 1) {
      globals.push(exports[`${globalPrefix}${number}`] as WasmGlobal);
    }
    this.#globals = globals;
  }

  /** From now on the deadline clock and random bytes are real. */
  unfix(): void {
    this.#isFixed = false;
  }

  get memory(): Uint8Array {
    return new Uint8Array(this.#memory.buffer);
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  get globals(): Globals {
    return this.#globals.map(({ value }) => value as number | bigint);
  }

  /** Puts memory and globals in the place of its own. */
  restore(pages: number, globals: Globals, deltas: readonly Uint8Array[]): void {
    const missing = pages - this.memoryBytes / pageBytes;
    if (missing > 0) this.#memory.grow(missing);
    const memory = this.memory;
    for (const delta of deltas) applyDelta(memory, delta);
    this.#globals.forEach((global, index) => {
      global.value = globals[index];
    });
  }

  /** Tells the guest's engine its limits. */
  limit(limits: Limits): void {
    const { memoryBytes, stackBytes, turnMs } = limits;
    this.exchange(toGuest.limits, encodeWords(memoryBytes, stackBytes, 256 * 1024, turnMs));
  }

  /**
   * Gives the guest one frame and runs it until it wants the next.
   *
   * @throws SandboxError when it breaks a limit or traps; the machine is dead then.
   */
  exchange(type: number, payload?: Uint8Array): readonly Frame[] {
    if (this.#isDead) throw new SandboxCrashError(this.#options.guest, "it was used after its end");
    this.#input = encodeFrame(type, payload);
    this.#inputAt = 0;
    this.#frames = [];
    this.#texts = 0;
    this.#bytes = 0;
    try {
      this.#start();
    } catch (error) {
      this.#isDead = true;
      throw this.#describe(error);
    }
    const frames = this.#frames;
    this.#frames = [];
    if (frames.at(-1)?.type !== fromGuest.ack) {
      this.#isDead = true;
      throw new SandboxProtocolError(this.#options.guest, "it did not end its turn");
    }
    return frames;
  }

  #describe(error: unknown): unknown {
    const { guest, limits } = this.#options;
    if (isExpansionError(error)) return error;
    // A buffer that cannot be had ends in a trap, with the memory at its end.
    if (error instanceof wasm.RuntimeError && this.memoryBytes >= limits.memoryBytes) {
      return new SandboxMemoryError(guest, limits.memoryBytes);
    }
    const what = error instanceof Error ? error.message : String(error);
    return new SandboxCrashError(guest, what, error);
  }

  #read(length: number): Uint8Array {
    const bytes = this.#input.subarray(this.#inputAt, this.#inputAt + length);
    this.#inputAt += bytes.length;
    return bytes;
  }

  #write(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  #takeFrame(frame: Frame): void {
    this.#frames.push(frame);
    if (frame.type !== fromGuest.message && frame.type !== fromGuest.unhandled) return;
    const { guest, limits } = this.#options;
    this.#texts += 1;
    this.#bytes += frame.payload.length;
    if (this.#texts > limits.textsPerTurn) {
      throw new SandboxQuotaError(
        guest,
        `it sent more than ${limits.textsPerTurn} texts in a turn`,
      );
    }
    if (this.#bytes > limits.bytesPerTurn) {
      throw new SandboxQuotaError(
        guest,
        `it sent more than ${limits.bytesPerTurn} bytes in a turn`,
      );
    }
  }
}
