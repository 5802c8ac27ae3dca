// SPDX-License-Identifier: Apache-2.0
// One worker thread of the pool, and the watchdog over what it is doing right now (stage: turn).
import type { Worker } from "node:worker_threads";
import { errorFromPlain, type Clock, type Timer } from "@haversack/core";
import { SandboxCrashError, SandboxTimeoutError } from "../errors.js";
import type { NumberedRequest, PoolAnswer, PoolRequest } from "./pool-protocol.js";
import { startWorker } from "./worker-source.js";

/** Thrown to those whose worker ended by no fault of theirs; what they asked was not done. */
export class SlotLostError extends Error {}

interface Asked {
  readonly guest: string;
  readonly turnMs: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * A worker thread that is replaced when what it does takes too long.
 *
 * **Guarantees:** requests are done in order; the one that hangs gets a SandboxTimeoutError, all
 * others a {@link SlotLostError}; a new thread is there for the next request.
 */
export class PoolSlot {
  readonly #clock: Clock;
  readonly #graceMs: number;
  /** In the order they were sent; the first is what the worker does now. */
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #watchdog: Timer | undefined;
  #lastId = 0;
  /** Grows with each worker that ends; instances of an earlier one are gone. */
  generation = 0;
  /** Instances that live here. */
  load = 0;

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** @throws SandboxError as the worker does; {@link SlotLostError}. */
  ask(request: PoolRequest, guest: string, turnMs: number): Promise<unknown> {
    this.#worker ??= this.#start();
    this.#lastId += 1;
    const id = this.#lastId;
    const numbered: NumberedRequest = { ...request, id };
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { guest, turnMs, resolve, reject });
      if (this.#asked.size === 1) this.#watch();
      this.#worker?.postMessage(numbered);
    });
  }

  async close(): Promise<void> {
    await this.#end((asked) => new SandboxCrashError(asked.guest, "its engine was closed"));
  }

  #start(): Worker {
    const worker = startWorker("pool-worker");
    worker.on("message", (answer: PoolAnswer) => this.#take(answer));
    worker.on("error", (error) => {
      if (worker === this.#worker)
        void this.#endGuilty((guest) => new SandboxCrashError(guest, error.message, error));
    });
    worker.unref(); // After the listeners, which would keep the process alive for ever.
    return worker;
  }

  #take(answer: PoolAnswer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    this.#watch();
    if ("error" in answer) asked?.reject(errorFromPlain(answer.error));
    else asked?.resolve(answer.value);
  }

  /** Gives what is now first its time. */
  #watch(): void {
    this.#watchdog?.cancel();
    this.#watchdog = undefined;
    const [first] = this.#asked.values();
    if (first === undefined) {
      this.#worker?.unref();
      return;
    }
    this.#worker?.ref(); // Whoever waits for an answer keeps the process alive.
    const { turnMs } = first;
    const afterMs = turnMs + this.#graceMs;
    this.#watchdog = this.#clock.setTimer(() => {
      void this.#endGuilty((guest) => new SandboxTimeoutError(guest, turnMs));
    }, afterMs);
  }

  /** Ends the worker; what it was doing is to blame, the others are not. */
  async #endGuilty(errorOf: (guest: string) => Error): Promise<void> {
    const [guilty] = this.#asked.values();
    await this.#end((asked) =>
      asked === guilty ? errorOf(asked.guest) : new SlotLostError("its worker thread was ended"),
    );
  }

  async #end(errorOf: (asked: Asked) => Error): Promise<void> {
    this.#watchdog?.cancel();
    const worker = this.#worker;
    this.#worker = undefined;
    this.generation += 1;
    this.load = 0;
    const waiting = [...this.#asked.values()];
    this.#asked.clear();
    await worker?.terminate();
    for (const asked of waiting) asked.reject(errorOf(asked));
  }
}
