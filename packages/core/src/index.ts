// SPDX-License-Identifier: Apache-2.0
/**
 * The words and the capability interfaces that all Haversack packs share.
 *
 * This package is responsible for names, types and the few rules that every pack must follow in
 * the same way: identity, versions, errors, own writes, starting and stopping. It sends no request
 * and has no run-time dependency. You are responsible for choosing packs; see the package
 * `haversack`.
 *
 * @example
 * ```ts
 * const databases = defineKind<Database>("example.com/v1", "Database");
 * class DatabaseReconciler extends expand(Reconciler.of(databases), withApiObjects({ fieldManager: "db" })) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     await this.objects.apply(configMaps, configOf(primary), { owner: primary });
 *   }
 * }
 * ```
 * @packageDocumentation
 */
export * from "./api-client.js";
export * from "./api-errors.js";
export * from "./api-path.js";
export * from "./capabilities.js";
export * from "./clock.js";
export * from "./declared-access.js";
export * from "./errors.js";
export * from "./expand.js";
export * from "./guest-run.js";
export * from "./informers.js";
export * from "./kind.js";
export * from "./kinds/index.js";
export * from "./kubernetes-object.js";
export * from "./observability.js";
export * from "./open-run.js";
export * from "./own-writes.js";
export * from "./owner-reference.js";
export * from "./passes.js";
export * from "./reconcile.js";
export * from "./reconciler.js";
export * from "./relation.js";
export * from "./resource-ref.js";
export * from "./resource-version.js";
export * from "./run-messages.js";
export * from "./runtime.js";
export * from "./sub-reconciler.js";
export * from "./wait-for.js";
export * from "./watch-event.js";
