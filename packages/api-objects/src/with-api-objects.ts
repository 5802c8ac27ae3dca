// SPDX-License-Identifier: Apache-2.0
// The pack: hangs Objects on a reconciler and on its start and stop (stage 6: writes).
import {
  addHooks,
  applyOnce,
  ConfigurationError,
  coreEvents,
  type ApiObjects,
  type Constructor,
  type DeclaredAccess,
  type HasPrimary,
  type ObjectsApi,
  type Runtime,
} from "@haversack/core";
import { checkFieldManager } from "./field-manager.js";
import { Objects } from "./objects.js";
import type { ApiObjectsOptions } from "./objects-context.js";

/**
 * Gives a reconciler `this.objects`: reads, server-side apply, patches, deletes, status, finalizers
 * and Kubernetes Events under one field manager.
 *
 * Stage 6 of 7: writes. Needs nothing of the class it is applied to; applying it twice is once.
 *
 * **API requests:** 0 by itself; each method of {@link ObjectsApi} says its own.
 * **RBAC:** `get`, `list`, `create`, `patch`, `delete` on the kinds that are written; `patch` on
 * their `status`; `create`, `patch`, `get` on `events`.
 *
 * @returns A mixin for `expand`.
 * @throws ConfigurationError for an unusable field manager, or for a call before the start. Terminal.
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases),
 *   withApiObjects({ fieldManager: "database-operator" }),
 * ) {
 *   async reconcile({ primary }: ReconcileRequest<Database>) {
 *     await this.objects.apply(configMaps, configOf(primary), { owner: primary });
 *   }
 * }
 * ```
 */
export function withApiObjects(
  options: ApiObjectsOptions,
): <TBase extends Constructor>(Base: TBase) => TBase & Constructor<ApiObjects> {
  checkFieldManager(options.fieldManager);
  return <TBase extends Constructor>(Base: TBase): TBase & Constructor<ApiObjects> =>
    applyOnce("api-objects", Base as Constructor, (Target: Constructor) => {
      abstract class WithApiObjects extends Target implements ApiObjects {
        readonly #pack: Objects = attach(this, options);

        get objects(): ObjectsApi {
          return this.#pack;
        }
      }
      return WithApiObjects;
    }) as TBase & Constructor<ApiObjects>;
}

function attach(reconciler: object, options: ApiObjectsOptions): Objects {
  let started: Runtime | undefined;
  const ownerKind = options.ownerKind ?? (reconciler as Partial<HasPrimary>).primaryKind;
  const objects = new Objects(
    () => {
      if (started !== undefined) return started;
      throw new ConfigurationError(
        "cannot use this.objects: the reconciler is not running. Start it with startReconciler() first.",
      );
    },
    ownerKind === undefined ? options : { ...options, ownerKind },
  );
  addHooks(reconciler, {
    pack: "api-objects",
    provide(runtime) {
      started = runtime;
    },
    stop() {
      started = undefined;
    },
    access: () => accessOf(options, ownerKind),
  });
  return objects;
}

function accessOf(
  { writes = [], reads = [] }: ApiObjectsOptions,
  primaryKind: ApiObjectsOptions["ownerKind"],
): readonly DeclaredAccess[] {
  const declaredBy = "api-objects";
  const own =
    primaryKind === undefined
      ? []
      : (["status", "metadata"] as const).map((purpose) => ({ purpose, kind: primaryKind }));
  return [
    ...own.map((each) => ({ ...each, declaredBy })),
    ...writes.map((kind) => ({ purpose: "write" as const, kind, declaredBy })),
    ...reads.map((kind) => ({ purpose: "read" as const, kind, declaredBy })),
    { purpose: "event", kind: coreEvents, declaredBy },
  ];
}
