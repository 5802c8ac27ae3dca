// SPDX-License-Identifier: Apache-2.0
// How long the event loop was held up lately (under every stage).
import type { Clock, Timer } from "@haversack/core";

const intervalMs = 1000;
const remembered = 60;

/** Measures by how much a timer of one second is late. **API requests:** 0. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #latenessMs: number[] = [];
  #timer: Timer | undefined;
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#dueMs = this.#clock.monotonicMs() + intervalMs;
    this.#timer = this.#clock.setTimer(() => this.#tick(), intervalMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The longest stall of the last minute, the present one included. */
  get longestMs(): number {
    const presentMs = this.#timer === undefined ? 0 : this.#clock.monotonicMs() - this.#dueMs;
    return Math.max(0, presentMs, ...this.#latenessMs);
  }

  #tick(): void {
    this.#latenessMs.push(this.#clock.monotonicMs() - this.#dueMs);
    if (this.#latenessMs.length > remembered) this.#latenessMs.shift();
    this.start();
  }
}
