// SPDX-License-Identifier: Apache-2.0
// Informers that have lagged too long are listed anew (stage 1: watch event).
import type { Clock, Logger, Metrics, Timer } from "@haversack/core";

/** The part of an informer pool that heals. */
export interface Healed {
  heal(staleForMs: number): readonly string[];
}

/** How often is looked; a look costs nothing. */
const lookEveryMs = 30_000;

/**
 * Looks after the informers: one that has lagged for so long is listed anew over a new connection,
 * and again after as long. **API requests:** 0, or 1 LIST and 1 WATCH per informer that is healed.
 */
export class Healing {
  readonly #pool: Healed;
  readonly #afterMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  #timer: Timer | undefined;
  #notBeforeMs = 0;

  constructor(
    pool: Healed,
    afterMs: number,
    parts: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics },
  ) {
    this.#pool = pool;
    this.#afterMs = afterMs;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#metrics = parts.metrics;
  }

  start(): void {
    if (this.#afterMs === Infinity) return;
    this.#timer = this.#clock.setTimer(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#notBeforeMs) {
      const healed = this.#pool.heal(this.#afterMs);
      for (const kind of healed) this.#metrics.count("haversack_informer_heals_total", { kind });
      if (healed.length > 0) {
        this.#notBeforeMs = nowMs + this.#afterMs;
        this.#logger.warn(`listing anew what has lagged too long: ${healed.join(", ")}`);
      }
    }
    this.start();
  }
}
