// SPDX-License-Identifier: Apache-2.0
// Rules of single built-in kinds that their data tables cannot say, with the API server's texts.
import { duplicate, forbiddenField, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, getIn, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { checkCrd } from "./crd-validation.js";
import * as other from "./other-validation.js";
import { checkDeadline, checkPodSpec, oneOf, portFaults } from "./pod-validation.js";
import * as workload from "./workload-validation.js";

type Rules = (object: JsonObject, current: JsonObject | undefined) => FieldError[];

const maxConfigBytes = 1_048_576;

function totalBytes(...maps: readonly unknown[]): number {
  let bytes = 0;
  for (const map of maps) {
    if (!isObject(map)) continue;
    for (const value of Object.values(map)) bytes += Buffer.byteLength(String(value));
  }
  return bytes;
}

const keyGrammar = /^[-._a-zA-Z0-9]+$/;

function checkKeys(field: string, map: unknown): FieldError[] {
  if (!isObject(map)) return [];
  return Object.keys(map).flatMap((key) =>
    keyFaults(key).map((why) => invalid(`${field}[${key}]`, key, why)),
  );
}

function keyFaults(key: string): string[] {
  const faults: string[] = [];
  if (key.length > 253) faults.push("must be no more than 253 characters");
  if (!keyGrammar.test(key)) {
    faults.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. " +
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === ".") faults.push("must not be '.'");
  else if (key === "..") faults.push("must not be '..'");
  else if (key.startsWith("..")) faults.push("must not start with '..'");
  return faults;
}

function checkFrozen(
  object: JsonObject,
  current: JsonObject | undefined,
  fields: string[],
): FieldError[] {
  if (own(current, "immutable") !== true) return [];
  const errors: FieldError[] = [];
  const why = "field is immutable when `immutable` is set";
  if (own(object, "immutable") !== true) errors.push(forbiddenField("immutable", why));
  for (const field of fields) {
    if (!equal(own(object, field), own(current, field))) errors.push(forbiddenField(field, why));
  }
  return errors;
}

const configMap: Rules = (object, current) => {
  const errors = [
    ...checkKeys("data", own(object, "data")),
    ...checkKeys("binaryData", own(object, "binaryData")),
    ...checkFrozen(object, current, ["data", "binaryData"]),
  ];
  if (totalBytes(own(object, "data"), own(object, "binaryData")) > maxConfigBytes) {
    const detail = `: may not be more than ${maxConfigBytes} bytes`;
    errors.push({ field: "[]", reason: "FieldValueTooLong", detail });
  }
  for (const key of Object.keys(objectAt(object, "data") ?? {})) {
    if (own(own(object, "binaryData"), key) === undefined) continue;
    errors.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
  }
  return errors;
};

const secret: Rules = (object, current) => {
  const errors = [
    ...checkKeys("data", own(object, "data")),
    ...checkFrozen(object, current, ["data"]),
  ];
  if (totalBytes(own(object, "data")) > maxConfigBytes) {
    const detail = `: may not be more than ${maxConfigBytes} bytes`;
    errors.push({ field: "data", reason: "FieldValueTooLong", detail });
  }
  return errors;
};

const service: Rules = (object) => {
  const spec = objectAt(object, "spec") ?? {};
  const ports = arrayAt(spec, "ports");
  const isHeadless = spec["clusterIP"] === "None";
  const type = stringAt(spec, "type") ?? "ClusterIP";
  const names = new Set<string>();
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && spec["type"] !== "ExternalName") {
    errors.push(required("spec.ports"));
  }
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    if (ports.length > 1 && stringAt(port, "name") === undefined) {
      errors.push(required(`${path}.name`));
    }
    const name = stringAt(port, "name") ?? "";
    if (name !== "" && names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    errors.push(
      ...portFaults(`${path}.port`, own(port, "port")),
      ...portFaults(`${path}.targetPort`, own(port, "targetPort")),
      ...oneOf(port, path, "protocol", ["SCTP", "TCP", "UDP"]),
    );
    if (own(port, "nodePort") !== undefined && (type === "ClusterIP" || type === "ExternalName")) {
      const why = `may not be used when \`type\` is '${type}'`;
      errors.push(forbiddenField(`${path}.nodePort`, why));
    }
  });
  if (type === "ExternalName" && (stringAt(spec, "externalName") ?? "") === "") {
    errors.push(required("spec.externalName"));
  }
  return [
    ...errors,
    ...oneOf(spec, "spec", "type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ...oneOf(spec, "spec", "sessionAffinity", ["ClientIP", "None"]),
  ];
};

const lease: Rules = (object) => {
  const seconds = getIn(object, "spec", "leaseDurationSeconds");
  if (typeof seconds !== "number" || seconds > 0) return [];
  return [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")];
};

const event: Rules = (object) => {
  const involved = stringAt(object, "involvedObject", "namespace") ?? "";
  const namespace = stringAt(object, "metadata", "namespace") ?? "";
  if (involved === namespace || (involved === "" && namespace === "default")) return [];
  return [invalid("involvedObject.namespace", involved, "does not match event.namespace")];
};

const byResource: Readonly<Record<string, Rules>> = {
  configmaps: configMap,
  secrets: secret,
  services: service,
  pods: (object, current) => [
    ...checkPodSpec(own(object, "spec"), "spec"),
    ...(current === undefined ? [] : checkDeadline(object, current)),
  ],
  persistentvolumeclaims: other.checkClaim,
  "deployments.apps": workload.checkDeployment,
  "statefulsets.apps": workload.checkStatefulSet,
  "replicasets.apps": workload.checkReplicas("replicaset"),
  "daemonsets.apps": workload.checkReplicas("daemonset"),
  "jobs.batch": workload.checkJob,
  "roles.rbac.authorization.k8s.io": other.checkRole(true),
  "clusterroles.rbac.authorization.k8s.io": other.checkRole(false),
  "rolebindings.rbac.authorization.k8s.io": other.checkBinding(["Role", "ClusterRole"]),
  "clusterrolebindings.rbac.authorization.k8s.io": other.checkBinding(["ClusterRole"]),
  "ingresses.networking.k8s.io": other.checkIngress,
  "networkpolicies.networking.k8s.io": other.checkNetworkPolicy,
  "storageclasses.storage.k8s.io": other.checkStorageClass,
  "priorityclasses.scheduling.k8s.io": other.checkPriorityClass,
  "leases.coordination.k8s.io": lease,
  events: event,
  "customresourcedefinitions.apiextensions.k8s.io": checkCrd,
};

/** The rules of a resource, if it has any. */
export function kindRulesOf(storageKey: string): Rules | undefined {
  return byResource[storageKey];
}
