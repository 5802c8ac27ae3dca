// SPDX-License-Identifier: Apache-2.0
// Faults on demand: which requests, how often, and what happens to them.

/** Which requests a rule hits; everything left out matches. */
export interface FaultMatch {
  /** get, list, watch, create, update, patch, apply, delete, deletecollection. */
  readonly verb?: string | readonly string[];
  /** `plural` or `plural.group`, with `/subresource` where one is meant. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly user?: string;
  /** Start of the User-Agent header. */
  readonly userAgent?: string;
}

/** What happens to a matching request. */
export type Fault =
  /** A Status failure in place of the answer; nothing is done. */
  | {
      readonly type: "status";
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The connection breaks; nothing is done. */
  | { readonly type: "reset" }
  /** No answer ever; nothing is done. */
  | { readonly type: "hang" }
  /** The request waits first (by the server's clock), then goes its way. */
  | { readonly type: "delay"; readonly ms: number }
  /** The answer ends early: a body after so many bytes, a watch after so many bytes or events. */
  | { readonly type: "eof"; readonly afterBytes?: number; readonly afterEvents?: number }
  /** 410 Expired: as the answer of a list, in-band on a watch. */
  | { readonly type: "expired" }
  /** A watch that is open and says nothing more. */
  | { readonly type: "freezeWatches" }
  /** The write is stored and its answer lost. */
  | { readonly type: "commitThenReset" };

/** A rule. */
export interface FaultRule {
  readonly match?: FaultMatch;
  /** How many requests it hits before it is used up; without it, all. */
  readonly times?: number;
  /** How many matching requests it lets through first. */
  readonly after?: number;
  /** Part of the matching requests that it hits, from 0 to 1; without it, all. */
  readonly probability?: number;
  /** Which of them that are: the same seed hits the same ones again. */
  readonly seed?: number;
  /** What happens to each request that it hits; a list is gone through once, one by one. */
  readonly fault: Fault | FaultScript;
}

/** Faults for one request after the other; `"none"` lets one through. */
export type FaultScript = readonly (Fault | "none")[];

/** What a request is, as far as rules look. */
export interface FaultSubject {
  readonly verb: string;
  /** `plural.group/subresource`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly user: string;
  readonly userAgent: string;
}

function resourceMatches(wanted: string, resource: string): boolean {
  if (wanted === "*" || wanted === resource) return true;
  const [path = "", subresource = ""] = resource.split("/");
  const [wantedPath = "", wantedSub = ""] = wanted.split("/");
  return subresource === wantedSub && (path === wantedPath || path.split(".")[0] === wantedPath);
}

function isHit(match: FaultMatch, subject: FaultSubject): boolean {
  const verbs = match.verb === undefined ? undefined : [match.verb].flat();
  return (
    (verbs === undefined || verbs.includes("*") || verbs.includes(subject.verb)) &&
    (match.resource === undefined || resourceMatches(match.resource, subject.resource)) &&
    (match.namespace === undefined || match.namespace === subject.namespace) &&
    (match.name === undefined || match.name === subject.name) &&
    (match.user === undefined || match.user === subject.user) &&
    (match.userAgent === undefined || subject.userAgent.startsWith(match.userAgent))
  );
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class ActiveRule {
  readonly rule: FaultRule;
  hits = 0;
  #seen = 0;
  #step = 0;
  readonly #random: () => number;

  constructor(rule: FaultRule) {
    this.rule = rule;
    this.#random = randomFrom(rule.seed ?? 1);
  }

  /** What happens to a request that matches. */
  next(): Fault | undefined {
    const { times = Infinity, after = 0, probability = 1, fault } = this.rule;
    this.#seen += 1;
    if (this.#seen <= after || this.hits >= times) return undefined;
    if (probability < 1 && this.#random() >= probability) return undefined;
    const chosen = isScript(fault) ? fault[this.#step++] : fault;
    if (chosen === undefined || chosen === "none") return undefined;
    this.hits += 1;
    return chosen;
  }
}

function isScript(fault: Fault | FaultScript): fault is FaultScript {
  return Array.isArray(fault);
}

/** A rule in force. */
export interface FaultHandle {
  /** How often it struck. */
  readonly hits: number;
  remove(): void;
}

/** The rules in force, first match first. */
export class FaultRules {
  readonly #rules: ActiveRule[] = [];
  readonly #listeners = new Set<(rule: FaultRule) => void>();

  /**
   * Puts a rule into force.
   *
   * @example The next two updates of any ConfigMap are answered 409
   * ```ts
   * server.faults.add({
   *   match: { verb: "update", resource: "configmaps" },
   *   times: 2,
   *   fault: { type: "status", code: 409, reason: "Conflict" },
   * });
   * ```
   * @example A tenth of one client's requests fails, and its lists do so by a script
   * ```ts
   * const match = { userAgent: "my-operator" };
   * server.faults.add({ match, probability: 0.1, seed: 7, fault: { type: "status", code: 500 } });
   * const script = [{ type: "status", code: 429 }, "none", { type: "reset" }] as const;
   * server.faults.add({ match: { ...match, verb: "list" }, fault: script });
   * ```
   */
  add(rule: FaultRule): FaultHandle {
    const active = new ActiveRule(rule);
    this.#rules.push(active);
    for (const listener of this.#listeners) listener(rule);
    return {
      get hits() {
        return active.hits;
      },
      remove: () => {
        const index = this.#rules.indexOf(active);
        if (index >= 0) this.#rules.splice(index, 1);
      },
    };
  }

  /** Takes every rule back. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** Calls the listener with each new rule; open watches react to some at once. */
  onAdd(listener: (rule: FaultRule) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The faults that strike a request, and counts them. */
  take(subject: FaultSubject): Fault[] {
    const faults: Fault[] = [];
    for (const active of [...this.#rules]) {
      if (!isHit(active.rule.match ?? {}, subject)) continue;
      const fault = active.next();
      if (fault === undefined) continue;
      faults.push(fault);
      // A delay goes with another fault; any other decides alone.
      if (fault.type !== "delay") break;
    }
    return faults;
  }

  /** Whether a rule's match covers the subject (for watches that are open already). */
  static covers(rule: FaultRule, subject: FaultSubject): boolean {
    return isHit(rule.match ?? {}, subject);
  }
}
