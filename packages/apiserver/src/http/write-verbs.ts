// SPDX-License-Identifier: Apache-2.0
// create, update, patch, apply, delete and deletecollection.
import { invalid, invalidObject } from "../field-error.js";
import { isObject, objectAt, stringAt, without } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import { apiVersionOf, kindSubject } from "../kinds/resource-type.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { applyMergePatch } from "../patch/merge-patch.js";
import { applyStrategicMerge } from "../patch/strategic-merge.js";
import { takeList } from "../read/list.js";
import { badRequest, methodNotAllowed, StatusError } from "../status-error.js";
import { StoredObject } from "../store/stored-object.js";
import { applyObject } from "../write/apply.js";
import { checkTypeMeta, fillTypeMeta } from "../write/decode.js";
import { deleteObject, readDeleteOptions } from "../write/delete.js";
import { createObject, updateObject } from "../write/pipeline.js";
import type { WriteRequest, WriteResult } from "../write/write-request.js";
import { keyOf } from "../store/object-store.js";
import type { ApiResponse } from "./api-request.js";
import { writeRequestOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { bodySummary, notAnObject } from "./json-fault.js";
import { negotiate } from "./negotiate.js";
import { mediaType, parseJsonBody, unsupportedType } from "./read-body.js";
import { parseYamlBody } from "./read-yaml.js";
import type { ParsedBody } from "./read-body.js";
import { listResponse, objectResponse, plainResponse } from "./read-verbs.js";
import { successStatus } from "./respond.js";

/** Media type of protobuf bodies. */
const protobufType = "application/vnd.kubernetes.protobuf";

const bodyTypes = ["application/json", "application/yaml", protobufType];
const yamlTypes = new Set(["application/yaml", "application/x-yaml", "text/yaml"]);

/** Reads the object of a POST or PUT. */
export async function readObject(call: ResourceCall, write: WriteRequest): Promise<JsonObject> {
  const type = mediaType(call.request.header("content-type"));
  if (type === protobufType && !call.type.custom) return readProtobuf(call);
  if (type !== "application/json" && !yamlTypes.has(type)) throw unsupportedType(bodyTypes);
  const text = (await call.request.body()).toString("utf8");
  const unrecognised = `the object provided is unrecognized (must be of type ${call.type.kind}): `;
  const introduction = `${unrecognised}couldn't get version/kind; json parse error: `;
  const ending = ` (${bodySummary(text)})`;
  const parsed = yamlTypes.has(type)
    ? parseYamlBody(text, unrecognised)
    : parseJsonBody(text, introduction, ending);
  checkDuplicates(parsed, call, write);
  const { value } = parsed;
  if (value !== null && !isObject(value)) {
    throw badRequest(introduction + notAnObject(value) + ending);
  }
  const version = stringAt(value, "apiVersion") ?? "";
  if (version.split("/").length > 2) {
    throw badRequest(`${unrecognised}unexpected GroupVersion string: ${version}${ending}`);
  }
  const body = fillTypeMeta(value, call.type);
  checkTypeMeta(body, call.type);
  return body;
}

/** Reads the body of a POST to a subresource, which is of a kind of its own. */
export async function readSubresource(call: ResourceCall, kind: string): Promise<JsonObject> {
  const type = mediaType(call.request.header("content-type"));
  if (type === protobufType) return parsedProtobuf(call);
  if (type !== "application/json" && !yamlTypes.has(type)) throw unsupportedType(bodyTypes);
  const text = (await call.request.body()).toString("utf8");
  const introduction = `the object provided is unrecognized (must be of type ${kind}): `;
  const { value } = yamlTypes.has(type)
    ? parseYamlBody(text, introduction)
    : parseJsonBody(text, introduction);
  if (!isObject(value)) throw badRequest(`${introduction}it is no JSON object`);
  const given = value["kind"];
  if (given === undefined || given === kind) return value;
  throw badRequest(`${introduction}it is of kind ${JSON.stringify(given)}`);
}

async function readProtobuf(call: ResourceCall): Promise<JsonObject> {
  const body = await parsedProtobuf(call);
  checkTypeMeta(body, call.type);
  return body;
}

/** The object of a protobuf body. The tables are loaded with the first one. */
async function parsedProtobuf(call: ResourceCall): Promise<JsonObject> {
  const { parseProtobuf } = await import("./protobuf.js");
  const body = parseProtobuf(await call.request.body());
  if (body === undefined) throw unsupportedType(bodyTypes.slice(0, 2));
  return body;
}

function checkDuplicates(parsed: ParsedBody, { type }: ResourceCall, write: WriteRequest): void {
  if (write.fieldValidation === "Ignore") return;
  const texts = parsed.duplicates().map((path) => `duplicate field "${path}"`);
  if (texts.length === 0) return;
  if (write.fieldValidation === "Warn") {
    write.warnings.push(...texts);
    return;
  }
  throw badRequest(
    `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: strict decoding ` +
      `error: ${texts.join(", ")}`,
  );
}

function respondWritten(core: ServerCore, call: ResourceCall, result: WriteResult): ApiResponse {
  const revision = Number(stringAt(result.value, "metadata", "resourceVersion") ?? 0);
  const object = storedOrMade(core, call, result.value, revision);
  return objectResponse(core, call, result.created ? 201 : 200, object);
}

/** The stored object when it is the one just written, so that its text is made only once. */
function storedOrMade(
  core: ServerCore,
  call: ResourceCall,
  value: JsonObject,
  revision: number,
): StoredObject {
  const name = stringAt(value, "metadata", "name") ?? "";
  const namespace = stringAt(value, "metadata", "namespace");
  const stored = core.store.get(call.type.storageKey, keyOf(namespace, name));
  return stored?.value === value ? stored : new StoredObject(name, revision, value);
}

/** Nothing new is made of a kind whose definition is being deleted. */
function refuseTerminating(core: ServerCore, { type }: ResourceCall): void {
  const key = keyOf(undefined, type.storageKey);
  const crd = core.store.get("customresourcedefinitions.apiextensions.k8s.io", key)?.value;
  if (stringAt(crd, "metadata", "deletionTimestamp") === undefined) return;
  throw methodNotAllowed("create not allowed while custom resource definition is terminating");
}

/** POST. */
export async function handleCreate(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  if (call.type.custom) refuseTerminating(core, call);
  const write = writeRequestOf(call);
  const body = await readObject(call, write);
  return respondWritten(core, call, createObject(core, write, body));
}

/** PUT. */
export async function handleUpdate(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const write = writeRequestOf(call);
  const body = await readObject(call, write);
  const exists = core.store.get(call.type.storageKey, keyOf(write.namespace, write.name ?? ""));
  if (exists === undefined && call.type.rules.createOnUpdate === true) {
    // What is created by an update may carry a version, which is dropped.
    const metadata = without(objectAt(body, "metadata") ?? {}, "resourceVersion");
    return respondWritten(core, call, createObject(core, write, { ...body, metadata }));
  }
  return respondWritten(
    core,
    call,
    updateObject(core, write, () => body, { isPut: true }),
  );
}

const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

function acceptedPatches({ type }: ResourceCall): string[] {
  return type.custom ? patchTypes.filter((name) => !name.includes("strategic")) : patchTypes;
}

/** A patch may not turn the object into one of another kind. */
function checkPatched(value: unknown, call: ResourceCall): JsonObject {
  const whole = fillTypeMeta(value, call.type);
  const { type } = call;
  const apiVersion = stringAt(whole, "apiVersion") ?? "";
  if (type.custom && isObject(whole) && apiVersion !== apiVersionOf(type)) {
    const name = stringAt(whole, "metadata", "name") ?? "";
    const error = invalid("apiVersion", apiVersion, `must be ${apiVersionOf(type)}`);
    throw invalidObject(kindSubject(type), name, [error]);
  }
  try {
    checkTypeMeta(whole, type);
  } catch (error) {
    if (type.custom || !(error instanceof StatusError)) throw error;
    // The patch is told to be wrong, with the whole object that it makes.
    const why = error.message.replace(/^.*? cannot be handled as a \w+: /, "");
    const fault = invalid("patch", JSON.stringify(whole), why);
    throw invalidObject({ group: "", word: "" }, "", [fault]);
  }
  return whole;
}

/** PATCH in its three plain forms. */
export async function handlePatch(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const type = mediaType(call.request.header("content-type"));
  if (!acceptedPatches(call).includes(type)) throw unsupportedType(acceptedPatches(call));
  const write = writeRequestOf(call);
  const text = (await call.request.body()).toString("utf8");
  const { value: patch } = parseJsonBody(text, "error decoding patch: ");
  const compute = (current: JsonObject): JsonObject => {
    const patched =
      type === "application/json-patch+json"
        ? applyJsonPatch(current, patch)
        : type === "application/merge-patch+json"
          ? applyMergePatch(current, objectPatch(patch))
          : applyStrategicMerge(current, objectPatch(patch), call.type.schema);
    return checkPatched(patched, call);
  };
  return respondWritten(core, call, updateObject(core, write, compute, { isPut: false }));
}

function objectPatch(patch: unknown): JsonObject {
  if (isObject(patch)) return patch;
  throw badRequest(
    "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}",
  );
}

/** PATCH as server-side apply. */
export async function handleApply(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const write = writeRequestOf(call);
  const text = (await call.request.body()).toString("utf8");
  const introduction = "error decoding YAML: ";
  const isJson = text.trimStart().startsWith("{");
  const parsed = isJson ? parseJsonBody(text, introduction) : parseYamlBody(text, introduction);
  checkDuplicates(parsed, call, write);
  const force = ["1", "true"].includes(call.request.query.get("force") ?? "");
  return respondWritten(core, call, applyObject(core, write, parsed.value, force));
}

async function readDeleteBody(call: ResourceCall): Promise<JsonObject> {
  const bytes = await call.request.body();
  if (bytes.length === 0) return {};
  const type = mediaType(call.request.header("content-type"));
  if (type === protobufType) return parsedProtobuf(call);
  if (type !== "application/json" && !yamlTypes.has(type)) throw unsupportedType(bodyTypes);
  const text = bytes.toString("utf8");
  const introduction = "couldn't get version/kind; json parse error: ";
  const { value } = yamlTypes.has(type)
    ? parseYamlBody(text, "")
    : parseJsonBody(text, introduction);
  if (value !== null && !isObject(value)) throw badRequest(introduction + notAnObject(value));
  const kind = stringAt(value, "kind") ?? "DeleteOptions";
  if (kind !== "DeleteOptions") {
    const version = stringAt(value, "apiVersion") ?? "";
    const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
    throw badRequest(`no kind "${kind}" is registered for version "${version}" ${scheme}`);
  }
  return value ?? {};
}

function deleteRequest(call: ResourceCall, body: JsonObject): WriteRequest {
  const write = writeRequestOf(call);
  const dryRun = Array.isArray(body["dryRun"]) && body["dryRun"].includes("All");
  return dryRun ? { ...write, dryRun } : write;
}

/** DELETE of one object. */
export async function handleDelete(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const { type, request } = call;
  const body = await readDeleteBody(call);
  const options = readDeleteOptions(body, request.query);
  const orphansByDefault =
    type.rules.defaultPropagation === "Orphan" && options.propagation === undefined;
  if (orphansByDefault) {
    call.warnings.push(
      "child pods are preserved by default when jobs are deleted; set " +
        "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress " +
        "this warning",
    );
  }
  const { value, gone } = deleteObject(core, deleteRequest(call, body), options);
  if (!gone || type.rules.returnsDeleted === true) {
    return respondWritten(core, call, { value, created: false });
  }
  const details = {
    name: stringAt(value, "metadata", "name") ?? "",
    group: type.group,
    kind: type.plural,
    uid: stringAt(value, "metadata", "uid") ?? "",
  };
  return plainResponse(call, 200, successStatus(details));
}

/** DELETE of a collection: answers the list of what was deleted. */
export async function handleDeleteCollection(
  core: ServerCore,
  call: ResourceCall,
): Promise<ApiResponse> {
  const { type, request, path } = call;
  const body = await readDeleteBody(call);
  const options = readDeleteOptions(body, request.query);
  const page = takeList(core.store, type, path.namespace, request.query);
  const write = deleteRequest(call, body);
  for (const { value } of page.objects) {
    const name = stringAt(value, "metadata", "name");
    const namespace = stringAt(value, "metadata", "namespace");
    try {
      deleteObject(core, { ...write, name, namespace }, options);
    } catch (error) {
      // An object that went in the meantime is deleted, which is what was asked for.
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
    }
  }
  return listResponse(core, call, negotiate(request.header("accept"), !type.custom), page);
}
