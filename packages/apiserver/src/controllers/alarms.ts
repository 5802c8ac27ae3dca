// SPDX-License-Identifier: Apache-2.0
// Lets a controller come back to an object later, by the server's clock.
import type { ServerClock, Timer } from "../clock.js";

/** Alarms by the key of the object they are for; each key has the earliest one. */
export class Alarms {
  readonly #clock: ServerClock;
  readonly #ring: (key: string) => void;
  readonly #set = new Map<string, { readonly at: number; readonly timer: Timer }>();

  constructor(clock: ServerClock, ring: (key: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings for a key after a time, unless it rings earlier already. */
  set(key: string, delayMs: number): void {
    if (!Number.isFinite(delayMs)) return;
    const at = this.#clock.nowMs() + delayMs;
    const present = this.#set.get(key);
    if (present !== undefined && present.at <= at) return;
    present?.timer.cancel();
    const timer = this.#clock.after(delayMs, () => {
      this.#set.delete(key);
      this.#ring(key);
    });
    this.#set.set(key, { at, timer });
  }

  /** Takes all alarms back. */
  clear(): void {
    for (const { timer } of this.#set.values()) timer.cancel();
    this.#set.clear();
  }
}
