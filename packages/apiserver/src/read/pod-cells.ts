// SPDX-License-Identifier: Apache-2.0
// Cells of pods in `kubectl get`: one word for what a pod and its containers are doing.
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { shortDuration } from "./age.js";

const statuses = (pod: JsonObject, key: string): readonly unknown[] => arrayAt(pod, "status", key);

/** Why a container ended: its reason, or the signal or code. */
function ending(terminated: JsonObject): string {
  const reason = stringAt(terminated, "reason") ?? "";
  if (reason !== "") return reason;
  const signal = Number(own(terminated, "signal") ?? 0);
  return signal === 0 ? `ExitCode:${String(own(terminated, "exitCode") ?? 0)}` : `Signal:${signal}`;
}

/** What the first unfinished init container does; undefined when all are done. */
function initialising(pod: JsonObject): string | undefined {
  const all = statuses(pod, "initContainerStatuses");
  for (const [index, status] of all.entries()) {
    const terminated = objectAt(status, "state", "terminated");
    if (terminated !== undefined && Number(own(terminated, "exitCode") ?? 0) === 0) continue;
    if (terminated !== undefined) return `Init:${ending(terminated)}`;
    const waiting = stringAt(status, "state", "waiting", "reason") ?? "";
    if (waiting !== "" && waiting !== "PodInitializing") return `Init:${waiting}`;
    return `Init:${index}/${arrayAt(pod, "spec", "initContainers").length}`;
  }
  return undefined;
}

const isRunning = (status: unknown): boolean =>
  own(status, "ready") === true && objectAt(status, "state", "running") !== undefined;

/** The word that tells most about the containers, the first one's last. */
function containersWord(pod: JsonObject, word: string): string {
  let reason = word;
  for (const status of [...statuses(pod, "containerStatuses")].reverse()) {
    const waiting = stringAt(status, "state", "waiting", "reason") ?? "";
    const terminated = objectAt(status, "state", "terminated");
    if (waiting !== "") reason = waiting;
    else if (terminated !== undefined) reason = ending(terminated);
  }
  const hasRunning = statuses(pod, "containerStatuses").some(isRunning);
  return reason === "Completed" && hasRunning ? "Running" : reason;
}

/** The Status column. */
export function podStatus(pod: JsonObject): string {
  const reason = stringAt(pod, "status", "reason") ?? "";
  const isLost = reason === "NodeLost";
  if (stringAt(pod, "metadata", "deletionTimestamp") !== undefined) {
    return isLost ? "Unknown" : "Terminating";
  }
  const phase = stringAt(pod, "status", "phase") ?? "";
  return initialising(pod) ?? containersWord(pod, reason === "" ? phase : reason);
}

/** The Ready column: running containers of all. */
export function podReady(pod: JsonObject): string {
  const ready =
    initialising(pod) === undefined
      ? statuses(pod, "containerStatuses").filter(isRunning).length
      : 0;
  return `${ready}/${arrayAt(pod, "spec", "containers").length}`;
}

/** The Restarts column: how often, and when last. */
export function podRestarts(pod: JsonObject, nowMs: number): string {
  const all = statuses(pod, "containerStatuses");
  const count = all.reduce<number>(
    (sum, status) => sum + Number(own(status, "restartCount") ?? 0),
    0,
  );
  const ends = all
    .map((status) => stringAt(status, "lastState", "terminated", "finishedAt") ?? "")
    .filter((time) => time !== "")
    .sort();
  const last = ends.at(-1);
  return last === undefined || count === 0
    ? String(count)
    : `${count} (${shortDuration(last, nowMs)} ago)`;
}

/** The Readiness Gates column: conditions that hold, of those that the spec asks for. */
export function readinessGates(pod: JsonObject): string {
  const gates = arrayAt(pod, "spec", "readinessGates").map((gate) =>
    stringAt(gate, "conditionType"),
  );
  if (gates.length === 0) return "<none>";
  const holding = arrayAt(pod, "status", "conditions").filter(
    (condition) =>
      gates.includes(stringAt(condition, "type")) && stringAt(condition, "status") === "True",
  );
  return `${holding.length}/${gates.length}`;
}
