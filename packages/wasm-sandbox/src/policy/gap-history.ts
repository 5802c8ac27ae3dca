// SPDX-License-Identifier: Apache-2.0
// The last gaps between the events of one stream (stage: between two turns of a guest).

/** Gaps that are kept per stream. */
export const keptGaps = 50;
/** Events closer together are one burst: the first of them counts. */
const burstGapMs = 250;

/** What is saved of a history. */
export interface SavedHistory {
  readonly gaps: readonly number[];
  readonly lastMs: number | null;
}

/**
 * A ring of the last {@link keptGaps} gaps, in milliseconds.
 *
 * **Guarantees:** 50 numbers per stream, whatever comes; a clock that goes back gives no negative
 * gap.
 */
export class GapHistory {
  readonly #ring: number[] = [];
  #next = 0;
  #burstStartMs: number | undefined;
  #lastMs: number | undefined;

  get count(): number {
    return this.#ring.length;
  }

  /** When the burst of the last event began. */
  get burstStartMs(): number | undefined {
    return this.#burstStartMs;
  }

  /** Takes an event; answers the gap it ended, or `undefined` within a burst and for the first. */
  add(atMs: number): number | undefined {
    const previousMs = this.#lastMs;
    this.#lastMs = Math.max(atMs, previousMs ?? atMs);
    const startMs = this.#burstStartMs;
    if (previousMs !== undefined && atMs - previousMs < burstGapMs) return undefined;
    this.#burstStartMs = this.#lastMs;
    if (startMs === undefined) return undefined;
    const gapMs = this.#lastMs - startMs;
    if (this.#ring.length < keptGaps) this.#ring.push(gapMs);
    else this.#ring[this.#next] = gapMs;
    this.#next = (this.#next + 1) % keptGaps;
    return gapMs;
  }

  /** The gaps from the shortest to the longest; the order of arrival does not matter to it. */
  sorted(): Float64Array {
    return Float64Array.from(this.#ring).sort();
  }

  save(): SavedHistory {
    const oldest = this.#ring.length < keptGaps ? 0 : this.#next;
    const gaps = [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
    return { gaps, lastMs: this.#burstStartMs ?? null };
  }

  /** Takes up what was saved; what is no gap is left out. */
  static from({ gaps, lastMs }: SavedHistory): GapHistory {
    const history = new GapHistory();
    for (const gap of gaps.slice(-keptGaps)) {
      if (Number.isFinite(gap) && gap >= 0) history.#ring.push(gap);
    }
    history.#next = history.#ring.length % keptGaps;
    if (lastMs !== null && Number.isFinite(lastMs)) {
      history.#burstStartMs = lastMs;
      history.#lastMs = lastMs;
    }
    return history;
  }
}

/** The value below which a share of the sorted gaps lies. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
}

/** Median of the distances from the median: how regular a stream is, whatever its outliers. */
export function medianDeviation(sorted: Float64Array, median: number): number {
  return quantile(sorted.map((gap) => Math.abs(gap - median)).sort(), 0.5);
}
