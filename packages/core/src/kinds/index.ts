// SPDX-License-Identifier: Apache-2.0
// Built-in kinds, with the parts of their types that operators touch (stage 0: words).
import { defineKind, type Kind } from "../kind.js";
import type * as types from "./types.js";

export type * from "./types.js";

export const namespaces: Kind<types.Namespace> = defineKind("v1", "Namespace", {
  scope: "Cluster",
});
export const nodes: Kind<types.Node> = defineKind("v1", "Node", { scope: "Cluster" });
export const configMaps: Kind<types.ConfigMap> = defineKind("v1", "ConfigMap");
export const secrets: Kind<types.Secret> = defineKind("v1", "Secret");
export const services: Kind<types.Service> = defineKind("v1", "Service");
export const serviceAccounts: Kind<types.ServiceAccount> = defineKind("v1", "ServiceAccount");
export const pods: Kind<types.Pod> = defineKind("v1", "Pod");
export const persistentVolumeClaims: Kind<types.PersistentVolumeClaim> = defineKind(
  "v1",
  "PersistentVolumeClaim",
);
export const coreEvents: Kind<types.CoreEvent> = defineKind("v1", "Event");
export const deployments: Kind<types.Deployment> = defineKind("apps/v1", "Deployment");
export const statefulSets: Kind<types.StatefulSet> = defineKind("apps/v1", "StatefulSet");
export const replicaSets: Kind<types.ReplicaSet> = defineKind("apps/v1", "ReplicaSet");
export const daemonSets: Kind<types.DaemonSet> = defineKind("apps/v1", "DaemonSet");
export const jobs: Kind<types.Job> = defineKind("batch/v1", "Job");
export const cronJobs: Kind<types.CronJob> = defineKind("batch/v1", "CronJob");
export const podDisruptionBudgets: Kind<types.PodDisruptionBudget> = defineKind(
  "policy/v1",
  "PodDisruptionBudget",
);
export const leases: Kind<types.Lease> = defineKind("coordination.k8s.io/v1", "Lease");
export const ingresses: Kind<types.Ingress> = defineKind("networking.k8s.io/v1", "Ingress");
export const networkPolicies: Kind<types.NetworkPolicy> = defineKind(
  "networking.k8s.io/v1",
  "NetworkPolicy",
);
export const roles: Kind<types.Role> = defineKind("rbac.authorization.k8s.io/v1", "Role");
export const roleBindings: Kind<types.RoleBinding> = defineKind(
  "rbac.authorization.k8s.io/v1",
  "RoleBinding",
);
export const customResourceDefinitions: Kind<types.CustomResourceDefinition> = defineKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  { scope: "Cluster" },
);
