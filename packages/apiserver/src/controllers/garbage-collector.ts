// SPDX-License-Identifier: Apache-2.0
// Deletes objects whose owners are all gone, and carries out foreground and orphan deletion.
// Owners are matched by uid; an owner in another namespace counts as absent.
import { arrayAt, isObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import type { Propagation } from "../write/delete.js";
import { secondsTime } from "../clock.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller, ObjectPlace } from "./controller.js";

type OwnerState = "solid" | "dangling" | "waiting";

const hasFinalizer = (object: JsonObject, name: string): boolean =>
  arrayAt(object, "metadata", "finalizers").includes(name);

const isTerminating = (object: JsonObject): boolean =>
  stringAt(object, "metadata", "deletionTimestamp") !== undefined;

const ownersOf = (object: JsonObject): readonly JsonObject[] =>
  arrayAt(object, "metadata", "ownerReferences").filter(isObject);

/** The garbage collector. */
export class GarbageCollector implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  /** Where the object of a uid is. */
  readonly #places = new Map<string, ObjectPlace>();
  /** Uids of the objects that name a uid as owner. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, { type, object, previous, key }: LogEntry): void {
    const uid = stringAt(object.value, "metadata", "uid") ?? "";
    if (previous !== undefined) this.#unlink(uid, previous.value);
    if (type === "DELETED") {
      this.#places.delete(uid);
      for (const dependent of this.#dependents.get(uid) ?? []) this.#queue.add(dependent);
      // Its owner may have waited for it.
      for (const owner of ownersOf(object.value)) this.#queue.add(String(owner["uid"]));
      return;
    }
    this.#places.set(uid, { storageKey, key });
    const owners = ownersOf(object.value);
    for (const owner of owners) {
      const set = this.#dependents.get(String(owner["uid"])) ?? new Set();
      this.#dependents.set(String(owner["uid"]), set.add(uid));
    }
    if (owners.length > 0 || isTerminating(object.value)) this.#queue.add(uid);
    for (const owner of ownersOf(previous?.value ?? {})) this.#queue.add(String(owner["uid"]));
  }

  step(): boolean {
    let worked = false;
    for (const uid of this.#queue) {
      this.#queue.delete(uid);
      if (this.#process(uid)) worked = true;
    }
    return worked;
  }

  #unlink(uid: string, object: JsonObject): void {
    for (const owner of ownersOf(object)) {
      const set = this.#dependents.get(String(owner["uid"]));
      set?.delete(uid);
      if (set?.size === 0) this.#dependents.delete(String(owner["uid"]));
    }
  }

  #process(uid: string): boolean {
    const place = this.#places.get(uid);
    const object = place === undefined ? undefined : this.#client.get(place);
    if (place === undefined || object === undefined) return false;
    if (isTerminating(object)) {
      if (hasFinalizer(object, "orphan")) return this.#orphan(uid, place);
      if (hasFinalizer(object, "foregroundDeletion")) return this.#foreground(uid, place);
      return false;
    }
    return ownersOf(object).length > 0 && this.#judge(uid, place, object);
  }

  /** Deletes the object, or drops its lost owners, as the state of its owners says. */
  #judge(uid: string, place: ObjectPlace, object: JsonObject): boolean {
    const byState: Record<OwnerState, Set<unknown>> = {
      solid: new Set(),
      dangling: new Set(),
      waiting: new Set(),
    };
    for (const owner of ownersOf(object)) {
      byState[this.#stateOf(owner, place)].add(owner["uid"]);
    }
    const { solid, dangling, waiting } = byState;
    if (solid.size > 0) {
      if (dangling.size + waiting.size === 0) return false;
      return this.#dropOwners(place, (owner) => !solid.has(owner["uid"]));
    }
    return this.#client.delete(place, { uid, propagation: this.#policyFor(uid, object, waiting) });
  }

  #policyFor(uid: string, object: JsonObject, waiting: ReadonlySet<unknown>): Propagation {
    const hasDependents = (this.#dependents.get(uid)?.size ?? 0) > 0;
    if (waiting.size > 0 && hasDependents && !this.#isInCycle(uid)) return "Foreground";
    if (hasFinalizer(object, "orphan")) return "Orphan";
    return hasFinalizer(object, "foregroundDeletion") ? "Foreground" : "Background";
  }

  /** Whether one of the object's dependents is itself going: then nobody waits for anybody. */
  #isInCycle(uid: string): boolean {
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const place = this.#places.get(dependent);
      const object = place === undefined ? undefined : this.#client.get(place);
      if (object !== undefined && isTerminating(object)) return true;
    }
    return false;
  }

  #stateOf(owner: JsonObject, child: ObjectPlace): OwnerState {
    const place = this.#places.get(String(owner["uid"]));
    if (place === undefined) return "dangling";
    const home = splitKey(place.key).namespace;
    const childHome = splitKey(child.key).namespace;
    if (home !== undefined && home !== childHome) {
      // A cluster-scoped child of a namespaced owner cannot be judged, and is left alone.
      if (childHome === undefined) return "solid";
      this.#reportForeignOwner(owner, child);
      return "dangling";
    }
    const object = this.#client.get(place);
    if (object === undefined) return "dangling";
    const waits = isTerminating(object) && hasFinalizer(object, "foregroundDeletion");
    return waits ? "waiting" : "solid";
  }

  #reportForeignOwner(owner: JsonObject, child: ObjectPlace): void {
    const { namespace = "default", name } = splitKey(child.key);
    const object = this.#client.get(child) ?? {};
    const now = secondsTime(this.#core.clock.nowMs());
    const where = `${String(owner["kind"])}/${String(owner["name"])}`;
    this.#client.create("v1", "events", namespace, {
      metadata: { name: `${name}.${String(own(owner, "uid")).slice(0, 8)}` },
      involvedObject: {
        apiVersion: object["apiVersion"],
        kind: object["kind"],
        name,
        namespace,
        uid: stringAt(object, "metadata", "uid"),
      },
      reason: "OwnerRefInvalidNamespace",
      message: `ownerRef [${where}, uid: ${String(owner["uid"])}] does not exist in namespace "${namespace}"`,
      type: "Warning",
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      source: { component: "garbage-collector-controller" },
    });
  }

  #dropOwners(place: ObjectPlace, isLost: (owner: JsonObject) => boolean): boolean {
    return this.#client.update(place, "", (current) => {
      const metadata: JsonObject = { ...(current["metadata"] as JsonObject) };
      const kept = ownersOf(current).filter((owner) => !isLost(owner));
      if (kept.length > 0) metadata["ownerReferences"] = kept;
      else delete metadata["ownerReferences"];
      return { ...current, metadata };
    });
  }

  #orphan(uid: string, place: ObjectPlace): boolean {
    for (const dependent of [...(this.#dependents.get(uid) ?? [])]) {
      const child = this.#places.get(dependent);
      if (child !== undefined) this.#dropOwners(child, (owner) => owner["uid"] === uid);
    }
    return this.#removeFinalizer(place, "orphan");
  }

  #foreground(uid: string, place: ObjectPlace): boolean {
    let isHeld = false;
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const child = this.#places.get(dependent);
      const object = child === undefined ? undefined : this.#client.get(child);
      if (object === undefined) continue;
      this.#queue.add(dependent);
      const blocks = ownersOf(object).some(
        (owner) => owner["uid"] === uid && own(owner, "blockOwnerDeletion") === true,
      );
      if (blocks) isHeld = true;
    }
    return isHeld ? false : this.#removeFinalizer(place, "foregroundDeletion");
  }

  #removeFinalizer(place: ObjectPlace, name: string): boolean {
    return this.#client.update(place, "", (current) => {
      const metadata: JsonObject = { ...(current["metadata"] as JsonObject) };
      const kept = arrayAt(current, "metadata", "finalizers").filter((item) => item !== name);
      metadata["finalizers"] = kept;
      return { ...current, metadata };
    });
  }
}
