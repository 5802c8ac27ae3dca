// SPDX-License-Identifier: Apache-2.0
// Writes of roles and bindings grant rights: the writer must hold them.
import { grantsTheSame, refuseEscalation } from "../auth/escalation.js";
import { objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** Refuses a new role or binding that grants more than its writer holds. */
export function checkGrant(
  object: JsonObject,
  { authorizer }: WriteContext,
  { type, user, namespace, name }: WriteRequest,
): void {
  if (authorizer === undefined || user === undefined) return;
  const shown = name ?? stringAt(objectAt(object, "metadata"), "name") ?? "";
  refuseEscalation(authorizer, { type, user, namespace, name: shown, object });
}

/** The same for a change; one that leaves what is granted as it was is nobody's business. */
export function checkChangedGrant(
  next: JsonObject,
  current: JsonObject,
  context: WriteContext,
  request: WriteRequest,
): void {
  if (!grantsTheSame(request.type, current, next)) checkGrant(next, context, request);
}
