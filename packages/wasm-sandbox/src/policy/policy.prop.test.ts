// SPDX-License-Identifier: Apache-2.0
// What holds for every wake policy and every stream (stage: between two turns of a guest).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  AdaptivePolicy,
  breakEvenMs,
  bursty,
  defaultWakeCosts,
  fixedTimeout,
  formatTrace,
  heavyTailed,
  hybridHistogram,
  independent,
  makeStream,
  neverUnload,
  oracle,
  parseTrace,
  periodic,
  publishedShape,
  simulate,
  smoothing,
  timesByStream,
  type StreamFacts,
  type TraceEvent,
  type WakePolicy,
} from "./index.js";

const facts: StreamFacts = { loadMs: 6, unloadMs: 5, sizeMib: 1 };
const gapsArb = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 4_900, max: 5_100 }),
    fc.integer({ min: 0, max: 20_000_000 }),
  ),
  { minLength: 1, maxLength: 120 },
);
const traceOf = (gaps: readonly number[]): TraceEvent[] => {
  let atMs = 1_000_000;
  return gaps.map((gap) => ({ stream: "s", atMs: (atMs += gap) }));
};
const baselines = (): WakePolicy[] => [
  neverUnload(),
  fixedTimeout(1),
  fixedTimeout(5),
  fixedTimeout(60),
  fixedTimeout(300),
  smoothing(),
  hybridHistogram(),
];

describe("every policy", () => {
  it("plans nothing in the past, and a load ahead only after an unload and before its end", () => {
    fc.assert(
      fc.property(gapsArb, (gaps) => {
        const trace = traceOf(gaps);
        for (const policy of [new AdaptivePolicy(), ...baselines(), oracle(timesByStream(trace))]) {
          for (const { stream, atMs } of trace) {
            const plan = policy.onEvent(stream, atMs, facts);
            const { keepUntilMs, loadAtMs, giveUpMs = Infinity } = plan;
            expect(keepUntilMs).toBeGreaterThanOrEqual(atMs);
            if (loadAtMs === undefined) continue;
            expect(loadAtMs).toBeGreaterThanOrEqual(keepUntilMs);
            expect(giveUpMs).toBeGreaterThanOrEqual(loadAtMs);
          }
        }
      }),
    );
  });

  it("handles every event once in the simulator, and no baseline beats the oracle", () => {
    fc.assert(
      fc.property(gapsArb, (gaps) => {
        const trace = traceOf(gaps);
        const best = simulate(oracle(timesByStream(trace)), trace, { facts }).costPerEvent;
        for (const policy of [new AdaptivePolicy(), ...baselines()]) {
          const result = simulate(policy, trace, { facts });
          expect(result.events).toBe(trace.length - 1);
          expect(result.hitRate).toBeLessThanOrEqual(1);
          expect(result.costPerEvent).toBeGreaterThanOrEqual(best - 1e-9);
        }
      }),
    );
  });
});

