// SPDX-License-Identifier: Apache-2.0
// Names and labels of everything the operator makes for one cluster (stage 5: reconcile).
import type { TextMap } from "./json.js";

/** The only possible name of the config server's replica set. */
export const configReplsetName = "cfg";

/** The kinds of members of a replica set; each has its own StatefulSet. */
export type Member = "mongod" | "arbiter" | "nonVoting" | "hidden";

interface MemberNames {
  /** Behind the replica set's name in the StatefulSet's name. */
  readonly setSuffix: string;
  readonly container: string;
  /** Behind the replica set's name in the ConfigMap's name; arbiters share the one of mongod. */
  readonly configSuffix: string;
}

const members: Readonly<Record<Member, MemberNames>> = {
  mongod: { setSuffix: "", container: "mongod", configSuffix: "mongod" },
  arbiter: { setSuffix: "-arbiter", container: "mongod-arbiter", configSuffix: "mongod" },
  nonVoting: { setSuffix: "-nv", container: "mongod-nv", configSuffix: "nv" },
  hidden: { setSuffix: "-hidden", container: "mongod-hidden", configSuffix: "hidden" },
};

/** Labels of everything that belongs to a cluster. */
export function clusterLabels(cluster: string): TextMap {
  return {
    "app.kubernetes.io/instance": cluster,
    "app.kubernetes.io/managed-by": "percona-server-mongodb-operator",
    "app.kubernetes.io/name": "percona-server-mongodb",
    "app.kubernetes.io/part-of": "percona-server-mongodb",
  };
}

/** Labels of everything that belongs to a replica set. */
export function replsetLabels(cluster: string, replset: string): TextMap {
  return { ...clusterLabels(cluster), "app.kubernetes.io/replset": replset };
}

/** Labels, and the selector, of one kind of members. */
export function memberLabels(cluster: string, replset: string, component: string): TextMap {
  return { ...replsetLabels(cluster, replset), "app.kubernetes.io/component": component };
}

/** Labels, and the selector, of the routers. */
export function mongosLabels(cluster: string): TextMap {
  return { ...clusterLabels(cluster), "app.kubernetes.io/component": "mongos" };
}

/** Labels of the Services that expose single pods. */
export function externalServiceLabels(cluster: string, replset: string): TextMap {
  return memberLabels(cluster, replset, "external-service");
}

/** The component label of a member; the config server's voting members have their own. */
export function componentOf(member: Member, isConfigServer: boolean): string {
  return isConfigServer ? configReplsetName : member;
}

/** Name of the StatefulSet of one kind of members. */
export function statefulSetName(cluster: string, replset: string, member: Member): string {
  return `${cluster}-${replset}${members[member].setSuffix}`;
}

/** Name of the main container of one kind of members. */
export function containerName(member: Member): string {
  return members[member].container;
}

/** Name of the ConfigMap (or of a Secret made by the user) with the members' configuration. */
export function memberConfigName(cluster: string, replset: string, member: Member): string {
  return `${cluster}-${replset}-${members[member].configSuffix}`;
}

/** Name of the ConfigMap with the script that members run before they start. */
export function hookScriptName(cluster: string, replset: string, component: string): string {
  return `${cluster}-${replset}-${component}-hookscript`;
}

/** Name of the routers' ConfigMap, StatefulSet and shared Service. */
export function mongosName(cluster: string): string {
  return `${cluster}-mongos`;
}

/** Name of the ConfigMap with the routers' script. */
export function mongosHookScriptName(cluster: string): string {
  return `${cluster}-mongos-hookscript`;
}

/** Name of the ConfigMap of the log collector. */
export function logCollectorConfigName(cluster: string): string {
  return `${cluster}-log-collector-config`;
}

/** Name of the operator's own copy of the users Secret. */
export function internalUsersName(cluster: string): string {
  return `internal-${cluster}-users`;
}

/** Name of the Secret with the key that members authenticate to each other with. */
export function keyFileName(cluster: string, given: string | undefined): string {
  return given === undefined || given === "" ? `${cluster}-mongodb-keyfile` : given;
}

/** Name of the Secret, and of the Certificate, with the cluster's own authority. */
export function authoritySecretName(cluster: string): string {
  return `${cluster}-ca-cert`;
}

/** Name of the Secret with the database administrator's connection strings. */
export function connectionStringsName(cluster: string): string {
  return `${cluster}-databaseadmin-conn-str`;
}
