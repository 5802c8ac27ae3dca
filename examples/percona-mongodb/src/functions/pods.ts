// SPDX-License-Identifier: Apache-2.0
// What pods and their StatefulSets say about readiness and revisions (F9, F10, F12; stage 5: reconcile).
import type { Json, Manifest } from "../json.js";

/** The label with the revision of the pod template that a pod was made from. */
const revisionLabel = "controller-revision-hash";

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A condition of a pod. */
export function podCondition({ status }: Manifest, type: string): PodCondition | undefined {
  const conditions = (status?.["conditions"] ?? []) as Json as unknown as readonly PodCondition[];
  return conditions.find((condition) => condition.type === type);
}

/** Whether all containers of a pod are ready. */
export function hasReadyContainers(pod: Manifest): boolean {
  return podCondition(pod, "ContainersReady")?.status === "True";
}

/** Whether a pod serves, and is not about to go. */
export function isServing(pod: Manifest): boolean {
  return hasReadyContainers(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** A number in a StatefulSet's status; 0 when it is not there. */
export function statusNumber(set: Manifest | undefined, field: string): number {
  const value = set?.status?.[field];
  return typeof value === "number" ? value : 0;
}

/** The number of pods a StatefulSet is told to have. */
export function wantedReplicas(set: Manifest): number {
  const value = set.spec?.["replicas"];
  return typeof value === "number" ? value : 1;
}

/** Whether its controller has seen the newest spec; before, its status tells of an older one. */
export function isObserved(set: Manifest): boolean {
  return statusNumber(set, "observedGeneration") >= (set.metadata.generation ?? 0);
}

/** Whether a pod was made from an older template than its StatefulSet has now. */
export function isOutdated(pod: Manifest, set: Manifest): boolean {
  const newest = set.status?.["updateRevision"];
  return typeof newest === "string" && pod.metadata.labels?.[revisionLabel] !== newest;
}
