// SPDX-License-Identifier: Apache-2.0
// Admission: what must be true of the world before an object may be created.
import { stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { resourceSubject } from "../kinds/resource-type.js";
import { forbidden, notFound } from "../status-error.js";
import type { WriteContext, WriteRequest } from "./write-request.js";

/** Namespaces that cannot be deleted. */
export const protectedNamespaces: readonly string[] = ["default", "kube-system", "kube-public"];

/** Refuses objects in a namespace that is missing or on its way out. */
export function admitCreate(
  { store }: WriteContext,
  { type, namespace }: WriteRequest,
  object: JsonObject,
): void {
  if (!type.namespaced || namespace === undefined) return;
  const found = store.get("namespaces", namespace);
  if (found === undefined) throw notFound({ group: "", word: "namespaces" }, namespace);
  if (stringAt(found.value, "metadata", "deletionTimestamp") === undefined) return;
  const name = stringAt(object, "metadata", "name") ?? "";
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  throw forbidden(resourceSubject(type), name, why, [cause]);
}
