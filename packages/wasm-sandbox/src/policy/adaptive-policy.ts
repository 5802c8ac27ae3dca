// SPDX-License-Identifier: Apache-2.0
// Our wake policy: known times first, then the plan that was cheapest on the stream's own past.
import { expectedCost, type RelativePlan } from "./expected-cost.js";
import { GapHistory, medianDeviation, quantile, type SavedHistory } from "./gap-history.js";
import {
  breakEvenMs,
  defaultWakeCosts,
  type StreamFacts,
  type WakeCause,
  type WakeCosts,
  type WakePlan,
  type WakePolicy,
} from "./wake-policy.js";

/** Fewer gaps than this tell nothing; of a period fewer are enough. */
const fewestGaps = 10;
const fewestPeriods = 4;
/** Loading for a known time begins so much before the load must begin. */
const timerMarginMs = 25;
/** Absolute, never in percent: jitter does not grow with the interval. */
const earlyMarginMs = 25;
/** Median deviation below this share of the median: the stream has a period. */
const periodicShare = 0.1;
/** Within this share of the median a gap belongs to a period, however regular the others are. */
const outlierShare = 0.03;
const lateMarginMs = 1_000;
/** So many loads for nothing in a row switch loading ahead off, for 2ⁿ events at most 64. */
const fewestMisses = 3;
const longestPause = 64;

interface Stream {
  history: GapHistory;
  /** Loads for nothing, or too late, in a row. */
  misses: number;
  /** Events for which nothing is loaded ahead. */
  paused: number;
  pauses: number;
  /** When it is loaded ahead by prediction. */
  loadsAtMs: number | undefined;
}

/** What is saved of all streams. */
export type SavedPolicy = Readonly<Record<string, SavedHistory>>;

/**
 * Decides in this order; the first rule that applies decides:
 *
 * 1. no primaries: never loaded;
 * 2. a known time: loaded just before it;
 * 3. fewer than ten gaps seen (four, when they have a period): kept as long as a load costs (break-even);
 * 4. otherwise, of a handful of plans made from the last 50 gaps (keep for a while; unload at once
 *    and load ahead of the next expected event), the one that would have cost least on those gaps.
 *
 * Rule 4 takes the place of hand-set thresholds between regular, spread and dense streams: these
 * are what the cheapest plan turns out to be.
 *
 * **Guarantees:** those of {@link WakePolicy}; at most 50 numbers per stream; three loads ahead for
 * nothing in a row end loading ahead for a while.
 */
export class AdaptivePolicy implements WakePolicy {
  readonly name = "adaptive";
  readonly #costs: WakeCosts;
  readonly #streams = new Map<string, Stream>();

  constructor(costs: WakeCosts = defaultWakeCosts) {
    this.#costs = costs;
  }

  onEvent(id: string, atMs: number, facts: StreamFacts, cause: WakeCause = "event"): WakePlan {
    const stream = this.#stream(id);
    if (cause === "event") {
      this.#learn(stream, atMs);
      stream.history.add(atMs);
    }
    return this.#plan(stream, atMs, facts);
  }

  onGiveUp(id: string, atMs: number, facts: StreamFacts): WakePlan {
    const stream = this.#stream(id);
    if (stream.loadsAtMs !== undefined) this.#miss(stream); // A late timer is no wrong prediction.
    stream.loadsAtMs = undefined;
    return withTimer({ keepUntilMs: atMs, rule: "overdue" }, atMs, facts);
  }

  forget(id: string): void {
    this.#streams.delete(id);
  }

