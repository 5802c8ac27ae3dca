// SPDX-License-Identifier: Apache-2.0
// The defaulted cluster: what F1 makes of a custom resource and all other functions read (stage 5: reconcile).
import type { JsonObject, OwnerReferenceJson, TextMap } from "./json.js";
import type { Member } from "./names.js";
import type {
  BackupSpec,
  BackupTaskStatus,
  ExposeSpec,
  LogCollectorSpec,
  MongosSpec,
  PodOptions,
  StorageSpec,
  VolumeSpec,
} from "./types.js";
import { compareVersions } from "./version.js";

/** What a replica set does in a cluster: all there is, a shard, or the config server. */
export type ReplsetRole = "plain" | "shard" | "config";

/** One StatefulSet's worth of members of a replica set, with everything inherited and defaulted. */
export interface MemberGroup {
  readonly member: Member;
  /** The value of the component label. */
  readonly component: string;
  readonly setName: string;
  readonly containerName: string;
  readonly configName: string;
  readonly size: number;
  readonly pods: PodOptions;
  readonly livenessProbe: JsonObject;
  readonly readinessProbe: JsonObject;
  readonly podSecurityContext: JsonObject;
  readonly containerSecurityContext: JsonObject;
  /** Arbiters hold no data and have none. */
  readonly volumeSpec?: VolumeSpec;
  /** As stored in the ConfigMap; empty when there is none. */
  readonly configuration: string;
}

/** One replica set. */
export interface Replset {
  readonly name: string;
  /** The name inside MongoDB; differs when the configuration says so. */
  readonly replsetName: string;
  readonly role: ReplsetRole;
  /** Of the voting members; the other groups have their own sizes. */
  readonly size: number;
  readonly port: number;
  readonly isEncrypted: boolean;
  readonly usesVault: boolean;
  readonly isQuiet: boolean;
  readonly storage: StorageSpec & { readonly engine: string };
  readonly expose: ExposeSpec;
  readonly hostAliases?: readonly JsonObject[];
  readonly env: readonly JsonObject[];
  readonly envFrom: readonly JsonObject[];
  /** The user takes the risk of an even number of votes, as a set of two and an arbiter may need. */
  readonly allowsEvenVotes: boolean;
  /** Extra names for certificates, sorted. */
  readonly horizonNames: readonly string[];
  /** The voting members first. */
  readonly groups: readonly MemberGroup[];
}

/** The routers of a sharded cluster. */
export interface Mongos {
  readonly size: number;
  readonly port: number;
  readonly pods: PodOptions;
  readonly livenessProbe: JsonObject;
  readonly readinessProbe: JsonObject;
  readonly podSecurityContext: JsonObject;
  readonly containerSecurityContext: JsonObject;
  readonly expose: ExposeSpec;
  readonly configuration: string;
  readonly spec: MongosSpec;
}

/** Names of the Secrets a cluster uses. */
export interface SecretNames {
  readonly users: string;
  readonly internalUsers: string;
  readonly ssl: string;
  readonly sslInternal: string;
  readonly keyFile: string;
  readonly encryptionKey: string;
  readonly vault?: string;
  readonly ldap?: string;
}

/** How members and clients talk. */
export interface Tls {
  readonly mode: string;
  readonly isOn: boolean;
  readonly allowsInvalidCertificates: boolean;
  /** The user allowed a cluster without TLS, so its Secrets are optional. */
  readonly isOptional: boolean;
  readonly certValidity: string;
  /** The operator never makes certificates, it waits for the user's. */
  readonly isUserProvided: boolean;
  /** Who signs where cert-manager is served; a default name unless one is given. */
  readonly issuer: { readonly name?: string; readonly kind: string; readonly group: string };
}

/** What of the status is an input. */
export interface Told {
  readonly state: string;
  readonly backupTasks: readonly BackupTaskStatus[];
  /** The image that was ready last, and the version of MongoDB in it. */
  readonly mongoImage?: string;
  readonly mongoVersion?: string;
}

/** A cluster with every default in place. Plain data: it can be sent to a sandbox as it is. */
export interface Cluster {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly annotations: TextMap;
  readonly version: string;
  readonly isPaused: boolean;
  readonly isSharded: boolean;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly imagePullSecrets?: readonly JsonObject[];
  readonly initImage: string;
  readonly initContainerSecurityContext?: JsonObject;
  readonly schedulerName?: string;
  readonly updateStrategy: string;
  readonly dnsSuffix: string;
  /** Members are reached by names that other Kubernetes clusters resolve. */
  readonly isMultiCluster: boolean;
  readonly multiClusterDnsSuffix: string;
  readonly ignoreLabels: readonly string[];
  readonly ignoreAnnotations: readonly string[];
  readonly secrets: SecretNames;
  readonly tls: Tls;
  /** Members prove who they are with a key file instead of certificates. */
  readonly usesKeyFile: boolean;
  /** Chunks of data are spread evenly over the shards. */
  readonly isBalanced: boolean;
  /** The shards, then the config server when sharded. */
  readonly replsets: readonly Replset[];
  readonly mongos?: Mongos;
  readonly backup: BackupSpec;
  readonly logCollector?: LogCollectorSpec;
  /** What earlier passes told in the status and later ones go on from. */
  readonly told: Told;
}

/** Whether a cluster has at least this crVersion, and so the shapes that came with it. */
export function since(cluster: Cluster, version: string): boolean {
  return compareVersions(cluster.version, version) >= 0;
}

/** The controller reference that objects of a cluster carry. */
export function ownerReference(cluster: Cluster): OwnerReferenceJson {
  return {
    apiVersion: "psmdb.percona.com/v1",
    kind: "PerconaServerMongoDB",
    name: cluster.name,
    uid: cluster.uid,
    controller: true,
  };
}
