// SPDX-License-Identifier: Apache-2.0
// What this instance last applied and verified, per object (stage 6: writes).
import type { LearnedMutations } from "./learned-mutations.js";

/** The last time an object was known to be what was declared. */
export interface Verified {
  readonly uid: string | undefined;
  /** Hash of what was declared. */
  readonly hash: string;
  /** Version of the live object at that time. */
  readonly resourceVersion: string | undefined;
  readonly learned: LearnedMutations;
  /** Names of the conditions that we declared; status only. */
  readonly conditionTypes?: readonly string[] | undefined;
}

/**
 * A bounded map from target to what was verified; the one longest unused goes first.
 *
 * Forgetting costs a request, never correctness: what is not remembered is asked of the server.
 */
export class AppliedMemory {
  readonly #entries = new Map<string, Verified>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** What is remembered of this very object; another uid is another object. */
  get(slot: string, uid: string | undefined): Verified | undefined {
    const entry = this.#entries.get(slot);
    if (entry === undefined || entry.uid !== uid) return undefined;
    this.#entries.delete(slot);
    this.#entries.set(slot, entry);
    return entry;
  }

  set(slot: string, verified: Verified): void {
    this.#entries.delete(slot);
    this.#entries.set(slot, verified);
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(slot: string): void {
    this.#entries.delete(slot);
  }

  /** After a restart of the reconciler another process may have applied under our name. */
  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }
}
