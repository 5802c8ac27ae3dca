// SPDX-License-Identifier: Apache-2.0
// The faults in force between a client and its server, and those that have struck (stages 1 and 6).
import type { Subscription } from "@haversack/core";
import { isWrite, type RequestTarget } from "../client/request-target.js";
import { pickFrom } from "../random.js";
import { isStruck, type Fault, type FaultMatch, type FaultRule } from "./fault.js";

/** A rule in force. */
export interface FaultHandle {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

/** A fault that has struck. */
export interface FaultHit {
  readonly target: RequestTarget;
  readonly fault: Fault;
}

/** An open watch that a script can still harm. */
export interface OpenStream {
  readonly target: RequestTarget;
  /** Breaks the connection now. */
  cut(): void;
  /** Says nothing more from now on. */
  freeze(): void;
}

class ActiveRule {
  readonly rule: FaultRule;
  seen = 0;
  hits = 0;

  constructor(rule: FaultRule) {
    this.rule = rule;
  }

  strike(target: RequestTarget): Fault | undefined {
    const { match = {}, after = 0, times = Infinity, fault } = this.rule;
    if (!isStruck(match, target, isWrite(target))) return undefined;
    this.seen += 1;
    if (this.seen <= after || this.hits >= times) return undefined;
    const struck = typeof fault === "function" ? fault(target) : fault;
    if (struck !== undefined) this.hits += 1;
    return struck;
  }
}

/**
 * Faults as a script: rules are added and taken back while a test runs; the first that matches
 * decides.
 *
 * @example The second and third write of any ConfigMap are answered 409
 * ```ts
 * faults.add({
 *   match: { resource: "configmaps", isWrite: true },
 *   after: 1,
 *   times: 2,
 *   fault: { type: "status", code: 409 },
 * });
 * ```
 */
export class FaultScript {
  readonly #rules: ActiveRule[] = [];
  readonly #hits: FaultHit[] = [];
  readonly #streams = new Set<OpenStream>();
  #hasCrashed = false;

  constructor(rules: readonly FaultRule[] = []) {
    for (const rule of rules) this.add(rule);
  }

  /** Puts a rule into force, behind those in force already. */
  add(rule: FaultRule): FaultHandle {
    const active = new ActiveRule(rule);
    this.#rules.push(active);
    return {
      get hits() {
        return active.hits;
      },
      remove: () => {
        const place = this.#rules.indexOf(active);
        if (place >= 0) this.#rules.splice(place, 1);
      },
    };
  }

  /** Takes all rules back; what has struck stays known. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** What has struck so far, oldest first. */
  get hits(): readonly FaultHit[] {
    return this.#hits;
  }

  /** Whether a `crash` has struck: its client answers nothing any more. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** Breaks open watches now, as the end of a server does. @returns how many. */
  cutStreams(match: FaultMatch = {}): number {
    return this.#eachStream(match, (stream) => stream.cut());
  }

  /** Makes open watches half-open: they stay and say nothing more. @returns how many. */
  freezeStreams(match: FaultMatch = {}): number {
    return this.#eachStream(match, (stream) => stream.freeze());
  }

  /** The faults that strike a request; called once per request by its client. */
  take(target: RequestTarget): readonly Fault[] {
    const faults: Fault[] = [];
    for (const active of [...this.#rules]) {
      const fault = active.strike(target);
      if (fault === undefined) continue;
      faults.push(fault);
      this.#hits.push({ target, fault });
      if (fault.type !== "delay") break; // A delay goes with another fault; any other decides alone.
    }
    return faults;
  }

  /** Marks the process as dead: every open watch of its client breaks. */
  crash(): void {
    this.#hasCrashed = true;
    this.cutStreams();
  }

  /** Makes an open watch known, so that later faults reach it. */
  opened(stream: OpenStream): Subscription {
    this.#streams.add(stream);
    return { unsubscribe: () => this.#streams.delete(stream) };
  }

  #eachStream(match: FaultMatch, act: (stream: OpenStream) => void): number {
    const struck = [...this.#streams].filter(({ target }) => isStruck(match, target, false));
    for (const stream of struck) act(stream);
    return struck.length;
  }
}

/** How {@link randomFaults} chooses. */
export interface RandomFaultOptions {
  /** From 0 up to 1; give {@link seededRandom}. */
  readonly random: () => number;
  /** Part of the matching requests that are struck, 0 to 1. */
  readonly rate: number;
  readonly match?: FaultMatch;
  readonly faults: readonly Fault[];
  /** Faults struck in all; then the world is healthy. Default: no end. */
  readonly times?: number;
}

/** A rule that strikes by chance; the same seed strikes the same requests. */
export function randomFaults(options: RandomFaultOptions): FaultRule {
  const { random, rate, match, faults, times } = options;
  return {
    ...(match === undefined ? {} : { match }),
    ...(times === undefined ? {} : { times }),
    fault: () => (random() < rate ? pickFrom(faults, random) : undefined),
  };
}