describe("AdaptivePolicy", () => {
  it("says the same after it was saved and restored", () => {
    fc.assert(
      fc.property(gapsArb, fc.nat(), (gaps, place) => {
        const trace = traceOf(gaps);
        const cut = place % trace.length;
        const policy = new AdaptivePolicy();
        for (const { stream, atMs } of trace.slice(0, cut)) policy.onEvent(stream, atMs, facts);
        const restored = new AdaptivePolicy();
        restored.restore(JSON.parse(JSON.stringify(policy.save())) as never);
        expect(restored.save()).toEqual(policy.save());
        const [next] = trace.slice(cut);
        if (next === undefined || gaps[cut] === undefined || gaps[cut] < 250) return;
        const plans = [policy, restored].map((each) => each.onEvent("s", next.atMs, facts));
        expect(plans[1]).toEqual(plans[0]);
      }),
    );
  });

  it("keeps fifty numbers of a stream, whatever comes", () => {
    const policy = new AdaptivePolicy();
    for (const { stream, atMs } of makeStream("s", independent(5_000), { count: 5_000, seed: 1 })) {
      policy.onEvent(stream, atMs, facts);
    }
    expect(policy.save()["s"]?.gaps).toHaveLength(50);
  });

  it("plans the same for gaps that came in another order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 300, max: 60_000 }), { minLength: 49, maxLength: 49 }),
        fc.nat(),
        (gaps, turn) => {
          const at = turn % gaps.length;
          const plans = [gaps, [...gaps.slice(at), ...gaps.slice(0, at)]].map((order) => {
            const policy = new AdaptivePolicy();
            policy.restore({ s: { gaps: order, lastMs: 0 } });
            return policy.onEvent("s", 5_000, facts);
          });
          expect(plans[1]).toEqual(plans[0]);
        },
      ),
    );
  });

  it("costs at most twice what keeping or unloading in hindsight costs, while it knows little", () => {
    const costs = { perLatencyMs: 1, perMibSecond: 1 };
    const slow = { ...facts, loadMs: 20 };
    const evenMs = breakEvenMs(slow, costs);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 3 }), (gaps) => {
        if (gaps.length === 0) return;
        const trace = traceOf([0, ...gaps]);
        const { costPerEvent, events } = simulate(new AdaptivePolicy(costs), trace, {
          facts: slow,
          costs,
        });
        const hindsight = gaps.reduce((sum, gap) => sum + Math.min(gap, evenMs) / 1_000, 0);
        expect(costPerEvent * events).toBeLessThanOrEqual(2 * hindsight + 1e-6);
      }),
    );
  });

  it("never loads a guest without primaries, and loads for a known time just before it", () => {
    const policy = new AdaptivePolicy();
    expect(policy.onEvent("s", 1_000, { ...facts, primaries: 0 })).toMatchObject({
      keepUntilMs: 1_000,
      rule: "no primaries",
    });
    const plan = new AdaptivePolicy().onEvent("s", 0, { ...facts, dueMs: 60_000 }, "timer");
    expect(plan).toMatchObject({ keepUntilMs: 0, loadAtMs: 60_000 - 6 - 25 });
  });

  it("stops loading ahead after three loads for nothing, and tries again later", () => {
    const policy = new AdaptivePolicy();
    policy.restore({ s: { gaps: Array<number>(50).fill(60_000), lastMs: 0 } });
    let atMs = 60_000;
    const rules: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const plan = policy.onEvent("s", atMs, facts);
      rules.push(plan.rule.split(":")[0] ?? "");
      if (plan.giveUpMs !== undefined) policy.onGiveUp("s", plan.giveUpMs, facts);
      atMs += 200_000;
    }
    expect(rules.slice(0, 3)).toEqual(["periodic", "periodic", "periodic"]);
    expect(rules[3]).not.toBe("periodic");
    expect(rules).toHaveLength(6);
    expect(rules.slice(4)).toContain("periodic");
  });
});

describe("the figures of a replay", () => {
  const result = (policy: WakePolicy, trace: TraceEvent[]): ReturnType<typeof simulate> =>
    simulate(policy, trace, { facts });
  const streams = [periodic(30_000), independent(20_000), bursty(60_000), heavyTailed(1_000)];

  it("are all hits and hardly any memory where the host knows its timers", () => {
    const trace = makeStream("s", publishedShape, { count: 1_000, seed: 1 });
    const { hitRate, warmSecondsPerEvent } = simulate(new AdaptivePolicy(), trace, {
      facts,
      timersKnown: true,
    });
    expect(hitRate).toBe(1);
    expect(warmSecondsPerEvent).toBeLessThan(0.05);
  });

  it.each([1, 2, 3])("cost less than every baseline on mixed streams, seed %i", (seed) => {
    const trace = streams.flatMap((gaps, at) =>
      makeStream(`m${at}`, gaps, { count: 1_000, seed: seed * 100 + at }),
    );
    const ours = result(new AdaptivePolicy(), trace).costPerEvent;
    for (const policy of baselines()) {
      expect(ours).toBeLessThan(result(policy, trace).costPerEvent);
    }
  });

  it("do not change with a trace that was written and read", () => {
    const trace = makeStream("a,b", bursty(9_000), { count: 100, seed: 1 });
    expect(parseTrace(formatTrace(trace))).toEqual(trace);
    expect(() => parseTrace("stream,milliseconds\na,1\nnonsense")).toThrow(/line 3/);
    expect(() => simulate(neverUnload(), [{ stream: "a", atMs: NaN }], { facts })).toThrow(/"a"/);
  });
});

describe("breakEvenMs()", () => {
  it("is between 1 s and 300 s", () => {
    expect(breakEvenMs({ ...facts, loadMs: 0 }, defaultWakeCosts)).toBe(1_000);
    expect(breakEvenMs({ ...facts, loadMs: 1e9 }, defaultWakeCosts)).toBe(300_000);
    expect(breakEvenMs(facts, { perLatencyMs: 1, perMibSecond: 0 })).toBe(300_000);
  });
});
