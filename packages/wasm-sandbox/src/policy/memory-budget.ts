// SPDX-License-Identifier: Apache-2.0
// Which guests leave when memory is short (stage: between two turns of a guest).

interface Resident {
  bytes: number;
  reloadMs: number;
  uses: number;
  priority: number;
}

/**
 * Greedy-dual eviction under a budget in bytes (the frequency, cost and size rule of FaasCache,
 * ASPLOS 2021): priority = clock + uses × reload time / size; the lowest leaves, and the clock
 * moves up to it, so that what was useful long ago grows old.
 *
 * **Guarantees:** the clock never goes back; a busy guest never leaves; after {@link admit} the
 * budget is kept, unless all that could leave is busy.
 */
export class MemoryBudget {
  readonly budgetBytes: number;
  readonly #residents = new Map<string, Resident>();
  #usedBytes = 0;
  #clock = 0;

  /** @throws RangeError for a budget that is none. */
  constructor(budgetBytes: number) {
    if (!(budgetBytes > 0)) {
      throw new RangeError(`a memory budget of ${budgetBytes} bytes is none: give more than 0`);
    }
    this.budgetBytes = budgetBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get clock(): number {
    return this.#clock;
  }

  /** A guest is loaded, or used again, at a size; answers who has to leave, in this order. */
  admit(
    id: string,
    size: { readonly bytes: number; readonly reloadMs: number },
    isBusy: (id: string) => boolean,
  ): string[] {
    const known = this.#residents.get(id);
    const uses = (known?.uses ?? 0) + 1;
    const bytes = Math.max(size.bytes, 1);
    const priority = this.#clock + (uses * size.reloadMs) / (bytes / 2 ** 20);
    this.#usedBytes += bytes - (known?.bytes ?? 0);
    this.#residents.set(id, { bytes, reloadMs: size.reloadMs, uses, priority });
    const leaving: string[] = [];
    while (this.#usedBytes > this.budgetBytes) {
      const lowest = this.#lowest(id, isBusy);
      if (lowest === undefined) break;
      this.#clock = Math.max(this.#clock, this.#residents.get(lowest)?.priority ?? 0);
      this.remove(lowest);
      leaving.push(lowest);
    }
    return leaving;
  }

  /** A guest was unloaded. */
  remove(id: string): void {
    this.#usedBytes -= this.#residents.get(id)?.bytes ?? 0;
    this.#residents.delete(id);
  }

  /** The one that was just admitted never leaves by itself. */
  #lowest(admitted: string, isBusy: (id: string) => boolean): string | undefined {
    let lowest: string | undefined;
    let priority = Infinity;
    for (const [id, resident] of this.#residents) {
      if (id === admitted || resident.priority >= priority || isBusy(id)) continue;
      lowest = id;
      priority = resident.priority;
    }
    return lowest;
  }
}
