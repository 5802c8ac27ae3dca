// SPDX-License-Identifier: Apache-2.0
// What an update may touch, whether it changes anything, and whether it ends the object's life.
import { equal, objectAt, own, without } from "../json.js";
import type { JsonObject } from "../json.js";
import { sameManagers } from "../apply/managed-fields.js";
import type { WriteRequest } from "./write-request.js";

/** The main endpoint writes everything but status; `/status` writes nothing but status. */
export function splitSubresource(
  request: WriteRequest,
  current: JsonObject,
  next: JsonObject,
): JsonObject {
  const { type, subresource } = request;
  if (subresource === "status") {
    const sent = objectAt(next, "metadata") ?? {};
    const metadata: JsonObject = { ...objectAt(current, "metadata") };
    if (own(sent, "managedFields") === undefined) delete metadata["managedFields"];
    else metadata["managedFields"] = sent["managedFields"];
    const result: JsonObject = { ...current, metadata };
    if (own(next, "status") === undefined) delete result["status"];
    else result["status"] = next["status"];
    return result;
  }
  if (!type.hasStatus || subresource === "finalize") return next;
  if (own(current, "status") === undefined) delete next["status"];
  else next["status"] = current["status"];
  return next;
}

/** Raises the generation when anything but metadata and status changed. */
export function bumpGeneration(
  { custom, hasStatus, rules }: WriteRequest["type"],
  current: JsonObject,
  next: JsonObject,
  metadata: JsonObject,
): void {
  if (!custom && rules.generation !== true) return;
  const keys = new Set([...Object.keys(current), ...Object.keys(next)]);
  keys.delete("metadata");
  if (hasStatus || !custom) keys.delete("status");
  for (const key of keys) {
    if (equal(own(current, key), own(next, key))) continue;
    metadata["generation"] = Number(metadata["generation"] ?? 0) + 1;
    return;
  }
}

/** Equal but for the times of managed fields: such a write stores nothing and emits nothing. */
export function isNoOp(current: JsonObject, next: JsonObject): boolean {
  const strip = (object: JsonObject): JsonObject => {
    const metadata = without(objectAt(object, "metadata") ?? {}, "managedFields");
    return { ...object, metadata };
  };
  if (!equal(strip(current), strip(next))) return false;
  const managers = (object: JsonObject): unknown =>
    objectAt(object, "metadata")?.["managedFields"] ?? [];
  return sameManagers(managers(current), managers(next));
}

/** Whether a terminating object has nothing left to wait for. */
export function isReleased(object: JsonObject): boolean {
  const metadata = objectAt(object, "metadata") ?? {};
  const finalizers = own(metadata, "finalizers");
  const hasFinalizers = Array.isArray(finalizers) && finalizers.length > 0;
  const pending = objectAt(object, "spec")?.["finalizers"];
  const isNamespaceHeld =
    own(object, "kind") === "Namespace" && Array.isArray(pending) && pending.length > 0;
  const graceLeft = Number(own(metadata, "deletionGracePeriodSeconds") ?? 0) > 0;
  return (
    own(metadata, "deletionTimestamp") !== undefined &&
    !hasFinalizers &&
    !isNamespaceHeld &&
    !graceLeft
  );
}
