// SPDX-License-Identifier: Apache-2.0
// Where sub-reconcilers run unless they are placed elsewhere, and what they may return (stage 5).
import {
  ConfigurationError,
  done,
  type KubernetesObject,
  type Result,
  type SubReconciler,
  type SubRequest,
} from "@haversack/core";

/** Runs sub-reconcilers in this process. @internal */
export const inProcess = {
  async run<P extends KubernetesObject>(
    declared: SubReconciler<P>,
    phase: "reconcile" | "cleanup",
    request: SubRequest<P>,
  ): Promise<Result | void> {
    return phase === "reconcile" ? declared.reconcile(request) : declared.cleanup?.(request);
  },
};

/** A result, or nothing, as a result. @throws ConfigurationError for anything else. @internal */
export function toResult(value: Result | void): Result {
  if (value === undefined) return done;
  const { kind } = value;
  const isKnown = kind === "done" || kind === "halt" || kind === "requeue";
  if (isKnown && (kind !== "requeue" || (value.afterMs >= 0 && value.afterMs < Infinity)))
    return value;
  throw new ConfigurationError(
    "cannot go on: a sub-reconciler returned something that is no result. " +
      "Return nothing, done, requeueAfter(ms), halt(because) or the result of a wait.",
  );
}
