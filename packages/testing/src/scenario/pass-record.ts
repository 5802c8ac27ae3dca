// SPDX-License-Identifier: Apache-2.0
// Records the passes of a reconciler: what each returned or threw (stage 5: reconcile).
import {
  done,
  formatRef,
  hasCode,
  silentLogger,
  startReconciler,
  type Clock,
  type ApiClient,
  type ReconcileRequest,
  type Result,
  type RunningReconciler,
} from "@haversack/core";

/** One pass. */
export interface PassRecord {
  readonly ref: string;
  readonly atMs: number;
  readonly result: Result | undefined;
  readonly error: unknown;
}

interface Reconciling {
  reconcile(request: ReconcileRequest): Promise<Result | void>;
}

/** Puts a recorder over `reconcile`. @returns the list that grows. */
export function recordPasses(reconciler: object, clock: Clock): readonly PassRecord[] {
  const passes: PassRecord[] = [];
  const target = reconciler as Reconciling;
  const reconcile = target.reconcile.bind(target);
  const recorded = async (request: ReconcileRequest): Promise<Result> => {
    const start = { ref: formatRef(request.ref), atMs: clock.monotonicMs() };
    try {
      const result = (await reconcile(request)) ?? done;
      passes.push({ ...start, result, error: undefined });
      return result;
    } catch (error) {
      passes.push({ ...start, result: undefined, error });
      throw error;
    }
  };
  Object.defineProperty(reconciler, "reconcile", { value: recorded, configurable: true });
  return passes;
}

/** Starts a reconciler that has packs; `undefined` for a plain object, which needs no start. */
export function startIfExpanded(
  reconciler: object,
  environment: { readonly client: ApiClient; readonly clock: Clock },
): RunningReconciler | undefined {
  try {
    return startReconciler(reconciler, { ...environment, logger: silentLogger, random: () => 0.5 });
  } catch (error) {
    if (hasCode(error, "EXP_CONFIGURATION")) return undefined;
    throw error;
  }
}
