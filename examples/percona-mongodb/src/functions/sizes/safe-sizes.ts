// SPDX-License-Identifier: Apache-2.0
// Scaling down: a replica set loses one member at a time, in MongoDB and as a pod (F7; stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import type { MongoDriver } from "../../mongo/mongo-admin.js";
import { isMongoError } from "../../mongo/mongo-error.js";
import { asUser, databaseOf, type Database } from "../database/connections.js";
import { isOfSet, memberHost, ordinalOf } from "../database/members.js";
import { stepDownSeconds } from "../database/tend-members.js";
import { jobHolder } from "../lock.js";
import type { Observed, Sources } from "../part.js";
import { wantedReplicas } from "../pods.js";
import { databaseProgressMs } from "../replica-sets.js";
import { podCount, resized, votingSet, type Sized } from "./sized.js";

/**
 * Lets each replica set lose one voting member, when the one before has left completely.
 *
 * Several gone at once could take the majority of the votes with them. The member that leaves hands
 * over before when it is the primary. While a backup or restore runs nobody leaves.
 *
 * **API requests:** 0. **Commands:** 2 per replica set that shrinks, 0 for the others.
 */
export async function safeSizes(
  cluster: Cluster,
  observed: Observed,
  { mongo }: Sources,
): Promise<Sized> {
  const steps: Step[] = [];
  for (const replset of cluster.replsets)
    steps.push(await safeStep(cluster, replset, observed, mongo));
  const sized = { ...cluster, replsets: steps.map(({ replset }) => replset) };
  const waits = steps.flatMap(({ waitFor }) => waitFor ?? []);
  if (waits.length === 0) return { cluster: sized };
  return { cluster: sized, waitFor: waits.join(", "), askAgainMs: databaseProgressMs };
}

interface Step {
  readonly replset: Replset;
  readonly waitFor?: string;
}

async function safeStep(
  cluster: Cluster,
  replset: Replset,
  observed: Observed,
  mongo: MongoDriver,
): Promise<Step> {
  const found = votingSet(replset, observed);
  if (found === undefined) return { replset };
  const { group, set } = found;
  const current = wantedReplicas(set);
  if (group.size >= current) return { replset };
  const hold = resized(replset, current);
  // A backup or restore may be at work in the very pod that would go.
  const job = jobHolder(cluster, observed);
  if (job !== undefined) return { replset: hold, waitFor: `the end of ${job}` };
  if (podCount(cluster, observed, group.setName) > current)
    return { replset: hold, waitFor: `pod ${group.setName}-${current} to go` };
  const database = databaseOf(cluster, replset, observed, mongo);
  const leaving = `${group.setName}-${current - 1}`;
  const obstacle = database === undefined ? undefined : await obstacleTo(database, leaving);
  if (obstacle !== undefined) return { replset: hold, waitFor: obstacle };
  const next = resized(replset, current - 1);
  return next.size === group.size
    ? { replset: next }
    : { replset: next, waitFor: `pod ${leaving} to go` };
}

/** What forbids that this pod leaves now; the primary is told to hand over. */
async function obstacleTo(database: Database, leaving: string): Promise<string | undefined> {
  const { cluster, replset } = database;
  const setName = replset.groups[0]?.setName ?? "";
  try {
    return await asUser(database, "clusterAdmin", async (admin) => {
      const { members } = await admin.getConfig();
      const gone = members
        .map(({ host }) => host.split(".")[0] ?? "")
        .find((pod) => isOfSet(pod, setName) && ordinalOf(pod) > ordinalOf(leaving));
      if (gone !== undefined) return `member ${gone} to leave`;
      const { primary } = await admin.hello();
      if (primary === undefined) return `a primary of ${replset.name}`;
      if (primary !== memberHost(cluster, replset, leaving)) return undefined;
      await admin.stepDown(stepDownSeconds);
      const { primary: successor } = await admin.hello();
      return successor === undefined || successor === primary
        ? `another primary of ${replset.name} than ${leaving}`
        : undefined;
    });
  } catch (error) {
    if (!isMongoError(error)) throw error;
    return `MongoDB of ${replset.name} (${error.message})`;
  }
}
