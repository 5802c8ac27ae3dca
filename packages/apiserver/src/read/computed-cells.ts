// SPDX-License-Identifier: Apache-2.0
// Cells of `kubectl get` that are made from several fields of an object.
import { arrayAt, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

const numberAt = (object: JsonObject, ...path: string[]): number =>
  Number(getIn(object, ...path) ?? 0);

function podReady(pod: JsonObject): string {
  const statuses = arrayAt(pod, "status", "containerStatuses");
  const ready = statuses.filter((status) => own(status, "ready") === true).length;
  return `${ready}/${arrayAt(pod, "spec", "containers").length}`;
}

function podStatus(pod: JsonObject): string {
  if (stringAt(pod, "metadata", "deletionTimestamp") !== undefined) return "Terminating";
  const waiting = arrayAt(pod, "status", "containerStatuses")
    .map((status) => stringAt(status, "state", "waiting", "reason"))
    .find((reason) => reason !== undefined);
  return waiting ?? stringAt(pod, "status", "reason") ?? stringAt(pod, "status", "phase") ?? "";
}

function podRestarts(pod: JsonObject): string {
  const counts = arrayAt(pod, "status", "containerStatuses").map((status) =>
    Number(own(status, "restartCount") ?? 0),
  );
  return String(counts.reduce((sum, count) => sum + count, 0));
}

function servicePorts(service: JsonObject): string {
  const ports = arrayAt(service, "spec", "ports").map((port) => {
    const nodePort = own(port, "nodePort");
    const number = String(own(port, "port"));
    const both = nodePort === undefined ? number : `${number}:${String(nodePort)}`;
    return `${both}/${stringAt(port, "protocol") ?? "TCP"}`;
  });
  return ports.join(",") || "<none>";
}

function serviceExternal(service: JsonObject): string {
  const type = stringAt(service, "spec", "type");
  if (type === "ExternalName") return stringAt(service, "spec", "externalName") ?? "<none>";
  const external = arrayAt(service, "spec", "externalIPs").map(String);
  const ingress = arrayAt(service, "status", "loadBalancer", "ingress").map(
    (item) => stringAt(item, "ip") ?? stringAt(item, "hostname") ?? "",
  );
  const all = [...ingress, ...external];
  if (all.length > 0) return all.join(",");
  return type === "LoadBalancer" ? "<pending>" : "<none>";
}

const cells: Readonly<Record<string, (object: JsonObject) => unknown>> = {
  podReady,
  podStatus,
  podRestarts,
  servicePorts,
  serviceExternal,
  dataCount: (object) =>
    Object.keys(objectAt(object, "data") ?? {}).length +
    Object.keys(objectAt(object, "binaryData") ?? {}).length,
  replicasReady: (object) =>
    `${numberAt(object, "status", "readyReplicas")}/${numberAt(object, "spec", "replicas")}`,
  readyReplicas: (object) => numberAt(object, "status", "readyReplicas"),
  updatedReplicas: (object) => numberAt(object, "status", "updatedReplicas"),
  availableReplicas: (object) => numberAt(object, "status", "availableReplicas"),
};

/** The cell of a computed column. */
export function computedCell(object: JsonObject, compute: string): unknown {
  return cells[compute]?.(object) ?? null;
}
