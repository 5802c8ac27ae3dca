// SPDX-License-Identifier: Apache-2.0
// The engine of @wasmer/sdk: the same binary as a WASI command, fed by its standard input (stage: turn).
import type { Worker } from "node:worker_threads";
import { ConfigurationError, systemClock, type Clock } from "@haversack/core";
import {
  SandboxCrashError,
  SandboxProtocolError,
  SandboxQuotaError,
  SandboxTimeoutError,
} from "../errors.js";
import { encodeDelta, readDelta } from "../hibernate/delta.js";
import { maximumPagesOf, pageBytes } from "../limits.js";
import {
  encodeFrame,
  encodeWords,
  FrameReader,
  fromGuest,
  toGuest,
  wordAt,
  type Frame,
} from "../load/frames.js";
import { guestBinary } from "../load/guest-binary.js";
import { turnOf } from "./embedded.js";
import type { Engine, GuestInstance, MemoryImage, Program, Turn } from "./engine.js";
import type { Globals } from "./machine.js";
import type { SlotEvent, SlotRequest } from "./wasmer-protocol.js";
import { startWorker } from "./worker-source.js";

/** How the engine is made. */
export interface WasmerOptions {
  /** Processes after which the worker thread is replaced; the SDK keeps about 30 KB of each. Default 200. */
  readonly processesPerSlot?: number;
  /** How long beyond its limit a turn may take before the thread is ended. Default 2,000 ms. */
  readonly graceMs?: number;
  readonly clock?: Clock;
}

/**
 * Runs guests as commands under `@wasmer/sdk` 0.16.0, an optional peer, in a worker thread of ours.
 *
 * About 17 MiB and a thread per live guest: meant for guests that sleep, and as a second engine that
 * keeps the first honest. Its memory limit is that of the module, its time limit our watchdog.
 *
 * **API requests:** 0.
 *
 * @throws {@link ConfigurationError} at the first start when the peer is not installed. Terminal.
 */
export function wasmerEngine(options: WasmerOptions = {}): Engine {
  const { processesPerSlot = 200, graceMs = 2000, clock = systemClock } = options;
  let slot: Slot | undefined;
  return {
    name: "wasmer",
    async start(program, image) {
      await mustHavePeer();
      if (slot === undefined || slot.isSpent(processesPerSlot)) slot = new Slot();
      const instance = new WasmerInstance(program, slot, clock, graceMs);
      await instance.begin(image);
      return instance;
    },
    async close() {
      await slot?.end();
      slot = undefined;
    },
  };
}

async function mustHavePeer(): Promise<void> {
  try {
    import.meta.resolve("@wasmer/sdk");
  } catch (cause) {
    throw new ConfigurationError(
      "cannot start the wasmer engine: @wasmer/sdk is not installed. Run npm install @wasmer/sdk@0.16.0, " +
        "whose licence asks large products to name Wasmer.",
      { cause },
    );
  }
}

type Listener = (event: SlotEvent) => void;

/** A worker thread with the SDK in it. */
class Slot {
  readonly #worker: Worker = startWorker("wasmer-worker");
  readonly #listeners = new Map<number, Listener>();
  #processes = 0;
  #waiting = 0;
  #hasEnded = false;

  constructor() {
    this.#worker.on("message", (event: SlotEvent) => this.#listeners.get(event.process)?.(event));
    this.#worker.on("error", (error) => this.#lose(String(error)));
    this.#worker.on("exit", () => this.#lose("its worker thread ended"));
    this.#worker.unref();
  }

  isSpent(most: number): boolean {
    const isUsedUp = this.#processes >= most && this.#listeners.size === 0;
    if (isUsedUp) void this.end();
    return isUsedUp || this.#hasEnded;
  }

  open(listener: Listener): number {
    this.#processes += 1;
    this.#listeners.set(this.#processes, listener);
    return this.#processes;
  }

  /** Keeps the process alive while somebody waits for an answer. */
  wait(): void {
    this.#waiting += 1;
    this.#worker.ref();
  }

  waited(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#worker.unref();
  }

  ask(request: SlotRequest): void {
    if (!this.#hasEnded) this.#worker.postMessage(request);
  }

  close(process: number): void {
    if (this.#listeners.delete(process)) this.ask({ op: "kill", process });
  }

  async end(): Promise<void> {
    this.#lose("its engine was closed");
    await this.#worker.terminate();
  }

  #lose(why: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const [process, listener] of listeners) listener({ event: "ended", process, why });
  }
}

interface Exchange {
  readonly frames: Frame[];
  texts: number;
  bytes: number;
  resolve(frames: readonly Frame[]): void;
  reject(error: unknown): void;
}

class WasmerInstance implements GuestInstance {
  readonly #program: Program;
  readonly #slot: Slot;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #process: number;
  readonly #reader: FrameReader;
  #exchange: Exchange | undefined;
  #endedBy: Error | undefined;
  #memoryBytes = 0;

  constructor(program: Program, slot: Slot, clock: Clock, graceMs: number) {
    this.#program = program;
    this.#slot = slot;
    this.#clock = clock;
    this.#graceMs = graceMs;
    const maximumBytes = maximumPagesOf(program.limits) * pageBytes;
    this.#reader = new FrameReader(maximumBytes, (frame) => this.#take(frame));
    this.#process = slot.open((event) => this.#hear(event));
  }

