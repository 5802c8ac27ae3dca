// SPDX-License-Identifier: Apache-2.0
// One pass that writes nothing; what it takes is loaded when it is asked for (stage 5: reconcile).
import type { PassPlan, PlanOptions } from "./plan.js";

/**
 * Makes one pass for a primary whose writes are dry runs.
 *
 * The reconciler is started with caches of its own and without a work queue; it must not run.
 *
 * **API requests:** 1 LIST and 1 WATCH per watched kind; 1 GET and 1 dry run per write.
 * **Guarantees:** nothing is stored; what it would write early is seen by what it does later.
 * **RBAC:** that of the reconciler: a dry run needs the rights of the write.
 *
 * @throws NotFoundError when there is no such primary; ConfigurationError when it runs already.
 * @example
 * ```ts
 * const plan = await planPass(new DatabaseReconciler(), { client, key: { namespace: "prod", name: "db" } });
 * console.log(plan.text);
 * ```
 */
export async function planPass(reconciler: object, options: PlanOptions): Promise<PassPlan> {
  const { makePlan } = await import("./plan.js");
  return makePlan(reconciler, options);
}
