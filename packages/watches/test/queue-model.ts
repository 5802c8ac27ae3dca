// SPDX-License-Identifier: Apache-2.0
// The work queue's rules in the plainest form, to check the real one against (stage 4: work queue).
import type { AddOptions, Debounce, NextPass } from "../src/work-queue.js";

interface ModelKey {
  running: boolean;
  pending: boolean;
  sequence: number;
  priority: number;
  due: number;
  windowStart: number;
  windowEnd: number;
  backoffUntil: number;
  cuttable: boolean;
  failures: number;
  conflicts: number;
  cut: string | undefined;
  cuts: Set<string>;
  ready: boolean;
  score: number;
  order: number;
}

/** A pass the model hands out. */
export interface ModelWork {
  readonly key: string;
  readonly priority: number;
  readonly failures: number;
  readonly conflicts: number;
}

/** Every operation walks over all keys; nothing is kept sorted. */
export class QueueModel {
  readonly #keys = new Map<string, ModelKey>();
  readonly #agingMs: number;
  readonly #debounce: Debounce;
  readonly #confirm: (key: string, nowMs: number) => boolean;
  #order = 0;
  #now = 0;

  constructor(
    agingMs: number,
    debounce: Debounce,
    confirm: (key: string, nowMs: number) => boolean,
  ) {
    this.#agingMs = agingMs;
    this.#debounce = debounce;
    this.#confirm = confirm;
  }

  add(key: string, { priority = 0, afterMs = 0, debounce, cut }: AddOptions): void {
    const state = this.#keys.get(key) ?? fresh();
    this.#keys.set(key, state);
    const wasWaiting = isWaiting(state);
    const raised = this.#want(state, priority);
    if (debounce === true) {
      if (state.windowEnd === Infinity) state.windowStart = this.#now;
      state.windowEnd = Math.min(
        this.#now + this.#debounce.waitMs,
        state.windowStart + this.#debounce.maxWaitMs,
      );
    } else {
      state.due = Math.min(state.due, this.#now + afterMs);
    }
    if (cut !== undefined) {
      state.cut = cut;
      this.#cut(state);
    }
    const isDue = state.due <= this.#now && state.backoffUntil <= this.#now;
    if (isDue && (raised || state.order === 0)) this.#rank(state);
    if (!state.running) this.#settle(key, state, wasWaiting);
  }

  take(): ModelWork | undefined {
    let best: [string, ModelKey] | undefined;
    for (const candidate of this.#keys) {
      if (!candidate[1].ready) continue;
      const isBetter =
        best === undefined ||
        candidate[1].score > best[1].score ||
        (candidate[1].score === best[1].score && candidate[1].order < best[1].order);
      if (isBetter) best = candidate;
    }
    if (best === undefined) return undefined;
    const [key, state] = best;
    const { priority, failures, conflicts } = state;
    clear(state);
    state.running = true;
    return { key, priority, failures, conflicts };
  }

  done(work: ModelWork, next: NextPass | undefined): void {
    const state = this.#keys.get(work.key) as ModelKey;
    state.running = false;
    if (next?.kind === "retry") {
      if (next.isConflict === true) state.conflicts += 1;
      else state.failures += 1;
      this.#want(state, work.priority);
      state.cuttable = next.isCuttable !== false;
      state.backoffUntil = this.#now + next.afterMs;
      state.due = Math.min(state.due, state.backoffUntil);
      this.#cut(state);
    } else {
      state.failures = 0;
      state.conflicts = 0;
      state.backoffUntil = -Infinity;
      state.cuttable = true;
      state.cuts.clear();
    }
    if (next?.kind === "requeue") {
      this.#want(state, next.priority ?? work.priority);
      state.due = Math.min(state.due, this.#now + next.afterMs);
    }
    if (state.pending) this.#settle(work.key, state, false);
  }

  /** Moves time to the next moment at which something becomes ready, at most to `end`. */
  advance(end: number): void {
    for (;;) {
      let first = Infinity;
      for (const state of this.#keys.values())
        if (isWaiting(state)) first = Math.min(first, readyAt(state));
      if (first > end) break;
      this.#now = Math.max(this.#now, first);
      const together = [...this.#keys]
        .filter(([, state]) => isWaiting(state) && readyAt(state) <= this.#now)
        .sort(([, a], [, b]) => a.sequence - b.sequence);
      for (const [key, state] of together) this.#settle(key, state, true);
    }
    this.#now = end;
  }

  forget(key: string): void {
    const state = this.#keys.get(key);
    if (state === undefined) return;
    clear(state);
    Object.assign(state, { failures: 0, conflicts: 0, backoffUntil: -Infinity, cuttable: true });
    state.cuts.clear();
  }

  counts(): { ready: number; waiting: number; running: number } {
    let [ready, waiting, running] = [0, 0, 0];
    for (const state of this.#keys.values()) {
      if (state.ready) ready += 1;
      if (state.running) running += 1;
      if (isWaiting(state)) waiting += 1;
    }
    return { ready, waiting, running };
  }

  /** Keys of which something must be remembered. */
  get size(): number {
    let size = 0;
    for (const { pending, running, failures, conflicts } of this.#keys.values())
      if (pending || running || failures + conflicts > 0) size += 1;
    return size;
  }

  #settle(key: string, state: ModelKey, wasWaiting: boolean): void {
    if (state.ready || readyAt(state) > this.#now) return;
    if (state.due > this.#now && !this.#confirm(key, this.#now)) {
      state.windowEnd = Infinity;
      if (state.due === Infinity) clear(state);
      return;
    }
    if (wasWaiting || state.order === 0) this.#rank(state);
    state.due = Math.min(state.due, this.#now);
    state.windowEnd = Infinity;
    state.ready = true;
  }

  #want(state: ModelKey, priority: number): boolean {
    const isRaised = !state.pending || priority > state.priority;
    if (isRaised) state.priority = priority;
    if (!state.pending) state.sequence = ++this.#order;
    state.pending = true;
    return isRaised;
  }

  #rank(state: ModelKey): void {
    state.score = Math.max(state.score, state.priority * this.#agingMs - this.#now);
    state.order = ++this.#order;
  }

  #cut(state: ModelKey): void {
    if (state.running || state.failures + state.conflicts === 0 || !state.cuttable) return;
    if (state.cut === undefined || state.cuts.has(state.cut) || state.cuts.size >= 32) return;
    state.cuts.add(state.cut);
    state.backoffUntil = -Infinity;
  }
}

function readyAt(state: ModelKey): number {
  return Math.max(state.backoffUntil, Math.min(state.due, state.windowEnd));
}

function isWaiting(state: ModelKey): boolean {
  return state.pending && !state.ready && !state.running;
}

function clear(state: ModelKey): void {
  Object.assign(state, {
    pending: false,
    ready: false,
    priority: 0,
    due: Infinity,
    windowEnd: Infinity,
    cut: undefined,
    score: -Infinity,
    order: 0,
  });
}

function fresh(): ModelKey {
  const state: ModelKey = {
    running: false,
    pending: false,
    sequence: 0,
    priority: 0,
    due: Infinity,
    windowStart: 0,
    windowEnd: Infinity,
    backoffUntil: -Infinity,
    cuttable: true,
    failures: 0,
    conflicts: 0,
    cut: undefined,
    cuts: new Set(),
    ready: false,
    score: -Infinity,
    order: 0,
  };
  return state;
}
