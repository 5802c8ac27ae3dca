// SPDX-License-Identifier: Apache-2.0
// What packs declare that a reconciler does in the API; Roles are made from it (stage 0: words).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";

/** What is done with the objects of a kind. */
export type AccessPurpose =
  /** Listed and watched. */
  | "watch"
  /** Watched because the primary controls them; unless writes are declared, they are written too. */
  | "own"
  /** Got and listed, not watched. */
  | "read"
  /** Got, created, patched and deleted. */
  | "write"
  /** Their status is patched. */
  | "status"
  /** Their metadata is patched: finalizers, annotations. */
  | "metadata"
  /** Kubernetes Events about them are written. */
  | "event"
  /** Leases that are taken and given back. */
  | "lock";

/** One thing a reconciler does in the API. */
export interface DeclaredAccess {
  readonly purpose: AccessPurpose;
  readonly kind: Kind<KubernetesObject>;
  /** Absent: in all namespaces, or in those of the primaries. */
  readonly namespaces?: readonly string[] | undefined;
  /** Who said so, for people: a pack, or a sub-reconciler. */
  readonly declaredBy: string;
}
