// SPDX-License-Identifier: Apache-2.0
// F10, users: the operator's own users in MongoDB, their roles, and their passwords (stage 5: reconcile).
import { Buffer } from "node:buffer";
import type { Manifest } from "../../json.js";
import type { MongoAdmin, MongoCredentials, MongoRole } from "../../mongo/mongo-admin.js";

/** The users that the operator keeps in every replica set, by what they are for. */
export type SystemUser =
  "backup" | "clusterAdmin" | "clusterMonitor" | "databaseAdmin" | "userAdmin";

interface SystemUserRule {
  /** Before `_USER` and `_PASSWORD` in the Secret. */
  readonly prefix: string;
  readonly roles: readonly string[];
}

const rules: Readonly<Record<SystemUser, SystemUserRule>> = {
  userAdmin: { prefix: "MONGODB_USER_ADMIN", roles: ["userAdminAnyDatabase"] },
  clusterAdmin: { prefix: "MONGODB_CLUSTER_ADMIN", roles: ["clusterAdmin"] },
  clusterMonitor: {
    prefix: "MONGODB_CLUSTER_MONITOR",
    roles: ["clusterMonitor", "explainRole"],
  },
  backup: {
    prefix: "MONGODB_BACKUP",
    roles: ["backup", "clusterMonitor", "pbmAnyAction", "restore"],
  },
  databaseAdmin: {
    prefix: "MONGODB_DATABASE_ADMIN",
    roles: [
      "backup",
      "clusterMonitor",
      "dbAdminAnyDatabase",
      "readAnyDatabase",
      "readWriteAnyDatabase",
      "restore",
    ],
  },
};

/** Roles that MongoDB does not have and that system users need. */
const ownRoles: readonly MongoRole[] = [
  { role: "pbmAnyAction", privileges: ["anyResource: anyAction"], roles: [] },
  {
    role: "explainRole",
    privileges: ["system.profile: collStats, dbHash, dbStats, find, indexStats"],
    roles: [],
  },
];

/** The roles of a system user. */
export function rolesOf(user: SystemUser): readonly string[] {
  return rules[user].roles;
}

/** Name and password of a system user, from the Secret that holds what MongoDB has accepted. */
export function credentialsOf(secret: Manifest, user: SystemUser): MongoCredentials | undefined {
  const { prefix } = rules[user];
  const name = secret.data?.[`${prefix}_USER`];
  const password = secret.data?.[`${prefix}_PASSWORD`];
  if (name === undefined || password === undefined) return undefined;
  return { user: decode(name), password: decode(password) };
}

/**
 * Makes what is missing of roles and users, and gives users the roles they should have.
 *
 * Passwords are left alone: they change together with the Secret (F2).
 *
 * **API requests:** 0. **Commands:** 1 per role and user, 1 more per difference.
 */
export async function ensureUsers(admin: MongoAdmin, secret: Manifest): Promise<void> {
  for (const wanted of ownRoles) {
    const live = await admin.getRole(wanted.role);
    if (live === undefined) await admin.createRole(wanted);
    else if (!isSameSet(live.privileges, wanted.privileges)) await admin.updateRole(wanted);
  }
  for (const user of Object.keys(rules) as SystemUser[]) {
    const credentials = credentialsOf(secret, user);
    if (credentials === undefined) continue;
    const roles = rolesOf(user);
    const live = await admin.getUser(credentials.user);
    if (live === undefined)
      await admin.createUser({ user: credentials.user, roles }, credentials.password);
    else if (!isSameSet(live.roles, roles)) await admin.updateUserRoles(credentials.user, roles);
  }
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join("\n") === [...right].sort().join("\n");
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
