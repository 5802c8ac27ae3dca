// SPDX-License-Identifier: Apache-2.0
// The pack: the reconciler's `reconcile` runs in a guest, all else stays in the host (stage 5: reconcile, elsewhere).
import {
  addHooks,
  ConfigurationError,
  applyOnce,
  sleep,
  systemClock,
  type ApiObjects,
  type Clock,
  type Constructor,
  type HasPrimary,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectsApi,
  type ReconcileRequest,
  type Result,
  type Sandboxed,
  type SecondaryIndexed,
  type SecondaryKinds,
  type Watched,
} from "@haversack/core";
import { homesOf } from "../call/host-calls.js";
import { untilMet, type Until, type WaitSources } from "../call/until.js";
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
  /**
   * Resolves when an object is as it is waited for (true), or the time is up (false); needs watches.
   *
   * **API requests:** 1 GET, and 1 LIST and 1 WATCH when nobody watches the kind yet.
   */
  waitFor(
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    until: Until,
    timeoutMs: number,
  ): Promise<boolean>;
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

        waitFor(
          kind: Kind<KubernetesObject>,
          key: ObjectKey,
          until: Until,
          timeoutMs: number,
        ): Promise<boolean> {
          const { objects, watches } = this as unknown as Watching;
          return waitHere(sourcesOf(objects, watches), this.#pack.clock(), {
            kind,
            key,
            until,
            timeoutMs,
          });
        }
      }
      return WithSandbox;
    }) as unknown as TBase & Constructor<SandboxedReconciler>;
}

type Watching = ApiObjects & Partial<Watched<KubernetesObject>>;

function sourcesOf(objects: ObjectsApi, watches: Watching["watches"]): WaitSources {
  return {
    objects,
    events(kind) {
      if (watches !== undefined) return watches.events(kind);
      throw new ConfigurationError(
        "cannot wait for an object without watches. Apply withWatches().",
      );
    },
  };
}

/** The same wait without a guest. */
async function waitHere(
  sources: WaitSources,
  clock: Clock,
  wait: { kind: Kind<KubernetesObject>; key: ObjectKey; until: Until; timeoutMs: number },
): Promise<boolean> {
  const ending = new AbortController();
  const met = untilMet(sources, wait.kind, wait.key, wait.until, ending.signal).then(() => true);
  const late = sleep(clock, wait.timeoutMs, ending.signal).then(() => false);
  try {
    return await Promise.race([met, late]);
  } finally {
    ending.abort();
  }
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
      events: watches && ((kind) => watches.events(kind)),
    },
  });
}
