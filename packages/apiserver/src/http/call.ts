// SPDX-License-Identifier: Apache-2.0
// One request to a resource, with everything that was read from it.
import type { Identity } from "../auth/identity.js";
import type { FaultSubject } from "../faults/fault-rules.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { invalidObject, invalid, notSupported } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import type { FieldValidation, WriteRequest } from "../write/write-request.js";
import type { ApiRequest } from "./api-request.js";
import { mediaType } from "./read-body.js";
import type { ResourcePath } from "./route.js";

/** A request to a resource. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly path: ResourcePath;
  readonly type: ResourceType;
  readonly verb: string;
  readonly user: Identity;
  readonly warnings: string[];
}

const applyType = /^application\/apply-patch\+/;

/** The API verb of a request. */
export function verbOf(request: ApiRequest, path: ResourcePath): string {
  const { method, query } = request;
  const isWatch = path.isWatchPath || ["1", "true"].includes(query.get("watch") ?? "");
  if (method === "GET" || method === "HEAD") {
    // One object is read even when its path asks to watch; only the old path watches one.
    if (isWatch && (path.name === undefined || path.isWatchPath)) return "watch";
    return path.name === undefined ? "list" : "get";
  }
  if (method === "POST") return "create";
  if (method === "PUT") return "update";
  if (method === "DELETE") return path.name === undefined ? "deletecollection" : "delete";
  if (method !== "PATCH") return method.toLowerCase();
  return applyType.test(mediaType(request.header("content-type"))) ? "apply" : "patch";
}

/** `plural.group/subresource`. */
export function resourceOf(path: ResourcePath): string {
  const base = path.group === "" ? path.plural : `${path.plural}.${path.group}`;
  return path.subresource === "" ? base : `${base}/${path.subresource}`;
}

/** What fault rules look at. */
export function faultSubjectOf(
  request: ApiRequest,
  path: ResourcePath,
  verb: string,
  user: string,
): FaultSubject {
  return {
    verb,
    resource: resourceOf(path),
    namespace: path.namespace,
    name: path.name,
    user,
    userAgent: request.header("user-agent") ?? "",
  };
}

/** Longest field manager name. Source: API server limit. */
const maxManagerBytes = 128;

/** The default field manager: the User-Agent up to its first slash. */
function defaultManager(request: ApiRequest): string {
  const agent = request.header("user-agent") ?? "";
  return (agent.split("/")[0] ?? "").slice(0, maxManagerBytes) || "unknown";
}

/** Query options that every write checks; they are refused together. */
function checkOptions(optionsKind: string, call: ResourceCall): void {
  const { query } = call.request;
  const errors: FieldError[] = [];
  for (const value of query.getAll("dryRun")) {
    if (value !== "All") errors.push(notSupported("dryRun", [value], ["All"]));
  }
  const manager = query.get("fieldManager") ?? "";
  if (Buffer.byteLength(manager) > maxManagerBytes) {
    const detail = `: may not be more than ${maxManagerBytes} bytes`;
    errors.push({ field: "fieldManager", reason: "FieldValueTooLong", detail });
  }
  const position = [...manager].findIndex((character) => /\p{Cc}/u.test(character));
  if (position >= 0) {
    const code = [...manager][position]?.codePointAt(0)?.toString(16).toUpperCase() ?? "";
    const why = `invalid character U+${code.padStart(4, "0")} (at position ${position})`;
    errors.push(invalid("fieldManager", manager, why));
  }
  if (call.verb === "apply" && manager === "") {
    const detail = ": is required for apply patch";
    errors.push({ field: "fieldManager", reason: "FieldValueRequired", detail });
  }
  if (call.verb === "patch" && query.has("force")) {
    const detail = ": may not be specified for non-apply patch";
    errors.push({ field: "force", reason: "FieldValueForbidden", detail });
  }
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    errors.push(notSupported("fieldValidation", validation, ["", "Ignore", "Warn", "Strict"]));
  }
  if (errors.length === 0) return;
  throw invalidObject({ group: "meta.k8s.io", word: optionsKind }, "", errors);
}

const optionsKinds: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  apply: "PatchOptions",
};

/** The write that a request asks for. @throws {@link StatusError} 422 for wrong options. */
export function writeRequestOf(call: ResourceCall): WriteRequest {
  checkOptions(optionsKinds[call.verb] ?? "DeleteOptions", call);
  const { query } = call.request;
  const validation = query.get("fieldValidation") ?? "";
  return {
    type: call.type,
    namespace: call.type.namespaced ? call.path.namespace : undefined,
    name: call.path.name,
    subresource: call.path.subresource,
    dryRun: query.get("dryRun") === "All",
    fieldManager: query.get("fieldManager") || defaultManager(call.request),
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    user: call.user,
    warnings: call.warnings,
  };
}
