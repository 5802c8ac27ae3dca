// SPDX-License-Identifier: Apache-2.0
// F2, rotation: MongoDB learns changed users and passwords before the copy that pods read does (stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import type { Manifest } from "../json.js";
import type { MongoAdmin, MongoCredentials } from "../mongo/mongo-admin.js";
import { isMongoError } from "../mongo/mongo-error.js";
import { asUser, databaseOf, databaseReads, type Database } from "./database/connections.js";
import { credentialsOf, rolesOf, type SystemUser } from "./database/system-users.js";
import type { Observed, Read, Sources } from "./part.js";

/** Last in this order is the user who makes the changes: until then the old password works. */
const rotationOrder: readonly SystemUser[] = [
  "backup",
  "clusterAdmin",
  "clusterMonitor",
  "databaseAdmin",
  "userAdmin",
];

/** One system user whose name or password the user changed. */
interface Rotation {
  readonly user: SystemUser;
  readonly wanted: MongoCredentials;
}

/** What has to be read to talk to MongoDB. */
export function rotationReads(cluster: Cluster): readonly Read[] {
  return cluster.replsets.flatMap((replset) => databaseReads(cluster, replset));
}

/**
 * Tells every replica set the users and passwords that differ between the two Secrets.
 *
 * May be repeated after a crash at any place: whoever has the new password already is found by it.
 *
 * **API requests:** 0. **Commands:** 1 or 2 per changed user and replica set.
 *
 * @returns What it waits for; `undefined` when MongoDB knows everything.
 */
export async function rotateUsers(
  cluster: Cluster,
  observed: Observed,
  { mongo }: Sources,
  secrets: { readonly accepted: Manifest; readonly wanted: Manifest },
): Promise<string | undefined> {
  const changed = rotationsOf(secrets.accepted, secrets.wanted);
  if (changed.length === 0) return undefined;
  if (cluster.isPaused) return "the end of the pause, to change passwords in MongoDB";
  for (const replset of cluster.replsets) {
    const database = databaseOf(cluster, replset, observed, mongo);
    if (database === undefined) return `Secret ${cluster.secrets.internalUsers}`;
    try {
      await rotateIn(database, secrets.wanted, changed);
    } catch (error) {
      if (!isMongoError(error)) throw error;
      return `MongoDB of ${replset.name} to take new passwords (${error.message})`;
    }
  }
  return undefined;
}

function rotationsOf(accepted: Manifest, wanted: Manifest): readonly Rotation[] {
  return rotationOrder.flatMap((user) => {
    const next = credentialsOf(wanted, user);
    const old = credentialsOf(accepted, user);
    const isSame = old?.user === next?.user && old?.password === next?.password;
    return next === undefined || isSame ? [] : [{ user, wanted: next }];
  });
}

async function rotateIn(
  database: Database,
  wanted: Manifest,
  changed: readonly Rotation[],
): Promise<void> {
  const use = async (admin: MongoAdmin): Promise<void> => {
    for (const rotation of changed) await rotate(admin, rotation);
  };
  try {
    await asUser(database, "userAdmin", use);
  } catch (error) {
    if (!isMongoError(error, "AuthenticationFailed")) throw error;
    // An earlier pass came as far as the administrator's own password.
    await asUser({ ...database, secret: wanted }, "userAdmin", use);
  }
}

async function rotate(admin: MongoAdmin, { user, wanted }: Rotation): Promise<void> {
  const live = await admin.getUser(wanted.user);
  if (live === undefined)
    await admin.createUser({ user: wanted.user, roles: rolesOf(user) }, wanted.password);
  else await admin.updateUserPassword(wanted.user, wanted.password);
}
