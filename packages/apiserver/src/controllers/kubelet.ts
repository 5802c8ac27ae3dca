// SPDX-License-Identifier: Apache-2.0
// A stand-in for scheduler, kubelet and volume binder: it runs nothing, but leads every pod through the
// stages of its rule, ends its deletion, and binds claims.
import { getIn, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { Alarms } from "./alarms.js";
import { ControllerClient } from "./controller.js";
import type { Controller, ObjectPlace } from "./controller.js";
import { isFinished, isTerminating } from "./owned-objects.js";
import type { PodStage } from "./pod-rules.js";
import { podStatus } from "./pod-status.js";

const nodeName = "haversack-node";

/** Keeps a pod as it is: tests take over from there. */
const holdAnnotation = "haversack.dev/hold-pod";

/** Where a pod is in the stages of its rule. */
interface Progress {
  readonly stages: readonly PodStage[];
  /** Stages that are behind it. */
  readonly passed: number;
  /** When it came to where it is. */
  readonly sinceMs: number;
}

/** The stand-in node. */
export class Kubelet implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Map<string, ObjectPlace>();
  /** By the uid of the pod. */
  readonly #progress = new Map<string, Progress>();
  readonly #terminatingSince = new Map<string, number>();
  readonly #alarms: Alarms;
  readonly #forgetRules: () => void;
  #lastAddress = 0;

  constructor(core: ServerCore, wake: () => void) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kubelet");
    this.#alarms = new Alarms(core.clock, (key) => {
      this.#add("pods", key);
      wake();
    });
    this.#forgetRules = core.pods.onChange(() => {
      for (const { key } of core.store.list("pods")) this.#add("pods", key);
      wake();
    });
  }

  observe(storageKey: string, { key, type, object }: LogEntry): void {
    if (storageKey === "pods") this.#noteAddress(object.value);
    if (type === "DELETED") {
      const uid = stringAt(object.value, "metadata", "uid") ?? "";
      this.#progress.delete(uid);
      this.#terminatingSince.delete(uid);
      return;
    }
    if (storageKey === "pods" || storageKey === "persistentvolumeclaims")
      this.#add(storageKey, key);
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

  stop(): void {
    this.#alarms.clear();
    this.#forgetRules();
  }

  #add(storageKey: string, key: string): void {
    this.#queue.set(`${storageKey}/${key}`, { storageKey, key });
  }

  /** Addresses of pods of an earlier life are not given out again. */
  #noteAddress(pod: JsonObject): void {
    const [, , high, low] = (stringAt(pod, "status", "podIP") ?? "").split(".").map(Number);
    const number = ((high ?? 0) << 8) | (low ?? 0);
    if (number > this.#lastAddress) this.#lastAddress = number;
  }

  #runPod(place: ObjectPlace, pod: JsonObject): boolean {
    if (stringAt(pod, "metadata", "annotations", holdAnnotation) !== undefined) return false;
    if (isTerminating(pod)) return this.#end(place, pod);
    if (isFinished(pod)) return false;
    const now = this.#core.clock.nowMs();
    const uid = stringAt(pod, "metadata", "uid") ?? "";
    const progress = this.#progressOf(uid, pod, now);
    const next = progress.stages[progress.passed];
    if (next === undefined) return false;
    const leftMs = progress.sinceMs + (next.afterMs ?? 0) - now;
    if (leftMs > 0) {
      this.#alarms.set(place.key, leftMs);
      return false;
    }
    this.#progress.set(uid, { ...progress, passed: progress.passed + 1, sinceMs: now });
    this.#enter(place, pod, next);
    // The next stage may be due at once.
    this.#add(place.storageKey, place.key);
    return true;
  }

  /** A rule that changed begins anew, in what the pod has become by now. */
  #progressOf(uid: string, pod: JsonObject, now: number): Progress {
    const { stages } = this.#core.pods.ruleFor(pod);
    const known = this.#progress.get(uid);
    if (known?.stages === stages) return known;
    const isRunning = known === undefined && stringAt(pod, "status", "phase") === "Running";
    // A pod of an earlier life that has come to its last stage already stays there.
    const isThere = isRunning && stages.at(-1)?.become === "ready";
    const progress = { stages, passed: isThere ? stages.length : 0, sinceMs: now };
    this.#progress.set(uid, progress);
    return progress;
  }

  #enter(place: ObjectPlace, pod: JsonObject, stage: PodStage): void {
    if (stringAt(pod, "spec", "nodeName") === undefined && stage.become !== "unscheduled") {
      this.#client.update(place, "", (current) => ({
        ...current,
        spec: { ...objectAt(current, "spec"), nodeName },
      }));
    }
    const podIP = stringAt(pod, "status", "podIP") ?? this.#nextAddress();
    const now = secondsTime(this.#core.clock.nowMs());
    this.#client.update(place, "status", (current) => ({
      ...current,
      status: podStatus(current, stage, podIP, now),
    }));
  }

  #nextAddress(): string {
    this.#lastAddress = (this.#lastAddress + 1) & 0xffff;
    return `10.244.${this.#lastAddress >>> 8}.${this.#lastAddress & 255}`;
  }

  #end(place: ObjectPlace, pod: JsonObject): boolean {
    const { terminationMs = 0 } = this.#core.pods.ruleFor(pod);
    if (terminationMs === "never") return false;
    const uid = stringAt(pod, "metadata", "uid") ?? "";
    const now = this.#core.clock.nowMs();
    const since = this.#terminatingSince.get(uid) ?? now;
    this.#terminatingSince.set(uid, since);
    const leftMs = since + terminationMs - now;
    if (leftMs <= 0) return this.#client.delete(place, { gracePeriodSeconds: 0 });
    this.#alarms.set(place.key, leftMs);
    return false;
  }

  #bindClaim(place: ObjectPlace, claim: JsonObject): boolean {
    if (stringAt(claim, "status", "phase") !== "Pending" || isTerminating(claim)) return false;
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
