// SPDX-License-Identifier: Apache-2.0
// The status subresource: ours is applied, conditions of others stay (stage 6: writes).
import {
  kindKey,
  type Clock,
  type Condition,
  type Kind,
  type KubernetesObject,
  type WriteOptions,
  type WriteResult,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import { settle } from "./apply.js";
import { conditionsOf, mergeConditions } from "./conditions.js";
import { desiredStatusOf, isSecret, refOfUnknown, slotOf, type Desired } from "./desired.js";
import { isJsonObject, ownValue, type Json, type JsonObject } from "./json-value.js";
import { knownLive, type Live } from "./live-object.js";
import { isBuiltIn } from "./normalise/list-shape.js";
import type { ObjectsContext } from "./objects-context.js";

/**
 * Applies a status; sends nothing when it stands already.
 *
 * A condition keeps its `lastTransitionTime` as long as its status is the same; conditions of others
 * are kept, whether the kind merges its conditions by type or replaces the list.
 *
 * **API requests:** 0 or 1 PATCH. 1 GET more for the first look after a restart without
 * managedFields, and once per kind that has conditions of others.
 */
export async function applyObjectStatus<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  status: unknown,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const ref = refOfUnknown(kind, object);
  const call = new ApiCall<T>(context, {
    kind,
    ref,
    attempt: "apply status",
    signal: options.signal,
    confidential: isSecret(kind) ? [object, { data: status }] : [],
  });
  const known = await liveStatus(context, call, object);
  const merged = await withConditions(context, call, status, known);
  const desired = desiredStatusOf<T>(kind, object, merged.status);
  const result = await settle(context, call, desired, merged.live, options);
  rememberConditions(context, desired, result, merged.ownTypes);
  return result;
}

/**
 * The object the status is compared with: the cache's, or, where no cache covers the kind, the one
 * that was handed in, unless this instance has written a newer one.
 */
async function liveStatus<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  object: T,
): Promise<Live<T>> {
  const { kind, ref } = call.target;
  const key = { namespace: ref.namespace, name: ref.name };
  const known = knownLive(context, kind, key);
  if (known !== undefined) return known;
  const { uid, resourceVersion } = object.metadata;
  if (uid === undefined || resourceVersion === undefined) {
    return { object: await call.read(), isFresh: true };
  }
  return { object: context.runtime().ownWrites.newest(kind, key, object), isFresh: false };
}

interface Merged<T extends KubernetesObject> {
  /** A fresher one, when it had to be asked for. */
  readonly live: Live<T>;
  readonly status: unknown;
  readonly ownTypes: readonly string[];
}

async function withConditions<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  status: unknown,
  known: Live<T>,
): Promise<Merged<T>> {
  const declared = conditionsOf({ status });
  if (declared === undefined) return { live: known, status, ownTypes: [] };
  const ownTypes = declared.map((each) => each.type);
  const before = ownTypesBefore(context, call, known);
  const isForeign = ({ type }: Condition): boolean =>
    !ownTypes.includes(type) && !before.includes(type);
  const hasForeign = conditionsOf(known.object)?.some(isForeign) === true;
  const { live, shape } = hasForeign
    ? await shapeOf(context, call, known)
    : { live: known, shape: "keyed" };
  const present = conditionsOf(live.object) ?? [];
  const kept = shape === "keyed" ? [] : present.filter(isForeign);
  const now = timeText(context.runtime().clock);
  const conditions = mergeConditions(declared, present, { now, kept });
  return { live, status: { ...(status as object), conditions }, ownTypes };
}

/** Whether a kind merges conditions by type or replaces the list; asked at most once per kind. */
async function shapeOf<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  known: Live<T>,
): Promise<{ live: Live<T>; shape: "keyed" | "atomic" }> {
  const { kind } = call.target;
  const before = isBuiltIn(kind) ? "keyed" : context.conditionLists.get(kindKey(kind));
  if (before !== undefined) return { live: known, shape: before };
  const isTold = known.isFresh || known.object?.metadata.managedFields !== undefined;
  const live = isTold ? known : { object: await call.read(), isFresh: true };
  const shape = shapeOfConditions(live.object);
  if (shape !== undefined) context.conditionLists.set(kindKey(kind), shape);
  // Where nothing tells, sending the conditions of others along loses none of them.
  return { live, shape: shape ?? "atomic" };
}

/** managedFields tell: items owned one by one (`k:`), or the list as a whole. */
function shapeOfConditions(object: KubernetesObject | undefined): "keyed" | "atomic" | undefined {
  for (const entry of object?.metadata.managedFields ?? []) {
    const fields = entry.fieldsV1 as JsonObject | undefined;
    const conditions = at(at(fields, "f:status"), "f:conditions");
    if (!isJsonObject(conditions)) continue;
    return Object.keys(conditions).some((key) => key.startsWith("k:")) ? "keyed" : "atomic";
  }
  return undefined;
}

function at(fields: Json | undefined, key: string): Json | undefined {
  return isJsonObject(fields) ? ownValue(fields, key) : undefined;
}

function ownTypesBefore<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  live: Live<T>,
): readonly string[] {
  const { kind, ref } = call.target;
  const key = { namespace: ref.namespace, name: ref.name };
  const slot = slotOf({ kind, key, subresource: "status" });
  return context.memory.get(slot, live.object?.metadata.uid)?.conditionTypes ?? [];
}

function rememberConditions<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  result: WriteResult<T>,
  conditionTypes: readonly string[],
): void {
  const slot = slotOf(desired);
  const verified = context.memory.get(slot, result.object.metadata.uid);
  if (verified !== undefined) context.memory.set(slot, { ...verified, conditionTypes });
}

/** RFC 3339 with whole seconds, as `metav1.Time` is stored. */
function timeText(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}
