// SPDX-License-Identifier: Apache-2.0
// Keeps long work from holding up the event loop (stage 1: watch event).
import type { Clock } from "@haversack/core";

/** Lets everything else run once; resolves in a later turn of the event loop. */
export type YieldTurn = () => Promise<void>;

/** A macrotask, not a microtask: sockets and timers get their turn. */
export const nextTurn: YieldTurn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * One budget of time per turn of the event loop, shared by all informers of a pool: ten of them
 * that list at once hold the loop up no longer than one.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #yieldTurn: YieldTurn;
  #spentMs = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(clock: Clock, sliceMs: number, yieldTurn: YieldTurn = nextTurn) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#yieldTurn = yieldTurn;
  }

  /** The time at which a piece of work begins. */
  begin(): number {
    return this.#clock.monotonicMs();
  }

  /** Counts the time since `beginMs`; answers whether to {@link Pacer.pause} now. */
  isDue(beginMs: number): boolean {
    this.#spentMs += this.#clock.monotonicMs() - beginMs;
    return this.#spentMs >= this.#sliceMs;
  }

  /** Resolves in a turn of one's own. */
  pause(): Promise<void> {
    this.#turn = this.#turn.then(this.#yieldTurn).then(() => {
      this.#spentMs = 0;
    });
    return this.#turn;
  }
}
