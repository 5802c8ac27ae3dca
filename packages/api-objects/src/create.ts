// SPDX-License-Identifier: Apache-2.0
// Creating an object once, also when the answer is lost (stage 6: writes).
import {
  hasCode,
  MalformedObjectError,
  resourcePath,
  type Draft,
  type Kind,
  type KubernetesObject,
  type OwnerReference,
  type WriteOptions,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { findMismatches } from "./compare.js";
import { desiredOf, isSecret, type Desired } from "./desired.js";
import { without, type JsonObject } from "./json-value.js";
import { recordStored } from "./live-object.js";
import { isLostAnswer, readAfterLostAnswer } from "./lost-answer.js";
import type { ObjectsContext } from "./objects-context.js";
import { ensureOwner } from "./owner.js";

/**
 * Creates an object; for content that must not be made twice, such as a password.
 *
 * **API requests:** 1 POST; 1 GET more when the name is taken or the answer was lost.
 *
 * @throws AlreadyExistsError with `owner` filled in when the name is taken.
 */
export async function createObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  draft: Draft<T>,
  options: WriteOptions,
): Promise<T> {
  const { owner } = options;
  const { ownerKind } = context;
  const isNamed = draft.metadata.name !== undefined && draft.metadata.name !== "";
  const declared = owner === undefined ? draft : ensureOwner(kind, draft, owner, { ownerKind });
  const desired = desiredOf<T>(kind, isNamed ? declared : withPlaceholder(declared));
  const call = new ApiCall<T>(context, {
    kind,
    ref: desired.ref,
    attempt: "create",
    signal: options.signal,
    confidential: isSecret(kind) ? [draft] : [],
  });
  try {
    const { body } = await call.send<T>({
      method: "POST",
      path: resourcePath(kind, {
        namespace: desired.key.namespace ?? namespaceless(kind, desired),
      }),
      query: { fieldManager: context.fieldManager },
      body: isNamed ? desired.text : JSON.stringify(withoutPlaceholder(desired.body)),
    });
    return recordStored(context, kind, body);
  } catch (error) {
    // With a name made by the server, nothing tells which object is the one that may exist.
    if (!isNamed) throw error;
    return recover(context, call, desired, error);
  }
}

async function recover<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  error: unknown,
): Promise<T> {
  const isTaken = hasCode(error, "EXP_ALREADY_EXISTS");
  if (!isTaken && !isLostAnswer(error)) throw error;
  const live = await readAfterLostAnswer(context, call, error);
  if (live === undefined) throw error;
  if (isTaken) {
    (error as { owner?: "ours" | "foreign" | undefined }).owner = ownerOf(desired, live);
    throw error;
  }
  // The very content that was sent, under the owner that was sent: it is ours.
  const isOurs = findMismatches(desired.kind, desired.body, live as unknown as JsonObject);
  if (isOurs.length > 0) throw error;
  return recordStored(context, desired.kind, live);
}

/** Whose an existing object is; `undefined` when the draft names no controller to compare with. */
function ownerOf(desired: Desired, live: KubernetesObject): "ours" | "foreign" | undefined {
  const wanted = controllerOf(desired.body as unknown as KubernetesObject);
  if (wanted === undefined) return undefined;
  return controllerOf(live)?.uid === wanted.uid ? "ours" : "foreign";
}

function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((each) => each.controller === true);
}

/** The prefix stands in for the name, so that messages can name the draft. */
function withPlaceholder<D extends { readonly metadata: { generateName?: string } }>(draft: D): D {
  const name = draft.metadata.generateName;
  return { ...draft, metadata: { ...draft.metadata, name } };
}

function withoutPlaceholder(body: JsonObject): JsonObject {
  return { ...body, metadata: without(body.metadata as JsonObject, "name") };
}

function namespaceless(kind: Kind<KubernetesObject>, desired: Desired): undefined {
  if (!kind.namespaced) return undefined;
  throw new MalformedObjectError(
    `cannot create ${kind.kind} "${desired.ref.name}": it is namespaced and has no namespace. ` +
      "Set metadata.namespace.",
    { ref: desired.ref },
  );
}
