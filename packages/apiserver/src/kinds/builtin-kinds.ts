// SPDX-License-Identifier: Apache-2.0
// The built-in kinds as data: names, scope, status and the rules that differ from the usual ones.
// Facts: Kubernetes API reference v1.36; rules marked in reference order of the API server's strategies.
import { all } from "./builtin-kind.js";
import type { BuiltinKind } from "./builtin-kind.js";
import { coreKinds } from "./core-kinds.js";
import type { KindRules } from "./resource-type.js";

const generation = true;

const apps: readonly BuiltinKind[] = [
  {
    plural: "deployments",
    kind: "Deployment",
    shortNames: ["deploy"],
    categories: all,
    scale: true,
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
    rules: {
      generation,
      requiredPaths: ["spec.schedule", "spec.jobTemplate.spec.template.spec.containers"],
    },
  },
];

const rbacRules: KindRules = { nameRule: "path" };

/** Every built-in kind, by group and version. */
export const builtinKinds: Readonly<Record<string, readonly BuiltinKind[]>> = {
  v1: coreKinds,
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
      // The strategy of this kind checks its name as a path segment only.
      rules: { generation, lockedUpdate: true, nameRule: "path" },
    },
  ],
  "coordination.k8s.io/v1": [
    {
      plural: "leases",
      kind: "Lease",
      noStatus: true,
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
      rules: { generation, lockedUpdate: true, immutable: ["spec.group", "spec.scope"] },
    },
  ],
};
