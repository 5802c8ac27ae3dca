// SPDX-License-Identifier: Apache-2.0
// Deleting this very object, never a namesake that came after it (stage 6: writes).
import {
  compareVersions,
  hasCode,
  objectPath,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { refOfUnknown } from "./desired.js";
import { liveObject, newestOf, recordDeleted, recordStored } from "./live-object.js";
import { isLostAnswer, readAfterLostAnswer } from "./lost-answer.js";
import type { ObjectsContext } from "./objects-context.js";

/** Options of a delete. */
export interface DeleteOptions {
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  /** Delete only this version, when the decision rested on the content. */
  readonly resourceVersion?: string;
}

/**
 * Deletes an object if it still is the one that was meant.
 *
 * An object that is gone, or whose name belongs to another by now, counts as deleted.
 *
 * **API requests:** 1 DELETE; 0 when it is known to be terminating; 1 GET more for an object without
 * uid, after a refused precondition or a lost answer.
 *
 * @throws ConflictError when `resourceVersion` was given and the object has changed.
 */
export async function deleteObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  options: DeleteOptions,
): Promise<void> {
  const ref = refOfUnknown(kind, object);
  const call = new ApiCall<T>(context, { kind, ref, attempt: "delete" });
  const target = await identified(context, call, object);
  if (target === undefined) return;
  const isTerminating = target.metadata.deletionTimestamp !== undefined;
  if (isTerminating && options.propagation === undefined) return;
  try {
    const { body } = await call.send<unknown>({
      method: "DELETE",
      path: objectPath(kind, { namespace: ref.namespace, name: ref.name }),
      body: JSON.stringify(deleteBody(target, options)),
    });
    recordAnswer(context, kind, target, body);
  } catch (error) {
    await recover(context, call, target, error);
  }
}

/**
 * The newest known state of the object that is meant; one without uid is looked up first.
 *
 * **API requests:** 0, or 1 GET for an object without uid that no cache holds.
 */
async function identified<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  object: T,
): Promise<T | undefined> {
  if (object.metadata.uid !== undefined) return newestOf(context, call.target.kind, object);
  return (await liveObject(context, call)).object;
}

function deleteBody(target: KubernetesObject, options: DeleteOptions): object {
  const { uid } = target.metadata;
  const { resourceVersion, propagation } = options;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
  };
}

function recordAnswer<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  target: T,
  answer: unknown,
): void {
  if (isObjectAnswer(answer) && remains(answer)) {
    recordStored(context, kind, answer as T);
    return;
  }
  recordDeleted(context, kind, isObjectAnswer(answer) ? newer(target, answer) : target);
}

/** What stands after a delete that failed: nothing of ours, or the error. */
async function recover<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  target: T,
  error: unknown,
): Promise<void> {
  const { kind } = call.target;
  if (hasCode(error, "EXP_NOT_FOUND")) return recordDeleted(context, kind, target);
  if (!hasCode(error, "EXP_CONFLICT") && !isLostAnswer(error)) throw error;
  const live = await readAfterLostAnswer(context, call, error);
  if (live === undefined) return recordDeleted(context, kind, target);
  if (live.metadata.uid !== target.metadata.uid) return;
  if (live.metadata.deletionTimestamp === undefined) throw error;
  recordStored(context, kind, live);
}

/**
 * Whether the object that a delete answered is still stored.
 *
 * Service, Pod, Namespace and Job answer with the object also when it is gone: what stays has a
 * deletion time and something it waits for.
 */
export function remains(answer: KubernetesObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = answer.metadata;
  if (deletionTimestamp === undefined) return false;
  const { spec } = answer as { spec?: { finalizers?: readonly string[] } };
  return (
    (finalizers?.length ?? 0) > 0 ||
    (deletionGracePeriodSeconds ?? 0) > 0 ||
    (answer.kind === "Namespace" && (spec?.finalizers?.length ?? 0) > 0)
  );
}

function isObjectAnswer(answer: unknown): answer is KubernetesObject {
  const { kind, metadata } = answer as { kind?: string; metadata?: { uid?: string } };
  return kind !== "Status" && metadata?.uid !== undefined;
}

function newer<T extends KubernetesObject>(target: T, answer: KubernetesObject): KubernetesObject {
  const order = compareVersions(answer.metadata.resourceVersion, target.metadata.resourceVersion);
  return order !== undefined && order > 0 ? answer : target;
}
