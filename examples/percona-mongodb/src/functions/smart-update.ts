// SPDX-License-Identifier: Apache-2.0
// F9, smart update: replaces outdated pods one at a time, the primary last, and never sleeps (stage 5: reconcile).
import type { Cluster, Replset } from "../cluster.js";
import type { Manifest } from "../json.js";
import { memberState, type MongoDriver } from "../mongo/mongo-admin.js";
import { isMongoError } from "../mongo/mongo-error.js";
import { clusterLabels, mongosName } from "../names.js";
import { asUser, databaseOf, databaseReads, type Database } from "./database/connections.js";
import { isOfSet, memberHost, ordinalOf } from "./database/members.js";
import { stepDownSeconds } from "./database/tend-members.js";
import { lockHolder, lockReads, rolloutHolder, rolloutLease, backupLockName } from "./lock.js";
import type { Changes, Observed, Part, Read } from "./part.js";
import { isObserved, isOutdated, isServing, wantedReplicas } from "./pods.js";
import { databaseProgressMs } from "./replica-sets.js";

/** The condition that is true as long as pods wait for their replacement. */
export const pendingSmartUpdate = "pendingSmartUpdate";

/**
 * Deletes the next outdated pod, when it is safe, and returns.
 *
 * Order: the config server, then the shards, then the routers; in a replica set the secondaries from
 * the highest ordinal down, then the primary after it has stepped down, then arbiters, nonvoting and
 * hidden members. The next pod goes when every pod of the cluster serves and every member has its
 * place again; both come as events of pods. Only what happens inside MongoDB is asked for again.
 *
 * A pod that does not serve anyway is replaced first: it may be broken by the very template that the
 * new one replaces.
 *
 * **API requests:** 0.
 */
