// SPDX-License-Identifier: Apache-2.0
// Bodies stay what they are, wherever they are moved and whatever takes their room (stage 1).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { FakeClock } from "../../test/informer/fake-clock.js";
import { BodyKeeper, type KeptBody } from "./body-keeper.js";
import { Pacer } from "./pacer.js";

interface Known {
  readonly body: KeptBody;
  readonly fill: number;
  readonly length: number;
}

function keep(keeper: BodyKeeper, fill: number, length: number): Known {
  const body: KeptBody = { home: undefined, offset: 0, length: 0, isHeld: false, isShared: false };
  const target = keeper.reserve(length + 10);
  target.fill(fill, keeper.at, keeper.at + length);
  keeper.commit(body, length);
  return { body, fill, length };
}

function isWhole(keeper: BodyKeeper, { body, fill, length }: Known): boolean {
  const bytes = keeper.read(body);
  return bytes.length === length && bytes.every((byte) => byte === fill);
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("keep" as const), size: fc.nat(70_000) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("drop" as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("share" as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("rest" as const), ms: fc.nat(3_000) }) },
);

describe("BodyKeeper", () => {
  it("reads every body that is held or shared as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150 }), async (steps) => {
        const clock = new FakeClock();
        const keeper = new BodyKeeper(clock, new Pacer(clock, 8));
        const held: Known[] = [];
        const shared: Known[] = [];
        let fill = 0;
        for (const step of steps) {
          if (step.do === "keep") held.push(keep(keeper, ++fill % 256, step.size));
          if (step.do === "rest") await clock.advance(step.ms);
          const which = "which" in step ? step.which % Math.max(1, held.length) : 0;
          const chosen = held[which];
          if (chosen === undefined) continue;
          if (step.do === "drop") {
            keeper.drop(chosen.body);
            held.splice(which, 1);
          }
          if (step.do === "share") {
            keeper.share(chosen.body);
            shared.push(chosen);
          }
        }
        expect([...held, ...shared].filter((known) => !isWhole(keeper, known))).toEqual([]);
        for (const { body } of held) keeper.drop(body);
        await clock.advance(5_000);
        expect(keeper.heldBytes).toBe(0);
        expect(shared.filter((known) => !isWhole(keeper, known))).toEqual([]);
        keeper.close();
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("uses the room of dropped bodies again, but not of those that somebody was given", () => {
    const clock = new FakeClock();
    const keeper = new BodyKeeper(clock, new Pacer(clock, 8));
    const seen = new Set<ArrayBufferLike>();
    for (let round = 0; round < 200; round++) {
      const known = keep(keeper, round % 256, 100_000);
      seen.add(keeper.read(known.body).buffer);
      keeper.drop(known.body);
    }
    expect(seen.size).toBeLessThan(20);
    const given: Known[] = [];
    for (let round = 0; round < 40; round++) {
      const known = keep(keeper, round, 100_000);
      keeper.share(known.body);
      keeper.drop(known.body);
      given.push(known);
    }
    expect(given.every((known) => isWhole(keeper, known))).toBe(true);
  });

  it("does not use the room of a given body again that was compressed and moved since", async () => {
    const clock = new FakeClock();
    const keeper = new BodyKeeper(clock, new Pacer(clock, 8));
    for (let round = 0; round < 30; round++) keep(keeper, 0, 100_000); // Slabs of full size by now.
    const group = Array.from({ length: 8 }, (_, index) => keep(keeper, index + 1, 5_000));
    await clock.advance(3_000);
    const [given, ...others] = group;
    if (given === undefined) throw new Error("no group");
    keeper.share(given.body);
    for (const { body } of others) keeper.drop(body);
    await clock.advance(1_000);
    const filler = keep(keeper, 99, 200_000); // In the slab that the given body was moved to.
    keep(keeper, 99, 200_000); // Seals that slab.
    keeper.drop(filler.body);
    keeper.drop(given.body);
    const churn = Array.from({ length: 20 }, () => {
      const known = keep(keeper, 77, 100_000);
      keeper.drop(known.body);
      return known;
    });
    expect(churn).toHaveLength(20);
    expect(isWhole(keeper, given)).toBe(true);
  });

  it("leaves bodies alone that were written less than a second ago", async () => {
    const clock = new FakeClock();
    const keeper = new BodyKeeper(clock, new Pacer(clock, 8));
    for (let round = 0; round < 10; round++) keep(keeper, 1, 100_000);
    await clock.advance(900);
    for (let round = 0; round < 10; round++) keep(keeper, 1, 100_000);
    await clock.advance(150);
    expect(keeper.heldBytes).toBeGreaterThan(900_000);
    expect(keeper.heldBytes).toBeLessThan(1_600_000);
    await clock.advance(3_000);
    expect(keeper.heldBytes).toBeLessThan(50_000);
  });
});
