// SPDX-License-Identifier: Apache-2.0
// Standing around passes, as a manager does: to pause, fence, trace or record them (stage 5: reconcile).
import type { KubernetesObject } from "./kubernetes-object.js";
import type { ReconcileRequest, Result } from "./reconcile.js";
import type { ResourceRef } from "./resource-ref.js";

/** Goes on with a pass. The request may be another one, such as with a further signal. */
export type NextReconcile = (request: ReconcileRequest) => Promise<Result | void>;

/** Goes on with one run of a sub-reconciler. */
export type NextPart = () => Promise<Result | void>;

/**
 * Stands around the passes of a reconciler; given to `startReconciler` in its environment.
 *
 * What a member returns or throws is the outcome of the pass; without calling `next` the pass is not
 * made. Members that are left out change nothing. **API requests:** its own.
 *
 * @example A pass that is measured
 * ```ts
 * const passes: PassInterceptor = {
 *   async reconcile(request, next) {
 *     const startedMs = clock.monotonicMs();
 *     try {
 *       return await next(request);
 *     } finally {
 *       tell(request.ref, clock.monotonicMs() - startedMs);
 *     }
 *   },
 * };
 * ```
 */
export interface PassInterceptor {
  /** Around one pass for one primary. */
  reconcile?(request: ReconcileRequest, next: NextReconcile): Promise<Result | void>;
  /** Around the last call for a primary that is gone. */
  gone?(ref: ResourceRef, next: () => Promise<void>): Promise<void>;
  /** Around one run of one sub-reconciler of a split reconcile, inside a pass. */
  part?(name: string, primary: KubernetesObject, next: NextPart): Promise<Result | void>;
}
