// SPDX-License-Identifier: Apache-2.0
// What a Deployment's status tells of its rollout.
import { secondsTime } from "../clock.js";
import { arrayAt, equal, getIn, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { RolloutLimits } from "./deployment-rollout.js";
import { conditionOf } from "./owned-objects.js";

/** What a status is made from. */
export interface RolloutState {
  readonly deployment: JsonObject;
  readonly newest: JsonObject | undefined;
  readonly sets: readonly JsonObject[];
  readonly limits: RolloutLimits;
  readonly collisions: number;
  readonly nowMs: number;
}

/** A status, and when to look again whether the rollout still gets on. */
export interface RolloutStatus {
  readonly status: JsonObject;
  readonly lookAgainMs: number;
}

const sum = (sets: readonly JsonObject[], field: string): number =>
  sets.reduce((total, set) => total + Number(getIn(set, "status", field) ?? 0), 0);

/** The status of a Deployment. */
export function statusOf(state: RolloutState): RolloutStatus {
  const { deployment, newest, sets, collisions } = state;
  const replicas = sum(sets, "replicas");
  const available = sum(sets, "availableReplicas");
  const counts: Readonly<Record<string, number>> = {
    replicas,
    updatedReplicas: newest === undefined ? 0 : sum([newest], "replicas"),
    readyReplicas: sum(sets, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wished(sets) - available),
    collisionCount: collisions,
  };
  const status: JsonObject = {
    observedGeneration: getIn(deployment, "metadata", "generation"),
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
  };
  const conditions = [availability(state, available), progress(state, status)];
  const others = arrayAt(deployment, "status", "conditions").filter(
    (old) => isObject(old) && !["Available", "Progressing"].includes(String(old["type"])),
  );
  status["conditions"] = [...conditions.filter((item) => item !== undefined), ...others];
  return { status, lookAgainMs: lookAgain(state, status) };
}

const wished = (sets: readonly JsonObject[]): number =>
  sets.reduce((total, set) => total + Number(getIn(set, "spec", "replicas") ?? 0), 0);

/** A condition; its times change only with what it tells. */
function condition(
  { deployment, nowMs }: RolloutState,
  type: string,
  [status, reason, message]: readonly [string, string, string],
  progressed = false,
): JsonObject {
  const old = conditionOf(deployment, type);
  const now = secondsTime(nowMs);
  const isSame = stringAt(old, "status") === status;
  const isUnchanged = isSame && stringAt(old, "reason") === reason && !progressed;
  return {
    type,
    status,
    lastUpdateTime: isUnchanged ? stringAt(old, "lastUpdateTime") : now,
    lastTransitionTime: isSame ? stringAt(old, "lastTransitionTime") : now,
    reason,
    message,
  };
}

function availability(state: RolloutState, available: number): JsonObject {
  const { desired, maxUnavailable } = state.limits;
  return condition(
    state,
    "Available",
    available >= desired - maxUnavailable
      ? ["True", "MinimumReplicasAvailable", "Deployment has minimum availability."]
      : ["False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."],
  );
}

/** Whether every replica is of the newest template and available. */
export function isComplete({ limits }: RolloutState, status: JsonObject): boolean {
  const { desired } = limits;
  return ["updatedReplicas", "replicas", "availableReplicas"].every(
    (field) => Number(status[field] ?? 0) === desired,
  );
}

const countFields = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];

function hasProgressed({ deployment }: RolloutState, status: JsonObject): boolean {
  const before = objectAt(deployment, "status") ?? {};
  return !countFields.every((field) => equal(before[field], status[field]));
}

function deadlineMs({ deployment }: RolloutState): number {
  return Number(getIn(deployment, "spec", "progressDeadlineSeconds") ?? 600) * 1000;
}

function progress(state: RolloutState, status: JsonObject): JsonObject | undefined {
  const { deployment, newest, nowMs } = state;
  if (getIn(deployment, "spec", "paused") === true) {
    return condition(state, "Progressing", ["Unknown", "DeploymentPaused", "Deployment is paused"]);
  }
  if (newest === undefined) return undefined;
  const name = stringAt(newest, "metadata", "name") ?? "";
  const old = conditionOf(deployment, "Progressing");
  const words = (text: string): string => `ReplicaSet "${name}" ${text}.`;
  if (isComplete(state, status)) {
    const done = words("has successfully progressed");
    return condition(state, "Progressing", ["True", "NewReplicaSetAvailable", done]);
  }
  const since = Date.parse(stringAt(old, "lastUpdateTime") ?? "") || nowMs;
  const isNews = old === undefined || hasProgressed(state, status);
  const wasDone = stringAt(old, "reason") === "NewReplicaSetAvailable";
  if (!isNews && !wasDone && nowMs - since >= deadlineMs(state)) {
    const late = words("has timed out progressing");
    return condition(state, "Progressing", ["False", "ProgressDeadlineExceeded", late]);
  }
  if (!isNews && stringAt(old, "reason") === "ProgressDeadlineExceeded") return old as JsonObject;
  const going = words("is progressing");
  return condition(state, "Progressing", ["True", "ReplicaSetUpdated", going], isNews);
}

function lookAgain(state: RolloutState, status: JsonObject): number {
  const present = arrayAt(status, "conditions").find(
    (item) => stringAt(item, "type") === "Progressing",
  );
  if (stringAt(present, "reason") !== "ReplicaSetUpdated") return Infinity;
  const since = Date.parse(stringAt(present, "lastUpdateTime") ?? "") || state.nowMs;
  return Math.max(1, since + deadlineMs(state) - state.nowMs);
}
