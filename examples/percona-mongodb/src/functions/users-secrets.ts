// SPDX-License-Identifier: Apache-2.0
// F2, users: the Secret with the system users, and the operator's own copy that pods read (stage 5: reconcile).
import { Buffer } from "node:buffer";
import type { Cluster } from "../cluster.js";
import { textMap, type Manifest, type TextMap } from "../json.js";
import { sortedJson } from "./metadata.js";
import type { Changes, Part, Read, Sources } from "./part.js";
import { rotateUsers, rotationReads } from "./user-rotation.js";

/** Prefix of the two keys of each system user, and the user's name. */
const systemUsers: readonly (readonly [string, string])[] = [
  ["MONGODB_BACKUP", "backup"],
  ["MONGODB_CLUSTER_ADMIN", "clusterAdmin"],
  ["MONGODB_CLUSTER_MONITOR", "clusterMonitor"],
  ["MONGODB_DATABASE_ADMIN", "databaseAdmin"],
  ["MONGODB_USER_ADMIN", "userAdmin"],
];
const shortestPassword = 16;
const longestPassword = 19;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** How soon MongoDB is asked again to take new passwords; nothing tells when it can. */
const rotationRetryMs = 5000;

/**
 * Fills the users Secret with what is missing and keeps the copy that pods read.
 *
 * Neither Secret has an owner: users and passwords outlive the cluster, as its data does. What the
 * user wrote is never changed, and a password that exists is never made anew. The copy follows only
 * once MongoDB knows the new passwords: the other way round everybody would be locked out.
 *
 * **API requests:** 0.
 */
export const usersSecrets: Part = {
  id: "F2",
  name: "usersSecrets",
  reads: (cluster): readonly Read[] => [
    { kind: "Secret", name: cluster.secrets.users },
    { kind: "Secret", name: cluster.secrets.internalUsers },
    ...rotationReads(cluster),
  ],
  async build(cluster, observed, sources): Promise<Changes> {
    const { users: name, internalUsers } = cluster.secrets;
    const current = observed.get("Secret", name);
    const data = completed(current?.data, sources);
    const users = secret(cluster, name, data);
    const isComplete = Object.keys(data).length === Object.keys(current?.data ?? {}).length;
    const accepted = observed.get("Secret", internalUsers);
    const wanted = secret(cluster, internalUsers, withEscaped(data));
    const create = [
      ...(current === undefined ? [users] : []),
      ...(accepted === undefined ? [wanted] : []),
    ];
    const apply = current === undefined || isComplete ? [] : [users];
    if (accepted === undefined || isSameData(accepted.data, wanted.data)) return { create, apply };
    const pending = await rotateUsers(cluster, observed, sources, { accepted, wanted });
    return pending === undefined
      ? { create, apply: [...apply, wanted] }
      : { create, apply, waitFor: pending, askAgainMs: rotationRetryMs };
  },
};

function isSameData(left: TextMap | undefined, right: TextMap | undefined): boolean {
  return sortedJson(left) === sortedJson(right);
}

function completed(given: TextMap | undefined, sources: Sources): TextMap {
  const made: Record<string, string> = {};
  for (const [prefix, user] of systemUsers) {
    if (given?.[`${prefix}_USER`] === undefined) made[`${prefix}_USER`] = base64(user);
    if (given?.[`${prefix}_PASSWORD`] === undefined)
      made[`${prefix}_PASSWORD`] = base64(password(sources));
  }
  return textMap(made, given);
}

/** Users and passwords once more, fit for a connection string. */
function withEscaped(data: TextMap): TextMap {
  const escaped = Object.entries(data).map(([key, value]) => [
    `${key}_ESCAPED`,
    base64(escape(decode(value))),
  ]);
  return textMap(data, Object.fromEntries(escaped) as TextMap);
}

function password(sources: Sources): string {
  const [first = 0] = sources.randomBytes(1);
  const length = shortestPassword + (first % (longestPassword - shortestPassword + 1));
  let text = "";
  while (text.length < length) {
    for (const byte of sources.randomBytes(length)) {
      // Bytes above the last whole multiple would make the first letters likelier.
      if (byte < 256 - (256 % letters.length) && text.length < length)
        text += letters[byte % letters.length] ?? "";
    }
  }
  return text;
}

function secret(cluster: Cluster, name: string, data: TextMap): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: cluster.namespace },
    type: "Opaque",
    data,
  };
}

/** As Go's url.QueryEscape does: a blank becomes a plus, and five more marks are escaped. */
function escape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
