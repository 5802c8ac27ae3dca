// SPDX-License-Identifier: Apache-2.0
// Server-side apply: the configuration is merged into the live object by field ownership, then goes
// through the same pipeline as any write.
import { builtinType } from "../kinds/parse-types.js";
import { apiVersionOf, resourceSubject } from "../kinds/resource-type.js";
import { clone, ensureObject, isObject, objectAt, own, stringAt, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { applyConfig, readManagers } from "../apply/managed-fields.js";
import type { Applied, ManagerEntry } from "../apply/managed-fields.js";
import { ListKeyError } from "../apply/list-keys.js";
import { fieldsOf } from "../apply/owned-fields.js";
import { prune } from "../schema/prune.js";
import { badRequest, conflict, notFound, plainServerError } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { checkTypeMeta } from "./decode.js";
import { resetFields, writerOf } from "./field-managers.js";
import { createObject, updateObject } from "./pipeline.js";
import { typeFault } from "./type-fault.js";
import type { WriteContext, WriteRequest, WriteResult } from "./write-request.js";

/** Applies a configuration: creates the object when it is missing. */
export function applyObject(
  context: WriteContext,
  request: WriteRequest,
  body: unknown,
  force: boolean,
): WriteResult {
  const config = readConfig(request, body);
  const name = request.name ?? "";
  const key = keyOf(request.namespace, name);
  if (context.store.get(request.type.storageKey, key) !== undefined) {
    return applyToLive(context, request, config, force);
  }
  if (request.subresource !== "") throw notFound(resourceSubject(request.type), name);
  checkConfigName(request, config);
  const uid = stringAt(config, "metadata", "uid") ?? "";
  if (uid !== "") {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(resourceSubject(request.type), name, why);
  }
  const metadata = ensureObject(config, "metadata");
  delete metadata["resourceVersion"];
  const live = { apiVersion: config["apiVersion"], kind: config["kind"], metadata: {} };
  const applied = runApply(context, request, live, config, [], force);
  return createObject(context, request, applied.object, applied.entries);
}

function checkConfigName(request: WriteRequest, config: JsonObject): void {
  const name = stringAt(config, "metadata", "name") ?? "";
  if (name === request.name) return;
  if (name === "") {
    throw badRequest(
      `the name of the object (${request.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  throw badRequest(
    `the name of the object (${name}) does not match the name on the URL (${request.name})`,
  );
}

function readConfig(request: WriteRequest, body: unknown): JsonObject {
  if (isObject(body) && own(body, "kind") === undefined) {
    throw badRequest("Object 'Kind' is missing in '" + JSON.stringify(body) + "'");
  }
  const { type } = request;
  const version = stringAt(body, "apiVersion") ?? "";
  if (isObject(body) && version !== apiVersionOf(type)) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${apiVersionOf(type)}`,
    );
  }
  const kind = stringAt(body, "kind") ?? "";
  if (isObject(body) && kind !== type.kind) {
    throw untyped(request, `no corresponding type for ${version}, Kind=${kind}`, kind);
  }
  checkTypeMeta(body, type);
  const config = clone(body);
  if (Array.isArray(own(own(config, "metadata"), "managedFields"))) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const unknown: string[] = [];
  prune(config, request.type.schema, builtinType("ObjectMeta"), unknown);
  if (unknown.length > 0) throw untyped(request, `.${unknown[0]}: field not declared in schema`);
  const fault = typeFault(config, type.schema);
  if (fault !== undefined) throw untyped(request, fault);
  return config;
}

function untyped(request: WriteRequest, why: string, kind = request.type.kind): Error {
  const { type, namespace, name } = request;
  const what = namespace === undefined ? `/${name}` : `${namespace}/${name}`;
  return plainServerError(
    `failed to create typed patch object (${what}; ${apiVersionOf(type)}, Kind=${kind}): ${why}`,
  );
}

function runApply(
  context: WriteContext,
  request: WriteRequest,
  live: JsonObject,
  config: JsonObject,
  entries: readonly ManagerEntry[],
  force: boolean,
): Applied {
  const { schema } = request.type;
  const reset = resetFields(request, { ...live, ...config });
  const writer = writerOf(context, request);
  try {
    return applyConfig(live, config, schema, writer, entries, { force, reset });
  } catch (error) {
    if (error instanceof ListKeyError) throw untyped(request, error.message);
    throw error;
  }
}

/** The configuration without what this endpoint does not write. */
function ofEndpoint(request: WriteRequest, config: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, status } = config;
  if (request.subresource === "status") {
    return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) };
  }
  if (!request.type.hasStatus) return config;
  return without(config, "status");
}

function applyToLive(
  context: WriteContext,
  request: WriteRequest,
  config: JsonObject,
  force: boolean,
): WriteResult {
  let entries: readonly ManagerEntry[] = [];
  const compute = (current: JsonObject): JsonObject => {
    const live = withoutSystemFields(current);
    const before = managersBefore(context, request, current, live);
    const named = ofEndpoint(request, config);
    const applied = runApply(context, request, live, named, before, force);
    checkConfigName(request, config);
    entries = applied.entries;
    return withLock(applied.object, config);
  };
  const options = {
    isPut: false,
    get entries() {
      return entries;
    },
  };
  return updateObject(context, request, compute, options);
}

function withoutSystemFields(current: JsonObject): JsonObject {
  const metadata = objectAt(current, "metadata") ?? {};
  return { ...current, metadata: without(metadata, "managedFields", "resourceVersion") };
}

/** A resourceVersion in the configuration is an optimistic lock. */
function withLock(object: JsonObject, config: JsonObject): JsonObject {
  const metadata: JsonObject = { ...(object["metadata"] as JsonObject) };
  const sent = stringAt(config, "metadata", "resourceVersion");
  if (sent === undefined) delete metadata["resourceVersion"];
  else metadata["resourceVersion"] = sent;
  return { ...object, metadata };
}

/** An object whose managers were cleared: what it has is kept as set before the first apply. */
function managersBefore(
  context: WriteContext,
  request: WriteRequest,
  current: JsonObject,
  live: JsonObject,
): readonly ManagerEntry[] {
  const entries = readManagers(current);
  if (entries.length > 0) return entries;
  return [
    {
      ...writerOf(context, { ...request, subresource: "" }),
      manager: "before-first-apply",
      operation: "Update",
      time: undefined,
      fields: fieldsOf(live, request.type.schema),
    },
  ];
}
