// SPDX-License-Identifier: Apache-2.0
// The StatefulSet controller: ordinal pods with claims of their own, in order or all at once, rolling
// updates from the highest ordinal down, and the status that tells of it.
import { arrayAt, getIn, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { keyOf } from "../store/object-store.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import { controllerReference, isHealthy, isReady, OwnedObjects } from "./owned-objects.js";
import {
  makeClaim,
  makePod,
  revisionLabel,
  revisionName,
  claimName,
} from "./stateful-set-objects.js";

const setStorageKey = "statefulsets.apps";
const revisionStorageKey = "controllerrevisions.apps";

/** A set as one pass sees it. */
interface Pass {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly set: JsonObject;
  readonly start: number;
  readonly replicas: number;
  readonly isParallel: boolean;
  /** Pods by ordinal. */
  readonly pods: Map<number, JsonObject>;
  readonly update: string;
  readonly current: string;
}

/** The StatefulSet controller. */
export class StatefulSetController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #pods: OwnedObjects;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#pods = new OwnedObjects(core, "pods");
    this.#client = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, entry: LogEntry): void {
    const { key, object } = entry;
    this.#pods.observe(storageKey, entry);
    if (storageKey === setStorageKey) this.#queue.add(key);
    if (storageKey !== "pods") return;
    for (const owner of arrayAt(object.value, "metadata", "ownerReferences")) {
      if (stringAt(owner, "kind") !== "StatefulSet") continue;
      this.#queue.add(keyOf(splitKey(key).namespace, stringAt(owner, "name") ?? ""));
    }
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const set = this.#client.get({ storageKey: setStorageKey, key });
      const isGoing = stringAt(set, "metadata", "deletionTimestamp") !== undefined;
      if (set === undefined || isGoing) continue;
      const pass = this.#look(key, set);
      const acted = this.#makeRevision(pass) || this.#scale(pass) || this.#roll(pass);
      worked = acted || worked;
      if (acted) this.#queue.add(key);
      worked = this.#report(key, set, pass.update) || worked;
    }
    return worked;
  }

  #look(key: string, set: JsonObject): Pass {
    const { namespace = "", name } = splitKey(key);
    const update = revisionName(name, getIn(set, "spec", "template"));
    const known = stringAt(set, "status", "currentRevision");
    return {
      key,
      namespace,
      name,
      set,
      start: Number(getIn(set, "spec", "ordinals", "start") ?? 0),
      replicas: Number(getIn(set, "spec", "replicas") ?? 1),
      isParallel: stringAt(set, "spec", "podManagementPolicy") === "Parallel",
      pods: this.#podsOf(name, set),
      update,
      current: known === undefined || known === "" ? update : known,
    };
  }

  #podsOf(name: string, set: JsonObject): Map<number, JsonObject> {
    const pods = new Map<number, JsonObject>();
    for (const value of this.#pods.of(stringAt(set, "metadata", "uid") ?? "")) {
      const podName = stringAt(value, "metadata", "name") ?? "";
      if (podName.startsWith(`${name}-`)) pods.set(Number(podName.slice(name.length + 1)), value);
    }
    return pods;
  }

  /** Keeps the pod template of a revision, so that pods of older revisions can be made again. */
  #makeRevision({ namespace, set, update }: Pass): boolean {
    const place = { storageKey: revisionStorageKey, key: keyOf(namespace, update) };
    if (this.#client.get(place) !== undefined) return false;
    const count = this.#core.store.list(revisionStorageKey, namespace).length;
    return this.#client.create("apps/v1", "controllerrevisions", namespace, {
      metadata: { name: update, ownerReferences: [controllerReference(set)] },
      data: { spec: { template: getIn(set, "spec", "template") } },
      revision: count + 1,
    });
  }

  /** Makes missing pods and removes those beyond the size. Returns whether it did anything. */
  #scale(pass: Pass): boolean {
    const { start, replicas, isParallel, pods } = pass;
    let worked = false;
    for (let ordinal = start; ordinal < start + replicas; ordinal++) {
      const pod = pods.get(ordinal);
      if (pod === undefined) worked = this.#makePod(pass, ordinal) || worked;
      // In order: the next one waits until this one is ready.
      if (!isParallel && (pod === undefined || !isHealthy(pod))) return worked;
    }
    const surplus = [...pods.keys()].filter(
      (ordinal) => ordinal < start || ordinal >= start + replicas,
    );
    for (const ordinal of surplus.sort((a, b) => b - a)) {
      worked = this.#deletePod(pass, ordinal) || worked;
      if (!isParallel) return worked;
    }
    return worked;
  }

  #makePod(pass: Pass, ordinal: number): boolean {
    const { namespace, set, name, current, update } = pass;
    const podName = `${name}-${ordinal}`;
    for (const template of arrayAt(set, "spec", "volumeClaimTemplates").filter(isObject)) {
      const key = keyOf(namespace, claimName(template, podName));
      if (this.#client.get({ storageKey: "persistentvolumeclaims", key }) !== undefined) continue;
      const claim = makeClaim(set, template, podName);
      this.#client.create("v1", "persistentvolumeclaims", namespace, claim);
    }
    const partition = Number(
      getIn(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0,
    );
    const revision = ordinal < partition ? current : update;
    const template = this.#templateOf(namespace, revision) ?? objectAt(set, "spec", "template");
    const pod = makePod(set, template ?? {}, revision, ordinal);
    return this.#client.create("v1", "pods", namespace, pod);
  }

  #templateOf(namespace: string, revision: string): JsonObject | undefined {
    const key = keyOf(namespace, revision);
    const stored = this.#client.get({ storageKey: revisionStorageKey, key });
    return objectAt(stored, "data", "spec", "template");
  }

  #deletePod(pass: Pass, ordinal: number): boolean {
    const pod = pass.pods.get(ordinal);
    if (stringAt(pod, "metadata", "deletionTimestamp") !== undefined) return false;
    const key = keyOf(pass.namespace, `${pass.name}-${ordinal}`);
    return this.#client.delete({ storageKey: "pods", key }, {});
  }

  /** Replaces one pod of an older revision, the highest ordinal first, when all others are well. */
  #roll(pass: Pass): boolean {
    const { set, start, replicas, pods, update } = pass;
    if (stringAt(set, "spec", "updateStrategy", "type") === "OnDelete") return false;
    const partition = Number(
      getIn(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0,
    );
    for (let ordinal = start + replicas - 1; ordinal >= Math.max(start, partition); ordinal--) {
      const pod = pods.get(ordinal);
      if (pod === undefined) return false;
      if (stringAt(pod, "metadata", "labels", revisionLabel) !== update) {
        return this.#deletePod(pass, ordinal);
      }
      if (!isHealthy(pod)) return false;
    }
    return false;
  }

  #report(key: string, before: JsonObject, update: string): boolean {
    const set = this.#client.get({ storageKey: setStorageKey, key }) ?? before;
    const pass = this.#look(key, set);
    const pods = [...pass.pods.values()];
    const ofUpdate = pods.filter(
      (pod) => stringAt(pod, "metadata", "labels", revisionLabel) === update,
    );
    const isDone =
      ofUpdate.length === pods.length && pods.length === pass.replicas && pods.every(isHealthy);
    const current = isDone ? update : pass.current;
    const ofCurrent = pods.filter(
      (pod) => stringAt(pod, "metadata", "labels", revisionLabel) === current,
    );
    const ready = pods.filter(isReady).length;
    const status: JsonObject = {
      observedGeneration: getIn(set, "metadata", "generation"),
      replicas: pods.length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      availableReplicas: ready,
      ...(ofCurrent.length > 0 ? { currentReplicas: ofCurrent.length } : {}),
      ...(ofUpdate.length > 0 ? { updatedReplicas: ofUpdate.length } : {}),
      currentRevision: current,
      updateRevision: update,
      collisionCount: 0,
    };
    const place = { storageKey: setStorageKey, key };
    return this.#client.update(place, "status", (live) => ({ ...live, status }));
  }
}
