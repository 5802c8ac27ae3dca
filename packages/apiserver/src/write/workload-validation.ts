// SPDX-License-Identifier: Apache-2.0
// Rules of workloads: selectors and templates that fit, numbers, strategies, restart policies.
import { forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { qualifiedNameFaults } from "./names.js";
import { checkPodSpec } from "./pod-validation.js";

const negative = "must be greater than or equal to 0";

/** A finding for each named number below zero. */
function notNegative(object: JsonObject, ...paths: readonly string[]): FieldError[] {
  return paths.flatMap((path) => {
    const value = getIn(object, ...path.split("."));
    return typeof value === "number" && value < 0 ? [invalid(path, value, negative)] : [];
  });
}

const goMap = (labels: JsonObject): string => {
  const keys = Object.keys(labels).sort();
  if (keys.length === 0) return "map[string]string(nil)";
  const pairs = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`);
  return `map[string]string{${pairs.join(", ")}}`;
};

function goSelector(selector: JsonObject): string {
  const requirements = arrayAt(selector, "matchExpressions").map((item) => {
    const values = arrayAt(item, "values").map((value) => JSON.stringify(value));
    const list = values.length === 0 ? "[]string(nil)" : `[]string{${values.join(", ")}}`;
    const key = JSON.stringify(stringAt(item, "key") ?? "");
    const operator = JSON.stringify(stringAt(item, "operator") ?? "");
    return `v1.LabelSelectorRequirement{Key:${key}, Operator:${operator}, Values:${list}}`;
  });
  const type = "[]v1.LabelSelectorRequirement";
  const list = requirements.length === 0 ? `${type}(nil)` : `${type}{${requirements.join(", ")}}`;
  const labels = goMap(objectAt(selector, "matchLabels") ?? {});
  return `v1.LabelSelector{MatchLabels:${labels}, MatchExpressions:${list}}`;
}

const ofSelector = (selector: JsonObject, why: string): FieldError => ({
  field: "spec.selector",
  reason: "FieldValueInvalid",
  detail: `: ${goSelector(selector)}: ${why}`,
});

function selectorFaults(selector: JsonObject): FieldError[] {
  const keys = Object.keys(objectAt(selector, "matchLabels") ?? {}).flatMap((key) =>
    qualifiedNameFaults(key).map((why) => invalid("spec.selector.matchLabels", key, why)),
  );
  const operators = arrayAt(selector, "matchExpressions").flatMap((item, index) => {
    const operator = stringAt(item, "operator") ?? "";
    if (["In", "NotIn", "Exists", "DoesNotExist"].includes(operator)) return [];
    const field = `spec.selector.matchExpressions[${index}].operator`;
    return [invalid(field, operator, "not a valid selector operator")];
  });
  const faults = [...keys, ...operators];
  return faults.length === 0 ? [] : [...faults, ofSelector(selector, "invalid label selector")];
}

/** The selector of a workload must be one, and select its own pods. */
function checkSelector(object: JsonObject, word: string): FieldError[] {
  const selector = objectAt(object, "spec", "selector");
  const labels = objectAt(object, "spec", "template", "metadata", "labels") ?? {};
  const misfit: FieldError = {
    field: "spec.template.metadata.labels",
    reason: "FieldValueInvalid",
    detail: `: ${goMap(labels)}: \`selector\` does not match template \`labels\``,
  };
  // That it is required is told by the kind's table.
  if (selector === undefined) return [misfit];
  const wanted = objectAt(selector, "matchLabels") ?? {};
  const expressions = arrayAt(selector, "matchExpressions");
  if (Object.keys(wanted).length === 0 && expressions.length === 0) {
    return [ofSelector(selector, `empty selector is invalid for ${word}`)];
  }
  const faults = selectorFaults(selector);
  if (faults.length > 0) return faults;
  const fits =
    Object.keys(wanted).every((key) => own(labels, key) === wanted[key]) &&
    expressions.every((item) => holds(item, labels));
  return fits ? [] : [misfit];
}

function holds(expression: unknown, labels: JsonObject): boolean {
  const value = own(labels, stringAt(expression, "key") ?? "");
  const values = arrayAt(expression, "values");
  const operator = stringAt(expression, "operator");
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  return operator === "In" ? values.includes(value) : !values.includes(value);
}

