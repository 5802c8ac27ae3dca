// SPDX-License-Identifier: Apache-2.0
// The validation stage: the kind's shape, then the rules of its table.
import { forbiddenField, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, getIn, objectAt, own } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { hasRules, ruleEngine } from "../schema/rule-engine.js";
import { checkScale } from "../schema/scale-check.js";
import { validateSchema } from "../schema/validate.js";
import { kindRulesOf } from "./kind-validation.js";

/**
 * Findings on a new object, or on a change when `current` is given. What was wrong before and did not
 * change only warns.
 */
export function validateObject(
  type: ResourceType,
  object: JsonObject,
  current: JsonObject | undefined,
  subresource = "",
  warnings: string[] = [],
): FieldError[] {
  if (type.custom) {
    const errors: FieldError[] = [];
    const part = subresource === "status" ? "status" : undefined;
    validateSchema(object, type.schema, errors, { old: current, only: part });
    if (type.scale !== undefined) errors.push(...checkScale(object, type.scale, part === "status"));
    if (hasRules(type.schema)) {
      ruleEngine().checkRules(object, type.schema, errors, { old: current, warnings });
    }
    return errors;
  }
  if (subresource === "status") return [];
  const errors = [
    ...checkRequired(type, object),
    ...(kindRulesOf(type.storageKey)?.(object, current) ?? []),
  ];
  return current === undefined ? errors : [...errors, ...checkImmutable(type, object, current)];
}

function checkRequired(type: ResourceType, object: JsonObject): FieldError[] {
  return (type.rules.requiredPaths ?? [])
    .filter((path) => {
      const value = getIn(object, ...path.split("."));
      return value === undefined || (Array.isArray(value) && value.length === 0);
    })
    .map((path) => required(path));
}

function checkImmutable(type: ResourceType, object: JsonObject, current: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const path of type.rules.immutable ?? []) {
    const keys = path.split(".");
    const before = getIn(current, ...keys);
    const after = getIn(object, ...keys);
    if (before === undefined || equal(before, after)) continue;
    errors.push(invalid(path, after ?? null, "field is immutable"));
  }
  const { mutableSpec } = type.rules;
  if (mutableSpec !== undefined)
    errors.push(...checkMutableSpec(type, mutableSpec, object, current));
  return errors;
}

const specTexts: Readonly<Record<string, string>> = {
  StatefulSet:
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and " +
    "'minReadySeconds' are forbidden",
  PersistentVolumeClaim:
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for " +
    "bound claims",
  Pod:
    "pod updates may not change fields other than `spec.containers[*].image`," +
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions " +
    "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it " +
    "was previously negative)",
};

/** The spec with what may change taken out, and images of a pod's containers too. */
function fixedPart(type: ResourceType, mutable: readonly string[], object: JsonObject): JsonObject {
  const spec: JsonObject = { ...objectAt(object, "spec") };
  for (const key of mutable) delete spec[key];
  if (type.kind !== "Pod") return spec;
  for (const list of ["containers", "initContainers"]) {
    spec[list] = arrayAt(spec, list).map((item) => ({ ...(item as JsonObject), image: "" }));
  }
  // Set by the binding of a pod to a node.
  if (own(spec, "nodeName") !== undefined) delete spec["nodeName"];
  return spec;
}

function checkMutableSpec(
  type: ResourceType,
  mutable: readonly string[],
  object: JsonObject,
  current: JsonObject,
): FieldError[] {
  const same = equal(fixedPart(type, mutable, object), fixedPart(type, mutable, current));
  return same ? [] : [forbiddenField("spec", specTexts[type.kind] ?? "field is immutable")];
}
