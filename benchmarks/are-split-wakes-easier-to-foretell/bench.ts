// SPDX-License-Identifier: Apache-2.0
// Replays recorded wakes against wake policies: apart by sub-reconciler, and merged into one stream.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AdaptivePolicy,
  fixedTimeout,
  hybridHistogram,
  oracle,
  simulate,
  smoothing,
  timesByStream,
  type TraceEvent,
  type WakePolicy,
} from "@haversack/wasm-sandbox/policy";
import { answer, type Measures } from "../lib/question.js";

interface Wake extends TraceEvent {
  readonly primary: string;
  readonly by: string;
}

const folder = join(
  fileURLToPath(import.meta.url),
  "../../../are-split-wakes-easier-to-foretell/histories",
);

/** The recorded wakes: the first, second, third and sixth column. */
function readWakes(): readonly Wake[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n").slice(1))
    .map((line) => {
      const [stream = "", primary = "", atMs = "", , , by = ""] = line.split(",");
      return { stream, primary, atMs: Number(atMs), by };
    });
}

/** Runs of one guest at the same time are one wake of it: it is loaded once. */
function wakesOf(wakes: readonly Wake[], streamOf: (wake: Wake) => string): readonly Wake[] {
  const found = new Map<string, Wake>();
  for (const wake of wakes) {
    const stream = streamOf(wake);
    found.set(`${stream} ${wake.atMs}`, { ...wake, stream });
  }
  return [...found.values()];
}

/** One guest for the whole operator. */
const merged = (wakes: readonly Wake[]): readonly Wake[] => wakesOf(wakes, () => "operator");
/** A guest for each sub-reconciler. */
const split = (wakes: readonly Wake[]): readonly Wake[] => wakesOf(wakes, ({ stream }) => stream);
/** The same, and a history for each primary. */
const mergedByPrimary = (wakes: readonly Wake[]): readonly Wake[] =>
  wakesOf(wakes, ({ primary }) => primary);
/** Both. */
const splitByPrimary = (wakes: readonly Wake[]): readonly Wake[] =>
  wakesOf(wakes, ({ stream, primary }) => `${stream} ${primary}`);

/** What a guest is taken to be: figures of this project's own guests. */
const facts = { loadMs: 6, unloadMs: 6, sizeMib: 1 };

const policies: Readonly<Record<string, (trace: readonly TraceEvent[]) => WakePolicy>> = {
  adaptive: () => new AdaptivePolicy(),
  smoothing: () => smoothing(),
  histogram: () => hybridHistogram(),
  fixed60s: () => fixedTimeout(60),
  oracle: (trace) => oracle(timesByStream(trace)),
};

/** Hits, seconds held per hour over all guests, and the cost per hour, by policy. */
function replayed(select: (wakes: readonly Wake[]) => readonly Wake[]): () => Promise<Measures> {
  return () => {
    const trace = select(readWakes());
    const times = trace.map(({ atMs }) => atMs);
    const hours = (Math.max(...times) - Math.min(...times)) / 3_600_000;
    const measures: Record<string, number> = { wakes: trace.length };
    for (const [name, make] of Object.entries(policies)) {
      const { hitRate, warmSecondsPerEvent, costPerEvent, events } = simulate(make(trace), trace, {
        facts,
      });
      measures[`${name}HitPercent`] = hitRate * 100;
      measures[`${name}WarmSecondsPerHour`] = (warmSecondsPerEvent * events) / hours;
      measures[`${name}CostPerHour`] = (costPerEvent * events) / hours;
    }
    return Promise.resolve(measures);
  };
}

const unforeseen = (wakes: readonly Wake[]): readonly Wake[] =>
  wakes.filter(({ by }) => by === "event");

await answer(import.meta.url, {
  question: "Are the wakes of sub-reconcilers easier to foretell than those of one reconcile?",
  rounds: 1,
  variants: {
    "merged: all to be foretold": replayed(merged),
    "merged, by primary: all to be foretold": replayed(mergedByPrimary),
    "split: all to be foretold": replayed(split),
    "split, by primary: all to be foretold": replayed(splitByPrimary),
    "merged: timers known": replayed((wakes) => merged(unforeseen(wakes))),
    "split: timers known": replayed((wakes) => split(unforeseen(wakes))),
  },
  targets: [
    // The hypothesis, as stated; then what else may be behind it.
    {
      measure: "adaptiveHitPercent",
      variant: "split: all to be foretold",
      against: "merged: all to be foretold",
      atLeast: 1,
    },
    {
      measure: "adaptiveHitPercent",
      variant: "split, by primary: all to be foretold",
      against: "merged, by primary: all to be foretold",
      atLeast: 1,
    },
    {
      measure: "adaptiveCostPerHour",
      variant: "split, by primary: all to be foretold",
      against: "merged, by primary: all to be foretold",
      atMost: 1,
    },
    {
      measure: "adaptiveHitPercent",
      variant: "split: timers known",
      against: "merged: timers known",
      atLeast: 1,
    },
  ],
});
