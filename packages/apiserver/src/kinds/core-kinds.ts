// SPDX-License-Identifier: Apache-2.0
// The kinds of the core group as data. Facts: Kubernetes API reference v1.36.
import { all } from "./builtin-kind.js";
import type { BuiltinKind } from "./builtin-kind.js";

/** The kinds of the core group. */
export const coreKinds: readonly BuiltinKind[] = [
  {
    plural: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    cluster: true,
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
    rules: { fieldLabels: ["type"], immutable: ["type"] },
  },
  {
    plural: "services",
    kind: "Service",
    shortNames: ["svc"],
    categories: all,
    rules: {
      nameRule: "label1035",
      returnsDeleted: true,
      fieldLabels: ["spec.clusterIP", "spec.type"],
    },
  },
  {
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    shortNames: ["sa"],
    noStatus: true,
    rules: { returnsDeleted: true },
  },
  {
    plural: "pods",
    kind: "Pod",
    shortNames: ["po"],
    categories: all,
    rules: {
      generation: true,
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
    rules: {
      returnsDeleted: true,
      mutableSpec: ["resources", "volumeName", "volumeAttributesClassName", "storageClassName"],
    },
  },
  {
    plural: "persistentvolumes",
    kind: "PersistentVolume",
    shortNames: ["pv"],
    rules: { returnsDeleted: true },
    cluster: true,
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
  { plural: "podtemplates", kind: "PodTemplate", noStatus: true, rules: { returnsDeleted: true } },
  {
    plural: "replicationcontrollers",
    kind: "ReplicationController",
    shortNames: ["rc"],
    categories: all,
    rules: { generation: true },
  },
  {
    plural: "resourcequotas",
    kind: "ResourceQuota",
    shortNames: ["quota"],
    rules: { returnsDeleted: true },
  },
  { plural: "limitranges", kind: "LimitRange", shortNames: ["limits"], noStatus: true },
];
