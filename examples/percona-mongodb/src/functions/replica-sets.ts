// SPDX-License-Identifier: Apache-2.0
// F10, replica sets: initiates them, keeps users and members, makes them shards; MongoDB has no watch (stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import { isMongoError } from "../mongo/mongo-error.js";
import { clusterLabels, mongosLabels } from "../names.js";
import { databaseOf, databaseReads, type Database } from "./database/connections.js";
import { ensureInitiated } from "./database/initiate.js";
import { serverVersion } from "./database/server-version.js";
import { tendMembers } from "./database/tend-members.js";
import { tendShards } from "./database/tend-shards.js";
import { lockReads } from "./lock.js";
import type { ReplsetNote } from "./notes.js";
import type { Changes, Part, Read } from "./part.js";

/** How often the databases are looked at when all is well: nothing tells what changes in them. */
export const databaseCheckMs = 60_000;
/** How soon they are looked at again while something is under way in them. */
export const databaseProgressMs = 5000;

/**
 * Brings every replica set to its members and users, one step a pass.
 *
 * What can be waited for by event (pods, Secrets) is; what happens inside MongoDB is asked for again
 * after a time. A replica set that fails does not hold the others up.
 *
 * **API requests:** 0.
 */
export const replicaSets: Part = {
  id: "F10",
  name: "replicaSets",
  reads(cluster): readonly Read[] {
    return [
      ...cluster.replsets.flatMap((replset) => databaseReads(cluster, replset)),
      { kind: "Pod", labels: mongosLabels(cluster.name) },
      { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
      ...lockReads(cluster),
    ];
  },
  async build(cluster, observed, { mongo }): Promise<Changes> {
    // Members of a paused cluster are away, not gone: their configuration waits for them.
    if (cluster.isPaused) return {};
    const databases = cluster.replsets.flatMap(
      (replset) => databaseOf(cluster, replset, observed, mongo) ?? [],
    );
    if (databases.length < cluster.replsets.length)
      return { waitFor: `Secret ${cluster.secrets.internalUsers}` };
    const tended: Outcome[] = [];
    for (const database of databases) tended.push(await tend(database));
    const healthy = new Set(
      tended.filter(({ note }) => note?.isHealthy === true).map(({ name }) => name),
    );
    const shards = await guarded("routers", () => tendShards(databases, healthy, observed));
    const [first] = databases;
    const isWell = first !== undefined && healthy.size === databases.length;
    const mongoVersion = isWell ? await serverVersion(first) : undefined;
    return summary(cluster, tended, shards, mongoVersion);
  },
};

interface Outcome {
  readonly name: string;
  readonly note?: ReplsetNote;
  readonly pending?: string;
  readonly shards?: ReadonlySet<string>;
}

function tend(database: Database): Promise<Outcome> {
  const { name } = database.replset;
  return guarded(name, async () => {
    const missing = await ensureInitiated(database);
    return missing === undefined ? tendMembers(database) : { pending: missing };
  });
}

/** A refusal of one replica set is its own affair; anything else is an error of the pass. */
async function guarded(name: string, act: () => Promise<Omit<Outcome, "name">>): Promise<Outcome> {
  try {
    return { name, ...(await act()) };
  } catch (error) {
    if (!isMongoError(error)) throw error;
    return { name, pending: `MongoDB of ${name} (${error.message})` };
  }
}

function summary(
  cluster: Cluster,
  tended: readonly Outcome[],
  routed: Outcome,
  mongoVersion: string | undefined,
): Changes {
  const replsets = Object.fromEntries(
    cluster.replsets.flatMap(({ name, replsetName, role }) => {
      const note = tended.find((outcome) => outcome.name === name)?.note;
      if (note === undefined) return [];
      const isShard = role === "shard" && routed.shards?.has(replsetName) === true;
      return [[name, role === "shard" ? { ...note, isShard } : note] as const];
    }),
  );
  const pending = [...tended, routed].flatMap((outcome) => outcome.pending ?? []);
  return {
    notes: mongoVersion === undefined ? { replsets } : { replsets, mongoVersion },
    askAgainMs: pending.length > 0 ? databaseProgressMs : databaseCheckMs,
    ...(pending.length > 0 ? { waitFor: pending.join(", ") } : {}),
  };
}
