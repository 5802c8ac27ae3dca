// SPDX-License-Identifier: Apache-2.0
// What a cluster's secondaries are, how they lead to it, and which of their events are news (stages 2, 3 and 7).
import {
  byLabel,
  byPrimaryField,
  bySecondaryField,
  changed,
  labelsChanged,
  or,
  ownedBy,
  ownedThrough,
  specChanged,
  specOrMetadataChanged,
  statusChanged,
  type Predicate,
  type Relation,
} from "haversack";
import { backupLockName } from "../functions/lock.js";
import { hasReadyContainers, podCondition } from "../functions/pods.js";
import type { Manifest } from "../json.js";
import type { Psmdb } from "../types.js";
import { kinds } from "./kinds.js";
import {
  namedConfigMaps,
  namedIssuers,
  namedSecrets,
  usedClusterIssuers,
} from "./named-secondaries.js";

const instanceLabel = "app.kubernetes.io/instance";

/** By name, as the custom resource gives it. */
export const usedSecrets: Relation<Psmdb> = byPrimaryField<Psmdb>("spec.secrets", namedSecrets);
/** By name: configurations that the user may provide instead. */
export const usedConfigMaps: Relation<Psmdb> = byPrimaryField<Psmdb>(
  "configuration",
  namedConfigMaps,
);
/** By name: the lock of the cluster. */
export const usedLocks: Relation<Psmdb> = byPrimaryField<Psmdb>("metadata.name", ({ metadata }) => [
  backupLockName(metadata.name),
]);
/** By name: the issuer that the user gives. */
export const usedIssuers: Relation<Psmdb> = byPrimaryField<Psmdb>(
  "spec.tls.issuerConf",
  namedIssuers,
);
/** By label: pods, claims and budgets, whoever owns them. */
export const labelled: Relation = byLabel(instanceLabel);
/** By the name that backups and restores give of their cluster. */
export const ofCluster: Relation = bySecondaryField("spec.clusterName");

/** What of a StatefulSet's status goes into the status of the cluster. */
const countedReplicas = ["readyReplicas", "updatedReplicas", "observedGeneration"] as const;

/** What is wanted of a StatefulSet, and what is counted of it. */
export const setNews: Predicate = or(specOrMetadataChanged, statusChanged(...countedReplicas));

/** What is wanted of a Service, and the address that a load balancer gives it. */
export const serviceNews: Predicate = or(specOrMetadataChanged, statusChanged("loadBalancer"));

/** Pods decide by existing, serving and going; all else in them, such as restarts, is no news. */
export const servesOrGoes: Predicate = changed(
  "serves or goes",
  (before, after) => podNews(before as Manifest) !== podNews(after as Manifest),
);

/** Renewing a lock is no news. */
export const lockTakenOrFreed: Predicate = specChanged("holderIdentity");

/** A backup counts for retention when it is ready; its other states are its own affair. */
export const endedWell: Predicate = changed(
  "ended well",
  (before, after) => isGood(before as Manifest) !== isGood(after as Manifest),
);

/** What is given to the index. */
export const secondaryKinds = {
  secrets: { kind: kinds.Secret, by: [ownedBy(), usedSecrets] },
  configMaps: { kind: kinds.ConfigMap, by: [ownedBy(), usedConfigMaps] },
  services: kinds.Service,
  pods: { kind: kinds.Pod, by: labelled },
  claims: { kind: kinds.PersistentVolumeClaim, by: labelled },
  locks: { kind: kinds.Lease, by: usedLocks },
  statefulSets: kinds.StatefulSet,
  budgets: { kind: kinds.PodDisruptionBudget, by: ownedThrough("statefulSets") },
  issuers: { kind: kinds.Issuer, by: [ownedBy(), usedIssuers] },
  clusterIssuers: { kind: kinds.ClusterIssuer, by: usedClusterIssuers },
  certificates: kinds.Certificate,
  backups: { kind: kinds.PerconaServerMongoDBBackup, by: ofCluster },
} as const;

/** What is watched by owner reference. */
export const ownedWatches = [
  { kind: kinds.StatefulSet, when: setNews },
  { kind: kinds.Service, when: serviceNews },
  { kind: kinds.Certificate, when: specOrMetadataChanged },
];

/** What is watched in another way. */
export const otherWatches = [
  { kind: kinds.Secret, by: [ownedBy(), usedSecrets], when: specChanged() },
  {
    kind: kinds.ConfigMap,
    by: [ownedBy(), usedConfigMaps],
    when: or(specChanged(), labelsChanged),
  },
  { kind: kinds.Issuer, by: [ownedBy(), usedIssuers], when: specOrMetadataChanged },
  { kind: kinds.ClusterIssuer, by: usedClusterIssuers, when: specOrMetadataChanged },
  { kind: kinds.Pod, by: labelled, when: servesOrGoes },
  { kind: kinds.Lease, by: usedLocks, when: lockTakenOrFreed },
  { kind: kinds.PodDisruptionBudget, by: labelled, when: specOrMetadataChanged },
  { kind: kinds.PerconaServerMongoDBBackup, by: ofCluster, when: endedWell },
];

function isGood({ status }: Manifest): boolean {
  return status?.["state"] === "ready";
}

/** What of a pod the functions decide by. */
function podNews(pod: Manifest): string {
  const { metadata, spec } = pod;
  const scheduled = podCondition(pod, "PodScheduled");
  return JSON.stringify([
    hasReadyContainers(pod),
    metadata.deletionTimestamp !== undefined,
    metadata.labels,
    spec?.["nodeName"],
    scheduled?.reason,
    scheduled?.message,
  ]);
}
