// SPDX-License-Identifier: Apache-2.0
// One delivery at a time per informer, so that all handlers see one order (stage 1: watch event).

/**
 * Runs tasks one after another.
 *
 * Single events are delivered without it while it is free; lists, replays and resyncs, which yield
 * to the event loop in between, hold it.
 */
export class Lane {
  #tail: Promise<void> | undefined;

  /** Resolves when everything that waits now is done; `undefined` when free. */
  get busy(): Promise<void> | undefined {
    return this.#tail;
  }

  /** Runs a task after all that wait, never before this call returns; rejects as it does. */
  run(task: () => Promise<void>): Promise<void> {
    const result = (this.#tail ?? Promise.resolve()).then(task);
    const mine: Promise<void> = result.then(
      () => this.#leave(mine),
      () => this.#leave(mine), // The caller is told by `result`.
    );
    this.#tail = mine;
    return result;
  }

  #leave(mine: Promise<void>): void {
    if (this.#tail === mine) this.#tail = undefined;
  }
}
