// SPDX-License-Identifier: Apache-2.0
// The tables of built-in kinds: which columns `kubectl get` shows, and their cells.
import { arrayAt, getIn, objectAt, stringAt } from "../json.js";
import * as cells from "./table-cells.js";
import type { Cell } from "./table-cells.js";
import { podReady, podRestarts, podStatus, readinessGates } from "./pod-cells.js";

/** A column and how its cells are made. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  /** 0 shows always, 1 only with `-o wide`. */
  readonly priority: number;
  readonly cell: Cell;
}

const { none, text, since } = cells;

const column = (name: string, cell: Cell, priority = 0, type = "string"): TableColumn => ({
  name,
  type,
  priority,
  cell,
});
const wide = (name: string, cell: Cell): TableColumn => column(name, cell, 1);
const integer = (name: string, path: string): TableColumn =>
  column(name, cells.number(path), 0, "integer");

const nameCell = text("metadata.name");
const name: TableColumn = { ...column("Name", nameCell), format: "name" };
const age = column("Age", since("metadata.creationTimestamp"));
const createdAt = column("Created At", text("metadata.creationTimestamp"), 0, "date");

const ready = column("Ready", (object) => {
  const wanted = Number(getIn(object, "spec", "replicas") ?? 0);
  return `${Number(getIn(object, "status", "readyReplicas") ?? 0)}/${wanted}`;
});
const containers = wide("Containers", cells.containers("name"));
const images = wide("Images", cells.containers("image"));
const selector = wide("Selector", (object) =>
  cells.selectorText(objectAt(object, "spec", "selector")),
);
const replicas = [
  integer("Desired", "spec.replicas"),
  integer("Current", "status.replicas"),
  integer("Ready", "status.readyReplicas"),
];
const accessModes =
  (path: string): Cell =>
  (object) =>
    cells.accessModes(arrayAt(object, ...path.split(".")));

