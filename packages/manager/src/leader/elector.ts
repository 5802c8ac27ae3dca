// SPDX-License-Identifier: Apache-2.0
// Holds a Lease, or waits for it: one leader among replicas (stage 6: writes).
import {
  hasCode,
  objectKey,
  sleep,
  type Clock,
  type Lease,
  type Logger,
  type Metrics,
} from "@haversack/core";
import type { ElectionTimes } from "./election-options.js";
import { microTime, type LeaseSpec, type LeaseStore } from "./lease-store.js";
import { ObservedLease } from "./observed-lease.js";
import { momentOf, Term, type Moment } from "./term.js";

/** What an {@link Elector} is made from. */
export interface ElectorOptions {
  readonly store: LeaseStore;
  readonly identity: string;
  readonly times: ElectionTimes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  /** Told when a term begins. */
  readonly onTerm?: (term: Term) => void;
  /** Written into the Lease with every renewal, such as labels. */
  readonly metadata?: Partial<Lease["metadata"]>;
}

/**
 * Takes part in the election of a leader until it is stopped.
 *
 * **API requests:** 1 PUT per retry period as leader, 1 GET as standby; both after a conflict.
 * **Guarantees:** between the terms of two electors lies at least the difference between the lease
 * duration and the renew deadline, whatever the clocks of the machines say; what may have been
 * written without an answer extends no term.
 * **RBAC:** `get`, `create`, `update` on `leases`.
 *
 * @see client-go `leaderelection` for the protocol.
 */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #observed: ObservedLease;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<(term: Term) => void>();
  #term: Term | undefined;
  /** The Lease as we wrote it last; lets a renewal do without a read. */
  #own: Lease | undefined;
  #problem: string | undefined;
  #attempt: Promise<void> | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#observed = new ObservedLease(options.clock);
  }

  /** The term of now, if this is the leader. */
  get term(): Term | undefined {
    return this.#term?.isValid === true ? this.#term : undefined;
  }

  /** Who holds the Lease as far as is known; `""` for nobody. */
  get holder(): string {
    return this.#observed.lease?.spec?.holderIdentity ?? "";
  }

  /** Annotations of the Lease when it was last seen. */
  get annotations(): Readonly<Record<string, string>> {
    return this.#observed.lease?.metadata.annotations ?? {};
  }

  /** Why the last attempt failed, for people. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Begins to take part. */
  start(): void {
    this.#tellMetrics(0);
    this.#loop ??= this.#run();
  }

  /** Resolves with the term of now, or with the next one. */
  whenLeading(): Promise<Term> {
    const { term } = this;
    if (term !== undefined) return Promise.resolve(term);
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /**
   * Ends the term and gives the Lease back, so that another need not wait for it to run out.
   * Idempotent. Never rejects. **API requests:** 1 GET and 1 PUT while leader.
   */
  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#loop;
    this.#stop.abort();
    this.#term?.end("the manager is stopping");
    await this.#loop;
    if (this.holder === this.#options.identity) await this.#release();
    this.#tellMetrics(0);
  }

  /** Asks the server at once whether the Lease is ours. **API requests:** 1 PUT, or 1 GET more. */
  async confirm(): Promise<void> {
    await this.#attempt;
    await this.#tryOnce();
  }

  async #run(): Promise<void> {
    const { clock, times, random } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#tryOnce();
      const isLeading = this.term !== undefined;
      // Those who wait spread out, so that they do not all ask at the same moment.
      const spread = isLeading ? 1 : 1 + 0.2 * random();
      await sleep(clock, times.retryPeriodMs * spread, signal);
    }
  }

  #tryOnce(): Promise<void> {
    const attempt = this.#acquireOrRenew().then(
      () => this.#note(undefined),
      (error: unknown) => this.#note(error),
    );
    this.#attempt = attempt;
    return attempt;
  }

  async #acquireOrRenew(): Promise<void> {
    if (this.term !== undefined && this.#own !== undefined && (await this.#renewBlindly())) return;
    const lease = await this.#options.store.read();
    this.#observed.observe(lease);
    const { identity, times } = this.#options;
    const holder = lease?.spec?.holderIdentity ?? "";
    if (holder !== identity) this.#lose(holder);
    if (holder !== identity && !this.#observed.isFree(times.leaseDurationSeconds)) return;
    if (this.#stop.signal.aborted) return;
    await this.#take(lease);
  }

  /** Renews without reading first. @returns false when somebody else has written meanwhile. */
  async #renewBlindly(): Promise<boolean> {
    try {
      await this.#take(this.#own);
      return true;
    } catch (error) {
      this.#own = undefined;
      if (!hasCode(error, "EXP_CONFLICT", "EXP_NOT_FOUND")) throw error;
      this.#options.metrics.count("leader_election_slowpath_total", this.#labels);
      return false;
    }
  }

  async #take(lease: Lease | undefined): Promise<void> {
    const { store, clock, metadata = {} } = this.#options;
    const sent = momentOf(clock);
    const spec = this.#specAfter(lease?.spec);
    const written =
      lease === undefined
        ? await store.create({ metadata: metadata as Lease["metadata"], spec })
        : await store.replace({ ...lease, metadata: { ...lease.metadata, ...metadata }, spec });
    this.#own = written;
    this.#observed.observe(written);
    this.#hold(sent);
  }

  #specAfter(before: LeaseSpec = {}): LeaseSpec {
    const { identity, times, clock } = this.#options;
    const now = microTime(clock.now());
    const { leaseDurationSeconds } = times;
    const renewed = {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds,
      renewTime: now,
    };
    if (before.holderIdentity === identity) return renewed;
    const leaseTransitions = (before.leaseTransitions ?? -1) + 1;
    return { ...renewed, acquireTime: now, leaseTransitions };
  }

  #hold(sent: Moment): void {
    const { clock, times, store, logger, onTerm } = this.#options;
    const untilMs = sent.monotonicMs + times.renewDeadlineMs;
    const { term } = this;
    if (term !== undefined) return term.extend(sent, untilMs);
    if (this.#stop.signal.aborted || clock.monotonicMs() >= untilMs) return;
    const lease = objectKey(store.key);
    const toleratedLeapMs = times.leaseDurationSeconds * 1000 - times.renewDeadlineMs;
    const confirm = (): Promise<void> => this.confirm();
    const begun = new Term({ clock, lease, toleratedLeapMs, confirm }, sent, untilMs);
    this.#term = begun;
    begun.signal.addEventListener("abort", () => this.#ended(begun), { once: true });
    this.#tellMetrics(1);
    logger.info(`leading: Lease ${lease} is held`, { identity: this.#options.identity });
    onTerm?.(begun);
    for (const resolve of this.#waiting) resolve(begun);
    this.#waiting.clear();
  }

  #lose(holder: string): void {
    if (this.#term === undefined) return;
    this.#own = undefined;
    this.#term.end(holder === "" ? "it was given back" : `${holder} holds it`);
  }

  #ended(term: Term): void {
    if (this.#term !== term) return;
    this.#term = undefined;
    this.#own = undefined;
    this.#tellMetrics(0);
    const { reason } = term.signal as { reason: unknown };
    const why = reason instanceof Error ? reason.message : String(reason);
    if (!this.#stop.signal.aborted) this.#options.logger.warn(`leadership ended: ${why}`);
  }

  async #release(): Promise<void> {
    const { store, identity, clock, logger } = this.#options;
    for (let tries = 0; tries < 3; tries += 1) {
      try {
        const lease = await store.read();
        if (lease?.spec?.holderIdentity !== identity) return;
        const now = microTime(clock.now());
        const freed = { holderIdentity: "", leaseDurationSeconds: 1, renewTime: now };
        this.#observed.observe(
          await store.replace({ ...lease, spec: { ...lease.spec, ...freed } }),
        );
        return;
      } catch (error) {
        if (hasCode(error, "EXP_CONFLICT")) continue;
        const why = error instanceof Error ? error.message : String(error);
        return logger.warn(
          `Lease ${objectKey(store.key)} was not given back: ${why}. It runs out.`,
        );
      }
    }
  }

  #note(error: unknown): void {
    const { logger, store } = this.#options;
    const isRace = hasCode(error, "EXP_CONFLICT", "EXP_ALREADY_EXISTS", "EXP_NOT_FOUND");
    const before = this.#problem;
    this.#problem = error === undefined || isRace ? undefined : describe(error);
    if (this.#problem === undefined || this.#problem === before) return;
    logger.warn(`Lease ${objectKey(store.key)}: ${this.#problem}`);
  }

  #tellMetrics(isLeading: 0 | 1): void {
    this.#options.metrics.gauge("leader_election_master_status", isLeading, this.#labels);
  }

  get #labels(): Readonly<Record<string, string>> {
    return { name: this.#options.store.key.name };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
