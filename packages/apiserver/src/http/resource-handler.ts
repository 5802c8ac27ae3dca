// SPDX-License-Identifier: Apache-2.0
// Sends a request to a resource to its verb, and refuses verbs that the resource does not take.
import type { ServerCore } from "../core.js";
import type { Fault } from "../faults/fault-rules.js";
import {
  badRequest,
  methodNotAllowed,
  notFound,
  qualified,
  resourceNotFound,
  StatusError,
} from "../status-error.js";
import { resourceSubject } from "../kinds/resource-type.js";
import { loadRuleEngine } from "../schema/rule-engine.js";
import type { ApiResponse } from "./api-request.js";
import type { ResourceCall } from "./call.js";
import { handlePodSubresource, podSubresources } from "./pod-subresources.js";
import { handleGet, handleList, handleWatch } from "./read-verbs.js";
import { pageNotFound } from "./respond.js";
import { handleReview } from "./reviews.js";
import { handleScale } from "./scale.js";
import { handleTokenRequest } from "./token-request.js";
import {
  handleApply,
  handleCreate,
  handleDelete,
  handleDeleteCollection,
  handlePatch,
  handleUpdate,
} from "./write-verbs.js";

/** Whether the resource has the subresource. */
function hasSubresource({ type, path }: ResourceCall): boolean {
  if (path.subresource === "status") return type.hasStatus;
  if (path.subresource === "scale") return type.scale !== undefined;
  return path.subresource === "finalize" && type.storageKey === "namespaces";
}

const readVerbs = new Set(["get", "list", "watch"]);

/** Carries out a request to a resource. */
export async function dispatch(
  core: ServerCore,
  call: ResourceCall,
  faults: readonly Fault[],
): Promise<ApiResponse> {
  const { type, path, verb } = call;
  if (type.deprecation !== undefined) call.warnings.push(type.deprecation);
  if (type.kind === "CustomResourceDefinition" && !readVerbs.has(verb)) await loadRuleEngine();
  if (type.rules.review === true) {
    if (path.name !== undefined) throw resourceNotFound();
    if (verb !== "create") throw methodNotAllowed();
    return handleReview(core, call);
  }
  if (type.storageKey === "pods" && podSubresources.includes(path.subresource)) {
    if (verb !== "create") throw methodNotAllowed();
    return handlePodSubresource(core, call);
  }
  if (type.storageKey === "serviceaccounts" && path.subresource === "token") {
    if (verb !== "create") throw methodNotAllowed();
    return handleTokenRequest(core, call);
  }
  checkPathName(call);
  if (type.namespaced && path.namespace === undefined && isOfOneNamespace(call)) {
    if (type.custom) return pageNotFound();
    if (path.name !== undefined) throw resourceNotFound();
    throw methodNotAllowed();
  }
  if (!type.namespaced && path.namespace !== undefined) {
    if (type.custom) return pageNotFound();
    throw resourceNotFound();
  }
  if (path.subresource !== "") {
    if (!hasSubresource(call)) {
      if (type.custom) throw notFound(resourceSubject(type), path.name ?? "");
      throw resourceNotFound();
    }
    checkSubresourceVerb(call);
    if (path.subresource === "scale") return handleScale(core, call);
  }
  return byVerb(core, call, faults);
}

/** Whether the request is about what lies in a namespace, and not in all of them. */
function isOfOneNamespace({ path, verb }: ResourceCall): boolean {
  return path.name !== undefined || (verb !== "list" && verb !== "watch");
}

/** Names that are no path segments are refused whatever the verb. */
function checkPathName({ type, path }: ResourceCall): void {
  const { name } = path;
  if (name === undefined) return;
  if (name.includes("/") && !type.custom) throw resourceNotFound();
  const why =
    name === "." || name === ".."
      ? `may not be '${name}'`
      : ["/", "%"].flatMap((text) => (name.includes(text) ? [`may not contain '${text}'`] : []))[0];
  if (why === undefined) return;
  throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}

/** A verb that the handler of custom kinds does not know. */
function unsupportedVerb({ type }: ResourceCall, verb: string): StatusError {
  const kind = JSON.stringify(qualified(resourceSubject(type)));
  const message = `${verb} is not supported on resources of kind ${kind}`;
  const details = { group: type.group, kind: type.plural };
  return new StatusError(405, "MethodNotAllowed", message, details);
}

function checkSubresourceVerb(call: ResourceCall): void {
  const { type, verb, path } = call;
  if (["get", "update", "patch", "apply"].includes(verb)) return;
  if (verb === "create" && path.subresource === "finalize") return;
  throw type.custom ? unsupportedVerb(call, verb) : methodNotAllowed();
}

/** A write to a collection that is one of an object. */
function nameless({ type }: ResourceCall): StatusError {
  return type.custom ? badRequest("name must be provided") : methodNotAllowed();
}

function byVerb(
  core: ServerCore,
  call: ResourceCall,
  faults: readonly Fault[],
): Promise<ApiResponse> | ApiResponse {
  const { verb, path, type } = call;
  switch (verb) {
    case "get":
      return handleGet(core, call);
    case "list":
      return handleList(core, call);
    case "watch":
      return handleWatch(core, call, faults);
    case "create":
      // The handler of custom kinds does not look at the name in the path.
      if (path.name !== undefined && !type.custom) throw methodNotAllowed();
      return handleCreate(core, call);
    case "update":
      if (path.name === undefined) throw nameless(call);
      return handleUpdate(core, call);
    case "patch":
    case "apply":
      if (path.name === undefined) throw nameless(call);
      return verb === "patch" ? handlePatch(core, call) : handleApply(core, call);
    case "delete":
      return handleDelete(core, call);
    case "deletecollection":
      if (type.storageKey === "namespaces") throw methodNotAllowed();
      return handleDeleteCollection(core, call);
    default:
      throw type.custom ? unsupportedVerb(call, "") : methodNotAllowed();
  }
}
