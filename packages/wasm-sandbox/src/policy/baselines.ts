// SPDX-License-Identifier: Apache-2.0
// Other policies behind the same interface, to compare with (stage: between two turns of a guest).
import { quantile } from "./gap-history.js";
import type { StreamFacts, WakeCause, WakePlan, WakePolicy } from "./wake-policy.js";

const nothing = (): void => undefined;

/** Loads at the first event and never unloads. */
export function neverUnload(): WakePolicy {
  const plan: WakePlan = { keepUntilMs: Infinity, rule: "never unload" };
  return { name: "never unload", onEvent: () => plan, onGiveUp: () => plan, forget: nothing };
}

/** Unloads after a fixed idle time: 1 s, 5 s and 300 s were used by earlier hosts of operators. */
export function fixedTimeout(seconds: number): WakePolicy {
  const plan = (_stream: string, atMs: number): WakePlan => ({
    keepUntilMs: atMs + seconds * 1_000,
    rule: "fixed time-out",
  });
  return { name: `fixed ${seconds} s`, onEvent: plan, onGiveUp: plan, forget: nothing };
}

/** Simple exponential smoothing; the factor that would have fitted the gaps best. */
function smooth(gaps: readonly number[]): number {
  let best = { error: Infinity, level: gaps[0] ?? 0 };
  for (let step = 1; step <= 10; step += 1) {
    const factor = step / 10;
    let level = gaps[0] ?? 0;
    let error = 0;
    for (const gap of gaps.slice(1)) {
      error += (gap - level) ** 2;
      level += factor * (gap - level);
    }
    if (error < best.error) best = { error, level };
  }
  return best.level;
}

/**
 * The rule of the wasm-operator prototype with its constants: unload after 1 s without work, load 1
 * s before the predicted event, stay 1 s after it, skip one prediction after a wrong one. Of its
 * five models the one with the best hit rate, simple exponential smoothing over 50 gaps. As there,
 * only the first event after an unload enters the history.
 */
export function smoothing(): WakePolicy {
  const streams = new Map<string, { times: number[]; unloadsAtMs: number; skip: boolean }>();
  const onEvent = (id: string, atMs: number): WakePlan => {
    const stream = streams.get(id) ?? { times: [], unloadsAtMs: -Infinity, skip: false };
    streams.set(id, stream);
    if (atMs > stream.unloadsAtMs || stream.times.length === 0) {
      stream.times.push(atMs);
      if (stream.times.length > 51) stream.times.shift();
    }
    const keepUntilMs = atMs + 1_000;
    stream.unloadsAtMs = keepUntilMs;
    if (stream.skip) {
      stream.skip = false;
      return { keepUntilMs, rule: "skipped after a miss" };
    }
    const gaps = stream.times.slice(1).map((time, at) => time - (stream.times[at] ?? 0));
    const predictedMs = atMs + (gaps.length === 0 ? 3_000 : smooth(gaps));
    const loadAtMs = predictedMs - 1_000;
    if (loadAtMs <= keepUntilMs) return { keepUntilMs: predictedMs + 1_000, rule: "predicted" };
    return { keepUntilMs, loadAtMs, giveUpMs: predictedMs + 1_000, rule: "predicted" };
  };
  return {
    name: "exponential smoothing",
    onEvent,
    onGiveUp: (id, atMs) => {
      const stream = streams.get(id);
      if (stream !== undefined) stream.skip = true;
      return { keepUntilMs: atMs, rule: "missed" };
    },
    forget: (id) => void streams.delete(id),
  };
}

const binMs = 60_000;
const bins = 240;

/**
 * The hybrid histogram of "Serverless in the Wild" (USENIX ATC 2020) with its parameters: idle
 * times in 240 bins of a minute, 5th percentile less 10 % to load, 99th plus 10 % to give up; kept
 * for the whole range while the bins vary too little. Instead of its ARIMA model, for streams
 * mostly beyond the range, the mean gap ± 15 %.
 */
export function hybridHistogram(): WakePolicy {
  const streams = new Map<string, { counts: number[]; gaps: number[]; lastMs: number }>();
  const plan = (id: string, atMs: number): WakePlan => {
    const stream = streams.get(id) ?? { counts: Array<number>(bins).fill(0), gaps: [], lastMs: -1 };
    streams.set(id, stream);
    if (stream.lastMs >= 0) {
      const gap = atMs - stream.lastMs;
      stream.gaps.push(gap);
      if (stream.gaps.length > 1_000) stream.gaps.shift();
      const bin = Math.floor(gap / binMs);
      if (bin < bins) stream.counts[bin] = (stream.counts[bin] ?? 0) + 1;
    }
    stream.lastMs = atMs;
    const beyond = stream.gaps.filter((gap) => gap >= bins * binMs).length;
    if (stream.gaps.length > 0 && beyond > stream.gaps.length / 2) {
      const mean = stream.gaps.reduce((sum, gap) => sum + gap, 0) / stream.gaps.length;
      return ahead(atMs, mean * 0.85, mean * 1.15, "beyond the range");
    }
    if (stream.gaps.length < 10 || variation(stream.counts) < 2) {
      return { keepUntilMs: atMs + bins * binMs, rule: "not representative" };
    }
    const sorted = Float64Array.from(stream.gaps.filter((gap) => gap < bins * binMs)).sort();
    const head = Math.floor(quantile(sorted, 0.05) / binMs) * binMs;
    const tail = Math.ceil(quantile(sorted, 0.99) / binMs) * binMs;
    if (head === 0) return { keepUntilMs: atMs + tail * 1.1, rule: "head 0: kept" };
    return ahead(atMs, head * 0.9, tail * 1.1, "histogram");
  };
  return {
    name: "hybrid histogram",
    onEvent: plan,
    onGiveUp: (_id, atMs) => ({ keepUntilMs: atMs, rule: "missed" }),
    forget: (id) => void streams.delete(id),
  };
}

function ahead(atMs: number, loadMs: number, giveUpMs: number, rule: string): WakePlan {
  return { keepUntilMs: atMs, loadAtMs: atMs + loadMs, giveUpMs: atMs + giveUpMs, rule };
}

/** Coefficient of variation of the bins. */
function variation(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (mean === 0) return 0;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  return Math.sqrt(variance) / mean;
}

/** Knows the future: loads just in time, and keeps the guest only where that costs less. */
export function oracle(times: ReadonlyMap<string, readonly number[]>): WakePolicy {
  const places = new Map<string, number>();
  const onEvent = (id: string, atMs: number, facts: StreamFacts, _cause?: WakeCause): WakePlan => {
    const place = places.get(id) ?? 0;
    places.set(id, place + 1);
    const nextMs = times.get(id)?.[place + 1];
    if (nextMs === undefined) return { keepUntilMs: atMs, rule: "the last one" };
    const loadAtMs = nextMs - facts.loadMs;
    if (loadAtMs <= atMs) return { keepUntilMs: nextMs, rule: "near" };
    return { keepUntilMs: atMs, loadAtMs, giveUpMs: nextMs, rule: "just in time" };
  };
  return {
    name: "oracle",
    onEvent,
    onGiveUp: (_id, atMs) => ({ keepUntilMs: atMs, rule: "never" }),
    forget: (id) => void places.delete(id),
  };
}
