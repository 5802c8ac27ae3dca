// SPDX-License-Identifier: Apache-2.0
// What one part of a split reconcile declares (stage 5: split reconcile).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ReconcileRequest, Result } from "./reconcile.js";

/** A part of the world that a sub-reconciler reads or writes. */
export interface AccessDeclaration {
  readonly kind: Kind<KubernetesObject>;
  /** Which of several objects of the kind, such as `"config"`; absent means all. */
  readonly role?: string;
  /** Dotted field paths; absent means the whole object. */
  readonly paths?: readonly string[];
}

/** One part of a split reconcile, with its own triggers, backoff and schedule. */
export interface SubReconciler<P extends KubernetesObject = KubernetesObject> {
  readonly name: string;
  readonly reads?: readonly AccessDeclaration[];
  readonly writes?: readonly AccessDeclaration[];
  /** Names of the sub-reconcilers that must have run before. */
  readonly after?: readonly string[];
  /** Whether it takes part for this primary. */
  when?(primary: P): boolean;
  reconcile(request: ReconcileRequest<P>): Promise<Result | void>;
  /** Undoes what `reconcile` did, before the primary goes; `requeue` means: not finished. */
  cleanup?(request: ReconcileRequest<P>): Promise<Result | void>;
}
