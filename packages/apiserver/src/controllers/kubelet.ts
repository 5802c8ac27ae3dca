// SPDX-License-Identifier: Apache-2.0
// A stand-in for scheduler, kubelet and volume binder: it runs nothing, but binds every pod to a node,
// reports it running and ready, ends its deletion, and binds claims.
import { arrayAt, getIn, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { ControllerClient } from "./controller.js";
import type { Controller, ObjectPlace } from "./controller.js";

const nodeName = "haversack-node";
const hostAddress = "10.0.0.1";

/** Keeps a pod as it is: tests take over from there. */
const holdAnnotation = "haversack.dev/hold-pod";

/** The stand-in node. */
export class Kubelet implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Map<string, ObjectPlace>();
  #lastAddress = 0;

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kubelet");
  }

  observe(storageKey: string, { key, type }: LogEntry): void {
    if (type === "DELETED") return;
    if (storageKey !== "pods" && storageKey !== "persistentvolumeclaims") return;
    this.#queue.set(`${storageKey}/${key}`, { storageKey, key });
  }

  step(): boolean {
    let worked = false;
    for (const [id, place] of this.#queue) {
      this.#queue.delete(id);
      const object = this.#client.get(place);
      if (object === undefined) continue;
      const acted =
        place.storageKey === "pods" ? this.#runPod(place, object) : this.#bindClaim(place, object);
      worked = acted || worked;
    }
    return worked;
  }

  #runPod(place: ObjectPlace, pod: JsonObject): boolean {
    if (stringAt(pod, "metadata", "annotations", holdAnnotation) !== undefined) return false;
    if (stringAt(pod, "metadata", "deletionTimestamp") !== undefined) {
      return this.#client.delete(place, { gracePeriodSeconds: 0 });
    }
    if (stringAt(pod, "status", "phase") !== "Pending") return false;
    if (stringAt(pod, "spec", "nodeName") === undefined) {
      this.#client.update(place, "", (current) => ({
        ...current,
        spec: { ...objectAt(current, "spec"), nodeName },
      }));
    }
    const status = this.#runningStatus(pod);
    return this.#client.update(place, "status", (current) => ({ ...current, status }));
  }

  #runningStatus(pod: JsonObject): JsonObject {
    const now = secondsTime(this.#core.clock.nowMs());
    this.#lastAddress += 1;
    const podIP = `10.244.${this.#lastAddress >>> 8}.${this.#lastAddress & 255}`;
    const condition = (type: string): JsonObject => ({
      type,
      status: "True",
      lastTransitionTime: now,
    });
    const containerStatus = (container: unknown, isInit: boolean): JsonObject => ({
      name: stringAt(container, "name"),
      image: stringAt(container, "image"),
      imageID: "",
      ready: true,
      restartCount: 0,
      started: !isInit,
      state: isInit
        ? { terminated: { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now } }
        : { running: { startedAt: now } },
    });
    const inits = arrayAt(pod, "spec", "initContainers").map((item) => containerStatus(item, true));
    return {
      phase: "Running",
      conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition),
      hostIP: hostAddress,
      hostIPs: [{ ip: hostAddress }],
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: now,
      ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
      containerStatuses: arrayAt(pod, "spec", "containers").map((item) =>
        containerStatus(item, false),
      ),
      qosClass: "Burstable",
    };
  }

  #bindClaim(place: ObjectPlace, claim: JsonObject): boolean {
    if (stringAt(claim, "status", "phase") !== "Pending") return false;
    if (stringAt(claim, "metadata", "deletionTimestamp") !== undefined) return false;
    const uid = stringAt(claim, "metadata", "uid") ?? "";
    this.#client.update(place, "", (current) => ({
      ...current,
      spec: { ...objectAt(current, "spec"), volumeName: `pvc-${uid}` },
    }));
    const storage = getIn(claim, "spec", "resources", "requests", "storage");
    const accessModes = getIn(claim, "spec", "accessModes");
    const status = { phase: "Bound", accessModes, capacity: { storage } };
    return this.#client.update(place, "status", (current) => ({ ...current, status }));
  }
}
