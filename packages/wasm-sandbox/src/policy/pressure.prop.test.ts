// SPDX-License-Identifier: Apache-2.0
// Who leaves when memory is short, and who is loaded with whom (stage: between two turns of a guest).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MemoryBudget, WakeCorrelations } from "./index.js";

const mib = 2 ** 20;

describe("MemoryBudget", () => {
  it("keeps the budget, never lets a busy guest go, and its clock never goes back", () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 9 }).map(String),
      bytes: fc.integer({ min: 0, max: 3 * mib }),
      reloadMs: fc.integer({ min: 0, max: 100 }),
      busy: fc.uniqueArray(fc.integer({ min: 0, max: 9 }).map(String), { maxLength: 10 }),
      isRemoval: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new MemoryBudget(5 * mib);
        const loaded = new Map<string, number>();
        for (const { id, bytes, reloadMs, busy, isRemoval } of steps) {
          if (isRemoval) {
            budget.remove(id);
            loaded.delete(id);
          } else {
            const clock = budget.clock;
            const leaving = budget.admit(id, { bytes, reloadMs }, (each) => busy.includes(each));
            loaded.set(id, Math.max(bytes, 1));
            for (const each of leaving) {
              expect(busy).not.toContain(each);
              expect(each).not.toBe(id);
              expect(loaded.delete(each)).toBe(true);
            }
            expect(budget.clock).toBeGreaterThanOrEqual(clock);
            const others = [...loaded.keys()].filter((each) => each !== id);
            const isKept = budget.usedBytes <= budget.budgetBytes;
            expect(isKept || others.every((each) => busy.includes(each))).toBe(true);
          }
          const used = [...loaded.values()].reduce((sum, each) => sum + each, 0);
          expect(budget.usedBytes).toBe(used);
        }
      }),
    );
  });

  it("lets the one go first that was of least use for its size", () => {
    const budget = new MemoryBudget(3 * mib);
    const idle = (): boolean => false;
    budget.admit("small and slow", { bytes: mib / 2, reloadMs: 50 }, idle);
    budget.admit("large", { bytes: 2 * mib, reloadMs: 10 }, idle);
    budget.admit("often", { bytes: mib / 2, reloadMs: 10 }, idle);
    budget.admit("often", { bytes: mib / 2, reloadMs: 10 }, idle);
    expect(budget.admit("new", { bytes: mib, reloadMs: 10 }, idle)).toEqual(["large"]);
  });

  it("refuses a budget that is none", () => {
    expect(() => new MemoryBudget(NaN)).toThrow(/budget of NaN/);
  });
});

describe("WakeCorrelations", () => {
  const learn = (writes: number, followed: number): string[] => {
    const correlations = new WakeCorrelations();
    let targets: string[] = [];
    for (let turn = 0; turn < writes; turn += 1) {
      targets = correlations.onWrite("a", turn * 10_000);
      if (turn < followed) correlations.onEvent("b", turn * 10_000 + 500);
      correlations.onEvent("c", turn * 10_000 + 5_000);
      correlations.onEvent("a", turn * 10_000 + 100);
    }
    return targets;
  };

  it("names a stream that followed 80 % of at least 20 writes within a second", () => {
    expect(learn(20, 20)).toEqual([]);
    expect(learn(21, 20)).toEqual(["b"]);
    expect(learn(26, 20)).toEqual(["b"]);
    expect(learn(27, 20)).toEqual([]);
  });

  it("counts many events after one write once", () => {
    const correlations = new WakeCorrelations();
    for (let turn = 0; turn < 10; turn += 1) {
      correlations.onWrite("a", turn * 10_000);
      for (let more = 0; more < 5; more += 1) correlations.onEvent("b", turn * 10_000 + more);
    }
    for (let turn = 10; turn < 30; turn += 1) correlations.onWrite("a", turn * 10_000);
    expect(correlations.onWrite("a", 1_000_000)).toEqual([]);
  });

  it("keeps a bounded number of pairs, and forgets a stream that is gone", () => {
    const correlations = new WakeCorrelations();
    for (let turn = 0; turn < 25; turn += 1) {
      correlations.onWrite("a", turn * 10_000);
      for (let target = 0; target < 60; target += 1) {
        correlations.onEvent(`t${target}`, turn * 10_000 + target);
      }
    }
    expect(correlations.onWrite("a", 1_000_000)).toHaveLength(60);
    correlations.forget("t3");
    expect(correlations.onWrite("a", 2_000_000)).not.toContain("t3");
  });
});
