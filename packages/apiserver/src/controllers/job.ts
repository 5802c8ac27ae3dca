// SPDX-License-Identifier: Apache-2.0
// The Job controller: runs pods until enough have succeeded, or too many have failed. It is long
// because one pass has an order that has to be read as one: count, decide, run, report.
import { secondsTime } from "../clock.js";
import { arrayAt, getIn, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { keyOf } from "../store/object-store.js";
import { Alarms } from "./alarms.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import { formatIndexes, indexOf, isIndexed, makeJobPod, parseIndexes } from "./job-pods.js";
import { trackingFinalizer } from "./job-pods.js";
import { conditionOf, controllerOf, isFinished, isReady } from "./owned-objects.js";
import { isTerminating, OwnedObjects } from "./owned-objects.js";

const storageKey = "jobs.batch";

/** Delay before a failed pod is replaced; doubles with each failure. Source: Job documentation. */
const firstBackoffMs = 10_000;
const longestBackoffMs = 600_000;

/** A Job as one pass sees it. */
interface Pass {
  readonly key: string;
  readonly namespace: string;
  readonly job: JsonObject;
  /** Pods that are not finished and not being deleted. */
  readonly active: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  readonly succeeded: number;
  readonly failed: number;
  readonly doneIndexes: Set<number>;
}

/** The end of a Job. */
interface End {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** The Job controller. */
export class JobController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #pods: OwnedObjects;
  readonly #queue = new Set<string>();
  readonly #alarms: Alarms;
  /** When the last failure of a Job was counted, by uid. */
  readonly #failedAt = new Map<string, number>();

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
    if (changed === storageKey) {
      this.#queue.add(entry.key);
      if (entry.type === "DELETED") {
        this.#failedAt.delete(stringAt(entry.object.value, "metadata", "uid") ?? "");
      }
    }
    if (changed !== "pods") return;
    const owner = controllerOf(entry.object.value);
    if (stringAt(owner, "kind") !== "Job") return;
    this.#queue.add(keyOf(splitKey(entry.key).namespace, stringAt(owner, "name") ?? ""));
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      if (this.#process(key)) worked = true;
    }
    return worked;
  }

  stop(): void {
    this.#alarms.clear();
  }

  #process(key: string): boolean {
    const place = { storageKey, key };
    const first = this.#client.get(place);
    if (first === undefined || isTerminating(first)) return false;
    if (endOf(first) !== undefined) return this.#expire(key, first);
    let worked = this.#count(key, first);
    const pass = this.#look(key, this.#client.get(place) ?? first);
    const end = this.#endFor(pass);
    if (end !== undefined) return this.#finish(pass, end) || worked;
    if (getIn(pass.job, "spec", "suspend") === true) {
      worked = this.#dismiss(pass, pass.active) || worked;
    } else worked = this.#run(pass) || worked;
    return this.#report(this.#look(key, this.#client.get(place) ?? pass.job), undefined) || worked;
  }

  #look(key: string, job: JsonObject): Pass {
    const pods = this.#pods.of(stringAt(job, "metadata", "uid") ?? "");
    return {
      key,
      namespace: splitKey(key).namespace ?? "",
      job,
      pods,
      active: pods.filter((pod) => !isFinished(pod) && !isTerminating(pod)),
      succeeded: Number(getIn(job, "status", "succeeded") ?? 0),
      failed: Number(getIn(job, "status", "failed") ?? 0),
      doneIndexes: parseIndexes(stringAt(job, "status", "completedIndexes") ?? ""),
    };
  }

  /**
   * Counts finished pods, each once: named in the status first, then released, then counted, so that
   * a crash in between loses and doubles none.
   */
  #count(key: string, job: JsonObject): boolean {
    const { pods, namespace, doneIndexes } = this.#look(key, job);
    const isHeld = (pod: JsonObject): boolean =>
      arrayAt(pod, "metadata", "finalizers").includes(trackingFinalizer);
    const ended = pods.filter((pod) => isHeld(pod) && (isFinished(pod) || isTerminating(pod)));
    const pending = objectAt(job, "status", "uncountedTerminatedPods") ?? {};
    const named = (field: string): Set<unknown> => new Set(arrayAt(pending, field));
    const [succeeded, failed] = [named("succeeded"), named("failed")];
    for (const pod of ended) {
      const isDone = stringAt(pod, "status", "phase") === "Succeeded";
      const isCounted = isDone && isIndexed(job) && doneIndexes.has(indexOf(pod));
      if (!isCounted) (isDone ? succeeded : failed).add(stringAt(pod, "metadata", "uid"));
      if (isDone && isIndexed(job)) doneIndexes.add(indexOf(pod));
    }
    if (succeeded.size + failed.size + ended.length === 0) return false;
    const set = (status: JsonObject): boolean =>
      this.#client.update({ storageKey, key }, "status", (live) => ({
        ...live,
        status: { ...objectAt(live, "status"), ...status },
      }));
    const completed = isIndexed(job) ? { completedIndexes: formatIndexes(doneIndexes) } : {};
    const uncounted = { succeeded: [...succeeded], failed: [...failed] };
    set({ uncountedTerminatedPods: uncounted, ...completed });
    for (const pod of ended) this.#release(namespace, pod);
    if (failed.size > 0) {
      const uid = stringAt(job, "metadata", "uid") ?? "";
      this.#failedAt.set(uid, this.#core.clock.nowMs());
    }
    const total = (field: string, more: number): number =>
      Number(getIn(job, "status", field) ?? 0) + more;
    return set({
      uncountedTerminatedPods: {},
      ...(succeeded.size > 0 ? { succeeded: total("succeeded", succeeded.size) } : {}),
      ...(failed.size > 0 ? { failed: total("failed", failed.size) } : {}),
    });
  }

  #release(namespace: string, pod: JsonObject): void {
    const key = keyOf(namespace, stringAt(pod, "metadata", "name") ?? "");
    this.#client.update({ storageKey: "pods", key }, "", (live) => {
      const finalizers = arrayAt(live, "metadata", "finalizers").filter(
        (name) => name !== trackingFinalizer,
      );
      return { ...live, metadata: { ...objectAt(live, "metadata"), finalizers } };
    });
  }

  /** Whether the Job is over, and how. */
  #endFor({ key, job, active, succeeded, failed }: Pass): End | undefined {
    const backoffLimit = Number(getIn(job, "spec", "backoffLimit") ?? 6);
    const deadline = getIn(job, "spec", "activeDeadlineSeconds");
    const started = Date.parse(stringAt(job, "status", "startTime") ?? "");
    if (failed > backoffLimit) {
      const message = "Job has reached the specified backoff limit";
      return { type: "Failed", reason: "BackoffLimitExceeded", message };
    }
    if (typeof deadline === "number" && !Number.isNaN(started)) {
      const leftMs = started + deadline * 1000 - this.#core.clock.nowMs();
      const message = "Job was active longer than specified deadline";
      if (leftMs <= 0) return { type: "Failed", reason: "DeadlineExceeded", message };
      this.#alarms.set(key, leftMs);
    }
    const completions = getIn(job, "spec", "completions");
    const isDone =
      typeof completions === "number"
        ? succeeded >= completions
        : succeeded > 0 && active.length === 0;
    const message = "Reached expected number of succeeded pods";
    return isDone ? { type: "Complete", reason: "CompletionsReached", message } : undefined;
  }

  #finish(pass: Pass, end: End): boolean {
    let worked = false;
    for (const pod of pass.active) worked = this.#deletePod(pass, pod) || worked;
    // The status tells the end only when no pod is active any more.
    const left = this.#look(pass.key, pass.job);
    if (left.active.length > 0) return worked;
    return this.#report(left, end) || worked;
  }

  #deletePod({ namespace }: Pass, pod: JsonObject): boolean {
    const key = keyOf(namespace, stringAt(pod, "metadata", "name") ?? "");
    return this.#client.delete({ storageKey: "pods", key }, {});
  }

  /** Removes pods that the Job no longer wants; they count as neither failed nor succeeded. */
  #dismiss(pass: Pass, pods: readonly JsonObject[]): boolean {
    let worked = false;
    for (const pod of pods) {
      this.#release(pass.namespace, pod);
      worked = this.#deletePod(pass, pod) || worked;
    }
    return worked;
  }

  /** Starts the pods that are missing and removes those beyond the parallelism. */
  #run(pass: Pass): boolean {
    const { key, namespace, job, active, succeeded, failed } = pass;
    const parallelism = Number(getIn(job, "spec", "parallelism") ?? 1);
    const completions = getIn(job, "spec", "completions");
    const left = typeof completions === "number" ? completions - succeeded : parallelism;
    const isEnding = typeof completions !== "number" && succeeded > 0;
    const wanted = isEnding ? active.length : Math.min(parallelism, left);
    let worked = this.#dismiss(pass, active.slice(Math.max(0, wanted)));
    const missing = wanted - active.length;
    if (missing <= 0) return worked;
    const waitMs = this.#backoffMs(job, failed);
    if (waitMs > 0) {
      this.#alarms.set(key, waitMs);
      return worked;
    }
    for (const index of this.#freeIndexes(pass, missing)) {
      worked = this.#client.create("v1", "pods", namespace, makeJobPod(job, index)) || worked;
    }
    return worked;
  }

  #freeIndexes({ job, active, doneIndexes }: Pass, count: number): (number | undefined)[] {
    if (!isIndexed(job)) return Array.from({ length: count }, () => undefined);
    const taken = new Set([...doneIndexes, ...active.map(indexOf)]);
    const completions = Number(getIn(job, "spec", "completions") ?? 0);
    return Array.from({ length: completions }, (_, index) => index)
      .filter((index) => !taken.has(index))
      .slice(0, count);
  }

  #backoffMs(job: JsonObject, failed: number): number {
    const since = this.#failedAt.get(stringAt(job, "metadata", "uid") ?? "");
    if (failed === 0 || since === undefined) return 0;
    const delay = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failed - 1));
    return Math.max(0, since + delay - this.#core.clock.nowMs());
  }

  /** A finished Job that is to be forgotten goes when its time is over. */
  #expire(key: string, job: JsonObject): boolean {
    const worked = this.#count(key, job);
    const ttl = getIn(job, "spec", "ttlSecondsAfterFinished");
    if (typeof ttl !== "number") return worked;
    const ended = Date.parse(stringAt(endOf(job), "lastTransitionTime") ?? "");
    const leftMs = ended + ttl * 1000 - this.#core.clock.nowMs();
    if (leftMs > 0) {
      this.#alarms.set(key, leftMs);
      return worked;
    }
    return this.#client.delete({ storageKey, key }, { propagation: "Background" }) || worked;
  }

  #report({ key, job, pods, active }: Pass, end: End | undefined): boolean {
    const now = secondsTime(this.#core.clock.nowMs());
    const isSuspended = getIn(job, "spec", "suspend") === true;
    const ready = active.filter(isReady).length;
    const terminating = pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
    const status: JsonObject = { ...objectAt(job, "status"), ready, terminating };
    if (active.length > 0) status["active"] = active.length;
    else delete status["active"];
    if (isSuspended) delete status["startTime"];
    else status["startTime"] ??= now;
    if (end?.type === "Complete") status["completionTime"] = now;
    const conditions = conditionsOf(job, end, isSuspended, now);
    if (conditions.length > 0) status["conditions"] = conditions;
    return this.#client.update({ storageKey, key }, "status", (live) => ({ ...live, status }));
  }
}

/** The condition that tells a Job's end. */
function endOf(job: JsonObject): unknown {
  return ["Complete", "Failed"]
    .map((type) => conditionOf(job, type))
    .find((condition) => stringAt(condition, "status") === "True");
}

function conditionsOf(
  job: JsonObject,
  end: End | undefined,
  isSuspended: boolean,
  now: string,
): unknown[] {
  const times = { lastProbeTime: now, lastTransitionTime: now };
  const present = arrayAt(job, "status", "conditions");
  const old = conditionOf(job, "Suspended");
  const state = isSuspended ? "True" : "False";
  const isNews = stringAt(old, "status") !== state && (isSuspended || old !== undefined);
  const suspended = isSuspended
    ? { reason: "JobSuspended", message: "Job suspended" }
    : { reason: "JobResumed", message: "Job resumed" };
  const kept = isNews
    ? [
        ...present.filter((item) => item !== old),
        { type: "Suspended", status: state, ...times, ...suspended },
      ]
    : [...present];
  if (end === undefined) return kept;
  const before = end.type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
  const { reason, message } = end;
  const made = [before, end.type].map((type) => ({
    type,
    status: "True",
    ...times,
    reason,
    message,
  }));
  return [...kept, ...made];
}