  async begin(image: MemoryImage | undefined): Promise<void> {
    const { limits } = this.#program;
    const template = this.#program.template();
    const maximumPages = maximumPagesOf(limits);
    const module = guestBinary().bounded(maximumPages);
    this.#slot.ask({ op: "spawn", process: this.#process, module, key: String(maximumPages) });
    const { pages, globals } = image ?? template;
    const frames = [encodeFrame(toGuest.restore, restoreWords(pages, globals))];
    for (const delta of [template.delta, ...(image === undefined ? [] : [image.delta])]) {
      for (const { at, bytes } of readDelta(delta, pages * pageBytes)) {
        frames.push(encodeFrame(toGuest.restoreBlock, Buffer.concat([encodeWords(at), bytes])));
      }
    }
    frames.push(encodeFrame(toGuest.limits, limitWords(limits)));
    await this.#send(frames, startMs);
  }

  async turn(text: string): Promise<Turn> {
    const { limits } = this.#program;
    const beganMs = performance.now();
    const frame = encodeFrame(toGuest.message, new TextEncoder().encode(text));
    const frames = await this.#send([frame], limits.turnMs + this.#graceMs);
    return turnOf(this.#program, frames, this.#memoryBytes, performance.now() - beganMs);
  }

  async snapshot(): Promise<MemoryImage> {
    const frames = await this.#send([encodeFrame(toGuest.snapshot)], startMs);
    const header = frames.find(({ type }) => type === fromGuest.snapshot);
    if (header === undefined)
      throw new SandboxProtocolError(this.#program.guest, "it saved nothing");
    const pages = wordAt(header.payload, 0);
    const memory = new Uint8Array(pages * pageBytes);
    for (const { type, payload } of frames) {
      if (type === fromGuest.snapshotBlock) memory.set(payload.subarray(4), wordAt(payload, 0));
    }
    const template = this.#program.template();
    const globals = globalsFrom(template.globals, header.payload);
    return { pages, globals, delta: encodeDelta(template.memory, memory) };
  }

  dispose(): Promise<void> {
    this.#slot.close(this.#process);
    return Promise.resolve();
  }

  /** Sends frames and waits for the acknowledgement of the last. */
  async #send(frames: readonly Uint8Array[], timeoutMs: number): Promise<readonly Frame[]> {
    if (this.#endedBy !== undefined) throw this.#endedBy;
    const outcome = new Promise<readonly Frame[]>((resolve, reject) => {
      this.#exchange = { frames: [], texts: 0, bytes: 0, resolve, reject };
    });
    this.#missing = frames.length;
    const watchdog = this.#clock.setTimer(() => {
      // The SDK cannot stop a thread that computes; ours ends with all that is in it.
      this.#fail(new SandboxTimeoutError(this.#program.guest, this.#program.limits.turnMs));
      void this.#slot.end();
    }, timeoutMs);
    this.#slot.wait();
    for (const bytes of frames) this.#slot.ask({ op: "write", process: this.#process, bytes });
    try {
      return await outcome;
    } finally {
      this.#slot.waited();
      watchdog.cancel();
    }
  }

  /** Acknowledgements still to come. */
  #missing = 0;

  #hear(event: SlotEvent): void {
    try {
      if (event.event === "output") this.#reader.push(event.bytes);
      else this.#fail(new SandboxCrashError(this.#program.guest, event.why));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#slot.close(this.#process);
    }
  }

  #take(frame: Frame): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    exchange.frames.push(frame);
    this.#count(exchange, frame);
    if (frame.type !== fromGuest.ack) return;
    this.#memoryBytes = wordAt(frame.payload, 0) * pageBytes;
    this.#missing -= 1;
    if (this.#missing > 0) return;
    this.#exchange = undefined;
    exchange.resolve(exchange.frames);
  }

  #count(exchange: Exchange, { type, payload }: Frame): void {
    const { guest, limits } = this.#program;
    if (type !== fromGuest.message && type !== fromGuest.unhandled) return;
    exchange.texts += 1;
    exchange.bytes += payload.length;
    if (exchange.texts > limits.textsPerTurn || exchange.bytes > limits.bytesPerTurn) {
      throw new SandboxQuotaError(guest, "it sent more texts or bytes in a turn than it may");
    }
  }

  #fail(error: Error): void {
    this.#endedBy ??= error;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.reject(error);
  }
}

/** Time to start a process and fill its memory. */
const startMs = 30_000;

function limitWords({ memoryBytes, stackBytes, turnMs }: Program["limits"]): Uint8Array {
  return encodeWords(memoryBytes, stackBytes, 256 * 1024, turnMs);
}

/** The stack pointer is the first global of the guest binary; whoever has memory is set up. */
function restoreWords(pages: number, [stackPointer = 0]: Globals): Uint8Array {
  return encodeWords(pages, Number(stackPointer), 1);
}

/** The other globals are as in the template, or given anew with the limits. */
function globalsFrom(template: Globals, header: Uint8Array): Globals {
  return [wordAt(header, 1), ...template.slice(1)];
}
