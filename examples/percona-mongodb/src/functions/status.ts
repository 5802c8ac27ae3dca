// SPDX-License-Identifier: Apache-2.0
// F12, status: how far the cluster has come, from the StatefulSets that exist (stage 5: reconcile).
import type { Cluster, MemberGroup, Replset } from "../cluster.js";
import { present, type JsonObject, type Manifest } from "../json.js";
import { mongosName } from "../names.js";
import type { ComponentStatus, Psmdb, PsmdbCondition, PsmdbStatus } from "../types.js";
import type { Observed, Read } from "./part.js";

/** What is told besides the StatefulSets: what could not be done, and the time for conditions. */
export interface StatusContext {
  /** What the functions wait for. */
  readonly waits: readonly string[];
  /** RFC 3339, for conditions that change. */
  readonly time: string;
}

/** The StatefulSets that the status counts. */
export function statusReads(cluster: Cluster): readonly Read[] {
  const names = cluster.replsets.flatMap(({ groups }) => groups.map(({ setName }) => setName));
  const routers = cluster.mongos === undefined ? [] : [mongosName(cluster.name)];
  return [...names, ...routers].map((name) => ({ kind: "StatefulSet", name }));
}

/**
 * The status of a valid cluster.
 *
 * A condition is named like the state it stands for, set once the state is reached and kept; its
 * time changes only then, so an unchanged cluster has an unchanged status.
 *
 * **API requests:** 0.
 */
export function clusterStatus(
  primary: Psmdb,
  cluster: Cluster,
  observed: Observed,
  { waits, time }: StatusContext,
): PsmdbStatus {
  const replsets = Object.fromEntries(
    cluster.replsets.map((replset) => [replset.name, replsetStatus(cluster, replset, observed)]),
  );
  const mongos =
    cluster.mongos === undefined ? undefined : mongosStatus(cluster, cluster.mongos.size, observed);
  const components = [...Object.values(replsets), ...(mongos === undefined ? [] : [mongos])];
  const state = primary.metadata.deletionTimestamp === undefined ? stateOf(components) : "stopping";
  return present<PsmdbStatus>({
    state,
    message: waits.length > 0 ? `waiting for ${waits.join(", ")}` : undefined,
    host: hostOf(cluster),
    size: sum(components.map(({ size }) => size)),
    ready: sum(components.map(({ ready }) => ready)),
    observedGeneration: primary.metadata.generation,
    replsets,
    mongos,
    conditions: conditions(primary, state, time),
  });
}

/** The status of a custom resource that cannot be acted on; what was reached before stays visible. */
export function errorStatus(primary: Psmdb, message: string, time: string): PsmdbStatus {
  return present<PsmdbStatus>({
    ...primary.status,
    state: "error",
    message,
    observedGeneration: primary.metadata.generation,
    conditions: conditions(primary, "error", time, message),
  });
}

function replsetStatus(cluster: Cluster, replset: Replset, observed: Observed): ComponentStatus {
  const sets = replset.groups.map((group: MemberGroup) => ({
    size: group.size,
    set: observed.get("StatefulSet", group.setName),
  }));
  return componentStatus(cluster, sets);
}

function mongosStatus(cluster: Cluster, size: number, observed: Observed): ComponentStatus {
  return componentStatus(cluster, [
    { size, set: observed.get("StatefulSet", mongosName(cluster.name)) },
  ]);
}

interface Counted {
  readonly size: number;
  readonly set: Manifest | undefined;
}

function componentStatus({ isPaused }: Cluster, counted: readonly Counted[]): ComponentStatus {
  const size = sum(counted.map((one) => one.size));
  const ready = sum(counted.map(({ set }) => replicas(set, "readyReplicas")));
  const isUpdated = counted.every((one) => one.set !== undefined && isRolledOut(one.set, one.size));
  if (isPaused) return { size, ready, status: ready === 0 ? "paused" : "stopping" };
  return { size, ready, status: ready === size && isUpdated ? "ready" : "initializing" };
}

/** Every pod runs the newest template, as far as the StatefulSet's controller has looked. */
function isRolledOut(set: Manifest, size: number): boolean {
  const observedGeneration = replicas(set, "observedGeneration");
  return (
    observedGeneration >= (set.metadata.generation ?? 0) && replicas(set, "updatedReplicas") >= size
  );
}

function replicas(set: Manifest | undefined, field: string): number {
  const value = set?.status?.[field];
  return typeof value === "number" ? value : 0;
}

function stateOf(components: readonly ComponentStatus[]): string {
  const all = (status: string): boolean =>
    components.every((component) => component.status === status);
  if (components.some(({ status }) => status === "stopping")) return "stopping";
  if (all("paused")) return "paused";
  return all("ready") ? "ready" : "initializing";
}

function hostOf({ name, namespace, dnsSuffix, mongos, replsets }: Cluster): string {
  if (mongos !== undefined) return `${mongosName(name)}.${namespace}.${dnsSuffix}:${mongos.port}`;
  return `${name}-${replsets[0]?.name ?? "rs0"}.${namespace}.${dnsSuffix}`;
}

function conditions(
  primary: Psmdb,
  state: string,
  time: string,
  message?: string,
): readonly PsmdbCondition[] {
  const known = primary.status?.conditions ?? [];
  const current = known.find(({ type }) => type === state);
  if (current !== undefined && current.message === message) return known;
  const entered = present<PsmdbCondition>({
    type: state,
    status: "True",
    message,
    lastTransitionTime: current?.lastTransitionTime ?? time,
  });
  return [...known.filter(({ type }) => type !== state), entered];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The status as JSON, for a request body. */
export function statusJson(status: PsmdbStatus): JsonObject {
  return status as unknown as JsonObject;
}
