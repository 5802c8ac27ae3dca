// SPDX-License-Identifier: Apache-2.0
// Rules of claims, roles, bindings, Ingresses, policies and classes.
import { forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { quantityNano } from "../schema/quantity.js";

/** Findings on a PersistentVolumeClaim. */
export function checkClaim(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const allowed = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
  for (const mode of arrayAt(object, "spec", "accessModes").map(String)) {
    if (!allowed.includes(mode)) errors.push(notSupported("spec.accessModes", mode, allowed));
  }
  if (arrayAt(object, "spec", "accessModes").length === 0) {
    errors.push(required("spec.accessModes", "at least 1 access mode is required"));
  }
  const storage = stringAt(object, "spec", "resources", "requests", "storage");
  if (storage === undefined) errors.push(required("spec.resources[storage]"));
  else if ((quantityNano(storage) ?? 1n) <= 0n) {
    errors.push(invalid("spec.resources[storage]", storage, "must be greater than zero"));
  }
  return errors;
}

/** Findings on a Role or ClusterRole. */
export const checkRole =
  (isNamespaced: boolean) =>
  (object: JsonObject): FieldError[] =>
    arrayAt(object, "rules").flatMap((rule, index) => {
      const path = `rules[${index}]`;
      const errors: FieldError[] = [];
      if (arrayAt(rule, "verbs").length === 0) {
        errors.push(required(`${path}.verbs`, "verbs must contain at least one value"));
      }
      const urls = arrayAt(rule, "nonResourceURLs");
      if (urls.length > 0) {
        if (!isNamespaced) return errors;
        const shown = urls.map((url) => JSON.stringify(url)).join(", ");
        const why = "namespaced rules cannot apply to non-resource URLs";
        const detail = `: []string{${shown}}: ${why}`;
        return [
          ...errors,
          { field: `${path}.nonResourceURLs`, reason: "FieldValueInvalid", detail },
        ];
      }
      if (arrayAt(rule, "apiGroups").length === 0) {
        const why = "resource rules must supply at least one api group";
        errors.push(required(`${path}.apiGroups`, why));
      }
      if (arrayAt(rule, "resources").length === 0) {
        const why = "resource rules must supply at least one resource";
        errors.push(required(`${path}.resources`, why));
      }
      return errors;
    });

/** Findings on a RoleBinding or ClusterRoleBinding. */
export const checkBinding =
  (kinds: readonly string[]) =>
  (object: JsonObject): FieldError[] => {
    const errors: FieldError[] = [];
    const role = objectAt(object, "roleRef");
    const kind = stringAt(role, "kind") ?? "";
    if (!kinds.includes(kind)) errors.push(notSupported("roleRef.kind", kind, kinds));
    if ((stringAt(role, "name") ?? "") === "") errors.push(required("roleRef.name"));
    for (const [index, subject] of arrayAt(object, "subjects").entries()) {
      const path = `subjects[${index}]`;
      const of = stringAt(subject, "kind") ?? "";
      if (!["ServiceAccount", "User", "Group"].includes(of)) {
        errors.push(notSupported(`${path}.kind`, of, ["ServiceAccount", "User", "Group"]));
      }
      if ((stringAt(subject, "name") ?? "") === "") errors.push(required(`${path}.name`));
      if (of === "ServiceAccount" && (stringAt(subject, "namespace") ?? "") === "") {
        errors.push(required(`${path}.namespace`));
      }
    }
    return errors;
  };

/** Findings on an Ingress. */
export function checkIngress(object: JsonObject): FieldError[] {
  const rules = arrayAt(object, "spec", "rules");
  if (rules.length === 0 && objectAt(object, "spec", "defaultBackend") === undefined) {
    const why = "either `defaultBackend` or `rules` must be specified";
    const detail = `: []networking.IngressRule(nil): ${why}`;
    return [{ field: "spec", reason: "FieldValueInvalid", detail }];
  }
  return rules.flatMap((rule, index) =>
    arrayAt(rule, "http", "paths").flatMap((path, place) =>
      own(path, "pathType") === undefined
        ? [
            required(
              `spec.rules[${index}].http.paths[${place}].pathType`,
              "pathType must be specified",
            ),
          ]
        : [],
    ),
  );
}

/** Findings on a NetworkPolicy. */
export function checkNetworkPolicy(object: JsonObject): FieldError[] {
  return arrayAt(object, "spec", "policyTypes").flatMap((type, index) =>
    type === "Ingress" || type === "Egress"
      ? []
      : [notSupported(`spec.policyTypes[${index}]`, type, ["Ingress", "Egress"])],
  );
}

/** Findings on a StorageClass. */
export function checkStorageClass(
  object: JsonObject,
  current: JsonObject | undefined,
): FieldError[] {
  const provisioner = stringAt(object, "provisioner") ?? "";
  const errors = provisioner === "" ? [required("provisioner")] : [];
  const before = stringAt(current, "provisioner");
  if (before !== undefined && before !== provisioner) {
    errors.push(forbiddenField("provisioner", "updates to provisioner are forbidden."));
  }
  return errors;
}

/** The largest priority that is not the system's own. Source: API server limit. */
const maxPriority = 1_000_000_000;

/** Findings on a PriorityClass. */
export function checkPriorityClass(
  object: JsonObject,
  current: JsonObject | undefined,
): FieldError[] {
  const value = Number(own(object, "value") ?? 0);
  const name = stringAt(object, "metadata", "name") ?? "";
  const errors: FieldError[] = [];
  if (current !== undefined && own(current, "value") !== own(object, "value")) {
    errors.push(forbiddenField("value", "may not be changed in an update."));
  }
  const isSystem = ["system-node-critical", "system-cluster-critical"].includes(name);
  if (name.startsWith("system-") && !isSystem) {
    const why =
      "priority class names with 'system-' prefix are reserved for system use only. error: " +
      `${name} is not a known system priority class`;
    errors.push(forbiddenField("metadata.name", why));
  }
  if (value > maxPriority && !isSystem) {
    const why = `maximum allowed value of a user defined priority is ${maxPriority}`;
    errors.push(forbiddenField("value", why));
  }
  return errors;
}
