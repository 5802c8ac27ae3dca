// SPDX-License-Identifier: Apache-2.0
// F12 as an instance: the only one that tells how far the whole cluster is, from the conditions of all (stage 5).
import { done, requeueAfter, type EventNote, type Result, type SubRequest } from "haversack";
import { InvalidClusterError } from "../../defaults/validation.js";
import type { ConditionNote, Notes } from "../../functions/notes.js";
import { clusterStatus, errorStatus } from "../../functions/status/status.js";
import type { Psmdb, PsmdbStatus, ReplsetStatus } from "../../types.js";
import { psmdb } from "../kinds.js";
import { isDatabaseHealthy, refusalIn, waitsOf } from "./conditions.js";
import { validCluster, viewOf, type InstanceOptions } from "./run-instance.js";

/** Tells the state of a cluster. **API requests:** 0; 1 for an Event when something is refused. */
export async function tellStatus(
  request: SubRequest<Psmdb>,
  { sources }: InstanceOptions,
): Promise<Result> {
  const { primary } = request;
  const nowMs = sources.now();
  const cluster = validCluster(primary);
  if (cluster instanceof InvalidClusterError)
    return refuse(request, "Invalid", cluster.message, nowMs);
  const refusal = refusalIn(primary);
  if (refusal !== undefined) return refuse(request, "Refused", refusal, nowMs);
  const context = { waits: waitsOf(primary), notes: notesOf(primary), nowMs };
  const { status, askAgainMs } = clusterStatus(primary, cluster, viewOf(request), context);
  say(request, status);
  return askAgainMs === undefined ? done : requeueAfter(askAgainMs);
}

async function refuse(
  request: SubRequest<Psmdb>,
  reason: string,
  message: string,
  nowMs: number,
): Promise<Result> {
  const { primary, objects } = request;
  const isNews = primary.status?.state !== "error" || primary.status.message !== message;
  const note: EventNote = { type: "Warning", reason, message };
  if (isNews) await objects.event(psmdb, primary, note);
  say(request, errorStatus(primary, message, nowMs));
  return done;
}

/** What the other instances found out, as they told it. */
function notesOf(primary: Psmdb): Notes {
  const { replsets = {}, conditions = [] } = primary.status ?? {};
  const isHealthy = isDatabaseHealthy(primary);
  const known = Object.entries(replsets).flatMap(([name, replset]) => {
    const { initialized = false, added_as_shard: isShard, members } = replset;
    if (members === undefined) return [];
    const shard = isShard === undefined ? {} : { isShard };
    return [[name, { initialized, isHealthy, members, ...shard }] as const];
  });
  const backups = conditions.filter(({ type }) => type === "PBMReady") as readonly ConditionNote[];
  return { replsets: Object.fromEntries(known), conditions: backups };
}

/** Its own fields and conditions; those of the others are told by them. */
function say({ setStatus, setCondition }: SubRequest<Psmdb>, status: PsmdbStatus): void {
  const { state, message, host, size, ready, mongoImage, mongos, backupVersion } = status;
  const counted = Object.entries(status.replsets ?? {}).filter(
    ([, { size }]) => size !== undefined,
  );
  const replsets = counted.map(([name, replset]) => [name, counts(replset)] as const);
  const fields = {
    ...{ state, message, host, size, ready, mongoImage, mongos, backupVersion },
    ...(replsets.length === 0 ? {} : { replsets: Object.fromEntries(replsets) }),
  };
  setStatus(JSON.parse(JSON.stringify(fields)) as object); // What is undefined is not told.
  const reached = status.conditions?.find(({ type }) => type === state);
  if (reached === undefined) return;
  const { type, status: is, reason = "Reached", message: why = "" } = reached;
  setCondition({ type, status: is as "True" | "False", reason, message: why });
}

function counts({ size, ready, status, message }: ReplsetStatus): object {
  return { size, ready, status, message };
}
