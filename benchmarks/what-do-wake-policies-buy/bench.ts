// SPDX-License-Identifier: Apache-2.0
// Wake policies on replayed streams: what events waited, what memory was held, what both cost.
import {
  AdaptivePolicy,
  bursty,
  fixedTimeout,
  heavyTailed,
  hybridHistogram,
  independent,
  makeStream,
  merged,
  neverUnload,
  oracle,
  periodic,
  publishedShape,
  simulate,
  smoothing,
  timesByStream,
  type GapSource,
  type TraceEvent,
  type WakePolicy,
} from "@haversack/wasm-sandbox/policy";
import { answer, type Measures } from "../lib/question.js";

/** The guest of the memory question: 1 MiB, loaded in 6 ms. */
const facts = { loadMs: 6, unloadMs: 5, sizeMib: 1 };
const perStream = 1_000;

const streamsOf = (...sources: readonly GapSource[]): TraceEvent[] =>
  sources.flatMap((source, at) => makeStream(`s${at}`, source, { count: perStream, seed: 1 + at }));

/** The parts of one operator: two that run by the clock of others, and four that wait for events. */
const parts = streamsOf(
  periodic(30_000),
  periodic(300_000, 0.05),
  independent(20_000),
  independent(600_000),
  bursty(60_000),
  heavyTailed(1_000),
);

const traces: Readonly<Record<string, readonly TraceEvent[]>> = {
  "published shape": streamsOf(publishedShape),
  "every 60 s": streamsOf(periodic(60_000)),
  independent: streamsOf(independent(10_000)),
  bursty: streamsOf(bursty(120_000)),
  "heavy-tailed": streamsOf(heavyTailed(2_000)),
  mixed: parts,
};

const policies: readonly ((trace: readonly TraceEvent[]) => WakePolicy)[] = [
  () => new AdaptivePolicy(),
  neverUnload,
  () => fixedTimeout(1),
  () => fixedTimeout(5),
  () => fixedTimeout(60),
  () => fixedTimeout(300),
  smoothing,
  hybridHistogram,
  (trace) => oracle(timesByStream(trace)),
];

function measure(
  make: (trace: readonly TraceEvent[]) => WakePolicy,
  trace: readonly TraceEvent[],
  timersKnown = false,
): () => Promise<Measures> {
  return () => {
    const started = performance.now();
    const result = simulate(make(trace), trace, { facts, timersKnown });
    const microseconds = ((performance.now() - started) * 1_000) / trace.length;
    return Promise.resolve({
      hitPercent: result.hitRate * 100,
      warmSecondsPerEvent: result.warmSecondsPerEvent,
      latencyMs: result.latencyMs,
      wastedLoadsPer1000: (result.wastedLoads * 1_000) / result.events,
      costPerEvent: result.costPerEvent,
      microsecondsPerDecision: microseconds,
    });
  };
}

const variants: Record<string, () => Promise<Measures>> = {};
for (const [name, trace] of Object.entries(traces)) {
  for (const make of policies) variants[`${name}: ${make(trace).name}`] = measure(make, trace);
}
const adaptive = (): WakePolicy => new AdaptivePolicy();
variants["published shape, timer known: adaptive"] = measure(
  adaptive,
  traces["published shape"] ?? [],
  true,
);
variants["mixed, parts merged: adaptive"] = measure(adaptive, merged(parts));

const cost = "costPerEvent";
const baselines = Object.keys(variants).filter(
  (name) => name.startsWith("mixed: ") && !/adaptive|oracle/.test(name),
);

await answer(import.meta.url, {
  question: `What do wake policies buy? (${perStream.toLocaleString("en-US")} events per stream, a guest of 1 MiB that loads in 6 ms)`,
  variants,
  rounds: 1, // Deterministic but for the time of a decision.
  targets: [
    { measure: "hitPercent", variant: "published shape: adaptive", atLeast: 99.5 },
    { measure: "warmSecondsPerEvent", variant: "published shape: adaptive", atMost: 0.17 },
    {
      measure: "hitPercent",
      variant: "published shape, timer known: adaptive",
      atLeast: 100,
      gates: true,
    },
    ...baselines.map((against) => ({
      measure: cost,
      variant: "mixed: adaptive",
      against,
      atMost: 1,
      gates: true,
    })),
  ],
});
