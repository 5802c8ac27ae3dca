// SPDX-License-Identifier: Apache-2.0
// The managed-fields stage of the write pipeline.
import { secondsTime } from "../clock.js";
import { equal, objectAt, own } from "../json.js";
import type { JsonObject } from "../json.js";
import { FieldSet } from "../apply/field-set.js";
import { ListKeyError } from "../apply/list-keys.js";
import { managersAfterUpdate, readManagers, writeManagers } from "../apply/managed-fields.js";
import type { ManagerEntry, Writer } from "../apply/managed-fields.js";
import { apiVersionOf } from "../kinds/resource-type.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** The claim that a request makes. */
export function writerOf(context: WriteContext, request: WriteRequest): Writer {
  return {
    manager: request.fieldManager,
    apiVersion: apiVersionOf(request.type),
    subresource: request.subresource,
    now: secondsTime(context.clock.nowMs()),
  };
}

/** Fields that a request through this endpoint cannot write, and so cannot own. */
export function resetFields(request: WriteRequest, object: JsonObject): FieldSet {
  const reset = new FieldSet();
  if (request.subresource === "status") {
    for (const key of Object.keys(object)) if (key !== "status") reset.members.add(`f:${key}`);
  } else if (request.type.hasStatus) reset.members.add("f:status");
  return reset;
}

/**
 * The managedFields of the object that is about to be stored.
 *
 * @param sent Metadata as the client sent it: its managedFields replace the stored ones, and an
 *   empty list or a list of one empty entry clears them.
 */
export function finishManagers(
  context: WriteContext,
  request: WriteRequest,
  current: JsonObject | undefined,
  next: JsonObject,
  applied: readonly ManagerEntry[] | undefined,
  sent?: JsonObject,
): readonly JsonObject[] {
  if (applied !== undefined) return writeManagers(applied);
  const given = sent === undefined ? undefined : own(sent, "managedFields");
  const known = objectAt(current, "metadata")?.["managedFields"];
  // Claims that came back as they are stored are read only once for all writes.
  const isNews = Array.isArray(given) && !equal(given, known);
  const claims = isNews ? { metadata: { managedFields: given } } : (current ?? {});
  const entries = readManagers(claims).filter((entry) => entry.manager !== "" || entry.time);
  // Nobody is tracked in an object without entries until the first apply.
  if (current !== undefined && entries.length === 0) return [];
  const live = current ?? { metadata: {} };
  const writer = writerOf(context, request);
  const reset = resetFields(request, next);
  const { schema } = request.type;
  try {
    return writeManagers(managersAfterUpdate(live, next, schema, writer, entries, reset));
  } catch (error) {
    // List items that cannot be told apart: validation refuses the object, or nobody is told apart.
    if (error instanceof ListKeyError) return writeManagers(entries);
    throw error;
  }
}
