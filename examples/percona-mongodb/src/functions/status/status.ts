// SPDX-License-Identifier: Apache-2.0
// F12, status: how far the cluster has come, from what was observed; the same again when nothing changed (stage 5).
import type { Cluster } from "../../cluster.js";
import { present, type JsonObject } from "../../json.js";
import { clusterLabels } from "../../names.js";
import type { ComponentStatus, Psmdb, PsmdbStatus } from "../../types.js";
import type { Notes } from "../notes.js";
import type { Observed, Read } from "../part.js";
import { isObserved, statusNumber } from "../pods.js";
import { componentReads, mongosComponent, replsetComponent } from "./components.js";
import { conditionsAfter } from "./conditions.js";
import { endpointOf, endpointReads } from "./endpoint.js";

/** What is told besides what was observed. */
export interface StatusContext {
  /** What the functions wait for. */
  readonly waits: readonly string[];
  /** What the functions found out. */
  readonly notes: Notes;
  readonly nowMs: number;
}

/** A status, and when it changes by time alone. */
export interface TimedStatus {
  readonly status: PsmdbStatus;
  readonly askAgainMs?: number;
}

/** What the status counts. */
export function statusReads(cluster: Cluster): readonly Read[] {
  return [
    { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
    ...componentReads(cluster),
    ...endpointReads(cluster),
  ];
}

/**
 * The status of a valid cluster.
 *
 * Ready: every pod is ready, every replica set healthy inside MongoDB, no StatefulSet rolls out, and
 * the address is known.
 *
 * **API requests:** 0.
 */
export function clusterStatus(
  primary: Psmdb,
  cluster: Cluster,
  observed: Observed,
  { waits, notes, nowMs }: StatusContext,
): TimedStatus {
  const before = primary.status;
  const replsets = cluster.replsets.map((replset) => {
    const note = notes.replsets?.[replset.name];
    const component = replsetComponent(cluster, replset, observed, { before, note, nowMs });
    return { name: replset.name, ...component };
  });
  const mongos =
    cluster.mongos === undefined
      ? undefined
      : mongosComponent(cluster, cluster.mongos.size, observed, { before, nowMs });
  const components = [...replsets, ...(mongos === undefined ? [] : [mongos])];
  const statuses = components.map(({ status }) => status);
  const host = endpointOf(cluster, observed);
  const isAtRest = host !== "" && isHealthy(cluster, notes) && !isRollingOut(cluster, observed);
  const isGoing = primary.metadata.deletionTimestamp !== undefined;
  const state = isGoing ? "stopping" : stateOf(statuses, isAtRest);
  const failed = replsets.find(({ status }) => status.status === "error");
  const message =
    failed === undefined
      ? waits.length === 0
        ? undefined
        : `waiting for ${waits.join(", ")}`
      : `${failed.name}: ${failed.status.message ?? "failed"}`;
  const status = present<PsmdbStatus>({
    state,
    message,
    host,
    size: sum(statuses.map(({ size }) => size)),
    ready: sum(statuses.map(({ ready }) => ready)),
    observedGeneration: primary.metadata.generation,
    mongoVersion: notes.mongoVersion ?? before?.mongoVersion,
    mongoImage: state === "ready" ? cluster.image : before?.mongoImage,
    backupVersion: before?.backupVersion,
    replsets: Object.fromEntries(replsets.map((replset) => [replset.name, replset.status])),
    mongos: mongos?.status,
    backupTasks: notes.backupTasks ?? before?.backupTasks,
    conditions: conditionsAfter(
      before?.conditions ?? [],
      {
        type: state,
        status: "True",
        ...(failed === undefined ? {} : { reason: "ErrorRS", message: message ?? "" }),
      },
      notes.conditions ?? [],
      timeText(nowMs),
    ),
  });
  return timed(
    status,
    components.map(({ askAgainMs }) => askAgainMs),
  );
}

/** The status of a custom resource that cannot be acted on; what was reached before stays visible. */
export function errorStatus(primary: Psmdb, message: string, nowMs: number): PsmdbStatus {
  return present<PsmdbStatus>({
    ...primary.status,
    state: "error",
    message,
    observedGeneration: primary.metadata.generation,
    conditions: conditionsAfter(
      primary.status?.conditions ?? [],
      { type: "error", status: "True", reason: "ErrorReconcile", message },
      [],
      timeText(nowMs),
    ),
  });
}

/** Every replica set has its members in their places, and backups can be taken. */
function isHealthy(cluster: Cluster, { replsets = {}, conditions = [] }: Notes): boolean {
  const isPbmAway = conditions.some(
    ({ type, status }) => type === "PBMReady" && status === "False",
  );
  return !isPbmAway && cluster.replsets.every(({ name }) => replsets[name]?.isHealthy === true);
}

/** A template is newer than a pod, or the controller has not looked at it yet. */
function isRollingOut(cluster: Cluster, observed: Observed): boolean {
  return observed
    .list("StatefulSet", clusterLabels(cluster.name))
    .some(
      (set) =>
        !isObserved(set) || statusNumber(set, "replicas") > statusNumber(set, "updatedReplicas"),
    );
}

function stateOf(components: readonly ComponentStatus[], isAtRest: boolean): string {
  const any = (status: string): boolean =>
    components.some((component) => component.status === status);
  const all = (status: string): boolean =>
    components.every((component) => component.status === status);
  if (any("stopping")) return "stopping";
  if (all("paused")) return "paused";
  if (any("error")) return "error";
  return all("ready") && isAtRest ? "ready" : "initializing";
}

function timed(status: PsmdbStatus, times: readonly (number | undefined)[]): TimedStatus {
  const due = times.filter((time) => time !== undefined);
  return due.length === 0 ? { status } : { status, askAgainMs: Math.min(...due) };
}

function timeText(nowMs: number): string {
  return new Date(nowMs).toISOString();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The status as JSON, for a request body. */
export function statusJson(status: PsmdbStatus): JsonObject {
  return status as unknown as JsonObject;
}
