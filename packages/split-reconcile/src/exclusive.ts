// SPDX-License-Identifier: Apache-2.0
// Named locks that one holder in the cluster has at a time, as Leases (stage 6: writes).
import {
  hasCode,
  leases,
  objectKey,
  refOf,
  requeueAfter,
  type Clock,
  type Exclusive,
  type Lease,
  type ObjectKey,
  type ObjectsApi,
} from "@haversack/core";
import { LockLostError } from "./errors.js";

/** Who asks for a lock. @internal */
export interface Asking {
  /** The same after a restart, so that a process finds its own lock again. */
  readonly holder: string;
  readonly objects: ObjectsApi;
  /** Wakes it: the lock was given back, or lost. */
  wake(why: string): void;
}

interface Held {
  readonly asking: Asking;
  readonly seconds: number;
  lease: Lease;
  untilMs: number;
}

/**
 * The exclusive locks of one reconciler.
 *
 * Create-or-fail: of several that ask, the API server lets one through. A lock that is not renewed
 * is taken over when it was *seen* unchanged for its whole time, so no two clocks are compared.
 *
 * **Guarantees:** a holder whose time is over is told before its next write, not after it.
 * **RBAC:** `get`, `create`, `patch`, `delete` on `leases`.
 *
 * @see client-go `leaderelection` for the rule of takeover.
 * @internal
 */
export class ExclusiveLocks {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  readonly #seen = new Map<string, { version: string | undefined; sinceMs: number }>();
  readonly #waiting = new Map<string, Map<string, Asking>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** **API requests:** 0 while held; else 1 GET, and 1 POST or PATCH when it may be had. */
  async acquire(asking: Asking, key: ObjectKey, seconds: number): Promise<Exclusive> {
    const id = objectKey(key);
    const held = this.#held.get(id);
    if (held !== undefined && held.untilMs > this.#clock.monotonicMs()) {
      return held.asking.holder === asking.holder
        ? this.#granted(id, asking.holder)
        : this.#refused(id, asking, held.asking.holder, seconds);
    }
    const lease = await asking.objects.get(leases, key);
    const holder = lease?.spec?.holderIdentity ?? "";
    if (
      lease !== undefined &&
      holder !== "" &&
      holder !== asking.holder &&
      !this.#isOver(id, lease)
    )
      return this.#refused(id, asking, holder, lease.spec?.leaseDurationSeconds ?? seconds);
    try {
      const taken = await this.#take(asking, key, seconds, lease);
      const untilMs = this.#clock.monotonicMs() + seconds * 1000;
      this.#held.set(id, { asking, seconds, lease: taken, untilMs });
      this.#seen.delete(id);
      this.#waiting.get(id)?.delete(asking.holder);
      return this.#granted(id, asking.holder);
    } catch (error) {
      if (!hasCode(error, "EXP_CONFLICT", "EXP_ALREADY_EXISTS", "EXP_NOT_FOUND")) throw error;
      return this.#refused(id, asking, "another that was faster", seconds);
    }
  }

  /** Monotonic time at which the locks of a holder need renewing; `Infinity` without any. */
  nextMs(holder: string): number {
    const times = this.#of(holder).map(([, { untilMs, seconds }]) => untilMs - seconds * 500);
    return Math.min(Infinity, ...times);
  }

  /** Renews what is due. One that cannot be renewed is lost. **API requests:** 1 PATCH per lock due. */
  async renew(holder: string): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, held] of this.#of(holder)) {
      const { asking, seconds, untilMs, lease } = held;
      if (untilMs - seconds * 500 > nowMs) continue;
      try {
        held.lease = await this.#take(asking, lease.metadata, seconds, lease);
        held.untilMs = nowMs + seconds * 1000;
      } catch (error) {
        if (!hasCode(error, "EXP_CONFLICT", "EXP_NOT_FOUND") && untilMs > nowMs) throw error;
        this.#held.delete(id);
        asking.wake(`lock ${id} was lost`);
      }
    }
  }

  /** @throws {@link LockLostError} when a lock of this holder has run out. */
  check(name: string, holder: string): void {
    for (const [id, { untilMs, lease }] of this.#of(holder)) {
      if (untilMs > this.#clock.monotonicMs()) continue;
      this.#held.delete(id);
      throw new LockLostError(name, refOf(leases, lease));
    }
  }

  /** Gives back what a holder has. **API requests:** 1 DELETE per lock. */
  async releaseAll(holder: string): Promise<void> {
    for (const [id] of this.#of(holder)) await this.#release(id, holder);
  }

  #of(holder: string): [string, Held][] {
    return [...this.#held].filter(([, { asking }]) => asking.holder === holder);
  }

  async #take(
    { objects, holder }: Asking,
    { name, namespace }: ObjectKey,
    seconds: number,
    lease: Lease | undefined,
  ): Promise<Lease> {
    const now = new Date(this.#clock.now()).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: now };
    if (lease === undefined) {
      const metadata = namespace === undefined ? { name } : { name, namespace };
      return objects.create(leases, { metadata, spec: { ...spec, acquireTime: now } });
    }
    const isMine = lease.spec?.holderIdentity === holder;
    const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1;
    const patch = isMine ? spec : { ...spec, acquireTime: now, leaseTransitions };
    const { resourceVersion } = lease.metadata;
    const guard = resourceVersion === undefined ? {} : { resourceVersion };
    return (await objects.mergePatch(leases, lease, { spec: patch }, guard)).object;
  }

  /** Whether a lock of another stood unchanged for its whole time, as far as we saw. */
  #isOver(id: string, lease: Lease): boolean {
    const nowMs = this.#clock.monotonicMs();
    const version = lease.metadata.resourceVersion;
    const seen = this.#seen.get(id);
    if (seen?.version === version && seen !== undefined)
      return nowMs - seen.sinceMs >= (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    this.#seen.set(id, { version, sinceMs: nowMs });
    return false;
  }

  #granted(id: string, holder: string): Exclusive {
    const release = (): Promise<void> => this.#release(id, holder);
    return { isHeld: true, holder, result: { kind: "done" }, release };
  }

  #refused(id: string, asking: Asking, holder: string, seconds: number): Exclusive {
    const waiting = this.#waiting.get(id) ?? new Map<string, Asking>();
    this.#waiting.set(id, waiting.set(asking.holder, asking));
    const result = requeueAfter(seconds * 1000);
    return { isHeld: false, holder, result, release: () => Promise.resolve() };
  }

  async #release(id: string, holder: string): Promise<void> {
    const held = this.#held.get(id);
    if (held?.asking.holder !== holder) return;
    const { objects } = held.asking;
    const { resourceVersion } = held.lease.metadata;
    try {
      await objects.delete(
        leases,
        held.lease,
        resourceVersion === undefined ? {} : { resourceVersion },
      );
    } catch (error) {
      if (!hasCode(error, "EXP_CONFLICT", "EXP_NOT_FOUND")) throw error; // Another has it: given back.
    }
    this.#held.delete(id);
    for (const asking of this.#waiting.get(id)?.values() ?? []) asking.wake(`lock ${id} was freed`);
    this.#waiting.delete(id);
  }
}
