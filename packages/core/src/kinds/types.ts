// SPDX-License-Identifier: Apache-2.0
// TypeScript types of the built-in kinds: the fields operators set and read (stage 0: words).
import type { Condition, KubernetesObject, ObjectMeta } from "../kubernetes-object.js";

/** A field whose inner form this library does not look at; `as<T>()` of the kind narrows it. */
export type Opaque = Readonly<Record<string, unknown>>;

/** A quantity or port: a number or its text form. */
export type IntOrString = number | string;

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Opaque;
}

export interface ResourceRequirements {
  readonly limits?: Readonly<Record<string, IntOrString>>;
  readonly requests?: Readonly<Record<string, IntOrString>>;
  readonly claims?: readonly Opaque[];
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
  readonly hostPort?: number;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly Opaque[];
  readonly ports?: readonly ContainerPort[];
  readonly resources?: ResourceRequirements;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly livenessProbe?: Opaque;
  readonly readinessProbe?: Opaque;
  readonly startupProbe?: Opaque;
  readonly lifecycle?: Opaque;
  readonly securityContext?: Opaque;
  readonly terminationMessagePath?: string;
  readonly terminationMessagePolicy?: string;
}

/** A volume; which source it has is told by the key beside `name`. */
export interface Volume {
  readonly name: string;
  readonly configMap?: Opaque;
  readonly secret?: Opaque;
  readonly emptyDir?: Opaque;
  readonly hostPath?: Opaque;
  readonly persistentVolumeClaim?: Opaque;
  readonly projected?: Opaque;
  readonly downwardAPI?: Opaque;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly affinity?: Opaque;
  readonly tolerations?: readonly Opaque[];
  readonly topologySpreadConstraints?: readonly Opaque[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly schedulerName?: string;
  readonly restartPolicy?: string;
  readonly dnsPolicy?: string;
  readonly priorityClassName?: string;
  readonly runtimeClassName?: string;
  readonly hostAliases?: readonly Opaque[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly securityContext?: Opaque;
  readonly terminationGracePeriodSeconds?: number;
  readonly automountServiceAccountToken?: boolean;
}

export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

export interface Namespace extends KubernetesObject {
  readonly spec?: Opaque;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

export interface Node extends KubernetesObject {
  readonly spec?: Opaque;
  readonly status?: Opaque;
}

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Secret extends KubernetesObject {
  readonly type?: string;
  /** Base64 text. */
  readonly data?: Readonly<Record<string, string>>;
  /** Plain text, write-only: the server folds it into `data`. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: IntOrString;
  readonly nodePort?: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ports?: readonly ServicePort[];
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly externalTrafficPolicy?: string;
    readonly internalTrafficPolicy?: string;
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly loadBalancerClass?: string;
    readonly loadBalancerIP?: string;
    readonly sessionAffinity?: string;
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
  };
  readonly status?: Opaque;
}

export interface ServiceAccount extends KubernetesObject {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly automountServiceAccountToken?: boolean;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image?: string;
  readonly state?: Opaque;
}

export interface Pod extends KubernetesObject {
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface PersistentVolumeClaim extends KubernetesObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly resources?: ResourceRequirements;
    readonly storageClassName?: string;
    readonly volumeMode?: string;
    readonly volumeName?: string;
  };
  readonly status?: Opaque;
}

export interface CoreEvent extends KubernetesObject {
  readonly involvedObject: Opaque;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly action?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string | null;
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
  readonly source?: Opaque;
  readonly series?: Opaque;
}

interface Rollout {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly Condition[];
}

export interface Deployment extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy?: Opaque;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
  };
  readonly status?: Rollout;
}

export interface StatefulSet extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly updateStrategy?: Opaque;
    readonly podManagementPolicy?: string;
    readonly revisionHistoryLimit?: number;
    readonly minReadySeconds?: number;
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[];
    readonly persistentVolumeClaimRetentionPolicy?: Opaque;
  };
  readonly status?: Rollout & {
    readonly currentReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

export interface ReplicaSet extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template?: PodTemplate;
  };
  readonly status?: Rollout;
}

export interface DaemonSet extends KubernetesObject {
  readonly spec?: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly updateStrategy?: Opaque;
  };
  readonly status?: Opaque;
}

export interface JobSpec {
  readonly template: PodTemplate;
  readonly backoffLimit?: number;
  readonly completions?: number;
  readonly parallelism?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly activeDeadlineSeconds?: number;
}

export interface Job extends KubernetesObject {
  readonly spec?: JobSpec;
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface CronJob extends KubernetesObject {
  readonly spec?: {
    readonly schedule: string;
    readonly jobTemplate: { readonly metadata?: Partial<ObjectMeta>; readonly spec: JobSpec };
    readonly concurrencyPolicy?: string;
    readonly suspend?: boolean;
    readonly timeZone?: string;
  };
  readonly status?: Opaque;
}

export interface PodDisruptionBudget extends KubernetesObject {
  readonly spec?: {
    readonly minAvailable?: IntOrString;
    readonly maxUnavailable?: IntOrString;
    readonly selector?: LabelSelector;
  };
  readonly status?: Opaque;
}

export interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** RFC 3339 with six fraction digits; the server refuses others. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface Ingress extends KubernetesObject {
  readonly spec?: Opaque;
  readonly status?: Opaque;
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec?: Opaque;
}

export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Role extends KubernetesObject {
  readonly rules?: readonly PolicyRule[];
}

export interface RoleBinding extends KubernetesObject {
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly apiGroup?: string;
  }[];
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
}

export interface CustomResourceDefinition extends KubernetesObject {
  readonly spec?: Opaque;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly acceptedNames?: Opaque };
}
