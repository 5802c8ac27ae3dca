// SPDX-License-Identifier: Apache-2.0
// The rules of the overlay: which of two states of an object is the later one (stage 7: index).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ObjectKey } from "./resource-ref.js";
import { compareVersions, isComparableVersion } from "./resource-version.js";
import type { WatchEvent } from "./watch-event.js";

/** An overlay entry: the newest own state of an object, or a tombstone. */
export interface Entry {
  readonly key: ObjectKey;
  readonly uid: string | undefined;
  readonly resourceVersion: string;
  /** Absent for a tombstone. */
  readonly object: KubernetesObject | undefined;
}

/** What is overlaid of one kind, and how far its cache has come. */
export interface KindState {
  readonly kind: Kind<KubernetesObject>;
  readonly entries: Map<string, Entry>;
  /** Version of the newest complete list. */
  listed: string | undefined;
  /** Newest version that the watch has brought, by namespace. */
  readonly reached: Map<string, string>;
}

/** What is known of an object that is gone. */
interface Gone {
  readonly deleted: ObjectKey;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export function storedEntry(object: KubernetesObject): Entry | undefined {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  if (!isComparableVersion(resourceVersion)) return undefined;
  return { key: { namespace, name }, uid, resourceVersion, object };
}

export function tombstone(write: Gone): Entry | undefined {
  const { deleted, uid, resourceVersion } = write;
  if (!isComparableVersion(resourceVersion)) return undefined;
  const { namespace, name } = deleted;
  return { key: { namespace, name }, uid, resourceVersion, object: undefined };
}

/** Whether an answer says less than what is known already; answers may overtake each other. */
export function isSuperseded(entry: Entry, before: Entry): boolean {
  const isSame = entry.uid !== undefined && entry.uid === before.uid;
  if (isSame && (entry.object === undefined) !== (before.object === undefined)) {
    return before.object === undefined; // Gone is the last word about a uid.
  }
  return (compareVersions(entry.resourceVersion, before.resourceVersion) ?? 1) < 0;
}

export function hasReached(entry: Entry, event: WatchEvent, object: KubernetesObject): boolean {
  const order = compareVersions(object.metadata.resourceVersion, entry.resourceVersion);
  if (order === undefined) return true; // Not comparable: the cache is the better answer.
  if (entry.object !== undefined) return order >= 0;
  if (entry.uid === undefined) return event.new === undefined ? order >= 0 : order > 0;
  return object.metadata.uid === entry.uid ? event.new === undefined : order > 0;
}

export function advance(state: KindState, metadata: KubernetesObject["metadata"]): void {
  const { namespace = "", resourceVersion } = metadata;
  if (!isComparableVersion(resourceVersion)) return;
  if (isAtOrAhead(state.reached.get(namespace), resourceVersion)) return;
  state.reached.set(namespace, resourceVersion);
}

/** Whether a cache at version `reached` holds what was written at `version`. */
export function isAtOrAhead(reached: string | undefined, version: string | undefined): boolean {
  return (compareVersions(reached, version) ?? -1) >= 0;
}

export function reachedIn(state: KindState, { namespace = "" }: ObjectKey): string | undefined {
  const reached = state.reached.get(namespace);
  return isAtOrAhead(state.listed, reached) ? state.listed : (reached ?? state.listed);
}

export function covers(namespaces: readonly string[] | undefined, key: ObjectKey): boolean {
  return namespaces === undefined || namespaces.includes(key.namespace ?? "");
}

/** Whether a list is older than what the watch has brought: the server was restored or replaced. */
export function isBehind(
  state: KindState,
  resourceVersion: string | undefined,
  namespaces: readonly string[] | undefined,
): boolean {
  if (!isComparableVersion(resourceVersion)) return false;
  const seen =
    namespaces === undefined
      ? [state.listed, ...state.reached.values()]
      : namespaces.map((namespace) => reachedIn(state, { namespace, name: "" }));
  return seen.some((version) => (compareVersions(version, resourceVersion) ?? 0) > 0);
}
