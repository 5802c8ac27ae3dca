// SPDX-License-Identifier: Apache-2.0
// Merge patches and JSON patches that name the very object and touch only what changes (stage 6: writes).
import {
  formatRef,
  MalformedObjectError,
  objectPath,
  type Kind,
  type KubernetesObject,
  type ResourceRef,
  type WriteOptions,
  type WriteResult,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { isSecret, refOfUnknown, stripMetadata } from "./desired.js";
import { guardedOperations, type PatchOperation } from "./json-patch.js";
import {
  copyJson,
  isJsonObject,
  isSameJson,
  ownValue,
  without,
  type Json,
  type JsonObject,
} from "./json-value.js";
import { newestOf, recordStored } from "./live-object.js";
import { isLostAnswer, readAfterLostAnswer } from "./lost-answer.js";
import type { ObjectsContext } from "./objects-context.js";
import { ensureOwner } from "./owner.js";

/**
 * Sends a JSON merge patch unless the newest known state has it all.
 *
 * **API requests:** 0 for a patch that changes nothing, else 1 PATCH. @see RFC 7396.
 */
export async function mergePatchObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  patch: object,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const ref = refOfUnknown(kind, object);
  const newest = newestOf(context, kind, object);
  const changes = withOwner(context, kind, newest, copyJson(patch, ref) as JsonObject, options);
  if (!wouldChange(newest as unknown as JsonObject, changes)) {
    return { object: newest, outcome: "unchanged", requests: 0 };
  }
  // A patch of the owner references replaces the list: then only the state it was made for is good.
  const resourceVersion =
    options.resourceVersion ??
    (options.owner === undefined ? undefined : newest.metadata.resourceVersion);
  const metadata = {
    ...(isJsonObject(changes.metadata) ? changes.metadata : {}),
    uid: uidOf(newest, ref),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return send(context, kind, newest, options, {
    attempt: "merge patch",
    contentType: "application/merge-patch+json",
    body: { ...changes, metadata },
    secret: patch,
    isApplied: (live) => !wouldChange(live as unknown as JsonObject, changes),
  });
}

/**
 * Sends the difference of two states as a JSON patch.
 *
 * It begins with a test of the uid; whatever lies within a list is tested before it is touched, so
 * that a list that has shifted is refused (422) instead of damaged. Server-owned fields and `status`
 * are left out.
 *
 * **API requests:** 0 when nothing differs, else 1 PATCH. @see RFC 6902.
 *
 * @throws InvalidObjectError when the object has changed in what is patched. Read it and try again.
 */
export async function jsonPatchObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  changed: T,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const ref = refOfUnknown(kind, object);
  const { owner } = options;
  const { ownerKind } = context;
  const wanted = owner === undefined ? changed : ensureOwner(kind, changed, owner, { ownerKind });
  const after = patchable(wanted, ref);
  const operations = guardedOperations(patchable(object, ref), after);
  if (operations.length === 0) return { object, outcome: "unchanged", requests: 0 };
  const isApplied = (live: T): boolean => isSameJson(patchable(live, ref), after);
  return sendOperations(context, kind, object, operations, options, isApplied, changed);
}

/** Sends JSON patch operations behind tests of uid and version. **API requests:** 1 PATCH. */
export function sendOperations<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  operations: readonly PatchOperation[],
  options: WriteOptions,
  isApplied: (live: T) => boolean,
  secret: object = object,
): Promise<WriteResult<T>> {
  const { resourceVersion } = options;
  const version: readonly PatchOperation[] =
    resourceVersion === undefined
      ? []
      : [{ op: "test", path: "/metadata/resourceVersion", value: resourceVersion }];
  const uid = uidOf(object, refOfUnknown(kind, object));
  return send(context, kind, object, options, {
    attempt: "JSON patch",
    contentType: "application/json-patch+json",
    body: [{ op: "test", path: "/metadata/uid", value: uid }, ...version, ...operations],
    secret,
    isApplied,
  });
}

interface PatchRequest<T> {
  readonly attempt: string;
  readonly contentType: string;
  readonly body: unknown;
  /** What may hold values that must not be shown, beside the object itself. */
  readonly secret: object;
  /** Whether a live state shows that the patch has been taken in; for lost answers. */
  isApplied(live: T): boolean;
}

async function send<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  { signal }: WriteOptions,
  { attempt, contentType, body, secret, isApplied }: PatchRequest<T>,
): Promise<WriteResult<T>> {
  const ref = refOfUnknown(kind, object);
  const confidential = isSecret(kind) ? [object, secret] : [];
  const call = new ApiCall<T>(context, { kind, ref, attempt, signal, confidential });
  try {
    const answer = await call.send<T>({
      method: "PATCH",
      path: objectPath(kind, { namespace: ref.namespace, name: ref.name }),
      contentType,
      query: { fieldManager: context.fieldManager },
      body: JSON.stringify(body),
    });
    return patched(context, call, object, answer.body);
  } catch (error) {
    if (!isLostAnswer(error)) throw error;
    const live = await readAfterLostAnswer(context, call, error);
    const isOurs = live?.metadata.uid === object.metadata.uid;
    if (live === undefined || !isOurs || !isApplied(live)) throw error;
    return patched(context, call, object, live);
  }
}

function patched<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  before: T,
  answer: T,
): WriteResult<T> {
  const isSame =
    before.metadata.resourceVersion !== undefined &&
    before.metadata.resourceVersion === answer.metadata.resourceVersion;
  return {
    object: recordStored(context, call.target.kind, answer),
    outcome: isSame ? "unchanged" : "updated",
    requests: call.requests,
  };
}

/** The patch, with the owner references that the object needs beside those it has. */
function withOwner<T extends KubernetesObject>(
  { ownerKind }: ObjectsContext,
  kind: Kind<T>,
  object: T,
  patch: JsonObject,
  { owner }: WriteOptions,
): JsonObject {
  if (owner === undefined) return patch;
  const owned = ensureOwner(kind, object, owner, { ownerKind });
  if (owned === object) return patch;
  const ref = refOfUnknown(kind, object);
  const metadata = isJsonObject(patch.metadata) ? patch.metadata : {};
  const ownerReferences = copyJson(owned.metadata.ownerReferences, ref);
  return { ...patch, metadata: { ...metadata, ownerReferences } };
}

/** An object without what only the API server writes, and without its status. */
function patchable(object: KubernetesObject, ref: ResourceRef): JsonObject {
  const declared: JsonObject = without(copyJson(object, ref) as JsonObject, "status");
  return { ...declared, metadata: stripMetadata(declared.metadata as JsonObject) };
}

/** Whether a merge patch would change a value. */
function wouldChange(target: Json | undefined, patch: Json): boolean {
  if (!isJsonObject(patch)) return !isSameJson(target, patch);
  if (!isJsonObject(target)) return true;
  return Object.keys(patch).some((key) => {
    const [before, change] = [ownValue(target, key), ownValue(patch, key)];
    if (change === null || change === undefined) return before !== undefined;
    return wouldChange(before, change);
  });
}

function uidOf(object: KubernetesObject, ref: ResourceRef): string {
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== "") return uid;
  throw new MalformedObjectError(
    `cannot patch ${formatRef(ref)}: it has no metadata.uid, so a namesake could be hit. ` +
      "Patch an object that was read from the API server, or use apply.",
    { ref },
  );
}
