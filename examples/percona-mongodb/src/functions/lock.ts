// SPDX-License-Identifier: Apache-2.0
// The lock of a cluster: one of rollout, backup and restore at a time; whoever has it holds the Lease (stage 5: reconcile).
import { ownerReference, type Cluster } from "../cluster.js";
import type { Manifest, OwnerReferenceJson } from "../json.js";
import type { Observed, Read } from "./part.js";

/** How smart update signs the lock. */
export const rolloutHolder = "smart update";
/** How restores sign the lock, with their name behind. */
const restorePrefix = "restore ";

/** Name of the Lease that is the lock. */
export function backupLockName(cluster: string): string {
  return `psmdb-${cluster}-backup-lock`;
}

/** How a backup signs the lock. */
export function backupHolder(name: string): string {
  return `backup ${name}`;
}

/** How a restore signs the lock. */
export function restoreHolder(name: string): string {
  return `${restorePrefix}${name}`;
}

/** What has to be read to know whether the lock is held. */
export function lockReads({ name }: { readonly name: string }): readonly Read[] {
  return [{ kind: "Lease", name: backupLockName(name) }];
}

/** Who holds the lock; `undefined` while nobody does. **API requests:** 0. */
export function lockHolder(
  { name }: { readonly name: string },
  observed: Observed,
): string | undefined {
  const holder = observed.get("Lease", backupLockName(name))?.spec?.["holderIdentity"];
  return typeof holder === "string" && holder !== "" ? holder : undefined;
}

/** The backup or restore that holds the lock: pods and data stay as they are. **API requests:** 0. */
export function jobHolder(cluster: Cluster, observed: Observed): string | undefined {
  const holder = lockHolder(cluster, observed);
  return holder === rolloutHolder ? undefined : holder;
}

/** The restore that holds the lock: no routers until it is over. **API requests:** 0. */
export function restoreInProgress(cluster: Cluster, observed: Observed): string | undefined {
  const holder = lockHolder(cluster, observed);
  return holder?.startsWith(restorePrefix) === true ? holder : undefined;
}

/**
 * The Lease as its holder creates it; creating is taking, and only one can.
 *
 * It goes with its holder: a lock whose holder is gone for good is garbage, not a riddle.
 */
export function lockLease(
  place: { readonly namespace: string; readonly cluster: string },
  holder: string,
  owner: OwnerReferenceJson,
): Manifest {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: backupLockName(place.cluster),
      namespace: place.namespace,
      ownerReferences: [owner],
    },
    spec: { holderIdentity: holder },
  };
}

/** The lock, taken for a rollout. */
export function rolloutLease(cluster: Cluster): Manifest {
  const { controller: _isOne, ...owner } = ownerReference(cluster);
  return lockLease({ namespace: cluster.namespace, cluster: cluster.name }, rolloutHolder, owner);
}
