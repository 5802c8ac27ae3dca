// SPDX-License-Identifier: Apache-2.0
// One replica's place in a ring: the slots it holds, and their hand-over (stage 5: reconcile).
import {
  ConfigurationError,
  hasCode,
  leases,
  sleep,
  type ApiClient,
  type Clock,
  type Lease,
  type Logger,
  type Metrics,
} from "@haversack/core";
import type { ElectionTimes } from "../leader/election-options.js";
import { Elector } from "../leader/elector.js";
import { LeaseStore } from "../leader/lease-store.js";
import { ObservedLease } from "../leader/observed-lease.js";
import type { Term } from "../leader/term.js";
import { endsWithin } from "../run/within.js";
import {
  ownersIn,
  readRing,
  ringLabel,
  ringLeaseName,
  slotsAnnotation,
  slotsIn,
} from "./ring-record.js";
import { planSlots, slotOf } from "./slots.js";

/** What a {@link Ring} is made from. */
export interface RingOptions {
  readonly client: ApiClient;
  readonly name: string;
  readonly namespace: string;
  /** Unique per process. */
  readonly identity: string;
  readonly slots: number;
  readonly times: ElectionTimes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  /** Told of slots that are held from now on. */
  readonly onTake?: (slots: readonly number[]) => void;
}

/** A slot as this replica holds it. */
interface Held {
  /** Passes under way. */
  running: number;
  /** It is being handed over: no pass begins. */
  isDraining: boolean;
}

/**
 * A member of a ring of replicas.
 *
 * Each member renews a Lease of its own; one Lease more tells who owns which slot, and is only ever
 * replaced in the very version that was read. A slot changes its owner in two ways: the owner drains
 * it and writes it free, or somebody saw the owner's Lease stand unchanged for its whole duration,
 * by which time the owner's own deadline has long passed.
 *
 * **API requests:** per retry period 1 PUT and 1 LIST; 1 PUT when slots move.
 * **Guarantees:** at no moment may two members act on one uid. A member that lost its term comes back
 * as another member, with no slots.
 * **RBAC:** `get`, `list`, `create`, `update`, `delete` on `leases`.
 */
export class Ring {
  readonly #options: RingOptions;
  readonly #held = new Map<number, Held>();
  readonly #observed = new Map<string, ObservedLease>();
  readonly #stop = new AbortController();
  readonly #waiting = new Set<(term: Term) => void>();
  #elector: Elector | undefined;
  #term: Term | undefined;
  #member = "";
  #epoch = 0;
  #annotations: Readonly<Record<string, string>> = {};
  #loop: Promise<void> | undefined;
  #problem: string | undefined;
  #tellDrained: () => void = () => undefined;

  constructor(options: RingOptions) {
    this.#options = options;
  }

  /** The term of now: while it lasts, what is held may be acted on. */
  get term(): Term | undefined {
    return this.#term?.isValid === true ? this.#term : undefined;
  }

