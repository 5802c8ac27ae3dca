// SPDX-License-Identifier: Apache-2.0
// The built-in kinds as data: names, scope, status and the rules that differ from the usual ones.
// Facts: Kubernetes API reference v1.36; rules marked in reference order of the API server's strategies.
import type { KindRules, PrinterColumn } from "./resource-type.js";

/** One row of the table. */
export interface BuiltinKind {
  readonly plural: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly noStatus?: true;
  readonly scale?: true;
  /** Name in the field table when it is not the kind. */
  readonly typeName?: string;
  readonly columns?: readonly PrinterColumn[];
  readonly rules?: KindRules;
}

const all = ["all"];
const generation = true;
const col = (name: string, jsonPath: string, type = "string", priority = 0): PrinterColumn => ({
  name,
  type,
  jsonPath,
  priority,
});
const age = col("Age", ".metadata.creationTimestamp", "date");

const core: readonly BuiltinKind[] = [
  {
    plural: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    cluster: true,
    columns: [col("Status", ".status.phase"), age],
    rules: { nameRule: "label", returnsDeleted: true, fieldLabels: ["status.phase"] },
  },
  {
    plural: "configmaps",
    kind: "ConfigMap",
    shortNames: ["cm"],
    noStatus: true,
  },
  {
    plural: "secrets",
    kind: "Secret",
    noStatus: true,
    columns: [col("Type", ".type"), age],
    rules: { fieldLabels: ["type"], immutable: ["type"] },
  },
  {
    plural: "services",
    kind: "Service",
    shortNames: ["svc"],
    categories: all,
    columns: [
      col("Type", ".spec.type"),
      col("Cluster-IP", ".spec.clusterIP"),
      col("Port(s)", ".spec.ports[*].port"),
      age,
    ],
    rules: {
      nameRule: "label1035",
      returnsDeleted: true,
      fieldLabels: ["spec.clusterIP", "spec.type"],
    },
  },
  { plural: "serviceaccounts", kind: "ServiceAccount", shortNames: ["sa"], noStatus: true },
  {
    plural: "pods",
    kind: "Pod",
    shortNames: ["po"],
    categories: all,
    columns: [
      col("Status", ".status.phase"),
      col("IP", ".status.podIP", "string", 1),
      col("Node", ".spec.nodeName", "string", 1),
      age,
    ],
    rules: {
      generation,
      returnsDeleted: true,
      requiredPaths: ["spec.containers"],
      fieldLabels: [
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
      ],
      mutableSpec: ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"],
    },
  },
  {
    plural: "persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
    shortNames: ["pvc"],
    columns: [
      col("Status", ".status.phase"),
      col("Volume", ".spec.volumeName"),
      col("Capacity", ".status.capacity.storage"),
      col("StorageClass", ".spec.storageClassName"),
      age,
    ],
    rules: {
      requiredPaths: ["spec.accessModes", "spec.resources.requests.storage"],
      mutableSpec: ["resources", "volumeName", "volumeAttributesClassName", "storageClassName"],
    },
  },
  {
    plural: "persistentvolumes",
    kind: "PersistentVolume",
    shortNames: ["pv"],
    cluster: true,
    columns: [col("Capacity", ".spec.capacity.storage"), col("Status", ".status.phase"), age],
  },
  {
    plural: "nodes",
    kind: "Node",
    shortNames: ["no"],
    cluster: true,
    rules: { fieldLabels: ["spec.unschedulable"] },
  },
  {
    plural: "events",
    kind: "Event",
    shortNames: ["ev"],
    noStatus: true,
    columns: [
      col("Last Seen", ".lastTimestamp", "date"),
      col("Type", ".type"),
      col("Reason", ".reason"),
      col("Object", ".involvedObject.name"),
      col("Message", ".message"),
    ],
    rules: {
      fieldLabels: [
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
      ],
    },
  },
  { plural: "endpoints", kind: "Endpoints", shortNames: ["ep"], noStatus: true },
  { plural: "podtemplates", kind: "PodTemplate", noStatus: true },
  {
    plural: "replicationcontrollers",
    kind: "ReplicationController",
    shortNames: ["rc"],
    categories: all,
    rules: { generation },
  },
  { plural: "resourcequotas", kind: "ResourceQuota", shortNames: ["quota"] },
  { plural: "limitranges", kind: "LimitRange", shortNames: ["limits"], noStatus: true },
];

const replicas = (ready: string): PrinterColumn[] => [
  col("Desired", ".spec.replicas", "integer"),
  col("Ready", ready, "integer"),
  age,
];

