// SPDX-License-Identifier: Apache-2.0
// The write pipeline, one for every kind and verb, in the API server's order: decode, default,
// admission, metadata, status split, managed fields, validation, no-op detection, commit.
import { invalid, invalidObject } from "../field-error.js";
import { objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ManagerEntry } from "../apply/managed-fields.js";
import { apiVersionOf, kindSubject, resourceSubject } from "../kinds/resource-type.js";
import { applyDefaults } from "../schema/default.js";
import { alreadyExists, notFound, plainServerError, StatusError } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { admitCreate } from "./admission.js";
import { decodeObject } from "./decode.js";
import { checkLock, checkNamespace, checkPlace, checkPutIdentity } from "./identity-checks.js";
import { bumpGeneration, isNoOp, isReleased, splitSubresource } from "./prepare-update.js";
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
import { isOlderThanSchema, refreshed } from "../schema/refresh.js";
import { initialStatus } from "./initial-status.js";
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
  if (type.conversion !== undefined) return type.conversion.toStorage(object);
  object["apiVersion"] = storageApiVersion(type);
  return object;
}

/** What a patch made; what cannot be decoded is the patch's fault. */
function preparePatched(
  context: WriteContext,
  request: WriteRequest,
  body: JsonObject,
): JsonObject {
  try {
    return prepare(context, request, body);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400 || request.type.custom) throw error;
    const why = error.message.replace(/^.*? cannot be handled as a \w+: /, "");
    if (why.startsWith("strict decoding error")) throw error;
    const fault = invalid("patch", JSON.stringify(body), why);
    throw invalidObject({ group: "", word: "" }, "", [fault]);
  }
}

/** Creates an object. */
export function createObject(
  context: WriteContext,
  request: WriteRequest,
  body: JsonObject,
  entries?: readonly ManagerEntry[],
): WriteResult {
  const { type } = request;
  // What is no number is not looked at.
  if (Number(stringAt(body, "metadata", "resourceVersion") ?? "") > 0) {
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
  // What follows is the server's own and has no manager.
  const managers = finishManagers(context, request, undefined, object, entries);
  const status = initialStatus(type);
  if (status !== undefined) object["status"] = status;
  hooksFor(type).create?.(object, context, request);
  chooseName(context, request, metadata);
  const errors = [
    ...checkMetadata(metadata, type, request.warnings),
    ...validateObject(type, object, undefined, "", request.warnings),
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
  const isOld = isOlderThanSchema(type, stored.revision);
  const current = isOld ? refreshed(stored.value, type) : stored.value;
  const shown = type.conversion?.fromStorage(current) ?? current;
  const body = compute({ ...shown, apiVersion: apiVersionOf(type) });
  if (options.isPut) checkPutIdentity(request, current, body);
  else checkPlace(request, body);
  checkLock(request, current, body, options.isPut);
  const decoded = options.isPut
    ? prepare(context, request, body)
    : preparePatched(context, request, body);
  const next = splitSubresource(request, current, decoded);
  const sent = objectAt(next, "metadata") ?? {};
  const before = objectAt(current, "metadata") ?? {};
  const metadata = metadataForUpdate(before, sent);
  next["metadata"] = metadata;
  dedupeOwners(metadata, request.warnings);
  const managers = finishManagers(context, request, current, next, options.entries, sent);
  hooksFor(type).update?.(next, current, context, request);
  bumpGeneration(type, current, next, metadata);
  const errors = [
    ...checkSystemFields(before, sent),
    ...checkMetadataChange(before, sent),
    ...checkMetadata(metadata, type, request.warnings),
    ...validateObject(type, next, current, request.subresource, request.warnings),
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
    // The answer shows the object under its old revision; watchers get what was stored before, under
    // the deletion's revision.
    context.store.remove(type.storageKey, key);
    hooksFor(type).release?.(next, context);
    return { value: next, created: false };
  }
  hooksFor(type).reserve?.(next, current, context);
  return { value: context.store.put(type.storageKey, key, next).value, created: false };
}
