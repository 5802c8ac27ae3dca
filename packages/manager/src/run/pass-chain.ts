// SPDX-License-Identifier: Apache-2.0
// Several who stand around a pass, as one (stage 5: reconcile).
import type { PassInterceptor, ReconcileRequest, Result } from "@haversack/core";

/**
 * Makes one interceptor of several; the first is outermost. **API requests:** 0.
 *
 * @example
 * ```ts
 * chainPasses([traced, fenced, paused]); // a paused pass is traced and fenced too
 * ```
 */
export function chainPasses(all: readonly PassInterceptor[]): Required<PassInterceptor> {
  return {
    reconcile: (request, next) =>
      all.reduceRight<(given: ReconcileRequest) => Promise<Result | void>>(
        (inner, each) =>
          each.reconcile === undefined ? inner : async (given) => each.reconcile?.(given, inner),
        (given) => next(Object.freeze({ ...given })),
      )(request),
    gone: (ref, next) =>
      all.reduceRight<() => Promise<void>>(
        (inner, each) => (each.gone === undefined ? inner : async () => each.gone?.(ref, inner)),
        next,
      )(),
    part: (name, primary, next) =>
      all.reduceRight<() => Promise<Result | void>>(
        (inner, each) =>
          each.part === undefined ? inner : async () => each.part?.(name, primary, inner),
        next,
      )(),
  };
}
