// SPDX-License-Identifier: Apache-2.0
// What the API server makes of what we send, learned from its answers (stage 6: writes).
import type { ResourceRef } from "@haversack/core";
import type { Mismatch } from "./compare.js";
import { canonicalText, hashText, type Json } from "./json-value.js";

/**
 * How long a difference counts for kinds without a generation, which nothing else would outdate.
 *
 * @see reconciler.io's mutation cache for the number.
 */
const lifetimeMs = 60 * 60 * 1000;
/** More differences than this are asked about again rather than remembered. */
const maxMutations = 500;

/**
 * Differences between what was sent and what the server answered, for one object.
 *
 * Admission webhooks and defaults inside atomic lists look like drift otherwise. Values are kept as
 * hashes, so that a Secret's never stay here.
 *
 * @see reconciler.io's mutation cache for the idea; a dry run, and a key of paths and generation, are added.
 */
export interface LearnedMutations {
  /** Another generation may have another truth: then the server is asked again. */
  readonly generation: number | undefined;
  /** Monotonic time. */
  readonly learnedMs: number;
  /** Path to the pair of hashes. */
  readonly pairs: ReadonlyMap<string, string>;
}

/** The live object's generation and the time of a look at it. */
export interface Moment {
  readonly generation: number | undefined;
  /** Monotonic. */
  readonly nowMs: number;
  readonly ref: ResourceRef;
}

/** Remembers the differences that a server's answer has. **API requests:** 0. */
export function learnMutations(
  mismatches: readonly Mismatch[],
  { generation, nowMs, ref }: Moment,
): LearnedMutations {
  const kept = mismatches.length > maxMutations ? [] : mismatches;
  const pairs = new Map(kept.map((each) => [each.path, pairOf(each, ref)]));
  return { generation, learnedMs: nowMs, pairs };
}

/** The differences that are not explained by what was learned. **API requests:** 0. */
export function unexplained(
  mismatches: readonly Mismatch[],
  learned: LearnedMutations | undefined,
  { generation, nowMs, ref }: Moment,
): readonly Mismatch[] {
  if (learned === undefined || learned.generation !== generation) return mismatches;
  if (generation === undefined && nowMs - learned.learnedMs > lifetimeMs) return mismatches;
  return mismatches.filter((each) => learned.pairs.get(each.path) !== pairOf(each, ref));
}

function pairOf({ desired, live }: Mismatch, ref: ResourceRef): string {
  return `${digest(desired, ref)} ${digest(live, ref)}`;
}

function digest(value: Json | undefined, ref: ResourceRef): string {
  return value === undefined ? "-" : hashText(canonicalText(value, ref));
}
