// SPDX-License-Identifier: Apache-2.0
// Cells of `kubectl get` for built-in kinds, made from several fields of an object.
import { arrayAt, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { shortDuration } from "./age.js";

/** A cell: from the object and the present moment. */
export type Cell = (object: JsonObject, nowMs: number) => unknown;

export const none = "<none>";

/** A text at a path, or what stands for its absence. */
export const text =
  (path: string, absent = ""): Cell =>
  (object) =>
    stringAt(object, ...path.split(".")) || absent;

/** A number at a path, or 0. */
export const number =
  (path: string): Cell =>
  (object) =>
    Number(getIn(object, ...path.split(".")) ?? 0);

/** How long ago the time at a path was. */
export const since =
  (path: string): Cell =>
  (object, nowMs) =>
    shortDuration(stringAt(object, ...path.split(".")), nowMs);

/** How many entries the maps or lists at paths have together. */
export const count =
  (...keys: readonly string[]): Cell =>
  (object) =>
    keys.reduce(
      (sum, key) => sum + Object.keys((own(object, key) as object | null) ?? {}).length,
      0,
    );

/** Labels as `a=b,c=d`. */
export function labelsText(labels: JsonObject | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? none : pairs.sort().join(",");
}

/** A label selector in its short form. */
export function selectorText(selector: unknown): string {
  const labels = objectAt(selector, "matchLabels");
  const simple = labels === undefined ? [] : [labelsText(labels)].filter((part) => part !== none);
  const expressions = arrayAt(selector, "matchExpressions").map((expression) => {
    const key = stringAt(expression, "key") ?? "";
    const values = `(${arrayAt(expression, "values").map(String).sort().join(",")})`;
    const operator = stringAt(expression, "operator") ?? "";
    if (operator === "Exists") return key;
    return operator === "DoesNotExist" ? `!${key}` : `${key} ${operator.toLowerCase()} ${values}`;
  });
  return [...simple, ...expressions].join(",") || none;
}

/** A field of each container of a template, joined. */
export const containers =
  (field: string, path = "spec.template.spec"): Cell =>
  (object) =>
    arrayAt(object, ...path.split("."), "containers")
      .map((container) => stringAt(container, field) ?? "")
      .join(",");

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** Access modes in their short form. */
export function accessModes(modes: readonly unknown[]): string {
  return modes.map((mode) => shortModes[String(mode)] ?? String(mode)).join(",");
}

/** Names of the subjects of one kind. */
export const subjects =
  (kind: string): Cell =>
  (binding) =>
    arrayAt(binding, "subjects")
      .filter((subject) => stringAt(subject, "kind") === kind)
      .map((subject) => {
        const namespace = stringAt(subject, "namespace") ?? "";
        const name = stringAt(subject, "name") ?? "";
        return kind === "ServiceAccount" ? `${namespace}/${name}` : name;
      })
      .join(", ");

/** `address:port` of each endpoint, the first three. */
export function endpointsText(endpoints: JsonObject): string {
  const all = arrayAt(endpoints, "subsets").flatMap((subset) => {
    const addresses = arrayAt(subset, "addresses").map((address) => stringAt(address, "ip") ?? "");
    const ports = arrayAt(subset, "ports").map((port) => `:${String(own(port, "port"))}`);
    return (ports.length === 0 ? [""] : ports).flatMap((port) =>
      addresses.map((address) => address + port),
    );
  });
  if (all.length === 0) return none;
  const more = all.length > 3 ? ` + ${all.length - 3} more...` : "";
  return all.slice(0, 3).join(",") + more;
}

/** `80/TCP,443:30443/TCP`. */
export function servicePorts(service: JsonObject): string {
  const ports = arrayAt(service, "spec", "ports").map((port) => {
    const nodePort = own(port, "nodePort");
    const single = String(own(port, "port"));
    const both = nodePort === undefined ? single : `${single}:${String(nodePort)}`;
    return `${both}/${stringAt(port, "protocol") ?? "TCP"}`;
  });
  return ports.join(",") || none;
}

/** Where a Service can be reached from outside. */
export function serviceExternal(service: JsonObject): string {
  const type = stringAt(service, "spec", "type");
  if (type === "ExternalName") return stringAt(service, "spec", "externalName") ?? none;
  const external = arrayAt(service, "spec", "externalIPs").map(String);
  const ingress = arrayAt(service, "status", "loadBalancer", "ingress").map(
    (item) => stringAt(item, "ip") ?? stringAt(item, "hostname") ?? "",
  );
  const all = [...ingress, ...external];
  if (all.length > 0) return all.join(",");
  return type === "LoadBalancer" ? "<pending>" : none;
}

/** `succeeded/wanted` of a Job. */
export function jobCompletions(job: JsonObject): string {
  const succeeded = Number(getIn(job, "status", "succeeded") ?? 0);
  const completions = getIn(job, "spec", "completions");
  if (completions !== undefined) return `${succeeded}/${String(completions)}`;
  const parallelism = Number(getIn(job, "spec", "parallelism") ?? 0);
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** How long a Job has run, or ran. */
export function jobDuration(job: JsonObject, nowMs: number): string {
  const start = stringAt(job, "status", "startTime");
  if (start === undefined) return "";
  const end = stringAt(job, "status", "completionTime");
  return shortDuration(start, end === undefined ? nowMs : Date.parse(end));
}

/** One word for a Job, from its conditions. */
export function jobStatus(job: JsonObject): string {
  const holds = (type: string): boolean =>
    arrayAt(job, "status", "conditions").some(
      (condition) =>
        stringAt(condition, "type") === type && stringAt(condition, "status") === "True",
    );
  for (const type of ["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"]) {
    if (holds(type)) return type;
  }
  return stringAt(job, "metadata", "deletionTimestamp") === undefined ? "Running" : "Terminating";
}

/** Ready or not, as the node's conditions say. */
export function nodeStatus(node: JsonObject): string {
  const ready = arrayAt(node, "status", "conditions").find(
    (condition) => stringAt(condition, "type") === "Ready",
  );
  const word =
    ready === undefined ? "Unknown" : stringAt(ready, "status") === "True" ? "Ready" : "NotReady";
  return getIn(node, "spec", "unschedulable") === true ? `${word},SchedulingDisabled` : word;
}

/** Roles of a node, from its labels. */
export function nodeRoles(node: JsonObject): string {
  const prefix = "node-role.kubernetes.io/";
  const labels = Object.keys(objectAt(node, "metadata", "labels") ?? {});
  const roles = labels
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  return roles.sort().join(",") || none;
}

/** An address of a node. */
export const nodeAddress =
  (type: string): Cell =>
  (node) => {
    const found = arrayAt(node, "status", "addresses").find(
      (address) => stringAt(address, "type") === type,
    );
    return stringAt(found, "address") ?? none;
  };

/** Hosts of an Ingress; `*` when a rule names none. */
export function ingressHosts(ingress: JsonObject): string {
  const hosts = arrayAt(ingress, "spec", "rules").map((rule) => stringAt(rule, "host") || "*");
  if (hosts.length === 0) return "*";
  const more = hosts.length > 3 ? ` + ${hosts.length - 3} more...` : "";
  return hosts.slice(0, 3).join(",") + more;
}
