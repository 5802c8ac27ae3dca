// SPDX-License-Identifier: Apache-2.0
// F10, beginning: initiates a replica set and makes its first user, in steps that can be interrupted anywhere (stage 5).
import type { Hello, MongoAdmin } from "../../mongo/mongo-admin.js";
import { isMongoError, type MongoError } from "../../mongo/mongo-error.js";
import { isServing } from "../pods.js";
import { asUser, inPod, votingPods, type Database } from "./connections.js";
import { wantedMembers } from "./members.js";
import { credentialsOf, ensureUsers, rolesOf } from "./system-users.js";

/** `undefined`: the replica set and its users are there; else what is waited for. */
export type Missing = string | undefined;

/**
 * Makes sure that the replica set is initiated and has its users.
 *
 * Whether it is initiated is asked of every member from inside its pod, never remembered: after a
 * crash between initiating and the first user the next pass finds a set without users and goes on
 * there. A set is initiated only when all members say that they belong to none, so one that has lost
 * its volume never founds a second set.
 *
 * **API requests:** 0.
 */
export async function ensureInitiated(database: Database): Promise<Missing> {
  try {
    await asUser(database, "userAdmin", (admin) => ensureUsers(admin, database.secret));
    return undefined;
  } catch (error) {
    if (!isMongoError(error)) throw error;
    return begin(database, error);
  }
}

async function begin(database: Database, refusal: MongoError): Promise<Missing> {
  const { replset } = database;
  const pods = votingPods(database).filter(isServing);
  const wanted = replset.groups[0]?.size ?? 0;
  const hellos: Hello[] = [];
  for (const { metadata } of pods)
    hellos.push(await inPod(database, metadata.name, (admin) => admin.hello()));
  const known = hellos.find(({ setName }) => setName !== undefined);
  if (known === undefined) {
    if (pods.length < wanted) return `pods of ${replset.name} (${pods.length} of ${wanted} ready)`;
    return found(database, pods[0]?.metadata.name ?? "");
  }
  const primary = known.primary?.split(".")[0];
  if (primary === undefined) return `a primary of ${replset.name}`;
  if (refusal.codeName !== "AuthenticationFailed")
    return `MongoDB of ${replset.name} (${refusal.message})`;
  return inPod(database, primary, (admin) => makeFirstUser(database, admin));
}

async function found(database: Database, pod: string): Promise<Missing> {
  const { cluster, replset, pods } = database;
  const first = wantedMembers(cluster, replset, pods).find(({ host }) =>
    host.startsWith(`${pod}.`),
  );
  if (first === undefined) return `pods of ${replset.name}`;
  return inPod(database, pod, async (admin) => {
    await admin.initiate({
      name: replset.replsetName,
      version: 1,
      configsvr: replset.role === "config",
      members: [{ tags: {}, ...first, id: 0, votes: 1, priority: Math.max(first.priority, 1) }],
    });
    return makeFirstUser(database, admin);
  });
}

/** The localhost exception: as long as there is no user, the first can be made from inside the pod. */
async function makeFirstUser(database: Database, admin: MongoAdmin): Promise<Missing> {
  const { secret, cluster, replset } = database;
  const credentials = credentialsOf(secret, "userAdmin");
  if (credentials === undefined) return `the password of userAdmin in ${secret.metadata.name}`;
  try {
    const user = { user: credentials.user, roles: rolesOf("userAdmin") };
    await admin.createUser(user, credentials.password);
  } catch (error) {
    if (!isMongoError(error, "Unauthorized")) throw error;
    return `a password that MongoDB of ${replset.name} accepts (Secret ${cluster.secrets.internalUsers}). Put the last one back`;
  }
  await asUser(database, "userAdmin", (userAdmin) => ensureUsers(userAdmin, secret));
  return undefined;
}
