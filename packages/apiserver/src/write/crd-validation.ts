// SPDX-License-Identifier: Apache-2.0
// Rules of CustomResourceDefinitions: names, versions, and schemas that are structural.
import { forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

const protectedGroup = /(^|\.)(k8s\.io|kubernetes\.io)$/;
const approval = "api-approved.kubernetes.io";

function checkNames(crd: JsonObject): FieldError[] {
  const spec = objectAt(crd, "spec") ?? {};
  const errors: FieldError[] = [];
  const group = stringAt(spec, "group") ?? "";
  const plural = stringAt(spec, "names", "plural") ?? "";
  const name = stringAt(crd, "metadata", "name") ?? "";
  if (name !== `${plural}.${group}`) {
    errors.push(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'));
  }
  for (const field of ["plural", "kind"]) {
    if ((stringAt(spec, "names", field) ?? "") === "") errors.push(required(`spec.names.${field}`));
  }
  const scope = stringAt(spec, "scope") ?? "";
  if (scope === "") errors.push(required("spec.scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    errors.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  const approved = stringAt(crd, "metadata", "annotations", approval) ?? "";
  if (protectedGroup.test(group) && approved === "") {
    const why =
      "protected groups must have approval annotation " +
      `"${approval}", see https://github.com/kubernetes/enhancements/pull/1111`;
    errors.push(required(`metadata.annotations[${approval}]`, why));
  }
  return errors;
}

function checkVersions(spec: JsonObject): FieldError[] {
  const versions = arrayAt(spec, "versions");
  const errors: FieldError[] = [];
  const stored = versions.filter((version) => own(version, "storage") === true);
  if (stored.length !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(invalid("spec.versions", versions, why));
  }
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    const schema = objectAt(version, "schema", "openAPIV3Schema");
    if (schema === undefined) {
      errors.push(required(`${path}.schema.openAPIV3Schema`, "schemas are required"));
      return;
    }
    checkRoot(schema, `${path}.schema.openAPIV3Schema`, errors);
  });
  const conversion = stringAt(spec, "conversion", "strategy") ?? "None";
  if (conversion !== "None" && conversion !== "Webhook") {
    errors.push(notSupported("spec.conversion.strategy", conversion, ["None", "Webhook"]));
  }
  return errors;
}

function checkRoot(schema: JsonObject, path: string, errors: FieldError[]): void {
  const type = stringAt(schema, "type") ?? "";
  if (type === "") errors.push(required(`${path}.type`, "must not be empty at the root"));
  else if (type !== "object") {
    errors.push(invalid(`${path}.type`, type, "must be object at the root"));
  }
  checkBelow(schema, path, errors);
}

const flag = (schema: JsonObject, name: string): boolean => own(schema, name) === true;

/** A node without a type is structural only when an extension says what it is. */
function checkNode(schema: unknown, path: string, what: string, errors: FieldError[]): void {
  if (!isObject(schema)) return;
  const untyped = (stringAt(schema, "type") ?? "") === "";
  const isOpen = flag(schema, "x-kubernetes-preserve-unknown-fields");
  if (untyped && !isOpen && !flag(schema, "x-kubernetes-int-or-string")) {
    errors.push(required(`${path}.type`, `must not be empty for specified ${what}`));
  }
  checkListType(schema, path, errors);
  checkBelow(schema, path, errors);
}

function checkListType(schema: JsonObject, path: string, errors: FieldError[]): void {
  if (own(schema, "x-kubernetes-list-type") !== "map") return;
  const keys = arrayAt(schema, "x-kubernetes-list-map-keys");
  if (keys.length === 0) {
    const why = 'must not be empty if x-kubernetes-list-type is "map"';
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, why));
  }
  const requiredKeys = arrayAt(schema, "items", "required");
  keys.forEach((key, index) => {
    const field = objectAt(schema, "items", "properties", String(key));
    if (field === undefined) {
      const why = `entries must all be names of item properties`;
      errors.push(invalid(`${path}.x-kubernetes-list-map-keys[${index}]`, key, why));
    } else if (!requiredKeys.includes(key) && own(field, "default") === undefined) {
      const why =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(`${path}.items.properties[${String(key)}].default`, why));
    }
  });
}

function checkBelow(schema: JsonObject, path: string, errors: FieldError[]): void {
  const properties = objectAt(schema, "properties") ?? {};
  for (const key of Object.keys(properties)) {
    const below = `${path}.properties[${key}]`;
    checkNode(properties[key], below, "object fields", errors);
  }
  const values = own(schema, "additionalProperties");
  if (isObject(values)) {
    checkNode(values, `${path}.additionalProperties`, "object fields", errors);
    if (Object.keys(properties).length > 0) {
      const why = "additionalProperties and properties are mutual exclusive";
      errors.push(forbiddenField(`${path}.additionalProperties`, why));
    }
  }
  if (own(schema, "items") !== undefined) {
    checkNode(own(schema, "items"), `${path}.items`, "array items", errors);
  }
  if (own(schema, "uniqueItems") === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbiddenField(`${path}.uniqueItems`, why));
  }
}

/** Findings on a CustomResourceDefinition. */
export function checkCrd(crd: JsonObject): FieldError[] {
  return [...checkNames(crd), ...checkVersions(objectAt(crd, "spec") ?? {})];
}
