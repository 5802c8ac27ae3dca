// SPDX-License-Identifier: Apache-2.0
// One use of a predicate: counted, explained, and open when it fails (stage 2: predicate).
import {
  objectOf,
  type KubernetesObject,
  type Logger,
  type Metrics,
  type WatchEvent,
} from "@haversack/core";
import { describeError } from "./describe-error.js";
import { toVerdict, type Ask, type Predicate, type Verdict } from "./predicate.js";

/** How often a predicate decided how. */
export interface PredicateCounts {
  passed: number;
  dropped: number;
  /** It threw; the event passed. */
  failed: number;
}

/** Why an event passed or did not. */
export interface Explanation {
  readonly predicate: string;
  readonly passed: boolean;
  /** What the predicate looked at; absent when it does not say. */
  readonly because?: string;
  /** The parts that were asked. */
  readonly parts: readonly Explanation[];
}

/** What a gate reports to. */
export interface GateOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly controller: string;
  /** The kind whose events it judges, for messages. */
  readonly describe: (object: KubernetesObject) => string;
}

/**
 * Asks a predicate about events.
 *
 * Stage 2 of 7. **Guarantees:** an event passes when the predicate, or any part that was asked,
 * throws; that is logged by the object's name and counted. **API requests:** 0.
 */
export class PredicateGate<T extends KubernetesObject> {
  readonly predicate: Predicate<T>;
  readonly #options: GateOptions;
  readonly #counts = new Map<Predicate, PredicateCounts>();
  readonly #labels = new Map<Predicate, [passed: Labels, dropped: Labels]>();

  constructor(predicate: Predicate<T>, options: GateOptions) {
    this.predicate = predicate;
    this.#options = options;
  }

  /** Decides whether an event wakes its primaries. */
  decide(event: WatchEvent<T>): Verdict {
    let asked: Predicate = this.predicate;
    const ask: Ask = (part, partEvent) => {
      asked = part;
      const verdict = toVerdict(part.decide(partEvent, ask));
      this.#count(part, verdict.enqueue);
      return verdict;
    };
    try {
      return toVerdict(ask(this.predicate, event));
    } catch (error) {
      this.#fail(asked, event, error);
      return { enqueue: true };
    }
  }

  /** Says how the predicate decides about an event, without counting it. */
  explain(event: WatchEvent<T>): Explanation {
    return explain(this.predicate, event);
  }

  /** Counts of the predicate and its parts, by name. */
  get counts(): ReadonlyMap<string, Readonly<PredicateCounts>> {
    return new Map([...this.#counts].map(([{ name }, counts]) => [name, counts]));
  }

  #count(part: Predicate, passed: boolean): void {
    const counts = this.#countsOf(part);
    if (passed) counts.passed += 1;
    else counts.dropped += 1;
    const labels = this.#labels.get(part) ?? this.#makeLabels(part);
    this.#options.metrics.count("haversack_predicate_events_total", labels[passed ? 0 : 1]);
  }

  #fail(part: Predicate, event: WatchEvent, error: unknown): void {
    this.#countsOf(part).failed += 1;
    const { logger, metrics, controller, describe } = this.#options;
    metrics.count("haversack_predicate_errors_total", { controller, predicate: part.name });
    logger.error(
      `predicate ${part.name} failed for ${describe(objectOf(event))}: ${describeError(error)}. ` +
        "The event was let through; correct the predicate.",
      { controller, predicate: part.name },
    );
  }

  #countsOf(part: Predicate): PredicateCounts {
    let counts = this.#counts.get(part);
    if (counts === undefined) {
      counts = { passed: 0, dropped: 0, failed: 0 };
      this.#counts.set(part, counts);
    }
    return counts;
  }

  #makeLabels(part: Predicate): [passed: Labels, dropped: Labels] {
    const both = { controller: this.#options.controller, predicate: part.name };
    const labels: [Labels, Labels] = [
      { ...both, outcome: "passed" },
      { ...both, outcome: "dropped" },
    ];
    this.#labels.set(part, labels);
    return labels;
  }
}

type Labels = Readonly<Record<string, string>>;

/**
 * Says how a predicate decides about an event, part by part. **API requests:** 0.
 *
 * @example
 * ```ts
 * const at = (generation: number) => ({ metadata: { name: "db", uid: "u", generation } });
 * const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };
 * explain(generationChanged, { type: "modified", old: at(3), new: at(4), ...flags }).because;
 * // => "generation 3 → 4"
 * ```
 */
export function explain<T extends KubernetesObject>(
  predicate: Predicate<T>,
  event: WatchEvent<T>,
): Explanation {
  const failure = { happened: false };
  const explanation = explainPart(predicate, event, failure);
  // One part that throws opens the whole gate, whatever a combination makes of it.
  return failure.happened ? { ...explanation, passed: true } : explanation;
}

function explainPart<T extends KubernetesObject>(
  predicate: Predicate<T>,
  event: WatchEvent<T>,
  failure: { happened: boolean },
): Explanation {
  const parts: Explanation[] = [];
  let passed = true;
  let because: string | undefined;
  try {
    because = predicate.explain?.(event);
    const ask: Ask = (part, partEvent) => {
      const explanation = explainPart(part, partEvent, failure);
      parts.push(explanation);
      return explanation.passed;
    };
    passed = toVerdict(predicate.decide(event, ask)).enqueue;
  } catch (error) {
    failure.happened = true;
    because = `failed: ${describeError(error)}`;
  }
  const known = because === undefined ? {} : { because };
  return { predicate: predicate.name, passed, ...known, parts };
}
