// SPDX-License-Identifier: Apache-2.0
// The custom resources of the operator, the subset this example models (stage 0: words).
import type { JsonObject, ManifestMeta, TextMap } from "./json.js";

/** A probe as Kubernetes has it; `startupDelaySeconds` becomes a flag of its command. */
export interface ProbeSpec {
  readonly exec?: { readonly command?: readonly string[] };
  readonly tcpSocket?: JsonObject;
  readonly httpGet?: JsonObject;
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly startupDelaySeconds?: number;
}

/** `advanced` wins over the topology key; the key `none` switches the rule off. */
export interface AffinitySpec {
  readonly antiAffinityTopologyKey?: string;
  readonly advanced?: JsonObject;
}

/** Where data lives: a claim, else a host path, else an empty directory. */
export interface VolumeSpec {
  readonly persistentVolumeClaim?: JsonObject;
  readonly hostPath?: JsonObject;
  readonly emptyDir?: JsonObject;
}

/** A script that runs before the main process: given here, or in a ConfigMap of the user's (key `hook.sh`). */
export interface HookScriptSpec {
  readonly script?: string;
  /** Wins when both are given. */
  readonly configMapRef?: { readonly name?: string };
}

/** What every kind of pod can be told: voting members, arbiters, nonvoting, hidden and mongos. */
export interface PodOptions {
  readonly affinity?: AffinitySpec;
  readonly topologySpreadConstraints?: readonly JsonObject[];
  readonly nodeSelector?: JsonObject;
  readonly tolerations?: readonly JsonObject[];
  readonly priorityClassName?: string;
  readonly serviceAccountName?: string;
  readonly annotations?: TextMap;
  readonly labels?: TextMap;
  readonly podDisruptionBudget?: JsonObject;
  readonly terminationGracePeriodSeconds?: number;
  readonly runtimeClassName?: string;
  readonly resources?: JsonObject;
  readonly sidecars?: readonly JsonObject[];
  readonly sidecarVolumes?: readonly JsonObject[];
  readonly sidecarPVCs?: readonly JsonObject[];
  readonly hookScript?: HookScriptSpec;
}

/** How pods are reached from outside. The three names with `service` are the deprecated spelling. */
export interface ExposeSpec {
  readonly enabled?: boolean;
  readonly type?: string;
  readonly exposeType?: string;
  readonly labels?: TextMap;
  readonly serviceLabels?: TextMap;
  readonly annotations?: TextMap;
  readonly serviceAnnotations?: TextMap;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly loadBalancerClass?: string;
  readonly internalTrafficPolicy?: string;
  readonly externalTrafficPolicy?: string;
  /** Only mongos. */
  readonly servicePerPod?: boolean;
  /** Only mongos. */
  readonly nodePort?: number;
}

/** A group of members of a replica set with its own StatefulSet. */
export interface MemberSpec extends PodOptions {
  readonly enabled?: boolean;
  readonly size?: number;
  readonly volumeSpec?: VolumeSpec;
  readonly livenessProbe?: ProbeSpec;
  readonly readinessProbe?: ProbeSpec;
  readonly podSecurityContext?: JsonObject;
  readonly containerSecurityContext?: JsonObject;
  readonly configuration?: string;
}

/** Storage engine options of a replica set. */
export interface StorageSpec {
  readonly engine?: string;
  readonly directoryPerDB?: boolean;
  readonly syncPeriodSecs?: number;
  readonly inMemory?: { readonly engineConfig?: { readonly inMemorySizeRatio?: number | string } };
  readonly wiredTiger?: {
    readonly collectionConfig?: { readonly blockCompressor?: string };
    readonly engineConfig?: {
      readonly cacheSizeRatio?: number | string;
      readonly directoryForIndexes?: boolean;
      readonly journalCompressor?: string;
    };
    readonly indexConfig?: { readonly prefixCompression?: boolean };
  };
}

