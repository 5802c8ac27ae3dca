// SPDX-License-Identifier: Apache-2.0
// What an informer tells its handlers about one object (stage 1: watch event).
import type { KubernetesObject } from "./kubernetes-object.js";

/**
 * One change of one object, with the state before and after it.
 *
 * **Guarantees:** events of one object arrive one after another and never go back in time;
 * `old` is what the previous event of that object had as `new`; at least one of both is present.
 */
export interface WatchEvent<T extends KubernetesObject = KubernetesObject> {
  readonly type: "added" | "modified" | "deleted" | "resynced";
  /** State before; absent for `added`. For `deleted` the last state seen. */
  readonly old: T | undefined;
  /** State after; absent for `deleted`. */
  readonly new: T | undefined;
  /** Part of the first list, before the informer has synced. */
  readonly isInitial: boolean;
  /** Found by comparing a new list with the cache, after a gap in the watch. */
  readonly isRelist: boolean;
  /** The periodic safety pass; nothing changed. */
  readonly isResync: boolean;
  /** Worked out by the informer, not sent by the server in this form. */
  readonly synthetic: boolean;
}

/** The newest state an event carries: `new`, or `old` for a deletion. */
export function objectOf<T extends KubernetesObject>(event: WatchEvent<T>): T {
  const object = event.new ?? event.old;
  if (object === undefined) throw new TypeError("watch event without an object");
  return object;
}
