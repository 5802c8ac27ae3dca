// SPDX-License-Identifier: Apache-2.0
// What a wake policy is told and what it answers (stage: between two turns of a guest).

/** What is known of a guest when its next plan is made. Times in milliseconds. */
export interface StreamFacts {
  /** How long a load takes: the 99th percentile of the guest's last loads at its state size. */
  readonly loadMs: number;
  readonly unloadMs: number;
  /** Memory of the guest while it is loaded, in MiB. */
  readonly sizeMib: number;
  /** When the host's own timers wake it next: requeues, backoff, schedules, sleeps. Absolute. */
  readonly dueMs?: number | undefined;
  /** How many primaries it has; a guest with none is never loaded. */
  readonly primaries?: number | undefined;
}

/** What woke a guest. Timers are known ahead; only what nobody foresees enters the history. */
export type WakeCause = "event" | "timer";

/** What to do until the next event of a stream. Absolute times in milliseconds. */
export interface WakePlan {
  /** The guest stays loaded until then; the time of the event itself: unload at once. */
  readonly keepUntilMs: number;
  /** Load it again then, without an event. Absent: the next event loads it. */
  readonly loadAtMs?: number;
  /** Unload it then if nothing came; the policy is asked anew. */
  readonly giveUpMs?: number;
  /** The rule that decided, for people. */
  readonly rule: string;
}

/**
 * Decides when a guest is loaded while nothing happens.
 *
 * **Guarantees:** it is asked after an event was handled, so that it never delays one; each answer
 * takes O(1), with the length of the kept history as the constant; it does no I/O and holds no
 * timer; equal calls give equal answers. A plan is advice: an event always loads the guest.
 */
export interface WakePolicy {
  readonly name: string;
  /** An event (or a timer of the guest) was delivered to the queue; filtered ones are never told. */
  onEvent(stream: string, atMs: number, facts: StreamFacts, cause?: WakeCause): WakePlan;
  /** The guest was loaded ahead, and nothing came until {@link WakePlan.giveUpMs}. */
  onGiveUp(stream: string, atMs: number, facts: StreamFacts): WakePlan;
  /** The guest is gone for good. */
  forget(stream: string): void;
}

/** What memory and waiting are worth, each in the same unit of one's choice. */
export interface WakeCosts {
  /** Of a millisecond that an event waits for a load. */
  readonly perLatencyMs: number;
  /** Of a MiB held for a second. */
  readonly perMibSecond: number;
}

/** One MiB for a second is worth as much as a millisecond of waiting. */
export const defaultWakeCosts: WakeCosts = { perLatencyMs: 1, perMibSecond: 1 };

const shortestKeepMs = 1_000;
const longestKeepMs = 300_000;

/**
 * How long keeping a guest costs as much as loading it once, between 1 s and 300 s.
 *
 * Whoever keeps it that long and no longer never pays more than twice what the future would have
 * allowed (the ski-rental bound).
 */
export function breakEvenMs(facts: StreamFacts, costs: WakeCosts): number {
  const perMs = (facts.sizeMib * costs.perMibSecond) / 1_000;
  const load = facts.loadMs * costs.perLatencyMs;
  const exact = perMs > 0 ? load / perMs : Infinity;
  return Math.min(Math.max(exact, shortestKeepMs), longestKeepMs);
}