/** One replica set. */
export interface ReplsetSpec extends MemberSpec {
  readonly name?: string;
  readonly expose?: ExposeSpec;
  readonly storage?: StorageSpec;
  readonly arbiter?: MemberSpec;
  readonly nonvoting?: MemberSpec;
  readonly hidden?: MemberSpec;
  readonly hostAliases?: readonly JsonObject[];
  readonly env?: readonly JsonObject[];
  readonly envFrom?: readonly JsonObject[];
  readonly splitHorizons?: Readonly<Record<string, TextMap>>;
}

/** The routers of a sharded cluster. */
export interface MongosSpec extends MemberSpec {
  readonly port?: number;
  readonly hostPort?: number;
  readonly expose?: ExposeSpec;
  readonly setParameter?: { readonly cursorTimeoutMillis?: number };
  readonly hostAliases?: readonly JsonObject[];
  readonly env?: readonly JsonObject[];
  readonly envFrom?: readonly JsonObject[];
}

/** `spec.sharding`. */
export interface ShardingSpec {
  readonly enabled?: boolean;
  readonly configsvrReplSet?: ReplsetSpec;
  readonly mongos?: MongosSpec;
  readonly balancer?: { readonly enabled?: boolean };
}

/** `spec.backup`. */
export interface BackupSpec {
  readonly enabled?: boolean;
  readonly image?: string;
  readonly resources?: JsonObject;
  readonly containerSecurityContext?: JsonObject;
  readonly volumeMounts?: readonly JsonObject[];
  readonly livenessProbe?: JsonObject;
  readonly readinessProbe?: JsonObject;
  readonly hookScript?: HookScriptSpec;
  readonly storages?: Readonly<Record<string, { readonly main?: boolean; readonly type?: string }>>;
  readonly tasks?: readonly BackupTaskSpec[];
}

/** One line of the backup schedule. */
export interface BackupTaskSpec {
  readonly name: string;
  readonly enabled?: boolean;
  /** As in crontab. */
  readonly schedule?: string;
  /** How many to keep; the old spelling of `retention.count`. */
  readonly keep?: number;
  readonly retention?: {
    readonly type?: string;
    readonly count?: number;
    readonly deleteFromStorage?: boolean;
  };
  readonly storageName?: string;
  readonly type?: string;
  readonly compressionType?: string;
}

/** `spec.logcollector`. */
export interface LogCollectorSpec {
  readonly enabled?: boolean;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly configuration?: string;
  readonly resources?: JsonObject;
  readonly containerSecurityContext?: JsonObject;
}

/** `spec.secrets`: names of Secrets. */
export interface SecretsSpec {
  readonly users?: string;
  readonly ssl?: string;
  readonly sslInternal?: string;
  readonly keyFile?: string;
  readonly encryptionKey?: string;
  readonly vault?: string;
  readonly ldapSecret?: string;
}

/** `spec.tls`. */
export interface TlsSpec {
  readonly mode?: string;
  readonly allowInvalidCertificates?: boolean;
  readonly certValidityDuration?: string;
  readonly certManagementPolicy?: string;
  readonly issuerConf?: { readonly name?: string; readonly kind?: string; readonly group?: string };
}

/** Each flag switches one safety check off. */
export interface UnsafeFlags {
  readonly tls?: boolean;
  readonly replsetSize?: boolean;
  readonly mongosSize?: boolean;
  readonly terminationGracePeriod?: boolean;
  readonly backupIfUnhealthy?: boolean;
}

/** `spec` of a PerconaServerMongoDB. */
export interface PsmdbSpec {
  readonly crVersion?: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: readonly JsonObject[];
  readonly initImage?: string;
  readonly initContainerSecurityContext?: JsonObject;
  readonly pause?: boolean;
  readonly updateStrategy?: string;
  readonly schedulerName?: string;
  readonly clusterServiceDNSSuffix?: string;
  readonly multiCluster?: { readonly enabled?: boolean; readonly DNSSuffix?: string };
  readonly ignoreLabels?: readonly string[];
  readonly ignoreAnnotations?: readonly string[];
  readonly unsafeFlags?: UnsafeFlags;
  /** The older spelling of all flags at once, which switches TLS off as well. */
  readonly allowUnsafeConfigurations?: boolean;
  readonly secrets?: SecretsSpec;
  readonly tls?: TlsSpec;
  readonly replsets: readonly ReplsetSpec[];
  readonly sharding?: ShardingSpec;
  readonly backup?: BackupSpec;
  readonly logcollector?: LogCollectorSpec;
  readonly upgradeOptions?: { readonly apply?: string };
}

