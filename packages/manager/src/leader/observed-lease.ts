// SPDX-License-Identifier: Apache-2.0
// Since when a Lease has stood unchanged, by our own clock (stage 6: writes).
import type { Clock, Lease } from "@haversack/core";

/**
 * Watches one Lease grow old. No time that another machine wrote is ever read: a Lease is over when
 * it was *seen* unchanged for its whole duration.
 *
 * **API requests:** 0.
 *
 * @see client-go `leaderelection` for the rule.
 */
export class ObservedLease {
  readonly #clock: Clock;
  #version: string | undefined;
  #sinceMs = 0;
  #lease: Lease | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Takes in what was read; to be called when the answer is there. */
  observe(lease: Lease | undefined): void {
    const version = lease?.metadata.resourceVersion;
    if (lease === undefined || this.#version !== version || this.#lease === undefined)
      this.#sinceMs = this.#clock.monotonicMs();
    this.#version = version;
    this.#lease = lease;
  }

  /** Whether nobody holds it, or it stood unchanged for its whole duration. */
  isFree(defaultSeconds: number): boolean {
    const { holderIdentity = "", leaseDurationSeconds = defaultSeconds } = this.#lease?.spec ?? {};
    if (holderIdentity === "") return true;
    return this.#clock.monotonicMs() - this.#sinceMs >= leaseDurationSeconds * 1000;
  }
}