  /** The histories, to be kept beside the images of the guests. */
  save(): SavedPolicy {
    const saved = Object.create(null) as Record<string, SavedHistory>;
    for (const [id, { history }] of this.#streams) saved[id] = history.save();
    return saved;
  }

  /** Takes up saved histories. */
  restore(saved: SavedPolicy): void {
    for (const [id, history] of Object.entries(saved)) {
      this.#streams.set(id, newStream(GapHistory.from(history)));
    }
  }

  #stream(id: string): Stream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = newStream(new GapHistory());
      this.#streams.set(id, stream);
    }
    return stream;
  }

  /** Whether the last load ahead was of use. */
  #learn(stream: Stream, atMs: number): void {
    if (stream.paused > 0) stream.paused -= 1;
    const { loadsAtMs } = stream;
    if (loadsAtMs === undefined) return;
    stream.loadsAtMs = undefined;
    if (atMs < loadsAtMs) this.#miss(stream);
    else {
      stream.misses = 0;
      stream.pauses = 0;
    }
  }

  #miss(stream: Stream): void {
    stream.misses += 1;
    if (stream.misses < fewestMisses) return;
    stream.misses = 0;
    stream.pauses += 1;
    stream.paused = Math.min(2 ** stream.pauses, longestPause);
  }

  #plan(stream: Stream, atMs: number, facts: StreamFacts): WakePlan {
    if (facts.primaries === 0) return { keepUntilMs: atMs, rule: "no primaries" };
    const { history } = stream;
    if (history.burstStartMs === undefined) {
      // Only its own timers have ever woken it.
      return withTimer({ keepUntilMs: atMs, rule: "timers only" }, atMs, facts);
    }
    const evenMs = breakEvenMs(facts, this.#costs);
    const plan = this.#cheapest(stream, evenMs, facts);
    if (plan === undefined) {
      const keepUntilMs = atMs + evenMs;
      return withTimer({ keepUntilMs, rule: "break-even: little is known" }, atMs, facts);
    }
    const startMs = history.burstStartMs;
    const keepUntilMs = Math.max(startMs + plan.keepMs, atMs);
    if (plan.loadMs === Infinity) return withTimer({ keepUntilMs, rule: plan.rule }, atMs, facts);
    const loadAtMs = Math.max(startMs + plan.loadMs, keepUntilMs);
    const giveUpMs = startMs + plan.giveUpMs;
    // Unloading and loading again must be worth it.
    if (loadAtMs - keepUntilMs < 2 * (facts.loadMs + facts.unloadMs)) {
      return withTimer({ keepUntilMs: giveUpMs, rule: plan.rule }, atMs, facts);
    }
    const timed = withTimer({ keepUntilMs, loadAtMs, giveUpMs, rule: plan.rule }, atMs, facts);
    if (timed.loadAtMs === loadAtMs) stream.loadsAtMs = loadAtMs;
    return timed;
  }

  /** `undefined` while too little is known. */
  #cheapest(stream: Stream, evenMs: number, facts: StreamFacts): RelativePlan | undefined {
    const sorted = stream.history.sorted();
    if (sorted.length < fewestPeriods) return undefined;
    const median = quantile(sorted, 0.5);
    const isPeriodic = medianDeviation(sorted, median) < periodicShare * median;
    if (sorted.length < fewestGaps && !isPeriodic) return undefined;
    const plans = keepingPlans(sorted, evenMs);
    if (stream.paused === 0) plans.push(...loadingPlans(sorted, isPeriodic, evenMs, facts.loadMs));
    let cheapest: RelativePlan | undefined;
    let lowest = Infinity;
    for (const plan of plans) {
      const cost = expectedCost(plan, sorted, facts, this.#costs);
      if (cost >= lowest) continue;
      lowest = cost;
      cheapest = plan;
    }
    return cheapest;
  }
}

function newStream(history: GapHistory): Stream {
  return {
    history,
    misses: 0,
    paused: 0,
    pauses: 0,
    loadsAtMs: undefined,
  };
}

function keepingPlans(sorted: Float64Array, evenMs: number): RelativePlan[] {
  const keep = (keepMs: number, rule: string): RelativePlan => ({
    rule,
    keepMs,
    loadMs: Infinity,
    giveUpMs: Infinity,
  });
  return [
    keep(evenMs, "break-even"),
    keep(0, "out of reach: unload at once"),
    ...[0.5, 0.75, 0.9, 1].map((share) =>
      keep(quantile(sorted, share) + earlyMarginMs, "dense: keep"),
    ),
  ];
}

function loadingPlans(
  sorted: Float64Array,
  isPeriodic: boolean,
  evenMs: number,
  loadMs: number,
): RelativePlan[] {
  const rule = isPeriodic ? "periodic: load ahead" : "spread: load ahead";
  const ends = [quantile(sorted, 0.9) + Math.max(lateMarginMs, evenMs)]; // Overdue: break-even.
  if (!isPeriodic) ends.push(quantile(sorted, 0.9) + lateMarginMs, quantile(sorted, 1) + evenMs);
  const plans: RelativePlan[] = [];
  const earliest = isPeriodic ? earliestRegular(sorted) : quantile(sorted, 0);
  const starts = [earliest, quantile(sorted, 0.05), quantile(sorted, 0.25)];
  for (const gap of starts) {
    const start = gap - loadMs - earlyMarginMs;
    if (start <= 0) continue;
    for (const giveUpMs of ends) plans.push({ rule, keepMs: 0, loadMs: start, giveUpMs });
  }
  return plans;
}

/** The shortest gap that belongs to the period; what came far too early says nothing of the next. */
function earliestRegular(sorted: Float64Array): number {
  const median = quantile(sorted, 0.5);
  const reach = Math.max(6 * medianDeviation(sorted, median), outlierShare * median);
  return sorted.find((gap) => gap >= median - reach) ?? median;
}

/** A known time comes first: whatever is loaded for it need not be loaded by prediction as well. */
function withTimer(plan: WakePlan, atMs: number, facts: StreamFacts): WakePlan {
  const { dueMs } = facts;
  if (dueMs === undefined) return plan;
  const loadAtMs = Math.max(dueMs - facts.loadMs - timerMarginMs, atMs);
  if (loadAtMs - atMs < 2 * (facts.loadMs + facts.unloadMs)) {
    const keepUntilMs = Math.max(plan.keepUntilMs, dueMs);
    return { ...plan, keepUntilMs, rule: "timer: near" };
  }
  if (loadAtMs <= plan.keepUntilMs || (plan.loadAtMs ?? Infinity) <= loadAtMs) return plan;
  return {
    keepUntilMs: plan.keepUntilMs,
    loadAtMs,
    giveUpMs: dueMs + lateMarginMs,
    rule: "timer: load just before",
  };
}
