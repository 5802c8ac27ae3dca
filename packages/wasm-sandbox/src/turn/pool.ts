// SPDX-License-Identifier: Apache-2.0
// The engine of worker threads: for guests nobody trusts, and for more than one core (stage: turn).
import { availableParallelism } from "node:os";
import { systemClock, type Clock } from "@haversack/core";
import { withModule } from "./embedded.js";
import type { Engine, GuestInstance, MemoryImage, Program, Turn } from "./engine.js";
import { PoolSlot, SlotLostError } from "./pool-slot.js";

/** How a pool is made. */
export interface PoolOptions {
  /** Default: as many as there are cores, at most 4. */
  readonly workers?: number;
  /** How long beyond its limit a turn may take before its thread is ended. Default 1,000 ms. */
  readonly graceMs?: number;
  /** Of the watchdog. Default: the machine's. */
  readonly clock?: Clock;
}

/** Texts after which an instance is saved within its worker, so that replaying stays short. */
const textsPerCheckpoint = 64;
/** Time for what is no turn: the start of a thread is no fault of the guest's. */
const serviceMs = 30_000;

/**
 * An engine of worker threads. A turn that cannot be interrupted is ended with its thread; the other
 * guests of that thread go on in a new one, from their last checkpoint and the texts since then.
 *
 * **API requests:** 0.
 */
export function poolEngine(options: PoolOptions = {}): Engine {
  const {
    workers = Math.min(availableParallelism(), 4),
    graceMs = 1000,
    clock = systemClock,
  } = options;
  const slots = Array.from({ length: Math.max(1, workers) }, () => new PoolSlot(clock, graceMs));
  let lastInstance = 0;
  return {
    name: "pool",
    async start(program, image) {
      const slot = slots.reduce((least, each) => (each.load < least.load ? each : least));
      lastInstance += 1;
      const instance = new PoolInstance(program, slot, lastInstance, image);
      await instance.begin();
      return instance;
    },
    async close() {
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

interface Delivered {
  readonly text: string;
  readonly nowMs: number;
}

/**
 * One live guest in a worker thread.
 *
 * Given the same texts a guest does the same: time and randomness come with them. So an instance that
 * was lost is made again from its checkpoint and the texts since, and nobody notices.
 */
class PoolInstance implements GuestInstance {
  readonly #program: Program;
  readonly #slot: PoolSlot;
  readonly #number: number;
  #checkpoint: MemoryImage | undefined;
  #since: Delivered[] = [];
  #generation = -1;
  #isDisposed = false;

  constructor(program: Program, slot: PoolSlot, number: number, image: MemoryImage | undefined) {
    this.#program = program;
    this.#slot = slot;
    this.#number = number;
    this.#checkpoint = image;
  }

  /** Makes the instance, anew if its thread was ended. */
  async begin(): Promise<void> {
    const { guest, limits, module, template } = withModule(this.#program);
    this.#slot.load += 1;
    const image = this.#checkpoint;
    const source = { guest, limits, module, template: template(), image };
    await this.#ask({ op: "start", instance: this.#number, ...source });
    this.#generation = this.#slot.generation;
    for (const { text, nowMs } of this.#since) {
      await this.#ask({ op: "turn", instance: this.#number, text, nowMs });
    }
  }

  async turn(text: string, nowMs: number): Promise<Turn> {
    const turn = await this.#persist(() =>
      this.#ask({ op: "turn", instance: this.#number, text, nowMs }),
    );
    this.#since.push({ text, nowMs });
    if (this.#since.length >= textsPerCheckpoint) await this.#save();
    return turn as Turn;
  }

  snapshot(): Promise<MemoryImage> {
    return this.#save();
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#generation !== this.#slot.generation) return;
    this.#slot.load -= 1;
    await this.#ask({ op: "dispose", instance: this.#number }).catch((error: unknown) => {
      if (!(error instanceof SlotLostError)) throw error; // Then it is gone already.
    });
  }

  async #save(): Promise<MemoryImage> {
    const image = (await this.#persist(() =>
      this.#ask({ op: "snapshot", instance: this.#number }),
    )) as MemoryImage;
    this.#checkpoint = image;
    this.#since = [];
    return image;
  }

  /** Does something, again in a new thread when the old one was lost by no fault of ours. */
  async #persist(act: () => Promise<unknown>): Promise<unknown> {
    for (;;) {
      try {
        if (this.#generation !== this.#slot.generation) await this.begin();
        return await act();
      } catch (error) {
        if (!(error instanceof SlotLostError) || this.#isDisposed) throw error;
      }
    }
  }

  #ask(request: Parameters<PoolSlot["ask"]>[0]): Promise<unknown> {
    const { guest, limits } = this.#program;
    return this.#slot.ask(request, guest, request.op === "turn" ? limits.turnMs : serviceMs);
  }
}
