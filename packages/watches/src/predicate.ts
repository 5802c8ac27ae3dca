// SPDX-License-Identifier: Apache-2.0
// Predicates: which watch events wake a reconcile, and how they combine (stage 2: predicate).
import type { KubernetesObject, WatchEvent } from "@haversack/core";

/** A decision with more to say than yes or no. */
export interface Verdict {
  readonly enqueue: boolean;
  /** Priority in the work queue; the highest of a combination wins. */
  readonly priority?: number;
  /** Shown as the reason's predicate instead of the predicate's name. */
  readonly reason?: string;
}

/** What a predicate needs the informer to keep or the server to select. */
export interface PredicateNeeds {
  /** Needs `metadata.managedFields`. */
  readonly managedFields?: boolean;
  /** May be left to the server as a label selector. */
  readonly labelSelector?: string;
  /** May be left to the server as a field selector. */
  readonly fieldSelector?: string;
}

/** Decides about one part of a combination. */
export type Ask = (part: Predicate, event: WatchEvent) => boolean | Verdict;

/**
 * Gates the enqueue: never the cache, never the index.
 *
 * **API requests:** 0. **Guarantees:** one that throws lets the event pass, and is reported.
 */
export interface Predicate<T extends KubernetesObject = KubernetesObject> {
  /** For logs, metrics and explanations. */
  readonly name: string;
  /** Combinations ask their parts through `ask`, so that each is counted and explained. */
  decide(event: WatchEvent<T>, ask: Ask): boolean | Verdict;
  /** In a few words, what it looked at. */
  explain?(event: WatchEvent<T>): string;
  readonly needs?: PredicateNeeds | undefined;
  /** How `needs` of a combination come from those of its parts. */
  readonly parts?: readonly Pick<Predicate, "name" | "needs">[] | undefined;
}

/** An author's own rule. Written as a method type, so that one for a subtype may be given. */
export type PredicateFunction<T extends KubernetesObject = KubernetesObject> = {
  decide(event: WatchEvent<T>): boolean | Verdict;
}["decide"];

/** A predicate, or a function that is asked about modified and resynced objects. */
export type PredicateLike<T extends KubernetesObject = KubernetesObject> =
  Predicate<T> | PredicateFunction<T>;

/** When an author's rule is asked; otherwise the event passes. */
export interface AskedAbout {
  /** Ask about objects seen for the first time, too. Default false: they pass. */
  readonly firstSeen?: boolean;
  /** Ask about deletions, too. Default false: they pass. */
  readonly deletes?: boolean;
}

/**
 * Gives an author's rule a name. Deletions and first-seen objects pass unless it asks for them.
 *
 * **API requests:** 0.
 *
 * @example
 * ```ts
 * predicate<Database>("version changed", (e) => e.old?.spec.version !== e.new?.spec.version);
 * ```
 */
export function predicate<T extends KubernetesObject = KubernetesObject>(
  name: string,
  decide: PredicateFunction<T>,
  askedAbout: AskedAbout = {},
): Predicate<T> {
  return {
    name,
    decide(event) {
      if (event.type === "deleted" && askedAbout.deletes !== true) return true;
      if (event.type === "added" && askedAbout.firstSeen !== true) return true;
      return decide(event);
    },
  };
}

/**
 * A predicate on the difference between the state before and after.
 *
 * Deletions, first-seen objects and objects that were deleted and made again under the same name
 * (another uid) pass; a resync of an unchanged object does not.
 */
export function changed<T extends KubernetesObject = KubernetesObject>(
  name: string,
  isChanged: (before: T, after: T) => boolean,
  rest: Pick<Predicate<T>, "explain" | "needs"> = {},
): Predicate<T> {
  return {
    name,
    ...rest,
    decide({ old: before, new: after }) {
      if (before === undefined || after === undefined) return true;
      if (before.metadata.uid !== after.metadata.uid) return true;
      return isChanged(before, after);
    },
  };
}

/** Turns a function into a predicate; leaves predicates as they are. */
export function toPredicate<T extends KubernetesObject>(like: PredicateLike<T>): Predicate<T> {
  if (typeof like !== "function") return like;
  return predicate(like.name === "" ? "function" : like.name, like);
}

/** Lets everything pass, resyncs included. */
export const any: Predicate = { name: "any", decide: () => true };

/** Lets the periodic safety pass through, which predicates on changes hold back. */
export const resynced: Predicate = { name: "resynced", decide: ({ isResync }) => isResync };

