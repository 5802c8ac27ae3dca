// SPDX-License-Identifier: Apache-2.0
// What wakes each instance, and nothing else does (stages 1 to 3: watches, predicates, mapping).
import {
  byPrimaryField,
  changed,
  labelsChanged,
  or,
  ownedBy,
  specChanged,
  specOrMetadataChanged,
  statusChanged,
  watch,
  type SubReconciler,
} from "haversack";
import type { Manifest } from "../../json.js";
import type { Psmdb } from "../../types.js";
import { kinds } from "../kinds.js";
import { usedClusterIssuers } from "../named-secondaries.js";
import {
  endedWell,
  labelled,
  lockTakenOrFreed,
  ofCluster,
  servesOrGoes,
  usedConfigMaps,
  usedIssuers,
  usedLocks,
  usedSecrets,
} from "../secondaries.js";
import { tlsSecretNames, userSecretNames } from "./access.js";
import type { InstanceName } from "./conditions.js";

const userSecrets = byPrimaryField<Psmdb>("spec.secrets of users", userSecretNames);
const tlsSecrets = byPrimaryField<Psmdb>("spec.secrets of certificates", tlsSecretNames);

/** Only that a pod is there, or about to go. */
const comesOrGoes = changed(
  "comes or goes",
  (before, after) => presence(before as Manifest) !== presence(after as Manifest),
);
/** Where a pod runs: part of an address. */
const isPlaced = changed(
  "is placed",
  (before, after) => address(before as Manifest) !== address(after as Manifest),
);
const onceChanged = or(specChanged(), labelsChanged);
/** What of a StatefulSet's status tells of a rollout. */
const rolloutFields = [
  ...["updateRevision", "observedGeneration", "replicas"],
  ...["readyReplicas", "updatedReplicas"],
] as const;

const podsComing = watch(kinds.Pod, { by: labelled, when: comesOrGoes });
const podsPlaced = watch(kinds.Pod, { by: labelled, when: isPlaced });
const podsServing = watch(kinds.Pod, { by: labelled, when: servesOrGoes });
const rollouts = watch(kinds.StatefulSet, { when: statusChanged(...rolloutFields) });
const addresses = watch(kinds.Service, { when: or(specChanged(), statusChanged("loadBalancer")) });
const users = watch(kinds.Secret, { by: userSecrets, when: specChanged() });
const certificates = watch(kinds.Secret, { by: tlsSecrets, when: specChanged() });
const locks = watch(kinds.Lease, { by: usedLocks, when: lockTakenOrFreed });

type Triggers = NonNullable<SubReconciler["triggers"]>;

/** By instance; `status` is the one that tells of all. */
export const triggers: Readonly<Record<InstanceName | "status", Triggers>> = {
  network: [watch(kinds.Service, { when: specOrMetadataChanged }), podsComing],
  config: [
    users,
    watch(kinds.ConfigMap, { by: ownedBy(), when: onceChanged }),
    addresses,
    podsPlaced,
  ],
  tls: [
    certificates,
    watch(kinds.Certificate, { when: specOrMetadataChanged }),
    watch(kinds.Issuer, { by: [ownedBy(), usedIssuers], when: specOrMetadataChanged }),
    watch(kinds.ClusterIssuer, { by: usedClusterIssuers, when: specOrMetadataChanged }),
  ],
  workload: [
    watch(kinds.StatefulSet, { when: specOrMetadataChanged }),
    watch(kinds.PodDisruptionBudget, { by: labelled, when: specOrMetadataChanged }),
    watch(kinds.Secret, { by: usedSecrets, when: specChanged() }),
    watch(kinds.ConfigMap, { by: usedConfigMaps, when: specChanged() }),
    podsComing,
    locks,
  ],
  database: [podsServing, rollouts, users, locks],
  rollout: [rollouts, podsServing, locks],
  backup: [
    watch(kinds.PerconaServerMongoDBBackup, {
      by: ofCluster,
      when: endedWell,
    }),
  ],
  status: [rollouts, podsServing, addresses],
};

function presence({ metadata }: Manifest): string {
  return JSON.stringify([metadata.deletionTimestamp !== undefined, metadata.labels]);
}

function address({ status }: Manifest): unknown {
  return status?.["hostIP"];
}
