// SPDX-License-Identifier: Apache-2.0
// The status that a node reports of a pod in a state.
import { arrayAt, getIn, isObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { conditionOf } from "./owned-objects.js";
import type { PodStage, PodState } from "./pod-rules.js";

/** Address of the stand-in node. */
const hostAddress = "10.0.0.1";

const phases: Readonly<Record<PodState, string>> = {
  unscheduled: "Pending",
  waiting: "Pending",
  running: "Running",
  ready: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
};

const isEnded = (state: PodState): boolean => state === "succeeded" || state === "failed";

function condition(
  pod: JsonObject,
  now: string,
  type: string,
  isTrue: boolean,
  why: JsonObject = {},
): JsonObject {
  const status = isTrue ? "True" : "False";
  const old = conditionOf(pod, type);
  const time = stringAt(old, "status") === status ? stringAt(old, "lastTransitionTime") : now;
  return { type, status, lastProbeTime: null, lastTransitionTime: time, ...why };
}

function conditionsFor(pod: JsonObject, stage: PodStage, now: string): JsonObject[] {
  const { become } = stage;
  const one = (type: string, isTrue: boolean, why?: JsonObject): JsonObject =>
    condition(pod, now, type, isTrue, why);
  if (become === "unscheduled") {
    const message = stage.message ?? "0/1 nodes are available.";
    return [one("PodScheduled", false, { reason: stage.reason ?? "Unschedulable", message })];
  }
  const ready = become === "ready";
  const reason =
    become === "succeeded"
      ? "PodCompleted"
      : become === "failed"
        ? "PodFailed"
        : "ContainersNotReady";
  const why = ready ? {} : { reason };
  return [
    one("PodReadyToStartContainers", !isEnded(become) && become !== "waiting"),
    one("Initialized", true, become === "succeeded" ? { reason } : {}),
    one("Ready", ready, why),
    one("ContainersReady", ready, why),
    one("PodScheduled", true),
  ];
}

function stateOf(stage: PodStage, started: string | undefined, now: string): JsonObject {
  const { become, message } = stage;
  const words = message === undefined ? {} : { message };
  if (become === "waiting") {
    return { waiting: { reason: stage.reason ?? "ContainerCreating", ...words } };
  }
  const startedAt = started ?? now;
  if (!isEnded(become)) return { running: { startedAt } };
  const isDone = become === "succeeded";
  const exitCode = stage.exitCode ?? (isDone ? 0 : 1);
  const reason = stage.reason ?? (isDone ? "Completed" : "Error");
  return { terminated: { exitCode, reason, ...words, startedAt, finishedAt: now } };
}

function containerStatus(
  pod: JsonObject,
  container: unknown,
  stage: PodStage,
  now: string,
): JsonObject {
  const name = stringAt(container, "name");
  const old = arrayAt(pod, "status", "containerStatuses").find(
    (item) => stringAt(item, "name") === name,
  );
  const image = stringAt(container, "image");
  const isUp = stage.become === "running" || stage.become === "ready";
  return {
    name,
    image,
    imageID: stage.become === "waiting" ? "" : `haversack://${image ?? ""}`,
    ready: stage.become === "ready",
    restartCount: stage.restarts ?? Number(own(old, "restartCount") ?? 0),
    started: isUp,
    state: stateOf(stage, stringAt(old, "state", "running", "startedAt"), now),
  };
}

function initStatus(container: unknown, isStarted: boolean, now: string): JsonObject {
  const terminated = { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now };
  return {
    name: stringAt(container, "name"),
    image: stringAt(container, "image"),
    imageID: "",
    ready: isStarted,
    restartCount: 0,
    started: false,
    state: isStarted ? { terminated } : { waiting: { reason: "PodInitializing" } },
  };
}

/** The quality of service that a pod's requests and limits give it. */
function qosClass(pod: JsonObject): string {
  const containers = arrayAt(pod, "spec", "containers").filter(isObject);
  const amounts = containers.map((container) => ({
    limits: getIn(container, "resources", "limits") ?? {},
    requests: getIn(container, "resources", "requests") ?? {},
  }));
  const isEmpty = amounts.every(
    ({ limits, requests }) => Object.keys({ ...limits, ...requests }).length === 0,
  );
  if (isEmpty) return "BestEffort";
  const isGuaranteed = amounts.every(({ limits, requests }) =>
    ["cpu", "memory"].every((name) => {
      const limit = own(limits, name);
      return limit !== undefined && (own(requests, name) ?? limit) === limit;
    }),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

/** The status of a pod in a stage. */
export function podStatus(
  pod: JsonObject,
  stage: PodStage,
  podIP: string,
  now: string,
): JsonObject {
  const status: JsonObject = {
    phase: phases[stage.become],
    conditions: conditionsFor(pod, stage, now),
    qosClass: qosClass(pod),
  };
  const generation = getIn(pod, "metadata", "generation");
  if (generation !== undefined) status["observedGeneration"] = generation;
  if (stage.become === "unscheduled") return status;
  const isStarted = stage.become !== "waiting";
  const inits = arrayAt(pod, "spec", "initContainers");
  return {
    ...status,
    ...(stage.become === "failed" && stage.reason !== undefined ? { reason: stage.reason } : {}),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(isStarted ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime: stringAt(pod, "status", "startTime") ?? now,
    ...(inits.length > 0
      ? { initContainerStatuses: inits.map((item) => initStatus(item, isStarted, now)) }
      : {}),
    containerStatuses: arrayAt(pod, "spec", "containers").map((item) =>
      containerStatus(pod, item, stage, now),
    ),
  };
}
