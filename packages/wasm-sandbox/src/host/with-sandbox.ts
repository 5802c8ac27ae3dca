// SPDX-License-Identifier: Apache-2.0
// The pack: the reconciler's `reconcile` runs in a guest, all else stays in the host (stage 5: reconcile, elsewhere).
import {
  addHooks,
  applyOnce,
  sleep,
  systemClock,
  type ApiObjects,
  type Clock,
  type Constructor,
  type HasPrimary,
  type KubernetesObject,
  type ReconcileRequest,
  type Result,
  type Sandboxed,
  type SecondaryIndexed,
  type SecondaryKinds,
  type Watched,
} from "@haversack/core";
import { homesOf } from "../call/host-calls.js";
import type { SandboxHost } from "./sandbox-host.js";

/** Where a reconciler runs. */
export interface SandboxOptions {
  /** Its guests; absent: it stays in this process, and only `sleep` is added. */
  readonly sandboxes?: SandboxHost | undefined;
  /** Name of the guest in its host. */
  readonly guest: string;
  /** Name under which the guest offers the reconciler. */
  readonly reconciler: string;
}

/** What {@link withSandbox} adds. */
export interface SandboxedReconciler extends Sandboxed {
  /** Resolves after a time; in a guest it costs no memory meanwhile, and survives the host's end. */
  sleep(delayMs: number): Promise<void>;
}

type Wanted = HasPrimary &
  ApiObjects & { reconcile(request: ReconcileRequest): Promise<Result | void> };
type Indexed = Partial<SecondaryIndexed<KubernetesObject, SecondaryKinds>>;

/**
 * Runs a reconciler in a guest, by configuration alone.
 *
 * Stage 5 of 7: reconcile, elsewhere. The host keeps watches, index, queue, timers and credentials;
 * what the guest asks for is checked by the guest's policy and done by this reconciler's own packs.
 *
 * **API requests:** 0 by itself.
 * @example
 * ```ts
 * class DatabaseReconciler extends expand(
 *   Reconciler.of(databases), withApiObjects({ fieldManager: "db" }), withSecondaryIndex({ kinds }), withWatches(),
 *   withSandbox({ sandboxes, guest: "db", reconciler: "database" }),
 * ) {}
 * ```
 */
export function withSandbox(
  options: SandboxOptions,
): <TBase extends Constructor<HasPrimary & ApiObjects>>(
  Base: TBase,
) => TBase & Constructor<SandboxedReconciler> {
  return <TBase extends Constructor<HasPrimary & ApiObjects>>(
    Base: TBase,
  ): TBase & Constructor<SandboxedReconciler> =>
    applyOnce("sandbox", Base as Constructor<HasPrimary & ApiObjects>, (Target) => {
      abstract class WithSandbox extends Target implements SandboxedReconciler {
        readonly #pack = attach(this as unknown as Wanted, options);

        get sandbox(): Sandboxed["sandbox"] {
          return this.#pack.sandbox;
        }

        sleep(delayMs: number): Promise<void> {
          return sleep(this.#pack.clock(), delayMs);
        }
      }
      return WithSandbox;
    }) as unknown as TBase & Constructor<SandboxedReconciler>;
}

function attach(
  reconciler: Wanted,
  { sandboxes, guest, reconciler: name }: SandboxOptions,
): { readonly sandbox: Sandboxed["sandbox"]; clock(): Clock } {
  let clock = systemClock;
  addHooks(reconciler, {
    pack: "sandbox",
    provide(runtime) {
      ({ clock } = runtime);
    },
  });
  if (sandboxes !== undefined) {
    // On the object, not the class: a `reconcile` written below the packs must not win.
    Object.defineProperty(reconciler, "reconcile", {
      value: (request: ReconcileRequest) => runInGuest(reconciler, sandboxes, guest, name, request),
    });
  }
  const sandbox = {
    engine: sandboxes?.engine ?? ("class" as const),
    hibernate: async (): Promise<void> => void (await sandboxes?.hibernate(guest)),
  };
  return { sandbox, clock: () => clock };
}

function runInGuest(
  reconciler: Wanted & Indexed & Partial<Watched<KubernetesObject>>,
  sandboxes: SandboxHost,
  guest: string,
  name: string,
  request: ReconcileRequest,
): Promise<Result> {
  const { objects, secondaries, watches } = reconciler;
  const { ref, primary, signal, attempt, reasons } = request;
  return sandboxes.guest(guest).run({
    ...{ name, phase: "reconcile", ref, primary, signal, attempt, reasons },
    fieldManager: objects.fieldManager,
    secondaries: secondaries && (() => secondaries.of(primary)),
    target: {
      ...{ objects, homes: homesOf(ref) },
      enqueue: (key) => watches?.enqueue(key),
    },
  });
}
