// SPDX-License-Identifier: Apache-2.0
// Noticing writes that never end: two writers fighting, or a content that changes each pass (stage 6: writes).
import { ExpansionError, formatRef, type ResourceRef } from "@haversack/core";

/** Writes of one object in a row before it counts as a loop. */
const burstWrites = 10;
/** Time after which one more such write is free. */
const refillMs = 60_000;
const maxTracked = 10_000;

interface Bucket {
  tokens: number;
  updatedMs: number;
  hasWarned: boolean;
}

/** What {@link WriteLoops.note} found. */
export type LoopVerdict = "fine" | "looping" | "looping-first";

/**
 * Another writer puts back what we repair, again and again. Retried once a minute.
 *
 * Catch it to set a condition such as `FieldConflict`; or stop declaring the fields it names.
 */
export class FieldFightError extends ExpansionError {
  /** JSON pointers of the fields that flip. */
  readonly paths: readonly string[];
  /** Other field managers that own them. */
  readonly managers: readonly string[];

  constructor(ref: ResourceRef, paths: readonly string[], managers: readonly string[]) {
    const who = managers.length === 0 ? "another writer" : `field manager ${managers.join(", ")}`;
    super(
      "EXP_FIELD_FIGHT",
      `apply ${formatRef(ref)} was held back: ${who} keeps changing ${paths.slice(0, 5).join(", ")} back. ` +
        "Let one of both own these fields; it is tried again once a minute.",
      { afterMs: refillMs },
      { ref },
    );
    this.paths = paths;
    this.managers = managers;
  }
}

/** Counts writes per target with a leaky bucket; bounded. **API requests:** 0. */
export class WriteLoops {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one write into account. */
  note(target: string, nowMs: number): LoopVerdict {
    const bucket = this.#bucketOf(target, nowMs);
    const refill = Math.floor((nowMs - bucket.updatedMs) / refillMs);
    if (refill > 0) {
      bucket.tokens = Math.min(burstWrites, bucket.tokens + refill);
      bucket.updatedMs += refill * refillMs;
    }
    if (bucket.tokens > 0) {
      bucket.tokens -= 1;
      if (bucket.tokens > 1) bucket.hasWarned = false;
      return "fine";
    }
    const isFirst = !bucket.hasWarned;
    bucket.hasWarned = true;
    return isFirst ? "looping-first" : "looping";
  }

  #bucketOf(target: string, nowMs: number): Bucket {
    const known = this.#buckets.get(target);
    const bucket = known ?? { tokens: burstWrites, updatedMs: nowMs, hasWarned: false };
    if (known !== undefined) return known;
    this.#buckets.set(target, bucket);
    if (this.#buckets.size > maxTracked) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
