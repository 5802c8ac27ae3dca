// SPDX-License-Identifier: Apache-2.0
// The work queue against its model: 10⁶ random operations (stage 4: work queue).
import { describe, expect, it } from "@jest/globals";
import { fc } from "../test/property.js";
import { ManualClock } from "../test/manual-clock.js";
import { QueueModel, type ModelWork } from "../test/queue-model.js";
import { WorkQueue, type AddOptions, type NextPass, type Work } from "./work-queue.js";

const keyCount = 12;
const debounce = { waitMs: 7, maxWaitMs: 20 };

/** A small generator of random numbers; fast-check gives and prints its seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const confirms = (key: string, nowMs: number): boolean => (key.charCodeAt(1) + nowMs) % 3 !== 0;

/** The queue and the model side by side; every step is checked on the spot. */
class Pair {
  readonly clock = new ManualClock();
  readonly queue = new WorkQueue({
    clock: this.clock,
    agingMs: 10,
    debounce,
    confirm: ({ name }) => confirms(name, this.clock.monotonicMs()),
  });
  readonly model = new QueueModel(10, debounce, confirms);
  readonly open: { work: Work; modelled: ModelWork }[] = [];
  readonly #running = new Set<string>();

  take(): void {
    const work = this.queue.take();
    const modelled = this.model.take();
    if (work?.key.name !== modelled?.key)
      throw new Error(`took ${work?.key.name}, expected ${modelled?.key}`);
    if (work === undefined || modelled === undefined) return;
    if (this.#running.has(work.key.name)) throw new Error(`two workers on ${work.key.name}`);
    const { priority, failures, conflicts } = work;
    if (
      priority !== modelled.priority ||
      failures !== modelled.failures ||
      conflicts !== modelled.conflicts
    )
      throw new Error(`took ${JSON.stringify(work)}, expected ${JSON.stringify(modelled)}`);
    this.#running.add(work.key.name);
    this.open.push({ work, modelled });
  }

  done(index: number, next: NextPass | undefined): void {
    const [taken] = this.open.splice(index, 1);
    if (taken === undefined) return;
    this.#running.delete(taken.work.key.name);
    this.queue.done(taken.work, next);
    this.model.done(taken.modelled, next);
  }

  compare(): void {
    expect(this.queue.depth).toEqual(this.model.counts());
    expect(this.queue.size).toBe(this.model.size);
  }
}

function randomAdd(random: (below: number) => number): AddOptions {
  return {
    priority: [0, 0, 0, -100, 5, 1][random(6)],
    afterMs: random(4) === 0 ? random(30) : 0,
    debounce: random(3) === 0,
    cut: random(4) === 0 ? `change ${random(3)}` : undefined,
  };
}

function randomNext(random: (below: number) => number): NextPass | undefined {
  const afterMs = random(40);
  const priority = random(2) === 0 ? undefined : random(3);
  switch (random(5)) {
    case 0:
      return { kind: "requeue", afterMs, priority };
    case 1:
      return { kind: "retry", afterMs, isConflict: random(3) === 0 };
    case 2:
      return { kind: "retry", afterMs, isCuttable: random(2) === 0 };
    default:
      return undefined;
  }
}

function run(seed: number, operations: number): void {
  const random = randomFrom(seed);
  const pair = new Pair();
  for (let operation = 0; operation < operations; operation += 1) {
    const choice = random(100);
    const name = `k${random(keyCount)}`;
    if (choice < 45) {
      const options = randomAdd(random);
      pair.queue.add({ namespace: "n", name }, options);
      pair.model.add(name, options);
    } else if (choice < 70) pair.take();
    else if (choice < 88) pair.done(random(pair.open.length || 1), randomNext(random));
    else if (choice < 99) {
      pair.clock.advanceSync(random(6));
      pair.model.advance(pair.clock.monotonicMs());
    } else {
      pair.queue.forget({ namespace: "n", name });
      pair.model.forget(name);
    }
    if (operation % 1000 === 0) pair.compare();
  }
  while (pair.open.length > 0) pair.done(0, undefined);
  pair.clock.advanceSync(1000);
  pair.model.advance(pair.clock.monotonicMs());
  while (pair.queue.depth.ready > 0) {
    pair.take();
    pair.done(0, undefined);
  }
  pair.compare();
  expect(pair.queue.size).toBe(0);
}

describe("WorkQueue against its model", () => {
  it("loses no key and never gives one to two workers in 10⁶ random operations", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => run(seed, 100_000)),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it("behaves as the model in many short runs", () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 400 }), run), { numRuns: 300 });
  });
});