/** Passes when all pass. */
export function and<T extends KubernetesObject>(...likes: PredicateLike<T>[]): Predicate<T> {
  const parts = likes.map((like) => toPredicate(like));
  return {
    name: `and(${namesOf(parts)})`,
    parts,
    needs: needsOfAll(parts),
    decide: (event, ask) => {
      let sum: Verdict = { enqueue: true };
      for (const part of parts) {
        const verdict = toVerdict(ask(part, event));
        if (!verdict.enqueue) return false;
        sum = combined(sum, verdict);
      }
      return sum;
    },
  };
}

/** Passes when one passes; the first that does is the reason. */
export function or<T extends KubernetesObject>(...likes: PredicateLike<T>[]): Predicate<T> {
  const parts = likes.map((like) => toPredicate(like));
  return {
    name: `or(${namesOf(parts)})`,
    parts,
    needs: fieldsOf(parts),
    decide: (event, ask) => {
      for (const part of parts) {
        const verdict = toVerdict(ask(part, event));
        if (verdict.enqueue) return { reason: part.name, ...verdict };
      }
      return false;
    },
  };
}

/** Negates what a predicate says about changes; deletions and first-seen objects still pass. */
export function not<T extends KubernetesObject>(like: PredicateLike<T>): Predicate<T> {
  const part = toPredicate(like);
  return {
    name: `not(${part.name})`,
    parts: [part],
    needs: fieldsOf([part]),
    decide: (event, ask) =>
      event.type === "added" || event.type === "deleted" || !toVerdict(ask(part, event)).enqueue,
  };
}

/** Negates what a predicate says about any event, deletions and first-seen objects included. */
export function invert<T extends KubernetesObject>(like: PredicateLike<T>): Predicate<T> {
  const part = toPredicate(like);
  return {
    name: `invert(${part.name})`,
    parts: [part],
    needs: fieldsOf([part]),
    decide: (event, ask) => !toVerdict(ask(part, event)).enqueue,
  };
}

/** Holds deletions back. The explicit way out of the rule that they always pass. */
export function ignoringDeletes<T extends KubernetesObject>(like: PredicateLike<T>): Predicate<T> {
  return withoutType(toPredicate(like), "deleted", "ignoringDeletes");
}

/** Holds first-seen objects back, those of the initial list included. */
export function ignoringFirstSeen<T extends KubernetesObject>(
  like: PredicateLike<T>,
): Predicate<T> {
  return withoutType(toPredicate(like), "added", "ignoringFirstSeen");
}

/** A yes or no as a verdict. */
export function toVerdict(decision: boolean | Verdict): Verdict {
  return typeof decision === "object" ? decision : { enqueue: decision };
}

function withoutType<T extends KubernetesObject>(
  part: Predicate<T>,
  type: WatchEvent["type"],
  name: string,
): Predicate<T> {
  return {
    name: `${name}(${part.name})`,
    parts: [part],
    needs: part.needs,
    decide: (event, ask) => event.type !== type && ask(part, event),
  };
}

function namesOf(parts: readonly { readonly name: string }[]): string {
  return parts.map(({ name }) => name).join(", ");
}

function combined(a: Verdict, b: Verdict): Verdict {
  const priorities = [a.priority, b.priority].filter((priority) => priority !== undefined);
  const reason = a.reason ?? b.reason;
  return {
    enqueue: a.enqueue && b.enqueue,
    ...(priorities.length === 0 ? {} : { priority: Math.max(...priorities) }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Of alternatives, a selector can't be left to the server: the others must see the rest. */
function fieldsOf(
  parts: readonly { readonly needs?: PredicateNeeds | undefined }[],
): PredicateNeeds {
  return { managedFields: parts.some(({ needs }) => needs?.managedFields === true) };
}

function needsOfAll(
  parts: readonly { readonly needs?: PredicateNeeds | undefined }[],
): PredicateNeeds {
  const labelSelector = joined(parts.map(({ needs }) => needs?.labelSelector));
  const fieldSelector = joined(parts.map(({ needs }) => needs?.fieldSelector));
  return {
    ...fieldsOf(parts),
    ...(labelSelector === "" ? {} : { labelSelector }),
    ...(fieldSelector === "" ? {} : { fieldSelector }),
  };
}

function joined(selectors: readonly (string | undefined)[]): string {
  return selectors.filter((selector) => selector !== undefined && selector !== "").join(",");
}
