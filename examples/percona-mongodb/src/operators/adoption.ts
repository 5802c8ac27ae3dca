// SPDX-License-Identifier: Apache-2.0
// The patch that makes an existing object go with its cluster (stage 6: writes).
import type { JsonObject, Manifest } from "../json.js";
import type { KubernetesObject } from "haversack";
import { psmdb } from "./kinds.js";

/** A merge patch that adds the cluster as controller; the owners that are there stay. */
export function adopted({ metadata }: Manifest, primary: KubernetesObject): JsonObject {
  const { name, uid = "" } = primary.metadata;
  const owner = { apiVersion: psmdb.apiVersion, kind: psmdb.kind, name, uid, controller: true };
  const others = metadata.ownerReferences ?? [];
  return { metadata: { ownerReferences: [...others, owner] as unknown as JsonObject[] } };
}
