// SPDX-License-Identifier: Apache-2.0
// F10, connections: where the members and routers of a cluster are reached, and as whom (stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import type { Manifest } from "../../json.js";
import {
  withMongo,
  type MongoAdmin,
  type MongoDriver,
  type MongoEndpoint,
} from "../../mongo/mongo-admin.js";
import { MongoError } from "../../mongo/mongo-error.js";
import { memberLabels, mongosName, replsetLabels } from "../../names.js";
import { isServing } from "../pods.js";
import type { Observed, Read } from "../part.js";
import { isOfSet, memberHost, ordinalOf } from "./members.js";
import { credentialsOf, type SystemUser } from "./system-users.js";

/** One replica set of a cluster, the way into it, and what exists of it. */
export interface Database {
  readonly cluster: Cluster;
  readonly replset: Replset;
  readonly mongo: MongoDriver;
  /** Holds the passwords that MongoDB has accepted. */
  readonly secret: Manifest;
  /** All pods of the replica set, the voting ones first, each kind in order. */
  readonly pods: readonly Manifest[];
}

/** What has to be read to talk to a replica set. */
export function databaseReads(cluster: Cluster, replset: Replset): readonly Read[] {
  return [
    { kind: "Pod", labels: replsetLabels(cluster.name, replset.name) },
    { kind: "Secret", name: cluster.secrets.internalUsers },
  ];
}

/** The way to a replica set; `undefined` while the Secret with its passwords is missing. */
export function databaseOf(
  cluster: Cluster,
  replset: Replset,
  observed: Observed,
  mongo: MongoDriver,
): Database | undefined {
  const secret = observed.get("Secret", cluster.secrets.internalUsers);
  if (secret === undefined) return undefined;
  const pods = replset.groups.flatMap(({ component, setName }) =>
    observed
      .list("Pod", memberLabels(cluster.name, replset.name, component))
      .filter(({ metadata }) => isOfSet(metadata.name, setName))
      .sort((left, right) => ordinalOf(left.metadata.name) - ordinalOf(right.metadata.name)),
  );
  return { cluster, replset, mongo, secret, pods };
}

/** Pods that hold data and can become the primary: those of the first group. */
export function votingPods({ replset, pods }: Database): readonly Manifest[] {
  const setName = replset.groups[0]?.setName ?? "";
  return pods.filter(({ metadata }) => isOfSet(metadata.name, setName));
}

/** Uses a connection from inside a pod, without a user. */
export function inPod<T>(
  { cluster, mongo }: Database,
  pod: string,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const endpoint = { via: "localhost", namespace: cluster.namespace, pod } as const;
  return withMongo(mongo, endpoint, undefined, use);
}

/**
 * Uses a connection to the replica set, as one of the system users.
 *
 * @throws {@link MongoError} when no member answers or MongoDB refuses the password.
 */
export function asUser<T>(
  database: Database,
  user: SystemUser,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const { cluster, replset, pods } = database;
  const hosts = pods
    .filter(isServing)
    .map(({ metadata }) => memberHost(cluster, replset, metadata.name));
  return through(database, { via: "replset", replset: replset.replsetName, hosts }, user, use);
}

/** Uses a connection to one member, as one of the system users. */
export function onMember<T>(
  database: Database,
  pod: string,
  user: SystemUser,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const host = memberHost(database.cluster, database.replset, pod);
  return through(database, { via: "member", host }, user, use);
}

/** Uses a connection to the routers, as one of the system users. */
export function onRouters<T>(
  database: Database,
  user: SystemUser,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const { name, namespace, dnsSuffix, mongos } = database.cluster;
  const isPerPod = mongos?.expose.servicePerPod === true;
  const service = isPerPod ? `${mongosName(name)}-0` : mongosName(name);
  const host = `${service}.${namespace}.${dnsSuffix}:${mongos?.port ?? 0}`;
  return through(database, { via: "mongos", host }, user, use);
}

async function through<T>(
  { mongo, secret, cluster }: Database,
  endpoint: MongoEndpoint,
  user: SystemUser,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const credentials = credentialsOf(secret, user);
  if (credentials === undefined) {
    throw new MongoError(
      "AuthenticationFailed",
      `Secret ${cluster.secrets.internalUsers} has no password of ${user}. Add it`,
    );
  }
  return withMongo(mongo, endpoint, credentials, use);
}
