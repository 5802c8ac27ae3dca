// SPDX-License-Identifier: Apache-2.0
// Passes are aborted when the right to act is lost (stage 5: reconcile).
import { halt, type PassInterceptor, type ReconcileRequest, type Result } from "@haversack/core";
import { linkSignals } from "../client/linked-signal.js";
import type { Fence } from "../leader/term.js";
import { withinPass } from "./pass-context.js";

/**
 * Makes no pass outside a term and aborts those under way at its end. What such a pass throws is no
 * failure of the reconciler: it is made again, by whoever may. **API requests:** 0.
 */
export function fencedPasses(fence: () => Fence): PassInterceptor {
  return {
    async reconcile(request, next): Promise<Result | void> {
      const own = fence();
      const { signal } = own;
      if (signal.aborted) return lost;
      const linked = linkSignals(request.signal, signal);
      try {
        const given: ReconcileRequest = { ...request, signal: linked.signal };
        return await withinPass((context) => {
          context.fence = own;
          return next(given);
        });
      } catch (error) {
        if (signal.aborted && !request.signal.aborted) return lost;
        throw error;
      } finally {
        linked.release();
      }
    },
    async gone(_ref, next) {
      const own = fence();
      await own.ensure();
      await withinPass((context) => {
        context.fence = own;
        return next();
      });
    },
  };
}

const lost = halt("the right to act was lost");
