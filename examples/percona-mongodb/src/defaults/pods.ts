// SPDX-License-Identifier: Apache-2.0
// Defaults that all pods share: affinity, spreading, grace period, disruption budget, security (F1; stage 5).
import type { JsonObject } from "../json.js";
import type { AffinitySpec, ExposeSpec, PodOptions, VolumeSpec } from "../types.js";

const hostname = "kubernetes.io/hostname";
/** A key that switches the anti-affinity off. */
export const affinityOff = "none";
const topologyKeys: ReadonlySet<string> = new Set([
  affinityOff,
  hostname,
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
]);
/** Plain Kubernetes (not OpenShift, which assigns users itself). */
const runAsUser = 1001;

/** The security contexts that pods and containers get when the user gives none. */
export const defaultPodSecurityContext: JsonObject = { fsGroup: runAsUser };
export const defaultContainerSecurityContext: JsonObject = { runAsNonRoot: true, runAsUser };

/** Fills what pods of any kind need. The service account is left to the caller: arbiters have none. */
export function podDefaults(given: PodOptions, serviceAccountName?: string): PodOptions {
  const account = given.serviceAccountName || serviceAccountName;
  return {
    ...given,
    affinity: affinityDefaults(given.affinity),
    topologySpreadConstraints: (given.topologySpreadConstraints ?? []).map(spreadDefaults),
    terminationGracePeriodSeconds: given.terminationGracePeriodSeconds ?? 60,
    podDisruptionBudget: given.podDisruptionBudget ?? { maxUnavailable: 1 },
    ...(account === undefined ? {} : { serviceAccountName: account }),
  };
}

/** Claims are writable by one node unless the user says otherwise. */
export function volumeDefaults(given: VolumeSpec): VolumeSpec {
  const claim = given.persistentVolumeClaim;
  if (claim === undefined) return given;
  const modes = claim["accessModes"];
  const hasModes = Array.isArray(modes) && modes.length > 0;
  return hasModes
    ? given
    : { ...given, persistentVolumeClaim: { ...claim, accessModes: ["ReadWriteOnce"] } };
}

/** Merges the deprecated spelling of `expose` into the current one, which wins. */
export function exposeDefaults(given: ExposeSpec = {}): ExposeSpec {
  return {
    ...given,
    type: given.type || given.exposeType || "ClusterIP",
    labels: { ...given.serviceLabels, ...given.labels },
    annotations: { ...given.serviceAnnotations, ...given.annotations },
  };
}

function affinityDefaults(given: AffinitySpec | undefined): AffinitySpec {
  if (given === undefined) return { antiAffinityTopologyKey: hostname };
  if (given.advanced !== undefined) return { advanced: given.advanced };
  const key = given.antiAffinityTopologyKey;
  return { antiAffinityTopologyKey: key !== undefined && topologyKeys.has(key) ? key : hostname };
}

function spreadDefaults(given: JsonObject): JsonObject {
  return {
    ...given,
    maxSkew: given["maxSkew"] || 1,
    topologyKey: given["topologyKey"] || hostname,
    whenUnsatisfiable: given["whenUnsatisfiable"] || "DoNotSchedule",
  };
}
