// SPDX-License-Identifier: Apache-2.0
// How instances undo what they did before the cluster goes, as its finalizers ask (F12; stage 5: reconcile).
import { done, requeueAfter, type Result, type SubRequest } from "haversack";
import type { Cluster } from "../../cluster.js";
import { deletePodsInOrder, deleteVolumes, endingOf } from "../../functions/finalizers.js";
import { mongosRouters } from "../../functions/mongos.js";
import type { Changes, KindName, Sources } from "../../functions/part.js";
import { databaseProgressMs } from "../../functions/replica-sets.js";
import { clusterInEffect } from "../../functions/sizes/index.js";
import { statefulSets } from "../../functions/stateful-sets.js";
import { InvalidClusterError } from "../../defaults/validation.js";
import type { Psmdb } from "../../types.js";
import { readinessOf } from "./conditions.js";
import { makeChanges } from "./make-changes.js";
import { validCluster, viewOf, type InstanceOptions } from "./run-instance.js";
import type { RunView } from "./run-view.js";

/** Stops the pods in order when asked to, then deletes what holds them and their volumes. */
export async function endWorkload(
  request: SubRequest<Psmdb>,
  { sources }: InstanceOptions,
): Promise<Result> {
  const { primary, objects } = request;
  const cluster = validCluster(primary);
  // Nothing can be sized by a description that is wrong; the user must be rid of it nevertheless.
  if (cluster instanceof InvalidClusterError) return done;
  const view = viewOf(request);
  const isInError = primary.status?.state === "error";
  const finalizers = primary.metadata.finalizers ?? [];
  const inEffect = clusterInEffect(primary, cluster, view);
  const { changes, sized } = await endingOf(inEffect, finalizers, isInError, view, sources);
  const making = { primary, objects, view };
  if (sized === undefined) {
    await makeChanges(only(changes, ["StatefulSet", "PersistentVolumeClaim"]), making);
    request.setCondition(readinessOf("workload", []));
    return done;
  }
  const waits = sized.waitFor === undefined ? [] : [sized.waitFor];
  await makeChanges(await shrinking(sized.cluster, view, sources), making);
  request.setCondition(readinessOf("workload", waits));
  return requeueAfter(sized.askAgainMs ?? databaseProgressMs);
}

/** Deletes users and keys when the data goes, too. */
export async function endConfig(
  request: SubRequest<Psmdb>,
  { sources }: InstanceOptions,
): Promise<Result> {
  const { primary, objects } = request;
  const cluster = validCluster(primary);
  if (cluster instanceof InvalidClusterError) return done;
  const view = viewOf(request);
  const { changes } = await endingOf(cluster, [deleteVolumes], false, view, sources);
  await makeChanges(only(changes, ["Secret"]), { primary, objects, view });
  return done;
}

/** Finalizers by the instances that serve them. */
export const servedBy = {
  workload: [deletePodsInOrder, deleteVolumes],
  config: [deleteVolumes],
} as const;

/** The StatefulSets with their sizes of now; nothing is made that is not there. */
async function shrinking(cluster: Cluster, view: RunView, sources: Sources): Promise<Changes> {
  const members = await statefulSets.build(cluster, view, sources);
  const routers = await mongosRouters.build(cluster, view, sources);
  const wanted = [...(members.apply ?? []), ...(routers.apply ?? [])];
  const apply = wanted.filter(({ metadata }) => view.get("StatefulSet", metadata.name));
  return { apply, remove: [...(members.remove ?? []), ...(routers.remove ?? [])] };
}

function only({ remove = [] }: Changes, kindNames: readonly KindName[]): Changes {
  return { remove: remove.filter(({ kind }) => kindNames.includes(kind)) };
}
