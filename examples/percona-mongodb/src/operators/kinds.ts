// SPDX-License-Identifier: Apache-2.0
// The kinds of the operator: its primary and everything its functions read or write (stage 0: words).
import {
  configMaps,
  defineKind,
  leases,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  secrets,
  services,
  statefulSets,
  type Kind,
} from "haversack";
import type { KindName } from "../functions/part.js";
import type { Manifest } from "../json.js";
import type { Psmdb, PsmdbBackup, PsmdbRestore } from "../types.js";

/** The primary: one MongoDB cluster. */
export const psmdb: Kind<Psmdb> = defineKind<Psmdb>("psmdb.percona.com/v1", "PerconaServerMongoDB");

/** Backups, which name their cluster in `spec.clusterName`. */
export const psmdbBackups: Kind<PsmdbBackup> = defineKind<PsmdbBackup>(
  "psmdb.percona.com/v1",
  "PerconaServerMongoDBBackup",
);

/** Restores, which name their cluster in `spec.clusterName`. */
export const psmdbRestores: Kind<PsmdbRestore> = defineKind<PsmdbRestore>(
  "psmdb.percona.com/v1",
  "PerconaServerMongoDBRestore",
);

/** Secondaries by the name the functions use. */
export const kinds: Readonly<Record<KindName, Kind<Manifest>>> = {
  Secret: secrets.as<Manifest>(),
  ConfigMap: configMaps.as<Manifest>(),
  Service: services.as<Manifest>(),
  Pod: pods.as<Manifest>(),
  StatefulSet: statefulSets.as<Manifest>(),
  PodDisruptionBudget: podDisruptionBudgets.as<Manifest>(),
  Issuer: defineKind<Manifest>("cert-manager.io/v1", "Issuer"),
  ClusterIssuer: defineKind<Manifest>("cert-manager.io/v1", "ClusterIssuer", { scope: "Cluster" }),
  Certificate: defineKind<Manifest>("cert-manager.io/v1", "Certificate"),
  PersistentVolumeClaim: persistentVolumeClaims.as<Manifest>(),
  Lease: leases.as<Manifest>(),
  PerconaServerMongoDB: psmdb.as<Manifest>(),
  PerconaServerMongoDBBackup: psmdbBackups.as<Manifest>(),
  PerconaServerMongoDBRestore: psmdbRestores.as<Manifest>(),
};

/** The kind of an object that a function wants. */
export function kindOf(object: Manifest): Kind<Manifest> {
  const kind = kinds[object.kind as KindName] as Kind<Manifest> | undefined;
  if (kind === undefined)
    throw new TypeError(
      `cannot write ${object.kind} ${object.metadata.name}: no function declares this kind.`,
    );
  return kind;
}
