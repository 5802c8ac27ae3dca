// SPDX-License-Identifier: Apache-2.0
// Rules of single built-in kinds that their data tables cannot say, with the API server's texts.
import { forbiddenField, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, getIn, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { checkCrd } from "./crd-validation.js";

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
  return Object.keys(map)
    .filter((key) => !keyGrammar.test(key) || key.length > 253)
    .map((key) =>
      invalid(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. " +
          "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
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
    errors.push({ field: "", reason: "FieldValueTooLong", detail });
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

/** The selector of a workload must select its own pods. */
const selectsTemplate: Rules = (object) => {
  const wanted = objectAt(object, "spec", "selector", "matchLabels") ?? {};
  const labels = objectAt(object, "spec", "template", "metadata", "labels") ?? {};
  const misses = Object.keys(wanted).some((key) => own(labels, key) !== wanted[key]);
  if (!misses) return [];
  const why = "`selector` does not match template `labels`";
  return [invalid("spec.template.metadata.labels", labels, why)];
};

const service: Rules = (object) => {
  const spec = objectAt(object, "spec") ?? {};
  const ports = arrayAt(spec, "ports");
  const isHeadless = spec["clusterIP"] === "None";
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && spec["type"] !== "ExternalName") {
    errors.push(required("spec.ports"));
  }
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    if (ports.length > 1 && stringAt(port, "name") === undefined) {
      errors.push(required(`${path}.name`));
    }
    const number = own(port, "port");
    if (typeof number === "number" && (number < 1 || number > 65_535)) {
      errors.push(invalid(`${path}.port`, number, "must be between 1 and 65535, inclusive"));
    }
  });
  return errors;
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
  "deployments.apps": selectsTemplate,
  "statefulsets.apps": selectsTemplate,
  "replicasets.apps": selectsTemplate,
  "daemonsets.apps": selectsTemplate,
  "leases.coordination.k8s.io": lease,
  events: event,
  "customresourcedefinitions.apiextensions.k8s.io": checkCrd,
};

/** The rules of a resource, if it has any. */
export function kindRulesOf(storageKey: string): Rules | undefined {
  return byResource[storageKey];
}
