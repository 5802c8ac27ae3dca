// SPDX-License-Identifier: Apache-2.0
// The lock that backups and restores hold: while they do, no pod is restarted and no data is moved (stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import type { Observed, Read } from "./part.js";

/** Name of the Lease that is the lock. */
export function backupLockName(cluster: string): string {
  return `psmdb-${cluster}-backup-lock`;
}

/** What has to be read to know whether the lock is held. */
export function lockReads({ name }: Cluster): readonly Read[] {
  return [{ kind: "Lease", name: backupLockName(name) }];
}

/** Who holds the lock; `undefined` while nobody does. **API requests:** 0. */
export function lockHolder({ name }: Cluster, observed: Observed): string | undefined {
  const holder = observed.get("Lease", backupLockName(name))?.spec?.["holderIdentity"];
  return typeof holder === "string" && holder !== "" ? holder : undefined;
}
