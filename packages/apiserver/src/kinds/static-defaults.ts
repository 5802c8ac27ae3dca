// SPDX-License-Identifier: Apache-2.0
// Default values of built-in fields that depend on nothing but the field itself, by type.
// Source: the API server's versioned defaults (Kubernetes API reference v1.36, "Defaults to …").
// Defaults that look at other fields are in kinds/defaulting.ts.

const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const container = {
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  resources: {},
};

/** Type name → field → value; a field is filled when its object exists and it is absent. */
export const defaultsByType: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // core
  Secret: { type: "Opaque" },
  ServiceSpec: { sessionAffinity: "None", type: "ClusterIP" },
  ServicePort: { protocol: "TCP" },
  EndpointPort: { protocol: "TCP" },
  PodSpec: {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  },
  Container: container,
  EphemeralContainer: container,
  ContainerPort: { protocol: "TCP" },
  Probe: probe,
  HTTPGetAction: { path: "/", scheme: "HTTP" },
  GRPCAction: { service: "" },
  ObjectFieldSelector: { apiVersion: "v1" },
  SecretVolumeSource: { defaultMode: 420 },
  ConfigMapVolumeSource: { defaultMode: 420 },
  DownwardAPIVolumeSource: { defaultMode: 420 },
  ProjectedVolumeSource: { defaultMode: 420 },
  ServiceAccountTokenProjection: { expirationSeconds: 3600 },
  HostPathVolumeSource: { type: "" },
  ISCSIVolumeSource: { iscsiInterface: "default" },
  AzureDiskVolumeSource: {
    cachingMode: "ReadWrite",
    fsType: "ext4",
    kind: "Shared",
    readOnly: false,
  },
  PersistentVolumeClaimSpec: { volumeMode: "Filesystem" },
  PersistentVolumeSpec: { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" },
  // apps
  DeploymentSpec: {
    replicas: 1,
    strategy: {},
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  },
  DeploymentStrategy: { type: "RollingUpdate" },
  RollingUpdateDeployment: { maxUnavailable: "25%", maxSurge: "25%" },
  StatefulSetSpec: {
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    updateStrategy: {},
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {},
  },
  StatefulSetUpdateStrategy: { type: "RollingUpdate" },
  StatefulSetPersistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  ReplicaSetSpec: { replicas: 1 },
  ReplicationControllerSpec: { replicas: 1 },
  DaemonSetSpec: { updateStrategy: {}, revisionHistoryLimit: 10 },
  DaemonSetUpdateStrategy: { type: "RollingUpdate" },
  RollingUpdateDaemonSet: { maxUnavailable: 1, maxSurge: 0 },
  // batch
  JobSpec: {
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    manualSelector: false,
  },
  CronJobSpec: {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  },
  // others
  HorizontalPodAutoscalerSpec: { minReplicas: 1 },
  "discovery.v1.EndpointPort": { name: "", protocol: "TCP" },
  NetworkPolicyPort: { protocol: "TCP" },
  StorageClass: { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
  CustomResourceDefinitionSpec: { conversion: { strategy: "None" } },
};