const core: Readonly<Record<string, readonly TableColumn[]>> = {
  namespaces: [name, column("Status", text("status.phase")), age],
  configmaps: [name, column("Data", cells.count("data", "binaryData")), age],
  secrets: [name, column("Type", text("type")), column("Data", cells.count("data")), age],
  serviceaccounts: [name, column("Secrets", cells.count("secrets")), age],
  services: [
    name,
    column("Type", text("spec.type")),
    column("Cluster-IP", text("spec.clusterIP", none)),
    column("External-IP", cells.serviceExternal),
    column("Port(s)", cells.servicePorts),
    age,
    wide("Selector", (object) => cells.labelsText(objectAt(object, "spec", "selector"))),
  ],
  pods: [
    name,
    column("Ready", podReady),
    column("Status", podStatus),
    column("Restarts", podRestarts),
    age,
    wide("IP", text("status.podIP", none)),
    wide("Node", text("spec.nodeName", none)),
    wide("Nominated Node", text("status.nominatedNodeName", none)),
    wide("Readiness Gates", readinessGates),
  ],
  persistentvolumeclaims: [
    name,
    column("Status", text("status.phase")),
    column("Volume", text("spec.volumeName")),
    column("Capacity", text("status.capacity.storage")),
    column("Access Modes", accessModes("status.accessModes")),
    column("StorageClass", text("spec.storageClassName")),
    column("VolumeAttributesClass", text("spec.volumeAttributesClassName", "<unset>")),
    age,
    wide("VolumeMode", text("spec.volumeMode", "<unset>")),
  ],
  persistentvolumes: [
    name,
    column("Capacity", text("spec.capacity.storage")),
    column("Access Modes", accessModes("spec.accessModes")),
    column("Reclaim Policy", text("spec.persistentVolumeReclaimPolicy")),
    column("Status", text("status.phase")),
    column("Claim", (object) => {
      const claim = objectAt(object, "spec", "claimRef");
      if (claim === undefined) return "";
      return `${stringAt(claim, "namespace") ?? ""}/${stringAt(claim, "name") ?? ""}`;
    }),
    column("StorageClass", text("spec.storageClassName")),
    column("VolumeAttributesClass", text("spec.volumeAttributesClassName", "<unset>")),
    column("Reason", text("status.reason")),
    age,
    wide("VolumeMode", text("spec.volumeMode", "<unset>")),
  ],
  nodes: [
    name,
    column("Status", cells.nodeStatus),
    column("Roles", cells.nodeRoles),
    age,
    column("Version", text("status.nodeInfo.kubeletVersion")),
    wide("Internal-IP", cells.nodeAddress("InternalIP")),
    wide("External-IP", cells.nodeAddress("ExternalIP")),
    wide("OS-Image", text("status.nodeInfo.osImage", "<unknown>")),
    wide("Kernel-Version", text("status.nodeInfo.kernelVersion", "<unknown>")),
    wide("Container-Runtime", text("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
  ],
  events: [
    column("Last Seen", (event, nowMs) => since(lastTimePath(event))(event, nowMs)),
    column("Type", text("type")),
    column("Reason", text("reason")),
    column("Object", (event) => {
      const kind = stringAt(event, "involvedObject", "kind") ?? "";
      return `${kind.toLowerCase()}/${stringAt(event, "involvedObject", "name") ?? ""}`;
    }),
    wide("Subobject", text("involvedObject.fieldPath")),
    wide("Source", (event) => {
      const component =
        stringAt(event, "source", "component") || stringAt(event, "reportingComponent") || "";
      const host = stringAt(event, "source", "host") || stringAt(event, "reportingInstance") || "";
      return host === "" ? component : `${component}, ${host}`;
    }),
    column("Message", (event) => (stringAt(event, "message") ?? "").trim()),
    wide("First Seen", (event, nowMs) =>
      since(stringAt(event, "firstTimestamp") === undefined ? "eventTime" : "firstTimestamp")(
        event,
        nowMs,
      ),
    ),
    wide("Count", (event) => {
      const count = getIn(event, "series", "count") ?? getIn(event, "count");
      return Number(count ?? 0) || 1;
    }),
    { ...name, priority: 1 },
  ],
  endpoints: [name, column("Endpoints", cells.endpointsText), age],
  replicationcontrollers: [
    name,
    ...replicas,
    age,
    containers,
    images,
    wide("Selector", (object) => cells.labelsText(objectAt(object, "spec", "selector"))),
  ],
};

function lastTimePath(event: unknown): string {
  for (const path of ["series.lastObservedTime", "lastTimestamp"]) {
    if (stringAt(event, ...path.split(".")) !== undefined) return path;
  }
  return "eventTime";
}

const workloads: Readonly<Record<string, readonly TableColumn[]>> = {
  "deployments.apps": [
    name,
    ready,
    column("Up-to-date", cells.number("status.updatedReplicas")),
    column("Available", cells.number("status.availableReplicas")),
    age,
    containers,
    images,
    selector,
  ],
  "statefulsets.apps": [name, ready, age, containers, images],
  "replicasets.apps": [name, ...replicas, age, containers, images, selector],
  "daemonsets.apps": [
    name,
    integer("Desired", "status.desiredNumberScheduled"),
    integer("Current", "status.currentNumberScheduled"),
    integer("Ready", "status.numberReady"),
    integer("Up-to-date", "status.updatedNumberScheduled"),
    integer("Available", "status.numberAvailable"),
    column("Node Selector", (object) =>
      cells.labelsText(objectAt(object, "spec", "template", "spec", "nodeSelector")),
    ),
    age,
    containers,
    images,
    selector,
  ],
  "jobs.batch": [
    name,
    column("Status", cells.jobStatus),
    column("Completions", cells.jobCompletions),
    column("Duration", cells.jobDuration),
    age,
    containers,
    images,
    selector,
  ],
  "cronjobs.batch": [
    name,
    column("Schedule", text("spec.schedule")),
    column("Timezone", text("spec.timeZone", none)),
    column("Suspend", (object) => (getIn(object, "spec", "suspend") === true ? "True" : "False")),
    column("Active", (object) => arrayAt(object, "status", "active").length, 0, "integer"),
    column("Last Schedule", (object, nowMs) =>
      stringAt(object, "status", "lastScheduleTime") === undefined
        ? none
        : since("status.lastScheduleTime")(object, nowMs),
    ),
    age,
    wide("Containers", cells.containers("name", "spec.jobTemplate.spec.template.spec")),
    wide("Images", cells.containers("image", "spec.jobTemplate.spec.template.spec")),
    wide("Selector", () => none),
  ],
};

const binding = (kind: string): readonly TableColumn[] => [
  name,
  column("Role", (object) => {
    const role = objectAt(object, "roleRef");
    return `${stringAt(role, "kind") ?? ""}/${stringAt(role, "name") ?? ""}`;
  }),
  age,
  wide("Users", cells.subjects("User")),
  wide("Groups", cells.subjects("Group")),
  wide(kind, cells.subjects("ServiceAccount")),
];

const others: Readonly<Record<string, readonly TableColumn[]>> = {
  "leases.coordination.k8s.io": [name, column("Holder", text("spec.holderIdentity")), age],
  "ingresses.networking.k8s.io": [
    name,
    column("Class", text("spec.ingressClassName", none)),
    column("Hosts", cells.ingressHosts),
    column("Address", (object) =>
      arrayAt(object, "status", "loadBalancer", "ingress")
        .map((item) => stringAt(item, "ip") || stringAt(item, "hostname") || "")
        .join(","),
    ),
    column("Ports", (object) => (arrayAt(object, "spec", "tls").length > 0 ? "80, 443" : "80")),
    age,
  ],
  "ingressclasses.networking.k8s.io": [
    name,
    column("Controller", text("spec.controller")),
    column("Parameters", (object) => {
      const parameters = objectAt(object, "spec", "parameters");
      if (parameters === undefined) return none;
      const group = stringAt(parameters, "apiGroup");
      const kind = stringAt(parameters, "kind") ?? "";
      const full = group === undefined ? kind : `${kind}.${group}`;
      return `${full}/${stringAt(parameters, "name") ?? ""}`;
    }),
    age,
  ],
  "networkpolicies.networking.k8s.io": [
    name,
    column("Pod-Selector", (object) => cells.selectorText(objectAt(object, "spec", "podSelector"))),
    age,
  ],
  "rolebindings.rbac.authorization.k8s.io": binding("ServiceAccounts"),
  "clusterrolebindings.rbac.authorization.k8s.io": binding("ServiceAccounts"),
  "poddisruptionbudgets.policy": [
    name,
    column("Min Available", intOrString("minAvailable")),
    column("Max Unavailable", intOrString("maxUnavailable")),
    integer("Allowed Disruptions", "status.disruptionsAllowed"),
    age,
  ],
  "storageclasses.storage.k8s.io": [
    name,
    column("Provisioner", text("provisioner")),
    column("ReclaimPolicy", text("reclaimPolicy", "Delete")),
    column("VolumeBindingMode", text("volumeBindingMode", "Immediate")),
    column("AllowVolumeExpansion", (object) => getIn(object, "allowVolumeExpansion") === true),
    age,
  ],
  "priorityclasses.scheduling.k8s.io": [
    name,
    column("Value", cells.number("value"), 0, "integer"),
    column("Global-Default", (object) => getIn(object, "globalDefault") === true, 0, "boolean"),
    age,
  ],
  "horizontalpodautoscalers.autoscaling": [
    name,
    column("Reference", (object) => {
      const target = objectAt(object, "spec", "scaleTargetRef");
      return `${stringAt(target, "kind") ?? ""}/${stringAt(target, "name") ?? ""}`;
    }),
    column("MinPods", (object) => String(getIn(object, "spec", "minReplicas") ?? "<unset>")),
    column("MaxPods", cells.number("spec.maxReplicas")),
    column("Replicas", cells.number("status.currentReplicas")),
    age,
  ],
};

function intOrString(key: string): Cell {
  return (object) => String(getIn(object, "spec", key) ?? "N/A");
}

const tables: Readonly<Record<string, readonly TableColumn[]>> = {
  ...core,
  ...workloads,
  ...others,
};

/** The columns of a built-in kind; its name and when it was made when it has no table of its own. */
export function builtinTable(storageKey: string): readonly TableColumn[] {
  return tables[storageKey] ?? [name, createdAt];
}
