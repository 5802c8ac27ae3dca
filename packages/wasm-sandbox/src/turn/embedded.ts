// SPDX-License-Identifier: Apache-2.0
// The engine in this thread: the guest binary directly on WebAssembly, about 1 MiB each (stage: turn).
import { SandboxTimeoutError } from "../errors.js";
import { encodeDelta } from "../hibernate/delta.js";
import { maximumPagesOf, pageBytes } from "../limits.js";
import { fromGuest, toGuest, wordAt, type Frame } from "../load/frames.js";
import { guestBinary } from "../load/guest-binary.js";
import type { WasmModule } from "../load/webassembly.js";
import { thrownIn } from "../load/template.js";
import type { Engine, GuestInstance, MemoryImage, Program, Turn } from "./engine.js";
import { Machine } from "./machine.js";

/**
 * An engine in this thread. A turn blocks the event loop until it ends: at most `limits.turnMs`, and
 * in the worst case less than a second more, inside a built-in function that cannot be interrupted.
 * For guests you do not trust use the pool.
 *
 * **API requests:** 0.
 */
export function embeddedEngine(): Engine {
  return {
    name: "embedded",
    start: (program, image) =>
      Promise.resolve().then(() => new EmbeddedInstance(withModule(program), image)),
    close: () => Promise.resolve(),
  };
}

/** What an instance in this thread is made from; in a worker thread, all that was sent there. */
export interface InstanceSource extends Pick<Program, "guest" | "limits" | "template"> {
  readonly module: WasmModule;
}

/** A program with the module it runs in. */
export function withModule({ guest, limits, template }: Program): InstanceSource {
  return { guest, limits, template, module: guestBinary().module(maximumPagesOf(limits)) };
}

/** One live guest in this thread. @internal */
export class EmbeddedInstance implements GuestInstance {
  readonly #source: InstanceSource;
  #machine: Machine | undefined;

  constructor(source: InstanceSource, image?: MemoryImage) {
    this.#source = source;
    const { guest, limits, module } = source;
    const template = source.template();
    const machine = new Machine({ guest, module, limits });
    const { pages, globals } = image ?? template;
    machine.restore(Math.max(pages, template.pages), globals, [
      template.delta,
      ...(image === undefined ? [] : [image.delta]),
    ]);
    machine.limit(limits);
    this.#machine = machine;
  }

  turn(text: string, nowMs: number): Promise<Turn> {
    return Promise.resolve().then(() => this.turnNow(text, nowMs));
  }

  /** The same without waiting. */
  turnNow(text: string, nowMs: number): Turn {
    const machine = this.#live();
    machine.nowMs = nowMs;
    const beganMs = performance.now();
    const frames = machine.exchange(toGuest.message, new TextEncoder().encode(text));
    const turnMs = performance.now() - beganMs;
    return turnOf(this.#source, frames, machine.memoryBytes, turnMs);
  }

  snapshot(): Promise<MemoryImage> {
    return Promise.resolve().then(() => this.snapshotNow());
  }

  /** The same without waiting. */
  snapshotNow(): MemoryImage {
    const machine = this.#live();
    const { memory } = machine;
    const delta = encodeDelta(this.#source.template().memory, memory);
    return { pages: memory.length / pageBytes, globals: machine.globals, delta };
  }

  dispose(): Promise<void> {
    this.#machine = undefined;
    return Promise.resolve();
  }

  #live(): Machine {
    if (this.#machine !== undefined) return this.#machine;
    throw new Error(`guest ${this.#source.guest} was used after it was disposed of`);
  }
}

/** What the frames of a turn say. @throws SandboxTimeoutError when it was interrupted. @internal */
export function turnOf(
  { guest, limits }: Pick<Program, "guest" | "limits">,
  frames: readonly Frame[],
  memoryBytes: number,
  turnMs: number,
): Turn {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  const unhandled = new Map<number, string>();
  for (const { type, payload } of frames) {
    if (type === fromGuest.message) texts.push(decoder.decode(payload));
    else if (type === fromGuest.interrupted) throw new SandboxTimeoutError(guest, limits.turnMs);
    else if (type === fromGuest.handled) unhandled.delete(wordAt(payload, 0));
    else if (type === fromGuest.unhandled) {
      unhandled.set(wordAt(payload, 0), decoder.decode(payload.subarray(4)));
    }
  }
  const thrown = thrownIn(frames);
  const complaints = [...(thrown === undefined ? [] : [thrown]), ...unhandled.values()];
  return { texts, complaints, memoryBytes, turnMs };
}
