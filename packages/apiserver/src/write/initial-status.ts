// SPDX-License-Identifier: Apache-2.0
// The status that a new object of a built-in kind has: what its wire form never leaves out.
import type { JsonObject } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";

const special: Readonly<Record<string, () => JsonObject>> = {
  services: () => ({ loadBalancer: {} }),
  "ingresses.networking.k8s.io": () => ({ loadBalancer: {} }),
  "statefulsets.apps": () => ({ replicas: 0, availableReplicas: 0 }),
  "replicasets.apps": () => ({ replicas: 0 }),
  replicationcontrollers: () => ({ replicas: 0 }),
  "daemonsets.apps": () => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
  "poddisruptionbudgets.policy": () => ({
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  }),
  "horizontalpodautoscalers.autoscaling": () => ({ currentMetrics: null, desiredReplicas: 0 }),
  "customresourcedefinitions.apiextensions.k8s.io": () => ({
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: null,
  }),
};

/** The status of a new object; undefined for kinds that show none. */
export function initialStatus({
  custom,
  hasStatus,
  storageKey,
}: ResourceType): JsonObject | undefined {
  if (custom || !hasStatus) return undefined;
  return special[storageKey]?.() ?? {};
}
