// SPDX-License-Identifier: Apache-2.0
// What controllers ask of the objects they own: which there are, and how a pod is.
import { arrayAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";

/** An owner reference to the controller of an object. */
export function controllerReference(owner: JsonObject): JsonObject {
  return {
    apiVersion: owner["apiVersion"],
    kind: owner["kind"],
    name: stringAt(owner, "metadata", "name"),
    uid: stringAt(owner, "metadata", "uid"),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The owner reference of an object to its controller. */
export function controllerOf(object: JsonObject): unknown {
  return arrayAt(object, "metadata", "ownerReferences").find(
    (owner) => own(owner, "controller") === true,
  );
}

/** The objects of one resource by the uid of their controller, without a search. */
export class OwnedObjects {
  readonly #core: ServerCore;
  readonly #storageKey: string;
  readonly #keys = new Map<string, Set<string>>();

  constructor(core: ServerCore, storageKey: string) {
    this.#core = core;
    this.#storageKey = storageKey;
  }

  /** Sees a commit. */
  observe(storageKey: string, { key, type, object, previous }: LogEntry): void {
    if (storageKey !== this.#storageKey) return;
    const before = previous === undefined ? undefined : uidOfController(previous.value);
    const after = type === "DELETED" ? undefined : uidOfController(object.value);
    if (before !== undefined && before !== after) this.#drop(before, key);
    if (after === undefined) return;
    const keys = this.#keys.get(after) ?? new Set();
    this.#keys.set(after, keys.add(key));
  }

  /** The objects that the owner of a uid controls, as they are now, by name. */
  of(uid: string): JsonObject[] {
    const keys = [...(this.#keys.get(uid) ?? [])].sort();
    return keys
      .map((key) => this.#core.store.get(this.#storageKey, key)?.value)
      .filter((value) => value !== undefined);
  }

  #drop(uid: string, key: string): void {
    const keys = this.#keys.get(uid);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(uid);
  }
}

function uidOfController(object: JsonObject): string | undefined {
  return stringAt(controllerOf(object), "uid");
}

/** Whether an object is being deleted. */
export function isTerminating(object: JsonObject): boolean {
  return stringAt(object, "metadata", "deletionTimestamp") !== undefined;
}

/** Whether a pod has come to an end, well or not. */
export function isFinished(pod: JsonObject): boolean {
  const phase = stringAt(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed";
}

/** A condition of an object by its type. */
export function conditionOf(object: JsonObject, type: string): unknown {
  return arrayAt(object, "status", "conditions").find((item) => stringAt(item, "type") === type);
}

/** Whether a pod is running and ready. */
export function isReady(pod: JsonObject): boolean {
  return stringAt(conditionOf(pod, "Ready"), "status") === "True";
}

/** Whether a pod is running and ready, and stays. */
export function isHealthy(pod: JsonObject): boolean {
  return isReady(pod) && !isTerminating(pod);
}

/** How long a ready pod has to wait until it counts as available; 0: it does, Infinity: not ready. */
export function untilAvailableMs(pod: JsonObject, minReadySeconds: number, nowMs: number): number {
  const ready = conditionOf(pod, "Ready");
  if (stringAt(ready, "status") !== "True") return Infinity;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(stringAt(ready, "lastTransitionTime") ?? "") || nowMs;
  return Math.max(0, since + minReadySeconds * 1000 - nowMs);
}