function checkTemplate(object: JsonObject, restartPolicies: readonly string[]): FieldError[] {
  const spec = objectAt(object, "spec", "template", "spec");
  const path = "spec.template.spec";
  // The claims of a StatefulSet become volumes of its pods.
  const claims = arrayAt(object, "spec", "volumeClaimTemplates").map(
    (claim) => stringAt(claim, "metadata", "name") ?? "",
  );
  const errors = checkPodSpec(spec, path, claims).filter(
    ({ field }) => !field.endsWith(".restartPolicy"),
  );
  const policy = stringAt(spec, "restartPolicy") ?? "Always";
  if (restartPolicies.includes(policy)) return errors;
  return [...errors, notSupported(`${path}.restartPolicy`, policy, restartPolicies)];
}

function strategyFaults(object: JsonObject): FieldError[] {
  const strategy = objectAt(object, "spec", "strategy");
  const type = stringAt(strategy, "type") ?? "RollingUpdate";
  const rolling = objectAt(strategy, "rollingUpdate");
  if (type === "Recreate" && rolling !== undefined) {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    return [forbiddenField("spec.strategy.rollingUpdate", why)];
  }
  if (type !== "Recreate" && type !== "RollingUpdate") {
    const shown = `apps.DeploymentStrategy{Type:"${type}", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}`;
    const detail = `: ${shown}: supported values: "Recreate", "RollingUpdate"`;
    return [{ field: "spec.strategy", reason: "FieldValueNotSupported", detail }];
  }
  const isZero = (value: unknown): boolean => value === 0 || value === "0%";
  if (!isZero(own(rolling, "maxSurge")) || !isZero(own(rolling, "maxUnavailable"))) return [];
  const detail =
    ': intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: may not be 0 when `maxSurge` is 0';
  const field = "spec.strategy.rollingUpdate.maxUnavailable";
  return [{ field, reason: "FieldValueInvalid", detail }];
}

/** Findings on a Deployment. */
export function checkDeployment(object: JsonObject): FieldError[] {
  return [
    ...notNegative(object, "spec.replicas", "spec.minReadySeconds", "spec.revisionHistoryLimit"),
    ...checkSelector(object, "deployment"),
    ...checkTemplate(object, ["Always"]),
    ...strategyFaults(object),
  ];
}

/** Findings on a ReplicaSet or DaemonSet. */
export const checkReplicas =
  (word: string) =>
  (object: JsonObject): FieldError[] => [
    ...notNegative(object, "spec.replicas", "spec.minReadySeconds"),
    ...checkSelector(object, word),
    ...checkTemplate(object, ["Always"]),
  ];

/** Findings on a StatefulSet. */
export function checkStatefulSet(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const management = stringAt(object, "spec", "podManagementPolicy") ?? "OrderedReady";
  if (management !== "OrderedReady" && management !== "Parallel") {
    const why = "must be 'OrderedReady' or 'Parallel'";
    errors.push(invalid("spec.podManagementPolicy", management, why));
  }
  const type = stringAt(object, "spec", "updateStrategy", "type") ?? "RollingUpdate";
  if (type !== "RollingUpdate" && type !== "OnDelete") {
    const shown = `apps.StatefulSetUpdateStrategy{Type:"${type}", RollingUpdate:(*apps.RollingUpdateStatefulSetStrategy)(nil)}`;
    const detail = `: ${shown}: must be 'RollingUpdate' or 'OnDelete'`;
    errors.push({ field: "spec.updateStrategy", reason: "FieldValueInvalid", detail });
  }
  return [
    ...errors,
    ...notNegative(object, "spec.replicas", "spec.minReadySeconds"),
    ...checkSelector(object, "statefulset"),
    ...checkTemplate(object, ["Always"]),
  ];
}

/** Findings on a Job. */
export function checkJob(object: JsonObject, current: JsonObject | undefined): FieldError[] {
  const spec = objectAt(object, "spec", "template", "spec");
  const errors = checkPodSpec(spec, "spec.template.spec").filter(
    ({ field }) => !field.endsWith(".restartPolicy"),
  );
  const policy = stringAt(spec, "restartPolicy") ?? "Always";
  if (policy === "Always") {
    const why = 'valid values: "OnFailure", "Never"';
    errors.push(required("spec.template.spec.restartPolicy", why));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported("spec.template.spec.restartPolicy", policy, ["OnFailure", "Never"]));
  }
  const before = getIn(current, "spec", "completions");
  const after = getIn(object, "spec", "completions");
  const isIndexed = stringAt(object, "spec", "completionMode") === "Indexed";
  if (current !== undefined && before !== after && !isIndexed) {
    errors.push(invalid("spec.completions", after ?? null, "field is immutable"));
  }
  return [
    ...errors,
    ...notNegative(object, "spec.parallelism", "spec.completions", "spec.backoffLimit"),
  ];
}
