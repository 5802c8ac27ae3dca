// SPDX-License-Identifier: Apache-2.0
// The write pipeline, one for every kind and verb, in the API server's order: decode, default,
// admission, metadata, status split, managed fields, validation, no-op detection, commit.
import { invalidObject } from "../field-error.js";
import { equal, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { readManagers, sameManagers } from "../apply/managed-fields.js";
import type { ManagerEntry } from "../apply/managed-fields.js";
import { apiVersionOf, kindSubject, resourceSubject } from "../kinds/resource-type.js";
import { applyDefaults } from "../schema/default.js";
import {
  alreadyExists,
  badRequest,
  conflict,
  modifiedText,
  notFound,
  plainServerError,
} from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { admitCreate } from "./admission.js";
import { decodeObject } from "./decode.js";
import { hooksFor } from "./kind-hooks.js";
import { finishManagers } from "./field-managers.js";
import {
  checkMetadata,
  checkMetadataChange,
  checkSystemFields,
  dedupeOwners,
  metadataForCreate,
  metadataForUpdate,
} from "./metadata.js";
import { generateName } from "./names.js";
import { validateObject } from "./validate.js";
import type { WriteContext, WriteRequest, WriteResult } from "./write-request.js";

/** How many names are tried for a generateName. Source: API server, since 1.32. */
const generateTries = 8;

/** How an update's object was made, which decides some checks. */
export interface UpdateOptions {
  /** PUT of a client: name, uid and lock are checked against the body. */
  readonly isPut: boolean;
  /** Entries computed by server-side apply; a plain write computes them here. */
  readonly entries?: readonly ManagerEntry[];
}

/** Fails when a body names another namespace than its path. */
export function checkNamespace(body: JsonObject, request: WriteRequest): void {
  const namespace = stringAt(body, "metadata", "namespace") ?? "";
  if (namespace === "" || namespace === (request.namespace ?? "")) return;
  throw badRequest(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
}

/** The apiVersion under which objects are stored (conversion strategy None). */
function storageApiVersion({ group, storageVersion }: WriteRequest["type"]): string {
  return apiVersionOf({ group, version: storageVersion });
}

/** Decoded and defaulted, in the storage version. */
function prepare(context: WriteContext, request: WriteRequest, body: JsonObject): JsonObject {
  const { type } = request;
  const object = decodeObject(body, type, request.fieldValidation, request.warnings);
  const metadata = (object["metadata"] ??= {}) as JsonObject;
  if (type.namespaced) metadata["namespace"] = request.namespace;
  else delete metadata["namespace"];
  applyDefaults(object, type.schema);
  hooksFor(type).default?.(object);
  object["apiVersion"] = storageApiVersion(type);
  return object;
}

/** Creates an object. */
export function createObject(
  context: WriteContext,
  request: WriteRequest,
  body: JsonObject,
  entries?: readonly ManagerEntry[],
): WriteResult {
  const { type } = request;
  if ((stringAt(body, "metadata", "resourceVersion") ?? "") !== "") {
    throw plainServerError("resourceVersion should not be set on objects to be created");
  }
  checkNamespace(body, request);
  const object = prepare(context, request, body);
  admitCreate(context, request, object);
  const metadata = metadataForCreate(
    objectAt(object, "metadata") ?? {},
    type,
    context.clock.nowMs(),
  );
  object["metadata"] = metadata;
  dedupeOwners(metadata, request.warnings);
  if (type.hasStatus) delete object["status"];
  hooksFor(type).create?.(object, context, request);
  chooseName(context, request, metadata);
  const managers = finishManagers(context, request, undefined, object, entries);
  const errors = [
    ...checkMetadata(metadata, type, request.warnings),
    ...validateObject(type, object, undefined),
  ];
  const name = stringAt(metadata, "name") ?? "";
  if (errors.length > 0) throw invalidObject(kindSubject(type), name, errors);
  setManagers(metadata, managers);
  refuseTaken(context, request, name);
  if (request.dryRun) return { value: object, created: true };
  hooksFor(type).reserve?.(object, undefined, context);
  const key = keyOf(request.namespace, name);
  return { value: context.store.put(type.storageKey, key, object).value, created: true };
}

function chooseName(context: WriteContext, request: WriteRequest, metadata: JsonObject): void {
  const prefix = stringAt(metadata, "generateName") ?? "";
  if ((stringAt(metadata, "name") ?? "") !== "" || prefix === "") return;
  for (let tries = 0; tries < generateTries; tries++) {
    metadata["name"] = generateName(prefix);
    const key = keyOf(request.namespace, metadata["name"] as string);
    if (context.store.get(request.type.storageKey, key) === undefined) return;
  }
}

function refuseTaken(context: WriteContext, { type, namespace }: WriteRequest, name: string): void {
  const taken = context.store.get(type.storageKey, keyOf(namespace, name));
  if (taken === undefined) return;
  const terminating = stringAt(taken.value, "metadata", "deletionTimestamp") !== undefined;
  throw alreadyExists(resourceSubject(type), name, terminating);
}

function setManagers(metadata: JsonObject, managers: readonly JsonObject[]): void {
  if (managers.length === 0) delete metadata["managedFields"];
  else metadata["managedFields"] = managers;
}

/**
 * Changes an object: `compute` makes the wished state from the present one.
 *
 * Everything runs in one turn, so that no other write comes between reading and storing.
 */
export function updateObject(
  context: WriteContext,
  request: WriteRequest,
  compute: (current: JsonObject) => JsonObject,
  options: UpdateOptions,
): WriteResult {
  const { type } = request;
  const name = request.name ?? "";
  const key = keyOf(request.namespace, name);
  const stored = context.store.get(type.storageKey, key);
  if (stored === undefined) throw notFound(resourceSubject(type), name);
  const current = stored.value;
  const body = compute({ ...current, apiVersion: apiVersionOf(type) });
  if (options.isPut) checkPutIdentity(request, current, body);
  checkLock(request, current, body, options.isPut);
  const next = splitSubresource(request, current, prepare(context, request, body));
  const sent = objectAt(next, "metadata") ?? {};
  const before = objectAt(current, "metadata") ?? {};
  const metadata = metadataForUpdate(before, sent);
  next["metadata"] = metadata;
  dedupeOwners(metadata, request.warnings);
  hooksFor(type).update?.(next, current, context, request);
  bumpGeneration(type, current, next, metadata);
  const managers = finishManagers(context, request, current, next, options.entries, sent);
  const errors = [
    ...(options.isPut ? [] : checkSystemFields(before, sent)),
    ...checkMetadataChange(before, sent),
    ...checkMetadata(metadata, type, request.warnings),
    ...validateObject(type, next, current, request.subresource),
  ];
  if (errors.length > 0) throw invalidObject(kindSubject(type), name, errors);
  setManagers(metadata, managers);
  return commitUpdate(context, request, key, current, next);
}

function commitUpdate(
  context: WriteContext,
  request: WriteRequest,
  key: string,
  current: JsonObject,
  next: JsonObject,
): WriteResult {
  if (isNoOp(current, next)) return { value: current, created: false };
  if (request.dryRun) return { value: next, created: false };
  const { type } = request;
  if (isReleased(next)) {
    // The answer shows the object under its old revision; watchers get the deletion's.
    context.store.remove(type.storageKey, key, next);
    hooksFor(type).release?.(next, context);
    return { value: next, created: false };
  }
  hooksFor(type).reserve?.(next, current, context);
  return { value: context.store.put(type.storageKey, key, next).value, created: false };
}

/** Whether a terminating object has nothing left to wait for. */
export function isReleased(object: JsonObject): boolean {
  const metadata = objectAt(object, "metadata") ?? {};
  const finalizers = own(metadata, "finalizers");
  const hasFinalizers = Array.isArray(finalizers) && finalizers.length > 0;
  const pending = objectAt(object, "spec")?.["finalizers"];
  const isNamespaceHeld =
    own(object, "kind") === "Namespace" && Array.isArray(pending) && pending.length > 0;
  const graceLeft = Number(own(metadata, "deletionGracePeriodSeconds") ?? 0) > 0;
  return (
    own(metadata, "deletionTimestamp") !== undefined &&
    !hasFinalizers &&
    !isNamespaceHeld &&
    !graceLeft
  );
}

function checkPutIdentity(request: WriteRequest, current: JsonObject, body: JsonObject): void {
  checkNamespace(body, request);
  const bodyName = stringAt(body, "metadata", "name") ?? "";
  if (bodyName !== "" && bodyName !== request.name) {
    throw badRequest(
      `the name of the object (${bodyName}) does not match the name on the URL (${request.name})`,
    );
  }
  const sent = stringAt(body, "metadata", "uid") ?? "";
  const uid = stringAt(current, "metadata", "uid") ?? "";
  if (sent === "" || sent === uid) return;
  const why = `Precondition failed: UID in precondition: ${sent}, UID in object meta: ${uid}`;
  throw conflict(resourceSubject(request.type), request.name ?? "", why);
}

function checkLock(
  request: WriteRequest,
  current: JsonObject,
  body: JsonObject,
  isPut: boolean,
): void {
  const { type } = request;
  const name = request.name ?? "";
  const sent = stringAt(body, "metadata", "resourceVersion") ?? "";
  if (sent === "") {
    if (!isPut || !(type.custom || type.rules.lockedUpdate === true)) return;
    const error = {
      field: "metadata.resourceVersion",
      reason: "FieldValueInvalid",
      detail: ": 0: must be specified for an update",
    } as const;
    throw invalidObject(kindSubject(type), name, [error]);
  }
  if (sent === stringAt(current, "metadata", "resourceVersion")) return;
  throw conflict(resourceSubject(type), name, modifiedText);
}

/** The main endpoint writes everything but status; `/status` writes nothing but status. */
function splitSubresource(
  request: WriteRequest,
  current: JsonObject,
  next: JsonObject,
): JsonObject {
  const { type, subresource } = request;
  if (subresource === "status") {
    const sent = objectAt(next, "metadata") ?? {};
    const metadata: JsonObject = { ...objectAt(current, "metadata") };
    if (own(sent, "managedFields") === undefined) delete metadata["managedFields"];
    else metadata["managedFields"] = sent["managedFields"];
    const result: JsonObject = { ...current, metadata };
    if (own(next, "status") === undefined) delete result["status"];
    else result["status"] = next["status"];
    return result;
  }
  if (!type.hasStatus || subresource === "finalize") return next;
  if (own(current, "status") === undefined) delete next["status"];
  else next["status"] = current["status"];
  return next;
}

function bumpGeneration(
  { custom, hasStatus, rules }: WriteRequest["type"],
  current: JsonObject,
  next: JsonObject,
  metadata: JsonObject,
): void {
  if (!custom && rules.generation !== true) return;
  const keys = new Set([...Object.keys(current), ...Object.keys(next)]);
  keys.delete("metadata");
  if (hasStatus || !custom) keys.delete("status");
  for (const key of keys) {
    if (equal(own(current, key), own(next, key))) continue;
    metadata["generation"] = Number(metadata["generation"] ?? 0) + 1;
    return;
  }
}

/** Equal but for the times of managed fields: such a write stores nothing and emits nothing. */
function isNoOp(current: JsonObject, next: JsonObject): boolean {
  const strip = (object: JsonObject): JsonObject => {
    const { managedFields: _managers, ...metadata } = objectAt(object, "metadata") ?? {};
    return { ...object, metadata };
  };
  if (!equal(strip(current), strip(next))) return false;
  const managers = (object: JsonObject): unknown =>
    objectAt(object, "metadata")?.["managedFields"] ?? [];
  return sameManagers(managers(current), managers(next));
}

/** The managers that an object carries, for server-side apply. */
export function managersOf(object: unknown): ManagerEntry[] {
  return isObject(object) ? readManagers(object) : [];
}
