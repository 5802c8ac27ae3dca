// SPDX-License-Identifier: Apache-2.0
// What packs are given when a reconciler starts, and how they are started in order (stage 0).
import type { ApiClient } from "./api-client.js";
import { systemClock, type Clock } from "./clock.js";
import type { DeclaredAccess } from "./declared-access.js";
import { ConfigurationError } from "./errors.js";
import type { Informers } from "./informers.js";
import { consoleLogger, noMetrics, type Logger, type Metrics } from "./observability.js";
import { OwnWrites } from "./own-writes.js";
import type { PassInterceptor } from "./passes.js";

/** What the caller of {@link startReconciler} hands in. */
export interface Environment {
  readonly client: ApiClient;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** 0 ≤ value < 1; for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** An existing pool to share; otherwise a pack provides one. */
  readonly informers?: Informers;
  /** Stands around every pass. */
  readonly passes?: PassInterceptor | undefined;
  /** Called when every cache is complete; no pass is made before it resolves. */
  readonly mayRun?: (() => Promise<void>) | undefined;
}

/** What the packs of one started reconciler share. */
export interface Runtime {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly ownWrites: OwnWrites;
  /** To be called around passes, by the pack that makes them. */
  readonly passes?: PassInterceptor | undefined;
  /** Set by the environment, or by a pack in its `provide` hook. */
  informers: Informers | undefined;
}

/**
 * A pack's part in the life of a reconciler. Every hook of one phase, in the order in which the
 * packs were applied, has finished before the next phase begins; `stop` runs in reverse order.
 */
export interface PackHooks {
  readonly pack: string;
  /** Adds shared services to the runtime. */
  provide?(runtime: Runtime): void;
  /** Subscribes and fills caches; resolves when they are complete. */
  start?(runtime: Runtime): void | Promise<void>;
  /** Begins to reconcile. Runs only when every `start` has resolved. */
  run?(runtime: Runtime): void | Promise<void>;
  /** Drains and gives everything back. Runs also after a failed start. Idempotent. */
  stop?(): void | Promise<void>;
  /** What the pack will do in the API, as far as it was declared. Works without a start. */
  access?(): readonly DeclaredAccess[];
}

const hooksKey = Symbol.for("haversack.hooks");
const runningKey = Symbol.for("haversack.running");

interface Hooked {
  [hooksKey]?: PackHooks[];
  [runningKey]?: boolean;
}

/** Hangs a pack's hooks on a reconciler; called by the pack's mixin in the constructor. */
export function addHooks(reconciler: object, hooks: PackHooks): void {
  const hooked = reconciler as Hooked;
  if (hooked[hooksKey] === undefined) Object.defineProperty(hooked, hooksKey, { value: [] });
  hooked[hooksKey]?.push(hooks);
}

/**
 * What a reconciler's packs declare that it does in the API. **API requests:** 0.
 *
 * @example
 * ```ts
 * accessOf({}); // => []
 * ```
 */
export function accessOf(reconciler: object): readonly DeclaredAccess[] {
  const hooks = (reconciler as Hooked)[hooksKey] ?? [];
  return hooks.flatMap((hook) => hook.access?.() ?? []);
}

/** A started reconciler. */
export interface RunningReconciler {
  /** Resolves when the caches are complete and reconciling has begun; rejects if it cannot. */
  readonly ready: Promise<void>;
  readonly runtime: Runtime;
  /** Lets running passes finish, then gives everything back. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a reconciler that was made with packs.
 *
 * **API requests:** those of its packs: 1 LIST and 1 WATCH per watched kind; 0 without watches.
 *
 * @throws {@link ConfigurationError} when it has no packs or runs already. Terminal.
 */
export function startReconciler(reconciler: object, environment: Environment): RunningReconciler {
  const hooked = reconciler as Hooked;
  const hooks = hooked[hooksKey];
  if (hooks === undefined) {
    throw new ConfigurationError(
      "cannot start the reconciler: no pack was applied to it. Extend expand(Reconciler.of(kind), withWatches(…)).",
    );
  }
  if (hooked[runningKey] === true) {
    throw new ConfigurationError("cannot start the reconciler: it runs already. Stop it first.");
  }
  Object.defineProperty(hooked, runningKey, { value: true, configurable: true });
  const runtime = createRuntime(environment);
  let stopping: Promise<void> | undefined;
  const isStopping = (): boolean => stopping !== undefined;
  let tellStopping: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (tellStopping = resolve));
  const { mayRun } = environment;
  const gate = mayRun && ((): Promise<void> => Promise.race([mayRun(), stopped]));
  const ready = begin(hooks, runtime, isStopping, gate);
  ready.catch(() => undefined); // Whoever awaits `ready` is told; nobody has to.
  const stop = (): Promise<void> => {
    tellStopping();
    stopping ??= end(hooks).finally(() =>
      Object.defineProperty(hooked, runningKey, { value: false, configurable: true }),
    );
    return stopping;
  };
  return { ready, runtime, stop };
}

/** Fills an {@link Environment} up with defaults; for using a pack's plain class without a mixin. */
export function createRuntime(environment: Environment): Runtime {
  return {
    client: environment.client,
    clock: environment.clock ?? systemClock,
    logger: environment.logger ?? consoleLogger,
    metrics: environment.metrics ?? noMetrics,
    random: environment.random ?? Math.random,
    ownWrites: new OwnWrites(),
    informers: environment.informers,
    passes: environment.passes,
  };
}

async function begin(
  hooks: readonly PackHooks[],
  runtime: Runtime,
  isStopping: () => boolean,
  gate: (() => Promise<void>) | undefined,
): Promise<void> {
  for (const hook of hooks) hook.provide?.(runtime);
  await Promise.all(hooks.map(async (hook) => hook.start?.(runtime)));
  if (gate !== undefined && !isStopping()) await gate();
  for (const hook of hooks) {
    if (isStopping()) return;
    await hook.run?.(runtime);
  }
}

async function end(hooks: readonly PackHooks[]): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of [...hooks].reverse()) {
    try {
      await hook.stop?.();
    } catch (error) {
      failures.push(error); // The other packs are still given the chance to clean up.
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "stopping the reconciler failed");
}