/** How far one replica set or the routers have come. */
export interface ComponentStatus {
  readonly size: number;
  readonly ready: number;
  readonly status: string;
  readonly message?: string;
}

/** How far one replica set has come, inside MongoDB as well. */
export interface ReplsetStatus extends ComponentStatus {
  readonly initialized?: boolean;
  readonly added_as_shard?: boolean;
  /** By pod. */
  readonly members?: Readonly<
    Record<string, { readonly name: string; readonly state: number; readonly stateStr: string }>
  >;
}

/** One entry of `status.conditions`. */
export interface PsmdbCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** `status` of a PerconaServerMongoDB. */
export interface PsmdbStatus {
  readonly state?: string;
  readonly message?: string;
  readonly host?: string;
  readonly size?: number;
  readonly ready?: number;
  readonly observedGeneration?: number;
  readonly mongoVersion?: string;
  readonly mongoImage?: string;
  readonly backupVersion?: string;
  readonly replsets?: Readonly<Record<string, ReplsetStatus>>;
  readonly mongos?: ComponentStatus;
  readonly backupTasks?: readonly BackupTaskStatus[];
  readonly conditions?: readonly PsmdbCondition[];
}

/** How far the schedule of a backup task has been served. */
export interface BackupTaskStatus {
  readonly name: string;
  /** As it was when the time was noted; another schedule begins anew. */
  readonly schedule: string;
  /** Every time of the schedule up to this one is served. */
  readonly lastTime: string;
}

/** The primary of this operator: one MongoDB cluster. */
export interface Psmdb {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ManifestMeta;
  readonly spec: PsmdbSpec;
  readonly status?: PsmdbStatus;
}

/** A backup on request or on schedule. */
export interface PsmdbBackup {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ManifestMeta;
  readonly spec: PsmdbBackupSpec;
  readonly status?: PsmdbBackupStatus;
}

/** `spec` of a PerconaServerMongoDBBackup. */
export interface PsmdbBackupSpec {
  readonly clusterName?: string;
  readonly storageName?: string;
  /** `logical` unless given. */
  readonly type?: string;
  readonly compressionType?: string;
  readonly startingDeadlineSeconds?: number;
}

/** How far a backup or a restore has come; both end in `ready` or `error`. */
export type JobState = "" | "waiting" | "requested" | "running" | "ready" | "error";

/** `status` of a PerconaServerMongoDBBackup. */
export interface PsmdbBackupStatus {
  readonly state?: JobState;
  readonly error?: string;
  /** What it waits for. */
  readonly message?: string;
  /** Since when the agents have not answered; absent while they do. */
  readonly unreachableSince?: string;
  readonly storageName?: string;
  readonly type?: string;
  /** Name of the backup inside the storage: the time it was asked for. */
  readonly pbmName?: string;
  readonly start?: string;
  readonly completed?: string;
  readonly destination?: string;
  readonly replsetNames?: readonly string[];
}

/** A restore of a backup into a cluster. */
export interface PsmdbRestore {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ManifestMeta;
  readonly spec: PsmdbRestoreSpec;
  readonly status?: PsmdbRestoreStatus;
}

/** `spec` of a PerconaServerMongoDBRestore. */
export interface PsmdbRestoreSpec {
  readonly clusterName?: string;
  readonly backupName?: string;
  readonly storageName?: string;
  readonly backupSource?: JsonObject;
}

/** `status` of a PerconaServerMongoDBRestore. */
export interface PsmdbRestoreStatus {
  readonly state?: JobState;
  readonly error?: string;
  /** What it waits for. */
  readonly message?: string;
  /** Since when the agents have not answered; absent while they do. */
  readonly unreachableSince?: string;
  readonly pbmName?: string;
  readonly start?: string;
  readonly completed?: string;
}
