// SPDX-License-Identifier: Apache-2.0
// The Deployment controller: one ReplicaSet per pod template, rolled from the old to the newest.
import { equal, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { keyOf } from "../store/object-store.js";
import { Alarms } from "./alarms.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import { limitsOf, nextNewSize, nextOldSizes, scaledSizes } from "./deployment-rollout.js";
import type { RolloutLimits, SetSize } from "./deployment-rollout.js";
import {
  desiredOf,
  handedOn,
  hasTemplate,
  makeSet,
  maxOf,
  revisionAnnotation,
  revisionOf,
  sizeAnnotations,
  templateHash,
} from "./deployment-sets.js";
import { isComplete, statusOf } from "./deployment-status.js";
import type { RolloutState } from "./deployment-status.js";
import { controllerOf, isTerminating, OwnedObjects } from "./owned-objects.js";

const storageKey = "deployments.apps";
const setKey = "replicasets.apps";

/** A Deployment as one pass sees it. */
interface Pass {
  readonly key: string;
  readonly namespace: string;
  readonly deployment: JsonObject;
  readonly limits: RolloutLimits;
  readonly newest: JsonObject | undefined;
  /** The others, oldest first. */
  readonly old: readonly JsonObject[];
}

/** The Deployment controller. */
export class DeploymentController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #sets: OwnedObjects;
  readonly #pods: OwnedObjects;
  readonly #queue = new Set<string>();
  readonly #alarms: Alarms;

  constructor(core: ServerCore, wake: () => void) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
    this.#sets = new OwnedObjects(core, setKey);
    this.#pods = new OwnedObjects(core, "pods");
    this.#alarms = new Alarms(core.clock, (key) => {
      this.#queue.add(key);
      wake();
    });
  }

  observe(changed: string, entry: LogEntry): void {
    this.#sets.observe(changed, entry);
    this.#pods.observe(changed, entry);
    if (changed === storageKey) this.#queue.add(entry.key);
    if (changed === setKey) this.#addOwner(entry.key, entry.object.value);
    // A rollout that recreates waits for the last old pod.
    if (changed !== "pods" || entry.type !== "DELETED") return;
    const owner = controllerOf(entry.object.value);
    const key = keyOf(splitKey(entry.key).namespace, stringAt(owner, "name") ?? "");
    const set = this.#client.get({ storageKey: setKey, key });
    if (set !== undefined) this.#addOwner(key, set);
  }

  #addOwner(key: string, set: JsonObject): void {
    const owner = controllerOf(set);
    if (stringAt(owner, "kind") !== "Deployment") return;
    this.#queue.add(keyOf(splitKey(key).namespace, stringAt(owner, "name") ?? ""));
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const deployment = this.#client.get({ storageKey, key });
      if (deployment === undefined || isTerminating(deployment)) continue;
      if (this.#roll(this.#look(key, deployment))) worked = true;
      if (this.#report(this.#look(key, this.#client.get({ storageKey, key }) ?? deployment))) {
        worked = true;
      }
    }
    return worked;
  }

  stop(): void {
    this.#alarms.clear();
  }

  #look(key: string, deployment: JsonObject): Pass {
    const sets = this.#sets.of(stringAt(deployment, "metadata", "uid") ?? "");
    const newest = sets.find((set) => hasTemplate(set, deployment));
    const old = sets.filter((set) => set !== newest).sort((a, b) => revisionOf(a) - revisionOf(b));
    const { namespace = "" } = splitKey(key);
    return { key, namespace, deployment, limits: limitsOf(deployment), newest, old };
  }

  /** One step of the rollout. Returns whether it did anything. */
  #roll(pass: Pass): boolean {
    const { deployment, newest, old } = pass;
    const isPaused = getIn(deployment, "spec", "paused") === true;
    if (newest === undefined) return isPaused ? this.#rescale(pass) : this.#create(pass);
    if (!isPaused && this.#hand(pass, newest)) return true;
    if (isPaused || this.#isRescaled(pass)) return this.#rescale(pass);
    if (getIn(deployment, "spec", "strategy", "type") === "Recreate") {
      return this.#recreate(pass, newest);
    }
    const oldSizes = old.map(sizeOf);
    const size = nextNewSize(sizeOf(newest), oldSizes, pass.limits);
    if (this.#resize(pass, newest, size)) return true;
    let worked = false;
    const sizes = nextOldSizes(sizeOf(newest), oldSizes, pass.limits);
    for (const set of old) {
      worked = this.#resize(pass, set, sizes.get(nameOf(set)) ?? replicasOf(set)) || worked;
    }
    return worked || this.#forgetOld(pass);
  }

  /** The Deployment's size was changed since its ReplicaSets were last scaled. */
  #isRescaled({ newest, old, limits }: Pass): boolean {
    const sets = newest === undefined ? old : [newest, ...old];
    return sets.some((set) => replicasOf(set) > 0 && desiredOf(set) !== limits.desired);
  }

  #rescale(pass: Pass): boolean {
    const { newest, old, limits } = pass;
    const active = [...(newest === undefined ? [] : [newest]), ...old].filter(
      (set) => replicasOf(set) > 0,
    );
    const only = active.length === 1 ? active[0] : active.length === 0 ? newest : undefined;
    if (only !== undefined) return this.#resize(pass, only, limits.desired);
    const before = Math.max(0, ...active.map(maxOf));
    const sizes = scaledSizes(active.map(sizeOf), limits, before);
    let worked = false;
    for (const set of active) {
      worked = this.#resize(pass, set, sizes.get(nameOf(set)) ?? replicasOf(set)) || worked;
    }
    return worked;
  }

  #create(pass: Pass): boolean {
    const { key, namespace, deployment, limits, old } = pass;
    const collisions = Number(getIn(deployment, "status", "collisionCount") ?? 0);
    const hash = templateHash(getIn(deployment, "spec", "template"), collisions);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    const isRecreate = getIn(deployment, "spec", "strategy", "type") === "Recreate";
    const empty = { key: "", replicas: 0, available: 0 };
    const size = isRecreate && old.length > 0 ? 0 : nextNewSize(empty, old.map(sizeOf), limits);
    const annotations = sizeAnnotations(limits.desired, limits.surge);
    const set = makeSet(deployment, hash, revision, size, annotations);
    if (this.#client.create("apps/v1", "replicasets", namespace, set)) {
      this.#annotate(key, revision);
      return true;
    }
    const isTaken = this.#client.get({ storageKey: setKey, key: keyOf(namespace, nameOf(set)) });
    if (isTaken === undefined) return false;
    // Another object has the name: the next try hashes otherwise.
    return this.#client.update({ storageKey, key }, "status", (live) => ({
      ...live,
      status: { ...objectAt(live, "status"), collisionCount: collisions + 1 },
    }));
  }

  /** Hands the Deployment's annotations and the newest revision on. */
  #hand({ key, namespace, deployment, limits, old }: Pass, newest: JsonObject): boolean {
    const revision = Math.max(revisionOf(newest), ...old.map((set) => revisionOf(set) + 1));
    const annotations = {
      ...objectAt(newest, "metadata", "annotations"),
      ...handedOn(deployment),
      ...(replicasOf(newest) === 0 ? sizeAnnotations(limits.desired, limits.surge) : {}),
      [revisionAnnotation]: String(revision),
    };
    const minReadySeconds = Number(getIn(deployment, "spec", "minReadySeconds") ?? 0);
    const isSame =
      equal(annotations, objectAt(newest, "metadata", "annotations")) &&
      Number(getIn(newest, "spec", "minReadySeconds") ?? 0) === minReadySeconds;
    const place = { storageKey: setKey, key: keyOf(namespace, nameOf(newest)) };
    const worked =
      !isSame &&
      this.#client.update(place, "", (live) => ({
        ...live,
        metadata: { ...objectAt(live, "metadata"), annotations },
        spec: { ...objectAt(live, "spec"), minReadySeconds },
      }));
    return this.#annotate(key, revision) || worked;
  }

  #annotate(key: string, revision: number): boolean {
    return this.#client.update({ storageKey, key }, "", (live) => {
      const metadata = { ...objectAt(live, "metadata") };
      const annotations = { ...objectAt(metadata, "annotations") };
      annotations[revisionAnnotation] = String(revision);
      return { ...live, metadata: { ...metadata, annotations } };
    });
  }

  /** All old pods go before the first new one comes. */
  #recreate(pass: Pass, newest: JsonObject): boolean {
    let worked = false;
    for (const set of pass.old) worked = this.#resize(pass, set, 0) || worked;
    if (worked) return true;
    const left = pass.old.some(
      (set) => this.#pods.of(stringAt(set, "metadata", "uid") ?? "").length > 0,
    );
    return left ? false : this.#resize(pass, newest, pass.limits.desired) || this.#forgetOld(pass);
  }

  #resize({ namespace, limits }: Pass, set: JsonObject, replicas: number): boolean {
    const place = { storageKey: setKey, key: keyOf(namespace, nameOf(set)) };
    const sizes = sizeAnnotations(limits.desired, limits.surge);
    const isSame = replicas === replicasOf(set) && desiredOf(set) === limits.desired;
    if (isSame || (replicas === 0 && replicasOf(set) === 0)) return false;
    return this.#client.update(place, "", (live) => {
      const metadata = { ...objectAt(live, "metadata") };
      metadata["annotations"] = { ...objectAt(metadata, "annotations"), ...sizes };
      return { ...live, metadata, spec: { ...objectAt(live, "spec"), replicas } };
    });
  }

  /** Removes empty ReplicaSets beyond the history, once the rollout is done. */
  #forgetOld({ namespace, deployment, old, limits, newest }: Pass): boolean {
    const status = objectAt(deployment, "status") ?? {};
    const state = { deployment, newest, sets: [], limits, collisions: 0, nowMs: 0 };
    if (!isComplete(state, status)) return false;
    const kept = Number(own(objectAt(deployment, "spec"), "revisionHistoryLimit") ?? 10);
    const surplus = old.slice(0, Math.max(0, old.length - kept));
    let worked = false;
    for (const set of surplus) {
      if (replicasOf(set) > 0 || Number(getIn(set, "status", "replicas") ?? 0) > 0) continue;
      const place = { storageKey: setKey, key: keyOf(namespace, nameOf(set)) };
      worked = this.#client.delete(place, { propagation: "Background" }) || worked;
    }
    return worked;
  }

  #report({ key, deployment, newest, old, limits }: Pass): boolean {
    const state: RolloutState = {
      deployment,
      newest,
      sets: newest === undefined ? old : [newest, ...old],
      limits,
      collisions: Number(getIn(deployment, "status", "collisionCount") ?? 0),
      nowMs: this.#core.clock.nowMs(),
    };
    const { status, lookAgainMs } = statusOf(state);
    this.#alarms.set(key, lookAgainMs);
    return this.#client.update({ storageKey, key }, "status", (live) => ({ ...live, status }));
  }
}

const nameOf = (object: JsonObject): string => stringAt(object, "metadata", "name") ?? "";

const replicasOf = (set: JsonObject): number => Number(getIn(set, "spec", "replicas") ?? 1);

function sizeOf(set: JsonObject): SetSize {
  const available = Number(getIn(set, "status", "availableReplicas") ?? 0);
  return { key: nameOf(set), replicas: replicasOf(set), available };
}
