// SPDX-License-Identifier: Apache-2.0
// F12, the end of a cluster: what its finalizers ask for, in one fixed order (stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import { clusterLabels } from "../names.js";
import type { Changes, KindName, Observed, Read, Sources } from "./part.js";
import { shrinkingSizes, sizeReads, type Sized } from "./sizes/index.js";

/** Deletes what point-in-time recovery left; there is none here, as it is not modelled. */
export const deletePitrChunks = "percona.com/delete-pitr-chunks";
/** Stops the pods in order before they are garbage. */
export const deletePodsInOrder = "percona.com/delete-psmdb-pods-in-order";
/** Deletes volumes and users, which otherwise outlive the cluster. */
export const deleteVolumes = "percona.com/delete-psmdb-pvc";

/** The order in which they run, whatever the order in the custom resource. */
export const finalizerOrder: readonly string[] = [
  deletePitrChunks,
  deletePodsInOrder,
  deleteVolumes,
];

/** What comes next at the end of a cluster. */
export interface Ending {
  /** What is deleted before the finalizers go. */
  readonly changes: Changes;
  /** Finalizers that have done their work. */
  readonly done: readonly string[];
  /** The cluster to bring about while a finalizer waits; absent when nothing is to be made any more. */
  readonly sized?: Sized;
}

/** What has to be read to end a cluster. */
export function finalizerReads(cluster: Cluster): readonly Read[] {
  return [
    ...sizeReads(cluster),
    { kind: "PersistentVolumeClaim", labels: clusterLabels(cluster.name) },
    ...secretNames(cluster).map((name): Read => ({ kind: "Secret", name })),
  ];
}

/**
 * Does the work of the finalizers that a cluster has, up to the first that has to wait.
 *
 * That one and those behind it stay; unknown ones are others' affair. In a cluster that is in error
 * a finalizer that would wait is given up, because it might wait for ever.
 *
 * **API requests:** 0.
 */
export async function endingOf(
  cluster: Cluster,
  finalizers: readonly string[],
  isInError: boolean,
  observed: Observed,
  sources: Sources,
): Promise<Ending> {
  const done: string[] = [];
  let changes: Changes = {};
  for (const finalizer of finalizerOrder.filter((known) => finalizers.includes(known))) {
    if (finalizer === deletePodsInOrder) {
      const sized = await shrinkingSizes(cluster, observed, sources);
      if (sized.waitFor !== undefined && !isInError) return { changes, done, sized };
    }
    if (finalizer === deleteVolumes) changes = { remove: leftovers(cluster, observed) };
    done.push(finalizer);
  }
  return { changes, done };
}

function leftovers(cluster: Cluster, observed: Observed): NonNullable<Changes["remove"]> {
  const labelled = (kind: KindName): NonNullable<Changes["remove"]> =>
    observed
      .list(kind, clusterLabels(cluster.name))
      .map(({ metadata }) => ({ kind, name: metadata.name }));
  const secrets = secretNames(cluster)
    .filter((name) => observed.get("Secret", name) !== undefined)
    .map((name) => ({ kind: "Secret" as const, name }));
  return [...labelled("StatefulSet"), ...labelled("PersistentVolumeClaim"), ...secrets];
}

/** Secrets without an owner that go with the data; an encryption key only under its own name. */
function secretNames({ name, secrets }: Cluster): readonly string[] {
  return [secrets.users, secrets.internalUsers, `${name}-mongodb-encryption-key`];
}
