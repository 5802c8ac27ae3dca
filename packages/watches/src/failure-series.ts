// SPDX-License-Identifier: Apache-2.0
// The failures of a primary since its last success, and what may end its backoff (stage 4: work queue).

/** Foreign changes that may end a backoff early, in one series of failures; a hot loop ends there. */
const maxCuts = 32;

/**
 * What is remembered from the first failure of a primary to its next success.
 *
 * @internal
 */
export class FailureSeries {
  failures: number = 0;
  conflicts: number = 0;
  /** No pass before, whatever is asked for. */
  untilMs: number = -Infinity;
  /** Whether a foreign change may end the backoff early. */
  #isCuttable = true;
  #cuts: Set<string> | undefined;

  fail(isConflict: boolean, untilMs: number, isCuttable: boolean): void {
    if (isConflict) this.conflicts += 1;
    else this.failures += 1;
    this.untilMs = untilMs;
    this.#isCuttable = isCuttable;
  }

  /** Ends the backoff early for a foreign change, unless the same one has done so before. */
  cut(change: string): void {
    if (!this.#isCuttable || this.#cuts?.has(change) === true) return;
    this.#cuts ??= new Set();
    if (this.#cuts.size >= maxCuts) return;
    this.#cuts.add(change);
    this.untilMs = -Infinity;
  }
}
