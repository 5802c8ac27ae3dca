// SPDX-License-Identifier: Apache-2.0
// A reconciler with its caches and without its work queue, for one pass that is made by hand (stage 5).
import {
  ConfigurationError,
  startReconciler,
  type Environment,
  type HasPrimary,
  type KubernetesObject,
  type Reconciles,
  type RunningReconciler,
  type Watched,
} from "@haversack/core";

/** A reconciler that passes can be made with by hand. */
export type HandMade = object & HasPrimary & Reconciles & Partial<Watched<KubernetesObject>>;

/** @throws ConfigurationError for what is no reconciler of a kind. Terminal. */
export function handMade(reconciler: object, what: string): HandMade {
  const { reconcile, primaryKind } = reconciler as Partial<HandMade>;
  if (typeof reconcile === "function" && primaryKind !== undefined) return reconciler as HandMade;
  throw new ConfigurationError(
    `cannot ${what}: this is no reconciler of a kind. Extend expand(Reconciler.of(kind), …).`,
  );
}

/**
 * Starts a reconciler up to the point at which passes would begin.
 *
 * **API requests:** 1 LIST and 1 WATCH per watched kind.
 *
 * @throws what its start throws; ConfigurationError when it runs already.
 */
export async function startCaches(
  reconciler: HandMade,
  environment: Omit<Environment, "mayRun">,
): Promise<RunningReconciler> {
  let tellSynced: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => (tellSynced = resolve));
  const mayRun = (): Promise<void> => {
    tellSynced();
    return new Promise(() => undefined); // Stopping it ends the waiting.
  };
  const running = startReconciler(reconciler, { ...environment, mayRun });
  try {
    await Promise.race([synced, running.ready]);
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}