export const smartUpdate: Part = {
  id: "F9",
  name: "smartUpdate",
  reads(cluster): readonly Read[] {
    if (cluster.updateStrategy !== "SmartUpdate") return [];
    return [
      { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
      { kind: "Pod", labels: clusterLabels(cluster.name) },
      ...cluster.replsets.flatMap((replset) => databaseReads(cluster, replset)),
      ...lockReads(cluster),
    ];
  },
  async build(cluster, observed, { mongo }): Promise<Changes> {
    if (cluster.updateStrategy !== "SmartUpdate" || cluster.isPaused) return {};
    const rollouts = rolloutsOf(cluster, observed);
    const [next] = rollouts;
    if (next === undefined) return { notes: condition(false) };
    const holder = lockHolder(cluster, observed);
    if (holder !== rolloutHolder)
      return { notes: condition(true), waitFor: `${waitedFor(holder)}, to restart pods` };
    const step =
      away(cluster, rollouts, observed) ?? (await replaceNext(cluster, next, observed, mongo));
    return { notes: condition(true), ...step };
  },
};

/**
 * Takes the lock for the time in which pods are outdated, and gives it back.
 *
 * Its own part before the restarts: a lock that is asked for is not a lock that is had, and what
 * comes next sees who has it. Whoever loses is woken when the Lease goes.
 *
 * **API requests:** 0.
 */
export const rolloutLock: Part = {
  id: "F9",
  name: "rolloutLock",
  reads(cluster): readonly Read[] {
    return [
      { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
      { kind: "Pod", labels: clusterLabels(cluster.name) },
      ...lockReads(cluster),
    ];
  },
  build(cluster, observed): Changes {
    const isRolling =
      cluster.updateStrategy === "SmartUpdate" &&
      !cluster.isPaused &&
      rolloutsOf(cluster, observed).length > 0;
    const holder = lockHolder(cluster, observed);
    if (isRolling && holder === undefined) return { take: [rolloutLease(cluster)] };
    if (!isRolling && holder === rolloutHolder)
      return { remove: [{ kind: "Lease", name: backupLockName(cluster.name) }] };
    return {};
  },
};

function waitedFor(holder: string | undefined): string {
  return holder === undefined ? "the lock" : `the end of ${holder}`;
}

/** One StatefulSet with outdated pods. */
interface Rollout {
  readonly set: Manifest;
  /** Highest ordinal first. */
  readonly outdated: readonly Manifest[];
  /** Absent for routers. */
  readonly replset?: Replset;
  /** Whether its members can be the primary. */
  readonly isVoting: boolean;
}

/** StatefulSets with outdated pods, in the order in which they are dealt with. */
function rolloutsOf(cluster: Cluster, observed: Observed): readonly Rollout[] {
  const configFirst = [
    ...cluster.replsets.filter(({ role }) => role === "config"),
    ...cluster.replsets.filter(({ role }) => role !== "config"),
  ];
  const candidates = [
    ...configFirst.flatMap((replset) =>
      replset.groups.map(({ setName, member }) => ({
        setName,
        replset,
        isVoting: member === "mongod",
      })),
    ),
    ...(cluster.mongos === undefined
      ? []
      : [{ setName: mongosName(cluster.name), isVoting: false }]),
  ];
  return candidates.flatMap(({ setName, ...rest }) => {
    const set = observed.get("StatefulSet", setName);
    if (set === undefined || !isObserved(set)) return [];
    const outdated = podsOf(cluster, observed, setName).filter((pod) => isOutdated(pod, set));
    return outdated.length === 0 ? [] : [{ set, outdated, ...rest }];
  });
}

/** Pods of a StatefulSet, the highest ordinal first. */
function podsOf(cluster: Cluster, observed: Observed, setName: string): readonly Manifest[] {
  return observed
    .list("Pod", clusterLabels(cluster.name))
    .filter(({ metadata }) => isOfSet(metadata.name, setName))
    .sort((left, right) => ordinalOf(right.metadata.name) - ordinalOf(left.metadata.name));
}

/**
 * What is done while pods do not serve: an outdated one is replaced, as it takes nothing away; all
 * others are waited for, and their events wake the next pass. `undefined` when all serve.
 */
function away(
  cluster: Cluster,
  rollouts: readonly Rollout[],
  observed: Observed,
): Changes | undefined {
  const outdated = new Set(
    rollouts.flatMap((rollout) => rollout.outdated.map(({ metadata }) => metadata.name)),
  );
  const pods = observed.list("Pod", clusterLabels(cluster.name)).filter((pod) => !isServing(pod));
  const coming = pods.find(
    ({ metadata }) => !outdated.has(metadata.name) || metadata.deletionTimestamp !== undefined,
  );
  if (coming !== undefined) return { waitFor: `pod ${coming.metadata.name} to serve` };
  const [broken] = pods;
  if (broken !== undefined) return replace(broken);
  const missing = missingPod(cluster, observed);
  return missing === undefined ? undefined : { waitFor: `pod ${missing} to serve` };
}

async function replaceNext(
  cluster: Cluster,
  { replset, outdated, isVoting }: Rollout,
  observed: Observed,
  mongo: MongoDriver,
): Promise<Changes> {
  const [highest] = outdated;
  if (replset === undefined) return highest === undefined ? {} : replace(highest);
  const database = databaseOf(cluster, replset, observed, mongo);
  if (database === undefined) return { waitFor: `Secret ${cluster.secrets.internalUsers}` };
  try {
    return await replaceMember(database, outdated, isVoting);
  } catch (error) {
    if (!isMongoError(error)) throw error;
    return later(`MongoDB of ${replset.name} (${error.message})`);
  }
}

async function replaceMember(
  database: Database,
  outdated: readonly Manifest[],
  isVoting: boolean,
): Promise<Changes> {
  const { cluster, replset } = database;
  return asUser(database, "clusterAdmin", async (admin) => {
    const { members } = await admin.status();
    const unsettled = members.find(({ state }) => !settledStates.has(state));
    if (unsettled !== undefined) return later(`member ${unsettled.host} to catch up`);
    const primary = members.find(({ state }) => state === memberState.primary)?.host;
    if (primary === undefined) return later(`a primary of ${replset.name}`);
    const hostOf = ({ metadata }: Manifest): string => memberHost(cluster, replset, metadata.name);
    const other = outdated.find((pod) => hostOf(pod) !== primary);
    if (other !== undefined) return replace(other);
    const [last] = outdated;
    if (last === undefined) return {};
    // The only data-bearing member cannot hand over to anybody.
    const isAlone = members.filter(({ state }) => state === memberState.secondary).length === 0;
    if (!isVoting || isAlone) return replace(last);
    await admin.stepDown(stepDownSeconds);
    const { primary: successor } = await admin.hello();
    if (successor === undefined || successor === primary)
      return later(`another primary of ${replset.name}`);
    return replace(last);
  });
}

const settledStates: ReadonlySet<number> = new Set([
  memberState.primary,
  memberState.secondary,
  memberState.arbiter,
]);

/** A pod that a StatefulSet should have and has not. */
function missingPod(cluster: Cluster, observed: Observed): string | undefined {
  const pods = new Set(
    observed.list("Pod", clusterLabels(cluster.name)).map(({ metadata }) => metadata.name),
  );
  return observed
    .list("StatefulSet", clusterLabels(cluster.name))
    .flatMap((set) =>
      Array.from({ length: wantedReplicas(set) }, (_, index) => `${set.metadata.name}-${index}`),
    )
    .find((name) => !pods.has(name));
}

function replace({ metadata }: Manifest): Changes {
  return { remove: [{ kind: "Pod", name: metadata.name }] };
}

function later(what: string): Changes {
  return { waitFor: what, askAgainMs: databaseProgressMs };
}

function condition(isPending: boolean): NonNullable<Changes["notes"]> {
  return { conditions: [{ type: pendingSmartUpdate, status: isPending ? "True" : "False" }] };
}
