// SPDX-License-Identifier: Apache-2.0
// The ReplicaSet controller: as many pods as are asked for, the least valuable ones removed first.
import { clone, ensureObject, getIn, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { keyOf } from "../store/object-store.js";
import { Alarms } from "./alarms.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import {
  controllerOf,
  controllerReference,
  isFinished,
  isReady,
  isTerminating,
  OwnedObjects,
  untilAvailableMs,
} from "./owned-objects.js";
import { selects } from "./pod-selector.js";

const storageKey = "replicasets.apps";

/** Annotation that makes a pod go sooner (lower) or later (higher) when the set shrinks. */
const deletionCost = "controller.kubernetes.io/pod-deletion-cost";

/** The ReplicaSet controller. */
export class ReplicaSetController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #pods: OwnedObjects;
  readonly #queue = new Set<string>();
  readonly #alarms: Alarms;

  constructor(core: ServerCore, wake: () => void) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
    this.#pods = new OwnedObjects(core, "pods");
    this.#alarms = new Alarms(core.clock, (key) => {
      this.#queue.add(key);
      wake();
    });
  }

  observe(changed: string, entry: LogEntry): void {
    this.#pods.observe(changed, entry);
    if (changed === storageKey) this.#queue.add(entry.key);
    if (changed !== "pods") return;
    for (const pod of [entry.object.value, entry.previous?.value ?? {}]) {
      const owner = controllerOf(pod);
      if (stringAt(owner, "kind") !== "ReplicaSet") continue;
      this.#queue.add(keyOf(splitKey(entry.key).namespace, stringAt(owner, "name") ?? ""));
    }
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const set = this.#client.get({ storageKey, key });
      if (set === undefined) continue;
      if (!isTerminating(set) && this.#scale(key, set)) worked = true;
      if (this.#report(key, set)) worked = true;
    }
    return worked;
  }

  stop(): void {
    this.#alarms.clear();
  }

  #podsOf(set: JsonObject): JsonObject[] {
    return this.#pods
      .of(stringAt(set, "metadata", "uid") ?? "")
      .filter((pod) => !isFinished(pod) && !isTerminating(pod));
  }

  #scale(key: string, set: JsonObject): boolean {
    const { namespace = "" } = splitKey(key);
    const adopted = this.#adopt(namespace, set);
    const pods = this.#podsOf(set);
    const surplus = pods.length - Number(getIn(set, "spec", "replicas") ?? 1);
    let worked = adopted;
    for (let missing = -surplus; missing > 0; missing--) {
      if (!this.#client.create("v1", "pods", namespace, podFrom(set))) break;
      worked = true;
    }
    const leaving = surplus > 0 ? pods.sort(leastValuableFirst).slice(0, surplus) : [];
    for (const pod of leaving) {
      const place = { storageKey: "pods", key: keyOf(namespace, nameOf(pod)) };
      worked = this.#client.delete(place, {}) || worked;
    }
    return worked;
  }

  /** Takes pods that match and have no controller. */
  #adopt(namespace: string, set: JsonObject): boolean {
    const selector = getIn(set, "spec", "selector");
    const orphans = this.#core.store
      .list("pods", namespace)
      .filter(
        ({ value }) =>
          controllerOf(value) === undefined &&
          !isTerminating(value) &&
          !isFinished(value) &&
          selects(selector, value),
      );
    let worked = false;
    for (const { key } of orphans) {
      const adopted = this.#client.update({ storageKey: "pods", key }, "", (pod) => {
        const next = clone(pod);
        const metadata = ensureObject(next, "metadata");
        const others = (metadata["ownerReferences"] ?? []) as unknown[];
        metadata["ownerReferences"] = [...others, controllerReference(set)];
        return next;
      });
      worked = adopted || worked;
    }
    return worked;
  }

  #report(key: string, set: JsonObject): boolean {
    const pods = this.#podsOf(set);
    const labels = Object.entries(objectAt(set, "spec", "template", "metadata", "labels") ?? {});
    const labelled = pods.filter((pod) =>
      labels.every(([name, value]) => getIn(pod, "metadata", "labels", name) === value),
    );
    const minReadySeconds = Number(getIn(set, "spec", "minReadySeconds") ?? 0);
    const waits = pods.map((pod) =>
      untilAvailableMs(pod, minReadySeconds, this.#core.clock.nowMs()),
    );
    this.#alarms.set(key, Math.min(Infinity, ...waits.filter((wait) => wait > 0)));
    const count = (name: string, number: number): JsonObject =>
      number > 0 ? { [name]: number } : {};
    const conditions = getIn(set, "status", "conditions");
    const status: JsonObject = {
      replicas: pods.length,
      ...count("fullyLabeledReplicas", labelled.length),
      ...count("readyReplicas", pods.filter(isReady).length),
      ...count("availableReplicas", waits.filter((wait) => wait === 0).length),
      observedGeneration: getIn(set, "metadata", "generation"),
      ...(conditions === undefined ? {} : { conditions }),
    };
    return this.#client.update({ storageKey, key }, "status", (live) => ({ ...live, status }));
  }
}

const nameOf = (object: JsonObject): string => stringAt(object, "metadata", "name") ?? "";

function podFrom(set: JsonObject): JsonObject {
  const template = objectAt(set, "spec", "template") ?? {};
  const from = clone(objectAt(template, "metadata") ?? {});
  const metadata: JsonObject = { generateName: `${nameOf(set)}-` };
  for (const key of ["labels", "annotations", "finalizers"]) {
    if (from[key] !== undefined) metadata[key] = from[key];
  }
  metadata["ownerReferences"] = [controllerReference(set)];
  return { metadata, spec: clone(objectAt(template, "spec") ?? {}) };
}

/** The order in which pods go. Source: ranking of the ReplicaSet controller. */
function leastValuableFirst(a: JsonObject, b: JsonObject): number {
  const rank = (pod: JsonObject): number[] => [
    stringAt(pod, "spec", "nodeName") === undefined ? 0 : 1,
    { Pending: 0, Unknown: 1, Running: 2 }[stringAt(pod, "status", "phase") ?? ""] ?? 0,
    isReady(pod) ? 1 : 0,
    Number(getIn(pod, "metadata", "annotations", deletionCost) ?? 0),
    -Date.parse(stringAt(pod, "metadata", "creationTimestamp") ?? ""),
  ];
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return nameOf(a) < nameOf(b) ? 1 : -1;
}
