// SPDX-License-Identifier: Apache-2.0
// What each instance reads and writes: one writer per object, so that no two can race (stage 0: words).
import type { Access, AccessDeclaration, KubernetesObject } from "haversack";
import { secretNamesOf } from "../../defaults.js";
import { pendingSmartUpdate } from "../../functions/smart-update.js";
import { backupsMissed } from "../../backup/schedule.js";
import { authoritySecretName, connectionStringsName } from "../../names.js";
import type { Psmdb } from "../../types.js";
import { kinds, psmdb } from "../kinds.js";
import { readiness, type InstanceName } from "./conditions.js";

type Named = NonNullable<AccessDeclaration["named"]>;

/** Secrets with users, passwords and keys. */
export function userSecretNames(primary: Psmdb): readonly string[] {
  const { users, internalUsers, keyFile, encryptionKey } = secretNamesOf(primary);
  return [
    users,
    internalUsers,
    keyFile,
    encryptionKey,
    connectionStringsName(primary.metadata.name),
  ];
}

/** Secrets with certificates. */
export function tlsSecretNames(primary: Psmdb): readonly string[] {
  const { ssl, sslInternal } = secretNamesOf(primary);
  return [ssl, sslInternal, authoritySecretName(primary.metadata.name)];
}

const among =
  (names: (primary: Psmdb) => readonly string[]): Named =>
  (name, primary) =>
    names(primary as KubernetesObject as Psmdb).includes(name);

const userSecrets: Access = { kind: kinds.Secret, role: "users", named: among(userSecretNames) };
const tlsSecrets: Access = { kind: kinds.Secret, role: "tls", named: among(tlsSecretNames) };

/** What every function needs to know which cluster is in effect. */
const shape: readonly Access[] = [kinds.StatefulSet, kinds.Pod];
/** Looked at when the cluster goes; until then a change of it is no reason to run. */
const stateAtTheEnd: Access = { kind: psmdb, paths: ["status.state"], wakes: false };

function said(
  name: InstanceName,
  conditions: readonly string[] = [],
  paths: readonly string[] = [],
): Access {
  return { kind: psmdb, paths, conditions: [readiness[name], ...conditions] };
}

/** Reads and writes of one instance. */
export interface InstanceAccess {
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
}

/** Conditions that tell which states were reached, and the sharding. */
export const stateConditions: readonly string[] = [
  "initializing",
  "ready",
  "error",
  "stopping",
  "paused",
];

/** Of all instances that work, by name. */
export const access: Readonly<Record<InstanceName, InstanceAccess>> = {
  network: { reads: shape, writes: [kinds.Service, said("network")] },
  config: {
    // Volumes are counted at the end; until then they are no reason to run.
    reads: [...shape, kinds.Service, { kind: kinds.PersistentVolumeClaim, wakes: false }],
    writes: [userSecrets, kinds.ConfigMap, said("config", [], ["spec.crVersion"])],
  },
  tls: {
    reads: shape,
    writes: [tlsSecrets, kinds.Issuer, kinds.ClusterIssuer, kinds.Certificate, said("tls")],
  },
  workload: {
    reads: [
      kinds.Pod,
      kinds.ConfigMap,
      kinds.Secret,
      kinds.Certificate,
      kinds.Lease,
      { kind: kinds.Service, wakes: false },
      stateAtTheEnd,
    ],
    writes: [
      ...[kinds.StatefulSet, kinds.PodDisruptionBudget, kinds.PersistentVolumeClaim],
      said("workload", ["sharding"]),
    ],
  },
  database: {
    // The image whose version is told already: asked for once an image.
    reads: [
      ...[...shape, userSecrets, kinds.Lease],
      { kind: psmdb, paths: ["status.mongoImage"], wakes: false },
    ],
    writes: [
      said(
        "database",
        [],
        [
          ...["initialized", "added_as_shard", "members"].map(
            (field) => `status.replsets.*.${field}`,
          ),
          "status.mongoVersion",
        ],
      ),
    ],
  },
  rollout: {
    reads: [...shape, userSecrets],
    writes: [kinds.Pod, kinds.Lease, said("rollout", [pendingSmartUpdate])],
  },
  backup: {
    reads: [...shape, { kind: psmdb, paths: ["status.state"] }],
    writes: [
      kinds.PerconaServerMongoDBBackup,
      said("backup", [backupsMissed], ["status.backupTasks"]),
    ],
  },
};

/** Of the instance that tells of all others. */
export const statusAccess: InstanceAccess = {
  reads: [...shape, kinds.Service, { kind: psmdb, paths: ["status"] }],
  writes: [
    {
      kind: psmdb,
      paths: [
        ...["size", "ready", "status", "message"].map((field) => `status.replsets.*.${field}`),
        ...[
          "state",
          "message",
          "host",
          "size",
          "ready",
          "mongoImage",
          "mongos",
          "backupVersion",
        ].map((field) => `status.${field}`),
      ],
      conditions: stateConditions,
    },
  ],
};
