// SPDX-License-Identifier: Apache-2.0
// The metadata part of the write pipeline: what the server sets, what it checks.
import { randomUUID } from "node:crypto";
import { secondsTime } from "../clock.js";
import { forbiddenField, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, equal, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { NameRule, ResourceType } from "../kinds/resource-type.js";
import { checkName, labelValueFaults, nameFaults, qualifiedNameFaults } from "./names.js";

/** All annotations together may not be larger. Source: API server limit. */
const maxAnnotationBytes = 262_144;

/** Finalizers without a domain that Kubernetes itself uses. */
const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Fields of metadata that only the server writes. */
const systemFields = [
  "uid",
  "creationTimestamp",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/** Metadata of a new object: what clients may say, and the identity the server gives. */
export function metadataForCreate(
  metadata: JsonObject,
  type: ResourceType,
  nowMs: number,
): JsonObject {
  const result: JsonObject = { ...metadata };
  for (const field of systemFields) delete result[field];
  delete result["resourceVersion"];
  // Kinds that do not count their changes keep what they are given.
  result["uid"] = randomUUID();
  result["creationTimestamp"] = secondsTime(nowMs);
  if (type.custom || type.rules.generation === true) result["generation"] = 1;
  return result;
}

/** Metadata of an update: the server's own fields stay as they are. */
export function metadataForUpdate(current: JsonObject, next: JsonObject): JsonObject {
  const result: JsonObject = { ...next };
  for (const field of systemFields) {
    if (own(current, field) === undefined) delete result[field];
    else result[field] = current[field];
  }
  if (own(current, "generation") !== undefined) result["generation"] = current["generation"];
  result["name"] = current["name"];
  if (own(current, "namespace") !== undefined) result["namespace"] = current["namespace"];
  result["resourceVersion"] = current["resourceVersion"];
  return result;
}

/** Removes repeated owner references and warns of them. */
export function dedupeOwners(metadata: JsonObject, warnings: string[]): void {
  const owners = own(metadata, "ownerReferences");
  if (!Array.isArray(owners)) return;
  const kept: unknown[] = [];
  for (const owner of owners) {
    if (kept.some((other) => equal(other, owner))) {
      warnings.push(
        ".metadata.ownerReferences contains duplicate entries; API server dedups owner references " +
          "in 1.20+, and may reject such requests as early as 1.24; please fix your requests; " +
          `duplicate UID(s) observed: ${stringAt(owner, "uid") ?? ""}`,
      );
    } else kept.push(owner);
  }
  metadata["ownerReferences"] = kept;
}

/** An owner reference as Go prints it; what stands behind a pointer is not shown there either. */
function goOwner(owner: unknown): string {
  const texts = [
    ["APIVersion", "apiVersion"],
    ["Kind", "kind"],
    ["Name", "name"],
    ["UID", "uid"],
  ].map(([name = "", key = ""]) => `${name}:${JSON.stringify(stringAt(owner, key) ?? "")}`);
  const pointers = [
    ["Controller", "controller"],
    ["BlockOwnerDeletion", "blockOwnerDeletion"],
  ].map(([name = "", key = ""]) => {
    const pointer = own(owner, key) === undefined ? "nil" : "0xc000000000";
    return `${name}:(*bool)(${pointer})`;
  });
  return `v1.OwnerReference{${[...texts, ...pointers].join(", ")}}`;
}

function checkOwners(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const owners = arrayAt(metadata, "ownerReferences");
  const path = "metadata.ownerReferences";
  for (const owner of owners) {
    const version = stringAt(owner, "apiVersion") ?? "";
    if (version === "" || version.split("/").length > 2) {
      errors.push(invalid(`${path}.apiVersion`, version, "version must not be empty"));
    }
    for (const field of ["kind", "name", "uid"]) {
      const value = stringAt(owner, field) ?? "";
      if (value === "") errors.push(invalid(`${path}.${field}`, value, "must not be empty"));
    }
    if (version === "v1" && stringAt(owner, "kind") === "Event") {
      const why = "/v1, Kind=Event is disallowed from being an owner";
      errors.push({
        field: path,
        reason: "FieldValueInvalid",
        detail: `: ${goOwner(owner)}: ${why}`,
      });
    }
  }
  const controllers = owners.filter((owner) => own(owner, "controller") === true);
  if (controllers.length > 1) {
    const names = controllers.map((owner) => stringAt(owner, "name") ?? "");
    const why =
      "Only one reference can have Controller set to true. Found " +
      `"true" in references for ${names[0]} and ${names[1]}`;
    const shown = `[]v1.OwnerReference{${owners.map(goOwner).join(", ")}}`;
    errors.push({ field: path, reason: "FieldValueInvalid", detail: `: ${shown}: ${why}` });
  }
  return errors;
}

function checkFinalizers(
  metadata: JsonObject,
  type: ResourceType,
  warnings: string[],
): FieldError[] {
  const errors: FieldError[] = [];
  const all = arrayAt(metadata, "finalizers").map(String);
  for (const [index, name] of all.entries()) {
    for (const why of qualifiedNameFaults(name)) {
      errors.push(invalid("metadata.finalizers", name, why));
    }
    if (name.includes("/") || standardFinalizers.has(name)) continue;
    if (type.custom || type.plural === "customresourcedefinitions") {
      warnings.push(
        `metadata.finalizers: "${name}": prefer a domain-qualified finalizer name including a path ` +
          "(/) to avoid accidental conflicts with other finalizer writers",
      );
      continue;
    }
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(invalid(`metadata.finalizers[${index}]`, name, why));
  }
  if (all.includes("orphan") && all.includes("foregroundDeletion")) {
    const shown = `[]string{${all.map((name) => JSON.stringify(name)).join(", ")}}`;
    const why = "finalizer orphan and foregroundDeletion cannot be both set";
    const detail = `: ${shown}: ${why}`;
    errors.push({ field: "metadata.finalizers", reason: "FieldValueInvalid", detail });
  }
  return errors;
}

function checkMaps(metadata: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(objectAt(metadata, "labels") ?? {})) {
    for (const why of qualifiedNameFaults(key)) errors.push(invalid("metadata.labels", key, why));
    for (const why of labelValueFaults(String(value))) {
      errors.push(invalid("metadata.labels", value, why));
    }
  }
  let size = 0;
  for (const [key, value] of Object.entries(objectAt(metadata, "annotations") ?? {})) {
    for (const why of qualifiedNameFaults(key.toLowerCase())) {
      errors.push(invalid("metadata.annotations", key, why));
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  }
  if (size > maxAnnotationBytes) {
    const detail = `: may not be more than ${maxAnnotationBytes} bytes`;
    errors.push({ field: "metadata.annotations", reason: "FieldValueTooLong", detail });
  }
  return errors;
}

/** What is given to make a name from may end in a dash; else it is held to the name's grammar. */
function checkPrefix(prefix: string, rule: NameRule): FieldError[] {
  const name = prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix;
  return nameFaults(name, rule).map((why) => invalid("metadata.generateName", prefix, why));
}

/** Findings on the metadata of a new or changed object. */
export function checkMetadata(
  metadata: JsonObject,
  type: ResourceType,
  warnings: string[],
): FieldError[] {
  const rule = type.rules.nameRule ?? "subdomain";
  const namespace = stringAt(metadata, "namespace") ?? "";
  const prefix = stringAt(metadata, "generateName") ?? "";
  const errors = [
    // Events are named after what they are about, whatever its name ends in.
    ...(prefix === "" || type.storageKey === "events" ? [] : checkPrefix(prefix, rule)),
    ...checkName(stringAt(metadata, "name"), rule),
  ];
  if (type.namespaced && namespace === "") errors.push(required("metadata.namespace"));
  return [
    ...errors,
    ...checkMaps(metadata),
    ...checkOwners(metadata),
    ...checkFinalizers(metadata, type, warnings),
  ];
}

/** Findings on a metadata change: what never changes, and no new finalizers on the way out. */
export function checkMetadataChange(current: JsonObject, next: JsonObject): FieldError[] {
  if (own(current, "deletionTimestamp") === undefined) return [];
  const before = new Set(arrayAt(current, "finalizers"));
  const added = arrayAt(next, "finalizers").filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const error = forbiddenField(
    "metadata.finalizers",
    "no new finalizers can be added if the object is being deleted, found new finalizers " +
      `[]string{${list}}`,
  );
  // The real server checks metadata twice, and tells it twice.
  return [error, error];
}

/** Findings on system fields that a client tried to change (patches; PUT ignores most). */
export function checkSystemFields(current: JsonObject, sent: unknown): FieldError[] {
  if (!isObject(sent)) return [];
  const errors: FieldError[] = [];
  for (const field of ["uid", "deletionTimestamp"]) {
    const value = own(sent, field);
    if (value === undefined || value === null || equal(value, own(current, field))) continue;
    const finding = invalid(`metadata.${field}`, value, "field is immutable");
    errors.push(finding, finding);
  }
  return errors;
}
