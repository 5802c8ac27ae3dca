// SPDX-License-Identifier: Apache-2.0
// The way to a cluster without pods: routers, shards, config server; the primary of each last (F12; stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import { mongosName } from "../../names.js";
import { databaseOf } from "../database/connections.js";
import { jobHolder } from "../lock.js";
import type { Observed, Sources } from "../part.js";
import { wantedReplicas } from "../pods.js";
import { databaseProgressMs } from "../replica-sets.js";
import { handOverToFirst } from "./hand-over.js";
import {
  asItIs,
  podCount,
  presentSize,
  resized,
  votingSet,
  withRouters,
  type Sized,
} from "./sized.js";

/**
 * The sizes of the next step towards no pods at all, for a pause and before the end.
 *
 * Arbiters, nonvoting and hidden members go at once. Routers go first, then the shards, the config
 * server last. Each replica set shrinks to its first member, which is the primary by then, and then
 * to none: so the one with the newest data is the one that starts first again. A backup or restore
 * that runs is waited for.
 *
 * **API requests:** 0. **Commands:** those of {@link handOverToFirst} per set of several members.
 */
export async function shrinkingSizes(
  cluster: Cluster,
  observed: Observed,
  sources: Sources,
): Promise<Sized> {
  const emptied = withVotingMembersOnly(cluster);
  const holder = jobHolder(cluster, observed);
  if (holder !== undefined)
    return waiting(asItIs({ ...cluster, isPaused: true }, observed), `the end of ${holder}`);
  if (podCount(cluster, observed, mongosName(cluster.name)) > 0)
    return waiting(withRouters(asItIs(emptied, observed), 0), "the routers to stop");
  const isConfig = ({ role }: Replset): boolean => role === "config";
  const shards = await shrinkAll(
    emptied,
    emptied.replsets.filter((replset) => !isConfig(replset)),
    observed,
    sources,
  );
  const configs = emptied.replsets.filter(isConfig);
  const config =
    shards.waits.length === 0
      ? await shrinkAll(emptied, configs, observed, sources)
      : { replsets: configs.map((replset) => presentSize(replset, observed)), waits: [] };
  const waits = [...shards.waits, ...config.waits];
  const replsets = [...shards.replsets, ...config.replsets];
  const next = withRouters({ ...emptied, replsets }, 0);
  return waits.length === 0 ? { cluster: next } : waiting(next, waits.join(", "));
}

/** A cluster on its way to rest: functions that need members leave it alone. */
function withVotingMembersOnly(cluster: Cluster): Cluster {
  const replsets = cluster.replsets.map((replset) => ({
    ...replset,
    groups: replset.groups.filter(({ member }) => member === "mongod"),
  }));
  return { ...cluster, isPaused: true, replsets };
}

interface Shrunk {
  readonly replsets: readonly Replset[];
  readonly waits: readonly string[];
}

async function shrinkAll(
  cluster: Cluster,
  replsets: readonly Replset[],
  observed: Observed,
  sources: Sources,
): Promise<Shrunk> {
  const steps: Step[] = [];
  for (const replset of replsets) steps.push(await shrink(cluster, replset, observed, sources));
  return {
    replsets: steps.map(({ replset }) => replset),
    waits: steps.flatMap(({ waitFor }) => waitFor ?? []),
  };
}

interface Step {
  readonly replset: Replset;
  readonly waitFor?: string;
}

async function shrink(
  cluster: Cluster,
  replset: Replset,
  observed: Observed,
  { mongo }: Sources,
): Promise<Step> {
  const found = votingSet(replset, observed);
  if (found === undefined) return { replset: resized(replset, 0) };
  const current = wantedReplicas(found.set);
  const pods = podCount(cluster, observed, found.group.setName);
  const { name } = replset;
  if (current > 1) {
    const database = databaseOf(cluster, replset, observed, mongo);
    const obstacle = database === undefined ? undefined : await handOverToFirst(database);
    if (obstacle !== undefined) return { replset: resized(replset, current), waitFor: obstacle };
    return { replset: resized(replset, 1), waitFor: `members of ${name} to stop` };
  }
  if (pods > current)
    return { replset: resized(replset, current), waitFor: `members of ${name} to stop` };
  if (current === 0) return { replset: resized(replset, 0) };
  return { replset: resized(replset, 0), waitFor: `the last member of ${name} to stop` };
}

function waiting(cluster: Cluster, waitFor: string): Sized {
  return { cluster, waitFor, askAgainMs: databaseProgressMs };
}
