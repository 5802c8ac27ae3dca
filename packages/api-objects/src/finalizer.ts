// SPDX-License-Identifier: Apache-2.0
// Adding and removing our finalizer among those of others (stage 6: writes).
import {
  formatRef,
  hasCode,
  TerminalError,
  type Kind,
  type KubernetesObject,
  type WriteOptions,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { refOfUnknown } from "./desired.js";
import { remains } from "./delete.js";
import type { PatchOperation } from "./json-patch.js";
import { newestOf, recordDeleted } from "./live-object.js";
import type { ObjectsContext } from "./objects-context.js";
import { sendOperations } from "./patch.js";

/** Tries before a finalizer that others keep changing is left to the queue's backoff. */
const maxTries = 5;

/**
 * Adds a finalizer unless it is there; those of others are kept.
 *
 * **API requests:** 0 when it is there, else 1 PATCH; 1 GET and 1 PATCH more per lost race.
 *
 * @throws TerminalError when the object is being deleted: the API server takes no new ones then.
 * @throws NotFoundError when it is gone.
 */
export async function addObjectFinalizer<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  finalizer: string,
): Promise<T> {
  const isDone = (live: T): boolean => live.metadata.finalizers?.includes(finalizer) === true;
  const result = await change(context, kind, object, isDone, (newest) => {
    const finalizers = newest.metadata.finalizers ?? [];
    refuseWhileDeleting(kind, newest, finalizer);
    const { resourceVersion } = newest.metadata;
    if (finalizers.length > 0) {
      return { operations: [{ op: "add", path: "/metadata/finalizers/-", value: finalizer }] };
    }
    // There may be a list by now, which this would replace: only this version is good.
    return {
      operations: [{ op: "add", path: "/metadata/finalizers", value: [finalizer] }],
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
  });
  if (result.object === undefined) throw result.error;
  return result.object;
}

/**
 * Removes a finalizer and nothing else.
 *
 * **API requests:** 0 when it is not there, else 1 PATCH; 1 GET and 1 PATCH more per lost race.
 *
 * @returns The object as it is then; `undefined` when it is gone, which is fine.
 */
export async function removeObjectFinalizer<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  const isDone = (live: T): boolean => live.metadata.finalizers?.includes(finalizer) !== true;
  const result = await change(context, kind, object, isDone, (newest) => {
    const at = (newest.metadata.finalizers ?? []).indexOf(finalizer);
    const path = `/metadata/finalizers/${at}`;
    return {
      operations: [
        { op: "test", path, value: finalizer },
        { op: "remove", path },
      ],
    };
  });
  const after = result.object;
  if (after === undefined) return undefined;
  const isLast = result.isWritten && after.metadata.deletionTimestamp !== undefined;
  if (!isLast || remains(after)) return after;
  // The last finalizer of a terminating object: the server removed it in the same request.
  recordDeleted(context, kind, after);
  return undefined;
}

/** A change of the finalizers, worked out for one state. */
interface Change {
  readonly operations: readonly PatchOperation[];
  readonly resourceVersion?: string;
}

interface Changed<T> {
  /** `undefined`: gone, or another object by now. */
  readonly object: T | undefined;
  readonly isWritten: boolean;
  readonly error?: unknown;
}

/** Works the change out for the newest state, again whenever another writer was faster. */
async function change<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  isDone: (live: T) => boolean,
  changeOf: (newest: T) => Change,
): Promise<Changed<T>> {
  let newest = newestOf(context, kind, object);
  for (let attempt = 1; ; attempt += 1) {
    if (isDone(newest)) return { object: newest, isWritten: false };
    const { operations, resourceVersion } = changeOf(newest);
    const options: WriteOptions = resourceVersion === undefined ? {} : { resourceVersion };
    try {
      const result = await sendOperations(context, kind, newest, operations, options, isDone);
      return { object: result.object, isWritten: true };
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) {
        recordDeleted(context, kind, newest);
        return { object: undefined, isWritten: false, error };
      }
      // 409 and 422: a list that was changed meanwhile is answered with either.
      const isRace = hasCode(error, "EXP_CONFLICT", "EXP_INVALID", "EXP_TIMEOUT");
      if (!isRace || attempt >= maxTries) throw error;
      const live = await readAgain(context, kind, newest);
      if (live === undefined) return { object: undefined, isWritten: false, error };
      // Refused although nothing has changed: it is the finalizer's name, not a race.
      if (hasCode(error, "EXP_INVALID") && isSameVersion(live, newest)) throw error;
      newest = live;
    }
  }
}

/** **API requests:** 1 GET. @returns `undefined` when gone or re-created. */
async function readAgain<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
): Promise<T | undefined> {
  const ref = refOfUnknown(kind, object);
  const live = await new ApiCall<T>(context, { kind, ref, attempt: "get" }).read();
  return live?.metadata.uid === object.metadata.uid ? live : undefined;
}

function isSameVersion(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.metadata.resourceVersion === b.metadata.resourceVersion;
}

function refuseWhileDeleting(
  kind: Kind<KubernetesObject>,
  object: KubernetesObject,
  finalizer: string,
): void {
  if (object.metadata.deletionTimestamp === undefined) return;
  const ref = refOfUnknown(kind, object);
  throw new TerminalError(
    `cannot add finalizer "${finalizer}" to ${formatRef(ref)}: it is being deleted, and the API ` +
      "server takes no new finalizers then. Clean up at once, or let it go.",
    { ref },
  );
}
