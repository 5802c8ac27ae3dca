// SPDX-License-Identifier: Apache-2.0
// What sub-reconcilers declare that they do in the API, for the Role made from it (stage 0: words).
import {
  kindKey,
  type Access,
  type AccessPurpose,
  type DeclaredAccess,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import type { Part } from "./plan.js";

/** The declared access of all parts. Reads are served by caches; only triggers are watched. @internal */
export function accessOfParts<P extends KubernetesObject>(
  parts: readonly Part<P>[],
  primaryKind: Kind<KubernetesObject>,
): readonly DeclaredAccess[] {
  const found: DeclaredAccess[] = [];
  const add = (purpose: AccessPurpose, kind: Kind<KubernetesObject>, name: string): void => {
    found.push({ purpose, kind, declaredBy: `sub-reconciler ${name}` });
  };
  for (const { name, declared } of parts) {
    for (const trigger of declared.triggers ?? []) add("watch", kindOf(trigger), name);
    for (const write of declared.writes ?? []) {
      const kind = kindOf(write);
      const isPrimary = kindKey(kind) === kindKey(primaryKind);
      add(isPrimary ? purposeIn(write) : "write", kind, name);
    }
  }
  return [
    ...found,
    { purpose: "status", kind: primaryKind, declaredBy: "split-reconcile" },
    { purpose: "metadata", kind: primaryKind, declaredBy: "split-reconcile" },
  ];
}

function kindOf(access: Access): Kind<KubernetesObject> {
  return "plural" in access ? access : access.kind;
}

/** Of the primary only the status is written by most. */
function purposeIn(access: Access): AccessPurpose {
  if ("plural" in access) return "write";
  const { paths = [], conditions } = access;
  const isStatus = paths.every((path) => path === "status" || path.startsWith("status."));
  return isStatus && (paths.length > 0 || conditions !== undefined) ? "status" : "write";
}