const apps: readonly BuiltinKind[] = [
  {
    plural: "deployments",
    kind: "Deployment",
    shortNames: ["deploy"],
    categories: all,
    scale: true,
    columns: replicas(".status.readyReplicas"),
    rules: {
      generation,
      immutable: ["spec.selector"],
      requiredPaths: ["spec.selector", "spec.template.spec.containers"],
    },
  },
  {
    plural: "statefulsets",
    kind: "StatefulSet",
    shortNames: ["sts"],
    categories: all,
    scale: true,
    columns: replicas(".status.readyReplicas"),
    rules: {
      generation,
      requiredPaths: ["spec.selector", "spec.template.spec.containers"],
      mutableSpec: [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
      ],
    },
  },
  {
    plural: "replicasets",
    kind: "ReplicaSet",
    shortNames: ["rs"],
    categories: all,
    scale: true,
    columns: replicas(".status.readyReplicas"),
    rules: {
      generation,
      immutable: ["spec.selector"],
      requiredPaths: ["spec.selector", "spec.template.spec.containers"],
      fieldLabels: ["status.replicas"],
    },
  },
  {
    plural: "daemonsets",
    kind: "DaemonSet",
    shortNames: ["ds"],
    categories: all,
    rules: {
      generation,
      immutable: ["spec.selector"],
      requiredPaths: ["spec.selector", "spec.template.spec.containers"],
    },
  },
  { plural: "controllerrevisions", kind: "ControllerRevision", noStatus: true },
];

const batch: readonly BuiltinKind[] = [
  {
    plural: "jobs",
    kind: "Job",
    categories: all,
    columns: [
      col("Completions", ".spec.completions", "integer"),
      col("Succeeded", ".status.succeeded", "integer"),
      age,
    ],
    rules: {
      generation,
      returnsDeleted: true,
      defaultPropagation: "Orphan",
      immutable: ["spec.selector", "spec.template", "spec.completionMode"],
      requiredPaths: ["spec.template.spec.containers"],
      fieldLabels: ["status.successful"],
    },
  },
  {
    plural: "cronjobs",
    kind: "CronJob",
    shortNames: ["cj"],
    categories: all,
    columns: [col("Schedule", ".spec.schedule"), age],
    rules: {
      generation,
      requiredPaths: ["spec.schedule", "spec.jobTemplate.spec.template.spec.containers"],
    },
  },
];

const rbacRules: KindRules = { nameRule: "path" };

/** Every built-in kind, by group and version. */
export const builtinKinds: Readonly<Record<string, readonly BuiltinKind[]>> = {
  v1: core,
  "apps/v1": apps,
  "batch/v1": batch,
  "autoscaling/v2": [
    {
      plural: "horizontalpodautoscalers",
      kind: "HorizontalPodAutoscaler",
      shortNames: ["hpa"],
      categories: all,
    },
  ],
  "policy/v1": [
    {
      plural: "poddisruptionbudgets",
      kind: "PodDisruptionBudget",
      shortNames: ["pdb"],
      columns: [
        col("Min Available", ".spec.minAvailable"),
        col("Max Unavailable", ".spec.maxUnavailable"),
        age,
      ],
      // The strategy of this kind checks its name as a path segment only.
      rules: { generation, lockedUpdate: true, nameRule: "path" },
    },
  ],
  "coordination.k8s.io/v1": [
    {
      plural: "leases",
      kind: "Lease",
      noStatus: true,
      columns: [col("Holder", ".spec.holderIdentity"), age],
      rules: { lockedUpdate: true, createOnUpdate: true },
    },
  ],
  "discovery.k8s.io/v1": [
    {
      plural: "endpointslices",
      kind: "EndpointSlice",
      noStatus: true,
      rules: { generation, immutable: ["addressType"] },
    },
  ],
  "networking.k8s.io/v1": [
    { plural: "ingresses", kind: "Ingress", shortNames: ["ing"], rules: { generation } },
    {
      plural: "ingressclasses",
      kind: "IngressClass",
      cluster: true,
      noStatus: true,
      rules: { generation },
    },
    {
      plural: "networkpolicies",
      kind: "NetworkPolicy",
      shortNames: ["netpol"],
      noStatus: true,
      rules: { generation },
    },
  ],
  "rbac.authorization.k8s.io/v1": [
    { plural: "roles", kind: "Role", noStatus: true, rules: rbacRules },
    {
      plural: "rolebindings",
      kind: "RoleBinding",
      noStatus: true,
      rules: { ...rbacRules, immutable: ["roleRef"] },
    },
    {
      plural: "clusterroles",
      kind: "ClusterRole",
      cluster: true,
      noStatus: true,
      rules: rbacRules,
    },
    {
      plural: "clusterrolebindings",
      kind: "ClusterRoleBinding",
      cluster: true,
      noStatus: true,
      rules: { ...rbacRules, immutable: ["roleRef"] },
    },
  ],
  "storage.k8s.io/v1": [
    {
      plural: "storageclasses",
      kind: "StorageClass",
      shortNames: ["sc"],
      cluster: true,
      noStatus: true,
    },
  ],
  "scheduling.k8s.io/v1": [
    {
      plural: "priorityclasses",
      kind: "PriorityClass",
      shortNames: ["pc"],
      cluster: true,
      noStatus: true,
      rules: { generation },
    },
  ],
  "apiextensions.k8s.io/v1": [
    {
      plural: "customresourcedefinitions",
      kind: "CustomResourceDefinition",
      shortNames: ["crd", "crds"],
      categories: ["api-extensions"],
      cluster: true,
      columns: [col("Created At", ".metadata.creationTimestamp", "date")],
      rules: { generation, lockedUpdate: true, immutable: ["spec.group", "spec.scope"] },
    },
  ],
};
