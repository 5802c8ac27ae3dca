// SPDX-License-Identifier: Apache-2.0
// The law of the election: whatever networks, clocks and processes do, no two may act at once.
import { describe, expect, it } from "@jest/globals";
import { noMetrics, silentLogger } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import fc from "fast-check";
import { LeaseServer, Process, type Weather } from "../../test/lease-world.js";
import { toTimes } from "./election-options.js";
import { Elector } from "./elector.js";
import { LeaseStore } from "./lease-store.js";
import type { Term } from "./term.js";

const times = toTimes({});
const key = { namespace: "ops", name: "operator" };

type Deed =
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "pause" | "resume" | "kill" | "stop"; readonly who: number }
  | { readonly type: "skew"; readonly who: number; readonly ms: number };

const who = fc.nat(2);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(20_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("pause" as const, "resume" as const), who }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("kill" as const, "stop" as const), who }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ type: fc.constant("skew" as const), who },
      ms: fc.integer({ min: -7_200_000, max: 7_200_000 }),
    }),
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

class World {
  readonly clock = new FakeClock({ traceTimers: false });
  readonly server = new LeaseServer();
  readonly processes: Process[];
  readonly electors: Elector[];
  /** The latest term of each, whether its holder knows of its end or not. */
  readonly terms: (Term | undefined)[] = [undefined, undefined, undefined];
  acted = 0;

  constructor(weathers: readonly Weather[]) {
    let asked = 0;
    const next = (): Weather => {
      const found = weathers[asked++ % weathers.length];
      // A calm in between, or nothing would ever happen.
      return found === undefined || asked % 3 !== 0
        ? { delaysMs: [0, 0], isLost: false, isDropped: false }
        : found;
    };
    this.processes = [0, 1, 2].map(() => new Process(this.clock, this.server, next));
    this.electors = this.processes.map((process, index) => {
      const store = new LeaseStore(process, key, times.renewDeadlineMs / 2);
      return new Elector({
        ...{ store, identity: `r${index}`, times, clock: process, logger: silentLogger },
        ...{ metrics: noMetrics, random: () => 0.5 },
        onTerm: (term) => void (this.terms[index] = term),
      });
    });
    for (const each of this.electors) each.start();
  }

  /** Who would be let write now, were it to try. A process that stands still asks when it wakes. */
  writers(): number[] {
    const nowMs = this.clock.monotonicMs();
    return this.terms.flatMap((term, index) =>
      term !== undefined && !term.signal.aborted && nowMs < term.untilMs ? [index] : [],
    );
  }

  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.clock.advance(Math.min(500, left));
      const writers = this.writers();
      this.acted += writers.length;
      if (writers.length > 1) throw new Error(`two may write: ${writers.join(", ")}`);
    }
  }

  async do(deed: Deed): Promise<void> {
    if (deed.type === "wait") return this.wait(deed.ms);
    const process = this.processes[deed.who];
    if (process === undefined) return;
    if (deed.type === "pause") process.pause();
    if (deed.type === "resume") process.resume();
    if (deed.type === "kill") process.isDead = true;
    if (deed.type === "skew") process.skewMs = deed.ms;
    if (deed.type === "stop") void this.electors[deed.who]?.stop();
    await this.wait(1);
  }
}

describe("Elector", () => {
  it("never lets two replicas write at once", async () => {
    let acted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 5, maxLength: 25 }),
        fc.array(weather, { minLength: 1, maxLength: 40 }),
        async (deeds, weathers) => {
          const world = new World(weathers);
          for (const each of deeds) await world.do(each);
          acted += world.acted;
        },
      ),
      { numRuns: Number(process.env["ELECTION_RUNS"] ?? 40) },
    );
    expect(acted).toBeGreaterThan(100); // Somebody does act, or the law says nothing.
  }, 60_000);

  it("has a leader again soon after all calm down", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { maxLength: 15 }),
        fc.array(weather),
        async (deeds, weathers) => {
          const calm = { delaysMs: [0, 0], isLost: false, isDropped: false } as const;
          const world = new World([...weathers, calm]);
          for (const each of deeds)
            if (each.type !== "kill" && each.type !== "stop") await world.do(each);
          for (const each of world.processes) each.resume();
          await world.wait(60_000);
          await world.clock.advance(90_000);
          const isLed = async (): Promise<boolean> => {
            for (let tries = 0; tries < 60; tries += 1) {
              if (world.writers().length === 1) return true;
              await world.clock.advance(1_000);
            }
            return false;
          };
          expect(await isLed()).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});
