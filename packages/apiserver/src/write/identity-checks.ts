// SPDX-License-Identifier: Apache-2.0
// Is the body about the object at its path, and made from its present state?
import { invalidObject } from "../field-error.js";
import { stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { resourceSubject } from "../kinds/resource-type.js";
import { badRequest, conflict, modifiedText, plainServerError } from "../status-error.js";
import type { WriteRequest } from "./write-request.js";

/** Fails when a body names another namespace than its path. */
export function checkNamespace(body: JsonObject, request: WriteRequest): void {
  const namespace = stringAt(body, "metadata", "namespace") ?? "";
  // In a cluster-wide object it is dropped.
  if (namespace === "" || !request.type.namespaced || namespace === request.namespace) return;
  throw badRequest(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
}

/** Fails when a changed object names another place than its path. */
export function checkPlace(request: WriteRequest, body: JsonObject): void {
  checkNamespace(body, request);
  const name = stringAt(body, "metadata", "name") ?? "";
  if (name === request.name) return;
  if (name === "") {
    throw badRequest(
      `the name of the object (${request.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  throw badRequest(
    `the name of the object (${name}) does not match the name on the URL (${request.name})`,
  );
}

/** Fails when a PUT body is another object than the one at its path. */
export function checkPutIdentity(
  request: WriteRequest,
  current: JsonObject,
  body: JsonObject,
): void {
  checkPlace(request, body);
  const sent = stringAt(body, "metadata", "uid") ?? "";
  const uid = stringAt(current, "metadata", "uid") ?? "";
  if (sent === "" || sent === uid) return;
  const why = `Precondition failed: UID in precondition: ${sent}, UID in object meta: ${uid}`;
  throw conflict(resourceSubject(request.type), request.name ?? "", why);
}

/** Fails when the body was made from an older state, or does not say from which. */
export function checkLock(
  request: WriteRequest,
  current: JsonObject,
  body: JsonObject,
  isPut: boolean,
): void {
  const { type } = request;
  const name = request.name ?? "";
  const sent = stringAt(body, "metadata", "resourceVersion") ?? "";
  if (sent !== "" && !/^\d+$/.test(sent)) {
    throw plainServerError(`strconv.ParseUint: parsing ${JSON.stringify(sent)}: invalid syntax`);
  }
  if (sent === "" || Number(sent) === 0) {
    if (!isPut || !(type.custom || type.rules.lockedUpdate === true)) return;
    const error = {
      field: "metadata.resourceVersion",
      reason: "FieldValueInvalid",
      detail: ": 0: must be specified for an update",
    } as const;
    // Named by its resource, other than the findings of validation.
    throw invalidObject(resourceSubject(type), name, [error]);
  }
  if (sent === stringAt(current, "metadata", "resourceVersion")) return;
  throw conflict(resourceSubject(type), name, modifiedText);
}
