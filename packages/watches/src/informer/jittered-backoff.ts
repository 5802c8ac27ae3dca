// SPDX-License-Identifier: Apache-2.0
// The growing pause between attempts to reach the API server (stage 1: watch event).

/** How a pause grows. */
export interface BackoffOptions {
  /** Upper bound of the first pause. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** However the dice fall, a failing server is not asked again at once. */
const leastMs = 100;

/**
 * Pauses drawn evenly between 100 ms and a bound that doubles, so that clients that failed together
 * do not come back together.
 *
 * **Guarantees:** no overflow at any number of attempts.
 *
 * @see client-go and kube-rs: 800 ms to 30 s, doubling, with jitter.
 */
export class JitteredBackoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempts = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Failures in a row. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Counts a failure and answers how long to wait. */
  next(): number {
    const { baseMs, maxMs } = this.#options;
    const boundMs = Math.min(maxMs, baseMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts++;
    const floorMs = Math.min(leastMs, boundMs);
    return Math.round(floorMs + this.#random() * (boundMs - floorMs));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
