// SPDX-License-Identifier: Apache-2.0
// Makes the first member of a replica set the primary, before all others stop (F12; stage 5: reconcile).
import { memberState, type MongoAdmin, type MongoStatus } from "../../mongo/mongo-admin.js";
import { isMongoError } from "../../mongo/mongo-error.js";
import { asUser, inPod, onMember, votingPods, type Database } from "../database/connections.js";
import { memberHost } from "../database/members.js";
import { stepDownSeconds } from "../database/tend-members.js";
import { isServing } from "../pods.js";

/**
 * Makes the first member the primary: the others stand for no election while the present one steps down.
 *
 * **API requests:** 0. **Commands:** 1 when it is already; else 2, and 1 per other secondary.
 *
 * @returns What it waits for; `undefined` when the first member is the primary, or there is nothing
 * to hand over: no member serves, or the set was never initiated.
 */
export async function handOverToFirst(database: Database): Promise<string | undefined> {
  const { replset } = database;
  const serving = votingPods(database).filter(isServing);
  if (serving.length === 0) return undefined;
  try {
    return await asUser(database, "clusterAdmin", (admin) => handOver(database, admin));
  } catch (error) {
    if (!isMongoError(error)) throw error;
    return (await wasInitiated(database, serving[0]?.metadata.name ?? ""))
      ? `MongoDB of ${replset.name} (${error.message})`
      : undefined;
  }
}

async function handOver(database: Database, admin: MongoAdmin): Promise<string | undefined> {
  const { cluster, replset } = database;
  const pod = `${replset.groups[0]?.setName ?? ""}-0`;
  const first = memberHost(cluster, replset, pod);
  const { members } = await admin.status();
  const primary = hostIn(members, memberState.primary);
  if (primary === first) return undefined;
  if (primary === undefined) return `a primary of ${replset.name}`;
  const isReady = members.some(
    ({ host, state }) => host === first && state === memberState.secondary,
  );
  if (!isReady) return `member ${pod} to catch up`;
  for (const { host, state } of members) {
    if (host === first || state !== memberState.secondary) continue;
    const other = host.split(".")[0] ?? "";
    await onMember(database, other, "clusterAdmin", (member) => member.freeze(stepDownSeconds));
  }
  await admin.stepDown(stepDownSeconds);
  const { primary: successor } = await admin.hello();
  return successor === first ? undefined : `${pod} to become the primary`;
}

async function wasInitiated(database: Database, pod: string): Promise<boolean> {
  try {
    const { setName } = await inPod(database, pod, (admin) => admin.hello());
    return setName !== undefined;
  } catch (error) {
    if (!isMongoError(error)) throw error;
    // It serves and does not answer: better to wait than to stop a primary by mistake.
    return true;
  }
}

function hostIn(members: MongoStatus["members"], state: number): string | undefined {
  return members.find((member) => member.state === state)?.host;
}
