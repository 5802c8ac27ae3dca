// SPDX-License-Identifier: Apache-2.0
// Namespaces: the name as a label, and the phase of the life cycle.
import { ensureObject } from "../json.js";
import type { JsonObject } from "../json.js";

/** Labels a namespace with its own name; a new one also becomes Active. */
export function labelNamespace(object: JsonObject, isUpdate: unknown): void {
  const metadata = ensureObject(object, "metadata");
  const { name } = metadata;
  if (typeof name === "string" && name !== "") {
    metadata["labels"] = {
      ...ensureObject(metadata, "labels"),
      "kubernetes.io/metadata.name": name,
    };
  }
  if (isUpdate === true) return;
  object["spec"] = { finalizers: ["kubernetes"] };
  object["status"] = { phase: "Active" };
}
