// SPDX-License-Identifier: Apache-2.0
// Names, group and scope of CustomResourceDefinitions.
import { invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { nameFaults } from "./names.js";

const protectedGroup = /(^|\.)(k8s\.io|kubernetes\.io)$/;
const approval = "api-approved.kubernetes.io";
const approvalNote = "see https://github.com/kubernetes/enhancements/pull/1111";

/** Findings on what a definition is called; a new one's own name follows from it. */
export function checkCrdNames(crd: JsonObject, isNew: boolean): FieldError[] {
  const spec = objectAt(crd, "spec") ?? {};
  const group = stringAt(spec, "group") ?? "";
  const errors: FieldError[] = [];
  const name = stringAt(crd, "metadata", "name") ?? "";
  if (isNew && name !== `${stringAt(spec, "names", "plural") ?? ""}.${group}`) {
    errors.push(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'));
  }
  return [
    ...errors,
    ...checkGroup(group),
    ...checkNames(objectAt(spec, "names")),
    ...checkScope(stringAt(spec, "scope") ?? ""),
    ...checkApproval(crd, group),
  ];
}

function checkGroup(group: string): FieldError[] {
  if (group === "") return [required("spec.group")];
  const faults = nameFaults(group, "subdomain").map((why) => invalid("spec.group", group, why));
  if (faults.length > 0 || group.includes(".")) return faults;
  return [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function checkScope(scope: string): FieldError[] {
  if (scope === "") return [required("spec.scope")];
  const scopes = ["Cluster", "Namespaced"];
  return scopes.includes(scope) ? [] : [notSupported("spec.scope", scope, scopes)];
}

function checkNames(names: JsonObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const label = (field: string, value: string, prefix = ""): void => {
    for (const why of nameFaults(prefix === "" ? value : value.toLowerCase(), "label1035")) {
      errors.push(invalid(`spec.names.${field}`, value, prefix + why));
    }
  };
  const mixedCase = "may have mixed case, but should otherwise match: ";
  for (const field of ["plural", "singular", "kind", "listKind"]) {
    const value = stringAt(names, field) ?? "";
    if (value === "") errors.push(required(`spec.names.${field}`));
    else label(field, value, field.toLowerCase().endsWith("kind") ? mixedCase : "");
  }
  for (const field of ["shortNames", "categories"]) {
    arrayAt(names, field).forEach((value, index) => label(`${field}[${index}]`, String(value)));
  }
  const listKind = own(names, "listKind");
  if (listKind !== undefined && listKind !== "" && listKind === own(names, "kind")) {
    const why = "kind and listKind may not be the same";
    errors.push(invalid("spec.names.listKind", listKind, why));
  }
  return errors;
}

/** Groups of the project itself name the review that allowed them, or say that none did. */
function checkApproval(crd: JsonObject, group: string): FieldError[] {
  if (!protectedGroup.test(group)) return [];
  const field = `metadata.annotations[${approval}]`;
  const value = stringAt(crd, "metadata", "annotations", approval) ?? "";
  const start = `protected groups must have approval annotation "${approval}"`;
  if (value === "") return [required(field, `${start}, ${approvalNote}`)];
  const isUrl = URL.canParse(value) && new URL(value).host !== "";
  if (isUrl || value.startsWith("unapproved")) return [];
  const why = `${start} with either a URL or a reason starting with "unapproved", ${approvalNote}`;
  return [invalid(field, value, why)];
}
