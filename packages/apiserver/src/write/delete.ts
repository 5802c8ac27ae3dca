// SPDX-License-Identifier: Apache-2.0
// Deletion: preconditions, propagation policy, finalizers, and the moment when an object is gone.
import { secondsTime } from "../clock.js";
import { invalid, invalidObject, notSupported } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { kindSubject, resourceSubject } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { badRequest, conflict, forbidden, notFound } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { protectedNamespaces } from "./admission.js";
import { hooksFor } from "./kind-hooks.js";
import { isReleased } from "./prepare-update.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** What happens to the objects that a deleted one owns. */
export type Propagation = "Background" | "Foreground" | "Orphan";

/** Options of a deletion, from body or query. */
export interface DeleteOptions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: Propagation | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

/** What is left of the object: its last state, and whether it is gone. */
export interface DeleteResult {
  readonly value: JsonObject;
  readonly gone: boolean;
}

/** Grace period of a pod that says nothing. Source: API reference, terminationGracePeriodSeconds. */
const podGraceSeconds = 30;

const propagationFinalizers = ["foregroundDeletion", "orphan"];

/** Reads DeleteOptions from a body and query parameters; the body wins where it speaks. */
export function readDeleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const policy = stringAt(body, "propagationPolicy") ?? query.get("propagationPolicy") ?? undefined;
  const orphan = own(body, "orphanDependents") ?? query.get("orphanDependents") ?? undefined;
  const grace = own(body, "gracePeriodSeconds") ?? query.get("gracePeriodSeconds") ?? undefined;
  const errors = [];
  for (const value of arrayAt(body, "dryRun")) {
    if (value !== "All") errors.push(notSupported("dryRun", [value], ["All"]));
  }
  if (grace !== undefined && !/^-?\d+$/.test(String(grace))) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  if (policy !== undefined && orphan !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    errors.push(invalid("propagationPolicy", policy, why));
  }
  if (policy !== undefined && !["Foreground", "Background", "Orphan"].includes(policy)) {
    const detail = `: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
    errors.push({ field: "propagationPolicy", reason: "FieldValueNotSupported", detail } as const);
  }
  if (errors.length > 0) {
    throw invalidObject({ group: "meta.k8s.io", word: "DeleteOptions" }, "", errors);
  }
  const orphanPolicy =
    orphan === undefined ? undefined : String(orphan) === "true" ? "Orphan" : "Background";
  return {
    uid: stringAt(body, "preconditions", "uid"),
    resourceVersion: stringAt(body, "preconditions", "resourceVersion"),
    propagation: (policy as Propagation | undefined) ?? orphanPolicy,
    gracePeriodSeconds: grace === undefined ? undefined : Number(grace),
  };
}

function checkPreconditions(type: ResourceType, object: JsonObject, options: DeleteOptions): void {
  const name = stringAt(object, "metadata", "name") ?? "";
  const uid = stringAt(object, "metadata", "uid") ?? "";
  const revision = stringAt(object, "metadata", "resourceVersion") ?? "";
  const fail = (what: string, wanted: string, actual: string): never => {
    if (type.storageKey === "namespaces") {
      const text = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`;
      throw conflict(resourceSubject(type), name, text);
    }
    const why =
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record ` +
      `(${actual}). The object might have been `;
    const end = what === "UID" ? "deleted and then recreated" : "modified";
    throw conflict(kindSubject(type), name, why + end);
  };
  if (options.uid !== undefined && options.uid !== uid) fail("UID", options.uid, uid);
  if (options.resourceVersion !== undefined && options.resourceVersion !== revision) {
    fail("ResourceVersion", options.resourceVersion, revision);
  }
}

/** The finalizers that carry out a propagation policy, in place of those of another policy. */
function finalizersFor(
  type: ResourceType,
  finalizers: readonly unknown[],
  policy: Propagation | undefined,
): unknown[] {
  const others = finalizers.filter((name) => !propagationFinalizers.includes(String(name)));
  const existing = propagationFinalizers.filter((name) => finalizers.includes(name));
  const byDefault = type.rules.defaultPropagation === "Orphan" ? ["orphan"] : [];
  if (policy === undefined) return [...others, ...(existing.length > 0 ? existing : byDefault)];
  if (policy === "Background") return others;
  return [...others, policy === "Foreground" ? "foregroundDeletion" : "orphan"];
}

/** How long the deletion waits for the node that runs the pod; 0 for everything else. */
function graceOf(type: ResourceType, object: JsonObject, options: DeleteOptions): number {
  if (type.storageKey !== "pods") return 0;
  // A pod that no node runs yet has nobody to wait for.
  if (stringAt(object, "spec", "nodeName") === undefined) return 0;
  const phase = stringAt(object, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed") return 0;
  const wished = objectAt(object, "spec")?.["terminationGracePeriodSeconds"];
  return options.gracePeriodSeconds ?? (typeof wished === "number" ? wished : podGraceSeconds);
}

/** Deletes an object, or marks it when finalizers or a grace period hold it. */
export function deleteObject(
  context: WriteContext,
  request: WriteRequest,
  options: DeleteOptions,
): DeleteResult {
  const { type } = request;
  const name = request.name ?? "";
  const key = keyOf(request.namespace, name);
  const stored = context.store.get(type.storageKey, key);
  if (stored === undefined) throw notFound(resourceSubject(type), name);
  if (type.storageKey === "namespaces" && protectedNamespaces.includes(name)) {
    throw forbidden(resourceSubject(type), name, "this namespace may not be deleted");
  }
  checkPreconditions(type, stored.value, options);
  const next = marked(context, type, stored.value, options);
  if (isReleased(next)) {
    // A pod is marked first, so that watchers see it end.
    const isMarked = type.storageKey === "pods" && next !== stored.value;
    if (request.dryRun) return { value: isMarked ? next : stored.value, gone: true };
    const last = isMarked ? context.store.put(type.storageKey, key, next).value : stored.value;
    context.store.remove(type.storageKey, key);
    hooksFor(type).release?.(stored.value, context);
    return { value: last, gone: true };
  }
  if (next === stored.value || request.dryRun) return { value: next, gone: false };
  return { value: context.store.put(type.storageKey, key, next).value, gone: false };
}

/** The object under deletion; the same object when it already was and nothing changes. */
function marked(
  context: WriteContext,
  type: ResourceType,
  current: JsonObject,
  options: DeleteOptions,
): JsonObject {
  const before = objectAt(current, "metadata") ?? {};
  const old = arrayAt(before, "finalizers");
  const isTerminating = own(before, "deletionTimestamp") !== undefined;
  const policy = isTerminating && options.propagation === undefined ? "keep" : "set";
  const finalizers = policy === "keep" ? [...old] : finalizersFor(type, old, options.propagation);
  const grace = graceOf(type, current, options);
  const oldGrace = Number(own(before, "deletionGracePeriodSeconds") ?? Infinity);
  const sameFinalizers = finalizers.join() === old.join();
  if (isTerminating && sameFinalizers && grace >= oldGrace && oldGrace > 0 === grace > 0) {
    return current;
  }
  const metadata: JsonObject = { ...before };
  if (finalizers.length > 0) metadata["finalizers"] = finalizers;
  else delete metadata["finalizers"];
  if (!isTerminating) {
    metadata["deletionTimestamp"] = secondsTime(context.clock.nowMs() + grace * 1000);
    // Definitions are marked by a way of their own, which does not count.
    const counts = type.plural !== "customresourcedefinitions";
    if (counts && typeof before["generation"] === "number")
      metadata["generation"] = before["generation"] + 1;
  }
  metadata["deletionGracePeriodSeconds"] = Math.min(grace, oldGrace);
  const next: JsonObject = { ...current, metadata };
  if (type.storageKey === "namespaces") {
    next["status"] = { ...objectAt(current, "status"), phase: "Terminating" };
    // A namespace is not graceful and shows no grace period.
    delete metadata["deletionGracePeriodSeconds"];
  }
  return next;
}
