// SPDX-License-Identifier: Apache-2.0
// Namespaces: the name as a label, and the phase of the life cycle.
import { arrayAt, ensureObject } from "../json.js";
import type { JsonObject } from "../json.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** A namespace carries its name as a label. */
export function labelWithName(object: JsonObject): void {
  const metadata = ensureObject(object, "metadata");
  const { name } = metadata;
  if (typeof name !== "string" || name === "") return;
  metadata["labels"] = { ...ensureObject(metadata, "labels"), "kubernetes.io/metadata.name": name };
}

/** A new namespace: held by the namespace controller, Active. */
export function openNamespace(object: JsonObject): void {
  const given = arrayAt(object, "spec", "finalizers");
  const finalizers = given.includes("kubernetes") ? given : [...given, "kubernetes"];
  object["spec"] = { finalizers };
  object["status"] = { phase: "Active" };
}

/** A changed namespace: its finalizers change through /finalize alone. */
export function keepNamespace(
  next: JsonObject,
  current: JsonObject,
  _context: WriteContext,
  request: WriteRequest,
): void {
  if (request.subresource !== "finalize") next["spec"] = current["spec"] ?? {};
}
