// SPDX-License-Identifier: Apache-2.0
// Event traces for the simulator: read from CSV, or made from a seed (for choosing a policy).
import type { TraceEvent } from "./simulate.js";

/**
 * Reads a trace: a line per event, `stream,milliseconds`, or one column of milliseconds for a
 * single stream. A first line without a number is taken for a header; empty lines are passed over.
 *
 * @throws SyntaxError that names the line which is neither.
 */
export function parseTrace(csv: string): TraceEvent[] {
  const events: TraceEvent[] = [];
  csv.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === "") return;
    const comma = line.lastIndexOf(",");
    const text = line.slice(comma + 1).trim();
    const atMs = Number(text);
    if (text !== "" && Number.isFinite(atMs)) {
      events.push({ stream: comma < 0 ? "stream" : line.slice(0, comma).trim(), atMs });
    } else if (at > 0) {
      throw new SyntaxError(
        `line ${at + 1} of the trace is neither "stream,milliseconds" nor milliseconds: ` +
          JSON.stringify(line.slice(0, 80)),
      );
    }
  });
  return events;
}

/** Writes a trace as {@link parseTrace} reads it. */
export function formatTrace(events: readonly TraceEvent[]): string {
  return `stream,milliseconds\n${events.map(({ stream, atMs }) => `${stream},${atMs}\n`).join("")}`;
}

/** A source of numbers in [0, 1) that repeats itself for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes the next gap in milliseconds. */
export type GapSource = (random: () => number) => number;

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Gaps of the shape of the one published trace of an operator, the Percona Operator for MongoDB
 * with its requeue of 5 s: median 5.198 s, 1st percentile 5.104 s, 99th 5.538 s, mean 5.205 s,
 * between 0.206 s and 21.442 s (wasm-operator, `prediction/`). Made from these figures; the trace itself is not
 * included.
 */
export const publishedShape: GapSource = (random) => {
  const share = random();
  const knots = [
    [0, 206],
    [0.004, 5_040],
    [0.01, 5_104],
    [0.25, 5_185],
    [0.5, 5_198],
    [0.75, 5_212],
    [0.9, 5_250],
    [0.99, 5_538],
    [0.996, 6_200],
    [1, 21_442],
  ] as const;
  const after = knots.findIndex(([at]) => at >= share);
  const [toShare, toMs] = knots[Math.max(after, 1)] ?? [1, 0];
  const [fromShare, fromMs] = knots[Math.max(after, 1) - 1] ?? [0, 0];
  return fromMs + ((share - fromShare) / (toShare - fromShare)) * (toMs - fromMs);
};

/** A period with jitter in percent. */
export const periodic =
  (periodMs: number, jitter = 0.01): GapSource =>
  (random) =>
    Math.max(periodMs * (1 + jitter * normal(random)), 0);

/** Events that do not know of each other. */
export const independent =
  (meanMs: number): GapSource =>
  (random) =>
    -meanMs * Math.log(1 - random());

/** Bursts of about eight events within seconds, then silence. */
export const bursty =
  (silenceMs: number): GapSource =>
  (random) =>
    random() < 1 / 8 ? -silenceMs * Math.log(1 - random()) : 300 + 1_500 * random();

/** Pareto with exponent 1.2: mostly short gaps, now and then a very long one. */
export const heavyTailed =
  (shortestMs: number): GapSource =>
  (random) =>
    Math.min(shortestMs / (1 - random()) ** (1 / 1.2), 86_400_000);

/** Events of one stream. */
export function makeStream(
  stream: string,
  gaps: GapSource,
  options: { readonly count: number; readonly seed: number },
): TraceEvent[] {
  const random = randomFrom(options.seed);
  let atMs = 0;
  return Array.from({ length: options.count }, () => {
    atMs += gaps(random);
    return { stream, atMs };
  });
}

/** All events on one stream: what a host sees that does not know the parts of an operator. */
export function merged(events: readonly TraceEvent[], stream = "merged"): TraceEvent[] {
  return events.map(({ atMs }) => ({ stream, atMs })).sort((a, b) => a.atMs - b.atMs);
}
