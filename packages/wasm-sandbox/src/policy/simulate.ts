// SPDX-License-Identifier: Apache-2.0
// Replays events against a policy, without a guest and without a clock (for choosing a policy).
import {
  defaultWakeCosts,
  type StreamFacts,
  type WakeCosts,
  type WakePlan,
  type WakePolicy,
} from "./wake-policy.js";

/** One event of a trace. */
export interface TraceEvent {
  readonly stream: string;
  readonly atMs: number;
}

/** How a trace is replayed. */
export interface SimulationOptions {
  readonly facts: Omit<StreamFacts, "dueMs" | "primaries">;
  readonly costs?: WakeCosts;
  /** The host's timers cause these events: each is known when the one before was handled. */
  readonly timersKnown?: boolean;
}

/** What a replay came to. */
export interface SimulationResult {
  readonly policy: string;
  readonly events: number;
  /** Share of the events (the first of each stream left out) that found the guest loaded. */
  readonly hitRate: number;
  readonly warmSecondsPerEvent: number;
  /** Mean time that an event waited for a load. */
  readonly latencyMs: number;
  readonly loads: number;
  /** Loads ahead after which nothing came. */
  readonly wastedLoads: number;
  /** Latency and memory, in the unit of the costs, per event. */
  readonly costPerEvent: number;
}

interface Tally {
  events: number;
  hits: number;
  latencyMs: number;
  warmMs: number;
  loads: number;
  wasted: number;
}

/**
 * Replays a trace. Streams do not disturb each other; equal input gives equal output.
 *
 * The time after a stream's last event is not counted: traces end, operators do not.
 *
 * @throws TypeError for an event without a finite time.
 */
export function simulate(
  policy: WakePolicy,
  trace: readonly TraceEvent[],
  options: SimulationOptions,
): SimulationResult {
  const tally: Tally = { events: 0, hits: 0, latencyMs: 0, warmMs: 0, loads: 0, wasted: 0 };
  for (const [stream, times] of timesByStream(trace)) {
    replay(policy, stream, times, options, tally);
  }
  const { perLatencyMs, perMibSecond } = options.costs ?? defaultWakeCosts;
  const counted = Math.max(tally.events, 1);
  const cost =
    tally.latencyMs * perLatencyMs + (tally.warmMs / 1_000) * options.facts.sizeMib * perMibSecond;
  return {
    policy: policy.name,
    events: tally.events,
    hitRate: tally.hits / counted,
    warmSecondsPerEvent: tally.warmMs / 1_000 / counted,
    latencyMs: tally.latencyMs / counted,
    loads: tally.loads,
    wastedLoads: tally.wasted,
    costPerEvent: cost / counted,
  };
}

/** The times of each stream, in order. */
export function timesByStream(trace: readonly TraceEvent[]): Map<string, number[]> {
  const streams = new Map<string, number[]>();
  for (const { stream, atMs } of trace) {
    if (!Number.isFinite(atMs)) {
      throw new TypeError(`an event of stream ${JSON.stringify(stream)} has no time: ${atMs}`);
    }
    const times = streams.get(stream);
    if (times === undefined) streams.set(stream, [atMs]);
    else times.push(atMs);
  }
  for (const times of streams.values()) times.sort((a, b) => a - b);
  return streams;
}

function replay(
  policy: WakePolicy,
  stream: string,
  times: readonly number[],
  options: SimulationOptions,
  tally: Tally,
): void {
  const { facts, timersKnown = false } = options;
  const cause = timersKnown ? "timer" : "event";
  times.forEach((atMs, place) => {
    const nextMs = times[place + 1];
    const dueMs = timersKnown ? nextMs : undefined;
    const plan = policy.onEvent(stream, atMs, { ...facts, dueMs }, cause);
    if (nextMs !== undefined) {
      count(tally, atMs, nextMs, plan, (giveUpMs) =>
        policy.onGiveUp(stream, giveUpMs, { ...facts, dueMs }),
      )(facts.loadMs);
    }
  });
}

/** Follows a plan, and those that replace it, to the next event. */
function count(
  tally: Tally,
  fromMs: number,
  nextMs: number,
  first: WakePlan,
  giveUp: (atMs: number) => WakePlan,
): (loadMs: number) => void {
  return (loadMs) => {
    tally.events += 1;
    let plan = first;
    let sinceMs = fromMs;
    for (;;) {
      if (plan.keepUntilMs >= nextMs) {
        tally.warmMs += nextMs - sinceMs;
        tally.hits += 1;
        return;
      }
      tally.warmMs += Math.max(plan.keepUntilMs - sinceMs, 0);
      const { loadAtMs, giveUpMs = Infinity } = plan;
      if (loadAtMs === undefined || loadAtMs >= nextMs) break;
      tally.loads += 1;
      if (giveUpMs >= nextMs) {
        tally.warmMs += nextMs - loadAtMs;
        const waitMs = Math.max(loadAtMs + loadMs - nextMs, 0);
        tally.latencyMs += waitMs;
        if (waitMs === 0) tally.hits += 1;
        return;
      }
      tally.warmMs += giveUpMs - loadAtMs;
      tally.wasted += 1;
      sinceMs = giveUpMs;
      plan = giveUp(giveUpMs);
    }
    tally.loads += 1;
    tally.latencyMs += loadMs;
  };
}
