// SPDX-License-Identifier: Apache-2.0
// Rules of CustomResourceDefinitions: names, versions, and schemas that are structural.
import { invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { checkDefaults } from "../schema/default-check.js";
import { checkAllRuleTexts, checkRuleDefinitions } from "../schema/rule-check.js";
import { checkStructural } from "../schema/structural-check.js";
import { parseStructural } from "../schema/structural.js";
import { checkColumns, checkSelectableFields, checkSubresources } from "../schema/version-check.js";
import { nameFaults } from "./names.js";

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

function checkVersions(spec: JsonObject, current: JsonObject | undefined): FieldError[] {
  const versions = arrayAt(spec, "versions");
  const errors: FieldError[] = [];
  const stored = versions.filter((version) => own(version, "storage") === true);
  if (stored.length !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(invalid("spec.versions", versions, why));
  }
  errors.push(...checkVersionNames(versions), ...checkSchemas(versions, current));
  const conversion = stringAt(spec, "conversion", "strategy") ?? "None";
  if (conversion !== "None" && conversion !== "Webhook") {
    errors.push(notSupported("spec.conversion.strategy", conversion, ["None", "Webhook"]));
  }
  return errors;
}

function checkVersionNames(versions: readonly unknown[]): FieldError[] {
  const seen = new Set<string>();
  return versions.flatMap((version, index) => {
    const name = stringAt(version, "name") ?? "";
    const isKnown = seen.has(name);
    seen.add(name);
    const field = `spec.versions[${index}].name`;
    if (isKnown) {
      return [invalid(field, versions, "must contain unique version names")];
    }
    return nameFaults(name, "label1035").map((why) => invalid(field, name, why));
  });
}

const schemaOf = (version: unknown): JsonObject | undefined =>
  objectAt(version, "schema", "openAPIV3Schema");

function checkSchemas(versions: readonly unknown[], current: JsonObject | undefined): FieldError[] {
  const missing = versions.flatMap((version, index) =>
    schemaOf(version) === undefined
      ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, "schemas are required")]
      : [],
  );
  if (missing.length > 0) return missing;
  // Internally versions that agree in everything but their names share one description.
  const isShared = versions.every((version) => equal(describe(version), describe(versions[0])));
  const list = isShared ? versions.slice(0, 1) : versions;
  return list.flatMap((version, index) => {
    const path = isShared ? "spec" : `spec.versions[${index}]`;
    const schemaPath = `${path}.${isShared ? "validation" : "schema"}.openAPIV3Schema`;
    return [
      ...checkSchema(version, schemaPath, current),
      ...checkSubresources(version, path),
      ...checkColumns(version, path),
      ...checkSelectableFields(version, path),
    ];
  });
}

const describe = (version: unknown): unknown =>
  ["schema", "subresources", "additionalPrinterColumns", "selectableFields"].map((key) =>
    own(version, key),
  );

/** A schema that was accepted once is not judged by what newer rules say of its costs. */
function checkSchema(
  version: unknown,
  path: string,
  current: JsonObject | undefined,
): FieldError[] {
  const schema = schemaOf(version) ?? {};
  const before = arrayAt(current, "spec", "versions").map(schemaOf);
  if (before.some((known) => known !== undefined && equal(known, schema))) return [];
  const errors = checkStructural(schema, path);
  if (errors.length > 0) return errors;
  const parsed = parseStructural(schema);
  const texts = checkAllRuleTexts(parsed, path);
  const defaults = checkDefaults(parsed, path);
  return texts.length + defaults.length > 0
    ? [...texts, ...defaults]
    : checkRuleDefinitions(parsed, path);
}

/** Findings on a CustomResourceDefinition. */
export function checkCrd(crd: JsonObject, current?: JsonObject): FieldError[] {
  const errors = [...checkNames(crd), ...checkVersions(objectAt(crd, "spec") ?? {}, current)];
  for (const field of current === undefined ? [] : ["group", "scope"]) {
    const [before, after] = [getIn(current, "spec", field), getIn(crd, "spec", field)];
    if (!equal(before, after)) errors.push(invalid(`spec.${field}`, after, "field is immutable"));
  }
  return errors;
}
