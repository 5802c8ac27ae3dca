// SPDX-License-Identifier: Apache-2.0
// The same work at growing sizes: how cost grows with what is held, as a fitted exponent.
import { pods, systemClock, WorkQueue, type KubernetesObject } from "haversack";
import { startEventServer } from "../lib/event-server.js";
import { buildIndex, event, secondaryAt } from "../lib/indexed.js";
import { watchPods } from "../lib/informer.js";
import { answer, type Measures } from "../lib/question.js";
import { median } from "../lib/report.js";

/** Slope of log(cost) over log(size), by least squares: 0 is flat, 1 proportional. */
function exponentOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, each) => sum + each[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const top = logs.reduce((sum, each) => sum + (each[0] - x) * (each[1] - y), 0);
  const bottom = logs.reduce((sum, each) => sum + (each[0] - x) ** 2, 0);
  return top / bottom;
}

/** Median of several rounds of `times` calls, in microseconds per call. */
function microseconds(times: number, call: (at: number) => void): number {
  const rounds: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const started = performance.now();
    for (let at = 0; at < times; at += 1) call(round * times + at);
    rounds.push(((performance.now() - started) * 1_000) / times);
  }
  return median(rounds);
}

function grow(
  sizes: readonly number[],
  costAt: (size: number) => number | Promise<number>,
): () => Promise<Measures> {
  return async () => {
    const points: [number, number][] = [];
    for (const size of sizes) {
      globalThis.gc?.();
      points.push([size, await costAt(size)]);
    }
    return {
      exponent: exponentOf(points),
      smallest: points[0]?.[1] ?? NaN,
      largest: points.at(-1)?.[1] ?? NaN,
    };
  };
}

const secondaries = [100, 1_000, 10_000, 100_000];

const lookUp = (total: number): number => {
  const { index, primaries } = buildIndex(total);
  const primary = (at: number): KubernetesObject => {
    const found = primaries[(at * 7_919) % primaries.length];
    if (found === undefined) throw new Error("no primary");
    return found;
  };
  let version = 100;
  return microseconds(5_000, (at) => {
    version += 1;
    const owner = primary(at);
    index.apply("configMaps", event("modified", secondaryAt(owner, at % 10, String(version))));
    if (index.of(owner).configMaps.length !== 10) throw new Error("secondaries are missing");
  });
};

/** One primary with all the secondaries: here a look-up has to build them all after a change. */
const wide = (total: number): number => {
  const { index, primaries } = buildIndex(10);
  const [owner] = primaries;
  if (owner === undefined) throw new Error("no primary");
  for (let at = 10; at < total; at += 1) {
    index.apply("configMaps", event("added", secondaryAt(owner, at)));
  }
  let version = 100;
  return microseconds(20, (at) => {
    version += 1;
    index.apply("configMaps", event("modified", secondaryAt(owner, at % total, String(version))));
    if (index.of(owner).configMaps.length !== total) throw new Error("secondaries are missing");
  });
};

/** The next primary is handed out, done, and queued again. */
const queueing = (depth: number): number => {
  const queue = new WorkQueue({ clock: systemClock });
  for (let at = 0; at < depth; at += 1) queue.add({ namespace: "prod", name: `db-${at}` });
  return microseconds(5_000, () => {
    const work = queue.take();
    if (work === undefined) throw new Error("the queue is empty");
    queue.done(work);
    queue.add(work.key);
  });
};

const listing = async (listed: number): Promise<number> => {
  const server = await startEventServer({ objects: 1, events: 1, listed });
  const { lease, close } = watchPods(server.url, { projection: { keep: "metadata" } });
  const started = performance.now();
  await lease.whenSynced();
  const elapsedMs = performance.now() - started;
  if (lease.size !== listed || lease.kind.kind !== pods.kind) throw new Error("a list is short");
  await close();
  server.close();
  return elapsedMs;
};

const flat = ["one of ten secondaries changes, all are looked up (µs)"] as const;
await answer(import.meta.url, {
  question: "How does cost grow?",
  variants: {
    [flat[0]]: grow(secondaries, lookUp),
    "one of all secondaries changes, all are looked up (µs)": grow([10, 100, 1_000, 10_000], wide),
    "a primary is taken from the queue and queued again (µs)": grow(
      [100, 1_000, 10_000, 100_000],
      queueing,
    ),
    "a first list is taken in (ms)": grow([1_000, 5_000, 25_000, 100_000], listing),
  },
  rounds: 3,
  targets: [
    { measure: "exponent", variant: flat[0], atMost: 0.3 },
    {
      measure: "exponent",
      variant: "one of all secondaries changes, all are looked up (µs)",
      atMost: 1.1,
    },
    {
      measure: "exponent",
      variant: "a primary is taken from the queue and queued again (µs)",
      atMost: 0.4,
    },
    { measure: "exponent", variant: "a first list is taken in (ms)", atMost: 1.1 },
  ],
});
