// SPDX-License-Identifier: Apache-2.0
// Writes down the passes of a reconciler and checks that each primary's pass came one after another.
import { compareVersions, sleep, type Clock, type ReconcileRequest } from "haversack";

/** One pass that has ended. */
export interface Turn {
  readonly name: string;
  readonly version: string;
  readonly startMs: number;
}

/** Handlers of this log take time, so that passes could overlap if the queue let them. */
export class TurnLog {
  readonly turns: Turn[] = [];
  readonly problems: string[] = [];
  readonly #running = new Set<string>();
  readonly #newest = new Map<string, string>();
  readonly #clock: Clock;
  readonly #durationMs: () => number;

  constructor(clock: Clock, durationMs: () => number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  /** Takes part in a pass. */
  async take({ primary, signal }: ReconcileRequest): Promise<void> {
    const { name, resourceVersion = "" } = primary.metadata;
    const startMs = this.#clock.monotonicMs();
    if (this.#running.has(name)) this.problems.push(`two passes of ${name} at once`);
    const before = this.#newest.get(name);
    if (before !== undefined && (compareVersions(resourceVersion, before) ?? 0) < 0) {
      this.problems.push(`${name} went back from ${before} to ${resourceVersion}`);
    }
    this.#newest.set(name, resourceVersion);
    this.#running.add(name);
    await sleep(this.#clock, this.#durationMs(), signal);
    this.#running.delete(name);
    this.turns.push({ name, version: resourceVersion, startMs });
  }

  /** The version of each primary in its last pass. */
  last(): ReadonlyMap<string, string> {
    return new Map(this.turns.map(({ name, version }) => [name, version]));
  }

  of(name: string): readonly Turn[] {
    return this.turns.filter((turn) => turn.name === name);
  }
}
