// SPDX-License-Identifier: Apache-2.0
// Namespaces: the name as a label, and the phase of the life cycle.
import { ensureObject } from "../json.js";
import type { JsonObject } from "../json.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

function labelWithName(object: JsonObject): void {
  const metadata = ensureObject(object, "metadata");
  const { name } = metadata;
  if (typeof name !== "string" || name === "") return;
  metadata["labels"] = { ...ensureObject(metadata, "labels"), "kubernetes.io/metadata.name": name };
}

/** A new namespace: labelled with its name, held by the namespace controller, Active. */
export function labelNamespace(object: JsonObject): void {
  labelWithName(object);
  object["spec"] = { finalizers: ["kubernetes"] };
  object["status"] = { phase: "Active" };
}

/** A changed namespace: its finalizers change through /finalize alone. */
export function keepNamespace(
  next: JsonObject,
  current: JsonObject,
  _context: WriteContext,
  request: WriteRequest,
): void {
  labelWithName(next);
  if (request.subresource !== "finalize") next["spec"] = current["spec"] ?? {};
}
