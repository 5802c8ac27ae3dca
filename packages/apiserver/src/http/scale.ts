// SPDX-License-Identifier: Apache-2.0
// The scale subresource: a view of replica counts of any scalable kind, readable and writable.
import { clone, ensureObject, getIn, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { kindSubject, resourceSubject } from "../kinds/resource-type.js";
import type { ScalePaths } from "../kinds/resource-type.js";
import type { ServerCore } from "../core.js";
import { invalid, invalidObject } from "../field-error.js";
import { applyJsonPatch } from "../patch/json-patch.js";
import { applyMergePatch } from "../patch/merge-patch.js";
import { badRequest, notFound, StatusError } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { updateObject } from "../write/pipeline.js";
import type { ApiResponse } from "./api-request.js";
import { writeRequestOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { mediaType, parseJsonBody } from "./read-body.js";
import { parseYamlBody } from "./read-yaml.js";
import { plainResponse } from "./read-verbs.js";

const pathKeys = (path: string): string[] => path.replace(/^\./, "").split(".");

function selectorText(object: JsonObject, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const value = getIn(object, ...pathKeys(path));
  return typeof value === "string" ? value : undefined;
}

/** The selector of a built-in workload as text. */
function labelsText(object: JsonObject): string | undefined {
  const labels = objectAt(object, "spec", "selector", "matchLabels");
  if (labels === undefined) return undefined;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

/** The Scale of an object. */
export function scaleOf(object: JsonObject, paths: ScalePaths): JsonObject {
  const metadata = objectAt(object, "metadata") ?? {};
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const replicas = getIn(object, ...pathKeys(paths.specReplicasPath));
  const current = getIn(object, ...pathKeys(paths.statusReplicasPath));
  const selector = selectorText(object, paths.labelSelectorPath) ?? labelsText(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === "number" && replicas !== 0 ? { replicas } : {},
    status: { replicas: current ?? 0, ...(selector === undefined ? {} : { selector }) },
  };
}

async function wishedScale(call: ResourceCall, scale: JsonObject): Promise<JsonObject> {
  const text = (await call.request.body()).toString("utf8");
  const type = mediaType(call.request.header("content-type"));
  const parsed = type.includes("yaml") ? parseYamlBody(text, "") : parseJsonBody(text, "");
  const wished =
    call.verb === "update"
      ? parsed.value
      : type === "application/json-patch+json"
        ? applyJsonPatch(scale, parsed.value)
        : applyMergePatch(scale, parsed.value);
  if (!isObject(wished)) throw badRequest("the Scale is no JSON object");
  return wished;
}

/** GET, PUT and PATCH of a scale. */
export async function handleScale(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const { type, path } = call;
  const paths = type.scale as ScalePaths;
  const name = path.name ?? "";
  const stored = core.store.get(type.storageKey, keyOf(path.namespace, name));
  if (stored === undefined) throw notFound(resourceSubject(type), name);
  if (call.verb === "get") return plainResponse(call, 200, scaleOf(stored.value, paths));
  if (getIn(stored.value, ...pathKeys(paths.specReplicasPath)) === undefined) {
    const why = `the spec replicas field ${JSON.stringify(paths.specReplicasPath)} does not exist`;
    throw new StatusError(500, "InternalError", `Internal error occurred: ${why}`, {
      causes: [{ reason: "", message: why }],
    });
  }
  const wished = await wishedScale(call, scaleOf(stored.value, paths));
  const replicas = getIn(wished, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) {
    const why = "must be greater than or equal to 0";
    const subject = { group: "autoscaling", word: "Scale" };
    throw invalidObject(type.custom ? kindSubject(type) : subject, name, [
      invalid("spec.replicas", replicas, why),
    ]);
  }
  // A scale write is a write of the main resource, remembered under its own subresource.
  const write = writeRequestOf(call);
  const lock = stringAt(wished, "metadata", "resourceVersion");
  const compute = (current: JsonObject): JsonObject => withReplicas(current, paths, replicas, lock);
  const { value } = updateObject(core, write, compute, { isPut: false });
  return plainResponse(call, 200, scaleOf(value, paths));
}

function withReplicas(
  current: JsonObject,
  paths: ScalePaths,
  replicas: number,
  lock: string | undefined,
): JsonObject {
  const next = clone(current);
  if (lock !== undefined && lock !== "") ensureObject(next, "metadata")["resourceVersion"] = lock;
  const keys = pathKeys(paths.specReplicasPath);
  const last = keys.pop() ?? "replicas";
  const parent = keys.reduce(ensureObject, next);
  parent[last] = replicas;
  return next;
}