  /** Slots that are held, those being handed over left out. */
  get slots(): readonly number[] {
    if (this.term === undefined) return [];
    return [...this.#held].flatMap(([slot, { isDraining }]) => (isDraining ? [] : [slot]));
  }

  /** Annotations of the ring's own Lease when it was last seen. */
  get annotations(): Readonly<Record<string, string>> {
    return this.#annotations;
  }

  /** The slot of a primary. */
  slotOf(uid: string): number {
    return slotOf(uid, this.#options.slots);
  }

  /**
   * Begins to act on a slot.
   *
   * @returns What ends it; `undefined` when the slot is another's.
   */
  enter(slot: number): (() => void) | undefined {
    const held = this.#held.get(slot);
    if (this.term === undefined || held === undefined || held.isDraining) return undefined;
    held.running += 1;
    return () => {
      held.running -= 1;
      if (held.running === 0 && held.isDraining) this.#tellDrained();
    };
  }

  /** Why the last attempt failed, for people. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Resolves with the term of now, or the next one. */
  whenMember(): Promise<Term> {
    const { term } = this;
    if (term !== undefined) return Promise.resolve(term);
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Hands everything over, then leaves. Idempotent. Never rejects. **API requests:** 1 LIST, 2 PUT, 1 DELETE. */
  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#loop;
    this.#stop.abort();
    await this.#loop;
    try {
      if (this.term !== undefined) await this.#leave();
    } catch (error) {
      this.#note(error); // Others wait until the Lease has run out.
    }
    await this.#elector?.stop();
    this.#held.clear();
  }

  async #run(): Promise<void> {
    const { clock, times, random } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.term === undefined) await this.#join();
        else await this.#look();
        this.#problem = undefined;
      } catch (error) {
        this.#note(error);
      }
      await sleep(clock, times.retryPeriodMs * (0.9 + 0.2 * random()), signal);
    }
  }

  /** Becomes a member under a name that nobody ever had. */
  async #join(): Promise<void> {
    const { client, name, namespace, identity, times, clock, logger, metrics, random } =
      this.#options;
    await this.#elector?.stop();
    this.#held.clear();
    this.#checkSlots(slotsIn((await this.#read()).ring));
    this.#epoch += 1;
    this.#member = `${name}-${identity}-${this.#epoch}`;
    const store = new LeaseStore(client, { namespace, name: this.#member }, this.#timeoutMs);
    const labels = { [ringLabel]: name };
    const metadata = { labels } as Partial<Lease["metadata"]>;
    const elector = new Elector({
      ...{ store, identity: this.#member, times, clock, logger, metrics, random, metadata },
    });
    this.#elector = elector;
    elector.start();
    const leading = elector.whenLeading();
    if (!(await endsWithin(clock, leading, times.renewDeadlineMs, this.#stop.signal))) return;
    const term = await leading;
    this.#term = term;
    term.signal.addEventListener("abort", () => this.#lost(), { once: true });
    for (const resolve of this.#waiting) resolve(term);
    this.#waiting.clear();
    await this.#look();
  }

  #lost(): void {
    this.#held.clear();
    this.#measure();
  }

  /** Looks at the ring and does what is ours to do: take, or give. */
  async #look(): Promise<void> {
    const { ring, members } = await this.#read();
    const term = this.#term;
    if (term?.isValid !== true) return;
    await this.#leaveIfOther(slotsIn(ring));
    const owners = ownersIn(ring, this.#options.slots);
    const alive = this.#alive(members);
    this.#settle(owners);
    const { take, give } = planSlots(owners, alive, this.#member);
    if (take.length > 0) await this.#take(term, ring, owners, take);
    else if (give.length > 0 || this.#draining().length > 0) await this.#give(ring, owners, give);
    else if (alive.has(this.#member)) await this.#bury(owners, members, alive);
    this.#measure();
  }

  /** A member that takes no slots would leave its share to nobody. */
  async #leaveIfOther(told: number): Promise<void> {
    try {
      this.#checkSlots(told);
    } catch (error) {
      await this.#elector?.stop();
      throw error;
    }
  }

  /** Two replicas that count slots differently would act on the same primary. */
  #checkSlots(told: number): void {
    const { slots, name } = this.#options;
    if (told === 0 || told === slots) return;
    throw new ConfigurationError(
      `cannot take part in the ring ${name}: it has ${told} slots, this replica ${slots}. ` +
        `Give all replicas the same, or stop them all and delete the Lease ${ringLeaseName(name)}.`,
    );
  }

  async #read(): ReturnType<typeof readRing> {
    const { client, namespace, name } = this.#options;
    const picture = await readRing(client, namespace, name, this.#timeoutMs);
    this.#annotations = picture.ring?.metadata.annotations ?? {};
    for (const [lease, state] of picture.members) {
      const observed = this.#observed.get(lease) ?? new ObservedLease(this.#options.clock);
      observed.observe(state);
      this.#observed.set(lease, observed);
    }
    for (const lease of this.#observed.keys())
      if (!picture.members.has(lease)) this.#observed.delete(lease);
    return picture;
  }

  /** Members whose Lease is held and has not stood still for its whole duration. */
  #alive(members: ReadonlyMap<string, Lease>): ReadonlySet<string> {
    const { leaseDurationSeconds } = this.#options.times;
    const isAlive = (lease: string): boolean =>
      lease === this.#member || this.#observed.get(lease)?.isFree(leaseDurationSeconds) === false;
    return new Set([...members.keys()].filter(isAlive));
  }

  /** Brings what is held into line with what is written: an answer may have been lost. */
  #settle(owners: readonly string[]): void {
    const found: number[] = [];
    for (const [slot, owner] of owners.entries()) {
      if (owner !== this.#member) {
        if (this.#held.get(slot)?.running === 0) this.#held.delete(slot);
      } else if (!this.#held.has(slot)) {
        this.#held.set(slot, { running: 0, isDraining: false });
        found.push(slot);
      }
    }
    if (found.length > 0) this.#options.onTake?.(found);
  }

  async #take(
    term: Term,
    ring: Lease | undefined,
    owners: readonly string[],
    take: readonly number[],
  ): Promise<void> {
    const written = owners.map((owner, slot) => (take.includes(slot) ? this.#member : owner));
    await this.#write(ring, written);
    // Between request and answer the term may have ended; then they are nobody's until they run out.
    if (!term.isValid || this.#term !== term) return;
    this.#settle(written);
  }

  /** Drains, then writes free; what is still busy is given the next time. */
  async #give(
    ring: Lease | undefined,
    owners: readonly string[],
    give: readonly number[],
  ): Promise<void> {
    for (const slot of give) {
      const held = this.#held.get(slot);
      if (held !== undefined) held.isDraining = true;
    }
    const drained = this.#draining().filter((slot) => this.#held.get(slot)?.running === 0);
    if (drained.length === 0) return;
    await this.#write(
      ring,
      owners.map((owner, slot) => (drained.includes(slot) ? "" : owner)),
    );
    for (const slot of drained) this.#held.delete(slot);
  }

  #draining(): number[] {
    return [...this.#held].flatMap(([slot, { isDraining }]) => (isDraining ? [slot] : []));
  }

  /** Deletes Leases of members that are gone and own nothing any more. */
  async #bury(
    owners: readonly string[],
    members: ReadonlyMap<string, Lease>,
    alive: ReadonlySet<string>,
  ): Promise<void> {
    const { client, namespace } = this.#options;
    for (const [name, lease] of members) {
      if (alive.has(name) || owners.includes(name)) continue;
      await new LeaseStore(client, { namespace, name }, this.#timeoutMs).remove(lease);
    }
  }

  async #write(ring: Lease | undefined, owners: readonly string[]): Promise<void> {
    const { client, namespace, name } = this.#options;
    const store = new LeaseStore(client, { namespace, name: ringLeaseName(name) }, this.#timeoutMs);
    const annotations = {
      ...ring?.metadata.annotations,
      [slotsAnnotation]: JSON.stringify(owners),
    };
    const labels = { ...ring?.metadata.labels, [ringLabel]: name };
    if (ring === undefined) {
      await store.create({ metadata: { annotations, labels } as unknown as Lease["metadata"] });
      return;
    }
    await store.replace({ ...ring, metadata: { ...ring.metadata, annotations, labels } });
  }

  async #leave(): Promise<void> {
    for (const held of this.#held.values()) held.isDraining = true;
    await this.#whenDrained();
    for (let tries = 0; tries < 3 && this.term !== undefined; tries += 1) {
      const { ring } = await this.#read();
      const owners = ownersIn(ring, this.#options.slots);
      if (!owners.includes(this.#member)) break;
      try {
        await this.#write(
          ring,
          owners.map((owner) => (owner === this.#member ? "" : owner)),
        );
        break;
      } catch (error) {
        if (!hasCode(error, "EXP_CONFLICT")) throw error;
      }
    }
    this.#held.clear();
    const own = this.#elector;
    this.#elector = undefined;
    await own?.stop();
    const { client, namespace } = this.#options;
    const store = new LeaseStore(client, { namespace, name: this.#member }, this.#timeoutMs);
    const lease = await store.read();
    if (lease !== undefined) await store.remove(lease);
  }

  async #whenDrained(): Promise<void> {
    while (this.term !== undefined && [...this.#held.values()].some(({ running }) => running > 0))
      await endsWithin(
        this.#options.clock,
        new Promise<void>((resolve) => (this.#tellDrained = resolve)),
        this.#options.times.retryPeriodMs,
      );
  }

  #measure(): void {
    const { metrics, name } = this.#options;
    metrics.gauge("haversack_ring_slots", this.slots.length, { name });
  }

  #note(error: unknown): void {
    if (hasCode(error, "EXP_CONFLICT", "EXP_ALREADY_EXISTS")) return; // Somebody was faster.
    const problem = error instanceof Error ? error.message : String(error);
    if (problem !== this.#problem)
      this.#options.logger.warn(`ring ${this.#options.name}: ${problem}`, { kind: leases.kind });
    this.#problem = problem;
  }

  get #timeoutMs(): number {
    return this.#options.times.renewDeadlineMs / 2;
  }
}
