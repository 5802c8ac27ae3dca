// SPDX-License-Identifier: Apache-2.0
// Rules of CustomResourceDefinitions: versions, conversion, and schemas that are structural.
import { invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { checkDefaults } from "../schema/default-check.js";
import { hasRules, ruleEngine } from "../schema/rule-engine.js";
import { checkStructural } from "../schema/structural-check.js";
import { parseStructural } from "../schema/structural.js";
import { checkColumns, checkSelectableFields, checkSubresources } from "../schema/version-check.js";
import { checkCrdNames } from "./crd-names.js";
import { nameFaults } from "./names.js";

function checkVersions(spec: JsonObject, current: JsonObject | undefined): FieldError[] {
  const versions = arrayAt(spec, "versions");
  const errors: FieldError[] = [];
  const stored = versions.filter((version) => own(version, "storage") === true);
  if (stored.length !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(invalid("spec.versions", versions, why));
  }
  errors.push(...checkVersionNames(versions), ...checkSchemas(versions, current));
  if (stored.length === 0) {
    errors.push(invalid("status.storedVersions", null, "must have at least one stored version"));
  }
  return errors;
}

function checkConversion(spec: JsonObject): FieldError[] {
  const strategy = stringAt(spec, "conversion", "strategy") ?? "None";
  if (strategy === "None") return [];
  if (strategy !== "Webhook") {
    return [notSupported("spec.conversion.strategy", strategy, ["None", "Webhook"])];
  }
  const webhook = objectAt(spec, "conversion", "webhook");
  const errors: FieldError[] = [];
  if (arrayAt(webhook, "conversionReviewVersions").length === 0) {
    errors.push(required("spec.conversion.conversionReviewVersions"));
  }
  if (objectAt(webhook, "clientConfig") === undefined) {
    const why = "required when strategy is set to Webhook";
    errors.push(required("spec.conversion.webhookClientConfig", why));
  }
  return errors;
}

function checkVersionNames(versions: readonly unknown[]): FieldError[] {
  const seen = new Set<string>();
  return versions.flatMap((version, index) => {
    const name = stringAt(version, "name") ?? "";
    const isKnown = seen.has(name);
    seen.add(name);
    if (isKnown) return [invalid("spec.versions", versions, "must contain unique version names")];
    // The first version is also kept under the name that there was before there were several.
    const fields = [`spec.versions[${index}].name`, ...(index === 0 ? ["spec.version"] : [])];
    return nameFaults(name, "label1035").flatMap((why) =>
      fields.map((field) => invalid(field, name, why)),
    );
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
  const defaults = checkDefaults(parsed, path);
  if (!hasRules(parsed)) return defaults;
  const texts = ruleEngine().checkAllRuleTexts(parsed, path);
  return texts.length + defaults.length > 0
    ? [...texts, ...defaults]
    : ruleEngine().checkRuleDefinitions(parsed, path);
}

/** Findings on a CustomResourceDefinition. */
export function checkCrd(crd: JsonObject, current?: JsonObject): FieldError[] {
  const spec = objectAt(crd, "spec") ?? {};
  const errors = [
    ...checkCrdNames(crd, current === undefined),
    ...checkVersions(spec, current),
    ...checkConversion(spec),
  ];
  if (own(spec, "preserveUnknownFields") === true) {
    const why =
      "cannot set to true, set x-preserve-unknown-fields to true in spec.versions[*].schema instead";
    errors.push(invalid("spec.preserveUnknownFields", true, why));
  }
  return errors;
}
