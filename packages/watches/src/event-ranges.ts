// SPDX-License-Identifier: Apache-2.0
// The events of a debounce window, each object's folded into one (stage 2: predicate).
import {
  objectKey,
  objectOf,
  type KubernetesObject,
  type ObjectKey,
  type WatchEvent,
} from "@haversack/core";

/** Decides about the folded event of an object. */
export interface RangeJudge {
  passes(event: WatchEvent): boolean;
}

/**
 * Holds the events of each primary's debounce window.
 *
 * The events of one object become one, from the state before the first to the state after the
 * last, so that a predicate sees the whole range: A → B → A is no change, and a change that was
 * followed by another that alone would be dropped is not hidden by it.
 *
 * **Guarantees:** a window in which any object's range passes, is confirmed. **API requests:** 0.
 *
 * @internal
 */
export class EventRanges {
  readonly #windows = new Map<string, Map<RangeJudge, Map<string, WatchEvent>>>();

  hold(primary: ObjectKey, judge: RangeJudge, event: WatchEvent): void {
    const key = objectKey(primary);
    const window = this.#windows.get(key) ?? new Map<RangeJudge, Map<string, WatchEvent>>();
    this.#windows.set(key, window);
    const ranges = window.get(judge) ?? new Map<string, WatchEvent>();
    window.set(judge, ranges);
    const object = objectKey(objectOf(event).metadata);
    const held = ranges.get(object);
    ranges.set(object, held === undefined ? event : folded(held, event));
  }

  /** Ends the window of a primary. @returns Whether anything in it wants a pass. */
  close(primary: ObjectKey): boolean {
    const key = objectKey(primary);
    const window = this.#windows.get(key);
    this.#windows.delete(key);
    if (window === undefined) return true; // Nothing is known against the pass.
    // Every range is judged: the counts of the predicates stay true.
    let isWanted = false;
    for (const [judge, ranges] of window)
      for (const event of ranges.values()) isWanted = judge.passes(event) || isWanted;
    return isWanted;
  }

  /** Drops the window of a primary: a pass that begins now sees what it gathered. */
  drop(primary: ObjectKey): void {
    if (this.#windows.size > 0) this.#windows.delete(objectKey(primary));
  }

  get size(): number {
    return this.#windows.size;
  }
}

/** One event for two of the same object. */
export function folded(first: WatchEvent, last: WatchEvent): WatchEvent {
  const before = first.old;
  const after = last.new;
  const flags = {
    isInitial: first.isInitial && last.isInitial,
    isRelist: first.isRelist || last.isRelist,
    isResync: first.isResync && last.isResync,
    synthetic: true,
  };
  if (after === undefined)
    return { type: "deleted", old: last.old ?? before, new: undefined, ...flags };
  if (before === undefined) return { type: "added", old: undefined, new: after, ...flags };
  return { type: typeOf(first, last, before, after), old: before, new: after, ...flags };
}

function typeOf(
  first: WatchEvent,
  last: WatchEvent,
  before: KubernetesObject,
  after: KubernetesObject,
): WatchEvent["type"] {
  const isSame = before === after || (first.isResync && last.isResync);
  return isSame ? "resynced" : "modified";
}
