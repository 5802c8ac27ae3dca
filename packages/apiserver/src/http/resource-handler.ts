// SPDX-License-Identifier: Apache-2.0
// Sends a request to a resource to its verb, and refuses verbs that the resource does not take.
import type { ServerCore } from "../core.js";
import type { Fault } from "../faults/fault-rules.js";
import { qualified, badRequest, methodNotAllowed, resourceNotFound } from "../status-error.js";
import { resourceSubject } from "../kinds/resource-type.js";
import type { ApiResponse } from "./api-request.js";
import type { ResourceCall } from "./call.js";
import { handlePodSubresource, podSubresources } from "./pod-subresources.js";
import { handleGet, handleList, handleWatch } from "./read-verbs.js";
import { pageNotFound } from "./respond.js";
import { handleReview } from "./reviews.js";
import { handleScale } from "./scale.js";
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

/** Carries out a request to a resource. */
export async function dispatch(
  core: ServerCore,
  call: ResourceCall,
  faults: readonly Fault[],
): Promise<ApiResponse> {
  const { type, path, verb } = call;
  if (type.rules.review === true) {
    if (verb !== "create" || path.name !== undefined) throw methodNotAllowed();
    return handleReview(core, call);
  }
  if (type.storageKey === "pods" && podSubresources.includes(path.subresource)) {
    if (verb !== "create") throw methodNotAllowed();
    return handlePodSubresource(core, call);
  }
  if (path.subresource !== "") {
    if (!hasSubresource(call)) {
      if (type.custom) return pageNotFound();
      throw resourceNotFound();
    }
    checkSubresourceVerb(call);
    if (path.subresource === "scale") return handleScale(core, call);
  }
  if (type.namespaced && path.namespace === undefined) {
    if (path.name !== undefined || verb === "create") {
      if (type.custom || verb !== "create") return pageNotFound();
      throw methodNotAllowed();
    }
    if (verb === "deletecollection") throw methodNotAllowed();
  }
  if (!type.namespaced && path.namespace !== undefined) return pageNotFound();
  return byVerb(core, call, faults);
}

function checkSubresourceVerb({ type, verb, path }: ResourceCall): void {
  if (["get", "update", "patch", "apply"].includes(verb)) return;
  if (verb === "create" && path.subresource === "finalize") return;
  const kind = JSON.stringify(qualified(resourceSubject(type)));
  throw methodNotAllowed(`${verb} is not supported on resources of kind ${kind}`);
}

function byVerb(
  core: ServerCore,
  call: ResourceCall,
  faults: readonly Fault[],
): Promise<ApiResponse> | ApiResponse {
  const { verb, path } = call;
  switch (verb) {
    case "get":
      return handleGet(core, call);
    case "list":
      return handleList(core, call);
    case "watch":
      return handleWatch(core, call, faults);
    case "create":
      if (path.name !== undefined) throw methodNotAllowed();
      return handleCreate(core, call);
    case "update":
      if (path.name === undefined) throw badRequest("name must be provided");
      return handleUpdate(core, call);
    case "patch":
    case "apply":
      if (path.name === undefined) throw methodNotAllowed();
      return verb === "patch" ? handlePatch(core, call) : handleApply(core, call);
    case "delete":
      return handleDelete(core, call);
    case "deletecollection":
      return handleDeleteCollection(core, call);
    default:
      throw methodNotAllowed();
  }
}
