// SPDX-License-Identifier: Apache-2.0
// F10, membership: takes the one next step towards the wanted members and says how all fare (stage 5: reconcile).
import { memberState, type MongoAdmin, type MongoStatus } from "../../mongo/mongo-admin.js";
import { isMongoError } from "../../mongo/mongo-error.js";
import type { ReplsetNote } from "../notes.js";
import { isServing } from "../pods.js";
import { asUser, type Database } from "./connections.js";
import { memberHost, nextChange, wantedMembers, type NextChange } from "./members.js";

/** How long an old primary stands for no election: long enough for its restart. */
export const stepDownSeconds = 60;

/** States in which a member is where it should be. */
const settledStates: ReadonlySet<number> = new Set([
  memberState.primary,
  memberState.secondary,
  memberState.arbiter,
]);

/** How a replica set fares, and whether something is under way in it. */
export interface Tended {
  readonly note: ReplsetNote;
  /** What is not finished yet; no event will tell when it is. */
  readonly pending?: string;
}

/**
 * Brings the members one step closer to those that are wanted.
 *
 * One change at a time, and none while a new member copies data: its vote does not count yet.
 *
 * **API requests:** 0. **Commands:** 3, 1 to 2 more when something changes.
 */
export function tendMembers(database: Database): Promise<Tended> {
  return asUser(database, "clusterAdmin", async (admin) => {
    const { primary } = await admin.hello();
    const pending =
      primary === undefined
        ? `a primary of ${database.replset.name}`
        : await step(database, admin, primary);
    const status = await admin.status();
    const note = noteOf(database, status, primary !== undefined && pending === undefined);
    return pending === undefined ? { note } : { note, pending };
  });
}

async function step(
  database: Database,
  admin: MongoAdmin,
  primary: string,
): Promise<string | undefined> {
  const { cluster, replset, pods } = database;
  const serving = new Set(
    pods.filter(isServing).map(({ metadata }) => memberHost(cluster, replset, metadata.name)),
  );
  const { members } = await admin.status();
  const copying = members.find(({ host, state }) => serving.has(host) && !settledStates.has(state));
  if (copying !== undefined) return `${podOf(copying.host)} to copy its data`;
  const wanted = wantedMembers(cluster, replset, pods);
  const change = nextChange(await admin.getConfig(), wanted, serving, primary);
  if (change.kind === "none")
    return awayMember(
      members,
      wanted.map(({ host }) => host),
    );
  if (wanted.some(({ arbiterOnly }) => arbiterOnly))
    await admin.setDefaultRWConcern("majority", "majority");
  return make(change, admin);
}

async function make(
  change: Exclude<NextChange, { kind: "none" }>,
  admin: MongoAdmin,
): Promise<string> {
  try {
    if (change.kind === "stepDown") {
      await admin.stepDown(stepDownSeconds);
      return `${podOf(change.host)} to hand over`;
    }
    await admin.reconfig(change.config);
    return change.what;
  } catch (error) {
    // A member that does not answer yet, or nobody who could take over: later.
    if (isMongoError(error, "NodeNotFound", "ExceededTimeLimit", "NotWritablePrimary"))
      return error.message;
    throw error;
  }
}

/** Members that are wanted but not configured yet, because their pods are not ready, or are away. */
function awayMember(
  members: MongoStatus["members"],
  wanted: readonly string[],
): string | undefined {
  const settled = new Set(
    members.filter(({ state }) => settledStates.has(state)).map(({ host }) => host),
  );
  const away = wanted.find((host) => !settled.has(host));
  return away === undefined ? undefined : `member ${podOf(away)}`;
}

function noteOf(database: Database, { members }: MongoStatus, isHealthy: boolean): ReplsetNote {
  return {
    initialized: true,
    isHealthy,
    members: Object.fromEntries(
      members.map(({ host, state, stateText }) => [
        podOf(host),
        { name: host, state, stateStr: stateText },
      ]),
    ),
  };
}

function podOf(host: string): string {
  return host.split(".")[0] ?? host;
}
