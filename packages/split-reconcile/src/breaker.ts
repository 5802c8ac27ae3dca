// SPDX-License-Identifier: Apache-2.0
// Stops a sub-reconciler that writes one object again and again (stage 6: writes).
import { refKey, type Clock, type KubernetesObject, type ResourceRef } from "@haversack/core";
import { changedPaths } from "./access.js";
import { WriteLoopError } from "./errors.js";

/** Effective writes of one object in a row; two more than after which api-objects names a fight. */
const burstWrites = 12;
/** Time after which one more is free, and the first pause. */
const refillMs = 60_000;
const maxPauseMs = 3_600_000;
/** Objects remembered per primary; beyond it the oldest is forgotten, and counts from 0 again. */
const maxObjects = 128;

interface Written {
  tokens: number;
  refilledAtMs: number;
  pauseMs: number;
  object: KubernetesObject;
  readonly managers: Set<string>;
  readonly paths: Set<string>;
}

/**
 * Counts what is written for one primary, per object, whoever of its sub-reconcilers writes it.
 *
 * Closed, a write costs a token; without one it is open: the writer pauses. The first run after the
 * pause is a probe: one more effective write opens it again, for twice as long. Deletes don't count.
 *
 * **API requests:** 0.
 *
 * @internal
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #written = new Map<string, Written>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes in an effective write.
   *
   * @throws {@link WriteLoopError} when it was one too many; its `retry` says how long to pause.
   */
  note(ref: ResourceRef, object: KubernetesObject, manager: string): void {
    const nowMs = this.#clock.monotonicMs();
    const key = refKey(ref);
    const before = this.#written.get(key);
    if (before === undefined) {
      const fresh = { tokens: burstWrites - 1, refilledAtMs: nowMs, pauseMs: refillMs, object };
      this.#written.set(key, { ...fresh, managers: new Set([manager]), paths: new Set() });
      this.#forgetOldest();
      return;
    }
    for (const path of changedPaths(before.object, object)) before.paths.add(path);
    before.managers.add(manager);
    before.object = object;
    const refill = Math.floor((nowMs - before.refilledAtMs) / refillMs);
    before.refilledAtMs += refill * refillMs;
    // A pause ends with the one token that a probe needs; calm beyond that fills the bucket.
    before.tokens = Math.min(burstWrites, before.tokens + refill);
    if (before.tokens > 0) {
      before.tokens -= 1;
      if (before.tokens > 1) this.#calm(before);
      return;
    }
    const { pauseMs } = before;
    before.pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    before.refilledAtMs = nowMs + pauseMs;
    const paths = [...before.paths].slice(0, 8);
    throw new WriteLoopError(ref, pauseMs, paths, [...before.managers]);
  }

  /** Another generation of the primary asks for other writes: they count from 0. */
  reset(): void {
    this.#written.clear();
  }

  #calm(written: Written): void {
    written.pauseMs = refillMs;
    if (written.paths.size > 32) written.paths.clear();
  }

  #forgetOldest(): void {
    if (this.#written.size <= maxObjects) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      return;
    }
  }
}
