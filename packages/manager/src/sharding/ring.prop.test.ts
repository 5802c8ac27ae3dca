// SPDX-License-Identifier: Apache-2.0
// The laws of the ring: no uid is acted on twice at once, and in the end each has its share.
import { describe, expect, it } from "@jest/globals";
import { noMetrics, silentLogger } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import fc from "fast-check";
import { LeaseServer, Process, type Weather } from "../../test/lease-world.js";
import { toTimes } from "../leader/election-options.js";
import type { Term } from "../leader/term.js";
import { Ring } from "./ring.js";
import { ownersIn } from "./ring-record.js";
import { planSlots, slotOf } from "./slots.js";

const slots = 8;
const members = 3;
const times = toTimes({});
const calm: Weather = { delaysMs: [0, 0], isLost: false, isDropped: false };

type Deed =
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "pause" | "resume" | "kill" | "stop" | "begin"; readonly who: number };

const who = fc.nat(members - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(15_000) }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom("pause" as const, "resume" as const), who }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("begin" as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("kill" as const, "stop" as const), who }),
  },
);
const weather: fc.Arbitrary<Weather> = fc.record({
  delaysMs: fc.tuple(
    fc.oneof({ weight: 5, arbitrary: fc.nat(50) }, fc.nat(30_000)),
    fc.oneof({ weight: 5, arbitrary: fc.nat(50) }, fc.nat(30_000)),
  ),
  isLost: fc.boolean(),
  isDropped: fc.boolean(),
});

/** Somebody acts on a slot; he may write as long as his term lasts. */
interface Act {
  readonly slot: number;
  readonly who: number;
  readonly term: Term;
  readonly endsAtMs: number;
  readonly leave: () => void;
}

class World {
  readonly clock = new FakeClock({ traceTimers: false });
  readonly server = new LeaseServer();
  readonly processes: Process[];
  readonly rings: Ring[];
  readonly acts = new Set<Act>();
  acted = 0;

  constructor(weathers: readonly Weather[], lengths: readonly number[]) {
    let asked = 0;
    const next = (): Weather =>
      (asked++ % 3 === 0 ? weathers[asked % weathers.length] : undefined) ?? calm;
    this.processes = Array.from(
      { length: members },
      () => new Process(this.clock, this.server, next),
    );
    this.rings = this.processes.map(
      (process, index) =>
        new Ring({
          ...{ client: process, name: "db", namespace: "ops", identity: `r${index}`, slots, times },
          ...{ clock: process, logger: silentLogger, metrics: noMetrics, random: () => 0.5 },
        }),
    );
    for (const each of this.rings) each.start();
    this.#lengths = lengths;
  }

  readonly #lengths: readonly number[];

  #act(index: number): void {
    const ring = this.rings[index];
    const process = this.processes[index];
    if (ring === undefined || process === undefined || process.isStill) return;
    for (let slot = 0; slot < slots; slot += 1) {
      const { term } = ring;
      const leave = ring.enter(slot);
      if (term === undefined || leave === undefined) continue;
      this.acted += 1;
      const length = this.#lengths[this.acted % this.#lengths.length] ?? 0;
      this.acts.add({ slot, who: index, term, leave, endsAtMs: this.clock.monotonicMs() + length });
    }
  }

  #check(): void {
    const nowMs = this.clock.monotonicMs();
    for (const act of this.acts) {
      if (act.endsAtMs > nowMs || this.processes[act.who]?.isStill === true) continue;
      act.leave();
      this.acts.delete(act);
    }
    const writing = new Map<number, number>();
    for (const { slot, who: by, term } of this.acts) {
      if (term.signal.aborted || nowMs >= term.untilMs) continue;
      const other = writing.get(slot);
      if (other !== undefined && other !== by)
        throw new Error(`slot ${slot} is acted on by ${other} and ${by}`);
      writing.set(slot, by);
    }
  }

  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.clock.advance(Math.min(500, left));
      for (let index = 0; index < members; index += 1) this.#act(index);
      this.#check();
    }
  }

  async do(deed: Deed): Promise<void> {
    if (deed.type === "wait") return this.wait(deed.ms);
    const process = this.processes[deed.who];
    if (process === undefined) return;
    if (deed.type === "pause") process.pause();
    if (deed.type === "resume") process.resume();
    if (deed.type === "kill") process.isDead = true;
    if (deed.type === "stop") void this.rings[deed.who]?.stop();
    if (deed.type === "begin") this.#act(deed.who);
    await this.wait(1);
  }
}

const deeds = fc.array(deed, { minLength: 5, maxLength: 25 });
const weathers = fc.array(weather, { minLength: 1, maxLength: 40 });
const lengths = fc.array(fc.nat(40_000), { minLength: 1, maxLength: 10 });

describe("Ring", () => {
  it("never lets two replicas act on one slot at once", async () => {
    let acted = 0;
    await fc.assert(
      fc.asyncProperty(deeds, weathers, lengths, async (all, sky, durations) => {
        const world = new World(sky, durations);
        for (const each of all) await world.do(each);
        acted += world.acted;
      }),
      { numRuns: Number(process.env["RING_RUNS"] ?? 40) },
    );
    expect(acted).toBeGreaterThan(1000);
  }, 60_000);

  it("gives each replica that lives its share once all calm down, and buries the dead", async () => {
    await fc.assert(
      fc.asyncProperty(deeds, weathers, async (all, sky) => {
        const world = new World(sky, [100]);
        for (const each of all) if (each.type !== "stop") await world.do(each);
        sky.length = 0; // Calm from now on.
        for (const each of world.processes) each.resume();
        await world.wait(150_000);
        const living = world.rings.filter((_, index) => world.processes[index]?.isDead !== true);
        if (living.length === 0) return;
        const held = living.flatMap((ring) => ring.slots);
        expect([...held].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        const counts = living.map((ring) => ring.slots.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const owners = ownersIn(world.server.leases.get("db-ring"), slots);
        expect(new Set(owners).size).toBe(living.length);
        expect(world.server.leases.size).toBe(living.length + 1);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe("planSlots()", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
  const owner = fc.constantFrom("a", "b", "c", "d", "e", "gone", "");

  it("ends in equal shares, whoever acts first, and then moves nothing more", () => {
    fc.assert(
      fc.property(fc.array(owner, { minLength: 1, maxLength: 40 }), names, (start, alive) => {
        let owners = start;
        const living = new Set(alive);
        let moved = true;
        for (let round = 0; moved && round < 10; round += 1) {
          moved = false;
          for (const me of alive) {
            const { take, give } = planSlots(owners, living, me);
            moved ||= take.length + give.length > 0;
            owners = owners.map((each, slot) =>
              take.includes(slot) ? me : give.includes(slot) ? "" : each,
            );
          }
        }
        expect(moved).toBe(false);
        const counts = alive.map((me) => owners.filter((each) => each === me).length);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(owners.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("moves no more than a new member's share", () => {
    const owners = Array.from({ length: 32 }, (_, slot) => (slot % 2 === 0 ? "a" : "b"));
    const living = new Set(["a", "b", "c"]);
    const given = ["a", "b"].flatMap((me) => planSlots(owners, living, me).give);
    expect(given.length).toBeLessThanOrEqual(11);
  });

  it("spreads uids evenly over slots", () => {
    const counts = new Array<number>(32).fill(0);
    for (let index = 0; index < 3200; index += 1) {
      const slot = slotOf(`7f9c24e8-0000-4000-8000-${String(index).padStart(12, "0")}`, 32);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });
});
