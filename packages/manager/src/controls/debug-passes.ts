// SPDX-License-Identifier: Apache-2.0
// Detailed logs of the passes of single primaries, by annotation (stage 5: reconcile).
import {
  formatRef,
  isExpansionError,
  type ApiRequest,
  type Clock,
  type Logger,
  type PassInterceptor,
  type ReconcileReason,
} from "@haversack/core";
import type { RequestListener } from "../client/observed-client.js";
import { withinPass } from "../run/pass-context.js";
import { wantsDebug } from "./control-annotations.js";

/**
 * Logs why a pass began, every request it sent and how it ended, for primaries that carry the
 * annotation `haversack.dev/debug: "true"`.
 *
 * **Guarantees:** paths, methods and statuses are logged, never bodies or queries. **API requests:** 0.
 */
export function debugPasses(controller: string, logger: Logger, clock: Clock): PassInterceptor {
  return {
    async reconcile(request, next) {
      if (!wantsDebug(request.primary, clock.now())) return next(request);
      const primary = formatRef(request.ref);
      const fields = { controller, primary };
      const startedAtMs = clock.monotonicMs();
      const reasons = request.reasons.map(describeReason).join("; ");
      logger.info("pass begins", { ...fields, attempt: request.attempt, reasons });
      const listener: RequestListener = {
        answered: (sent, status) =>
          logger.info("pass sent", { ...fields, ...describe(sent), status }),
      };
      return withinPass(async ({ listeners }) => {
        listeners.add(listener);
        let outcome = "error";
        try {
          const result = await next(request);
          outcome = result?.kind ?? "done";
          return result;
        } catch (error) {
          if (isExpansionError(error)) outcome = error.code;
          throw error;
        } finally {
          listeners.delete(listener);
          const durationMs = clock.monotonicMs() - startedAtMs;
          logger.info("pass ends", { ...fields, outcome, durationMs });
        }
      });
    },
    async part(name, primary, next) {
      if (!wantsDebug(primary, clock.now())) return next();
      const result = await next();
      logger.info("sub-reconciler ends", {
        ...{ controller, primary: primary.metadata.name, sub_reconciler: name },
        outcome: result?.kind ?? "done",
      });
      return result;
    },
  };
}

function describe({ method, path, query }: ApiRequest): { method: string; path: string } {
  const isDryRun = query?.["dryRun"] === "All";
  return { method: isDryRun ? `${method} (dry run)` : method, path };
}

function describeReason({ source, ref, event }: ReconcileReason): string {
  return [source, ref && formatRef(ref), event].filter((part) => part !== undefined).join(" ");
}
