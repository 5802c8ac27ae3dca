// SPDX-License-Identifier: Apache-2.0
// What tests of backups and restores on the embedded cluster have in common.
import type { Manifest } from "../src/json.js";
import { backupLockName } from "../src/functions/lock.js";
import { kinds, psmdbBackups, psmdbRestores } from "../src/operators/kinds.js";
import type { OperatorCluster } from "../src/operators/operator-cluster.js";
import type {
  BackupSpec,
  BackupTaskSpec,
  PsmdbBackup,
  PsmdbBackupSpec,
  PsmdbRestore,
} from "../src/types.js";
import { key } from "./operator-scenario.js";

/** Where the agents of the tests' cluster are. */
export const place = { namespace: "prod", cluster: "db" };

/** `spec.backup` with one storage, and these tasks. */
export function backedUp(...tasks: readonly BackupTaskSpec[]): { readonly backup: BackupSpec } {
  return { backup: { enabled: true, image: "pbm:2", storages: { s3: { type: "s3" } }, tasks } };
}

/** A Backup as a user writes it. */
export function backupOf(name: string, spec: Partial<PsmdbBackupSpec> = {}): Manifest {
  return jobOf("PerconaServerMongoDBBackup", name, { storageName: "s3", ...spec });
}

/** A Restore of a backup as a user writes it. */
export function restoreOf(name: string, backupName: string): Manifest {
  return jobOf("PerconaServerMongoDBRestore", name, { backupName });
}

function jobOf(kind: string, name: string, spec: object): Manifest {
  return {
    apiVersion: "psmdb.percona.com/v1",
    kind,
    metadata: { name, namespace: "prod" },
    spec: { clusterName: "db", ...spec },
  };
}

/** A Backup as it is now. */
export async function liveBackup(
  { cluster }: OperatorCluster,
  name: string,
): Promise<PsmdbBackup | undefined> {
  return cluster.get(psmdbBackups, key(name));
}

/** A Restore as it is now. */
export async function liveRestore(
  { cluster }: OperatorCluster,
  name: string,
): Promise<PsmdbRestore | undefined> {
  return cluster.get(psmdbRestores, key(name));
}

/** All Backups of the namespace, sorted by name. */
export function liveBackups({ cluster }: OperatorCluster): Promise<readonly PsmdbBackup[]> {
  return cluster.list(psmdbBackups, { namespace: "prod" });
}

/** Who has the lock of the cluster now. */
export async function lockHolderNow({ cluster }: OperatorCluster): Promise<string | undefined> {
  const lease = await cluster.get(kinds.Lease, key(backupLockName("db")));
  const holder = lease?.spec?.["holderIdentity"];
  return typeof holder === "string" ? holder : undefined;
}

/** Lets time pass, step by step, until something holds. @throws when it never does. */
export async function until(
  operators: OperatorCluster,
  holds: () => boolean | Promise<boolean>,
  stepMs = 1000,
): Promise<void> {
  await operators.start();
  for (let step = 0; step < 600; step += 1) {
    await operators.cluster.settle();
    if (await holds()) return;
    await operators.clock.advance(stepMs);
  }
  throw new Error("what the test waits for never happens");
}
