// SPDX-License-Identifier: Apache-2.0
// A running manager: what is started in which order, and given back in which (all stages).
import {
  ConfigurationError,
  systemClock,
  type ApiClient,
  type Clock,
  type Environment,
  type PassInterceptor,
} from "@haversack/core";
import { InformerPool } from "@haversack/watches";
import { guardAccess } from "../access/access-guard.js";
import { deriveRules } from "../access/derive-rules.js";
import type { AccessRule } from "../access/access-rules.js";
import { reviewAccess } from "../access/rules-review.js";
import { fencedClient } from "../client/fenced-client.js";
import { observedClient } from "../client/observed-client.js";
import { debugPasses } from "../controls/debug-passes.js";
import { Pausing } from "../controls/pausing.js";
import { Healing } from "../health/healing.js";
import { livenessOf, readinessOf, type HealthCheck, type HealthSubject } from "../health/health.js";
import { LoopLag } from "../health/loop-lag.js";
import type { Endpoints } from "../health/endpoints.js";
import type { Fence } from "../leader/term.js";
import type { AddReconcilerOptions, ManagerOptions } from "../manager-options.js";
import { Recorder } from "../replay/recorder.js";
import { PassTracing } from "../telemetry/traced-passes.js";
import { fencedPasses } from "./fenced-passes.js";
import { KeptInformers } from "./kept-informers.js";
import { ManagedReconciler, type ManagedTarget } from "./managed-reconciler.js";
import { chainPasses } from "./pass-chain.js";
import { passListener } from "./pass-context.js";
import { PassRegister } from "./pass-register.js";
import { aloneStanding, makeStanding, type Standing } from "./standing.js";
import { loadTelemetry, type Telemetry } from "./telemetry.js";
import { endsWithin } from "./within.js";

/** A reconciler as it was added. */
export interface AddedReconciler {
  readonly target: ManagedTarget;
  readonly options: AddReconcilerOptions;
}

/** What a {@link Host} is made from. */
export interface HostParts {
  readonly options: ManagerOptions;
  readonly added: readonly AddedReconciler[];
  readonly client: ApiClient;
  readonly namespace: string;
}

/** Time for passes to end after they were aborted. */
const abortGraceMs = 2000;

/**
 * Everything that runs between `start` and `stop`.
 *
 * Order of the start: endpoints, rights, standing, informers and caches, passes. Order of the stop:
 * passes, standing, informers, endpoints.
 */
export class Host {
  readonly managed: readonly ManagedReconciler[];
  readonly pausing: Pausing;
  readonly recorder: Recorder;
  readonly #parts: HostParts;
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #client: ApiClient;
  readonly #register: PassRegister;
  readonly #pool: InformerPool;
  readonly #informers: KeptInformers;
  readonly #standing: Standing;
  readonly #alone = aloneStanding();
  readonly #lag: LoopLag;
  readonly #healing: Healing;
  readonly #tracing: PassTracing | undefined;
  readonly #rules: readonly AccessRule[];
  #endpoints: Endpoints | undefined;
  #state: HealthSubject["state"] = "starting";
  #stopping: Promise<void> | undefined;
  /** Ends the waiting of an orderly stop. */
  readonly #hurry = new AbortController();

  constructor(parts: HostParts, telemetry: Telemetry) {
    const { options, client } = parts;
    const { clock = systemClock, random = Math.random, name = "haversack", health = {} } = options;
    const { logger, metrics, tracer } = telemetry;
    this.#parts = parts;
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#client = observedClient(client, { clock, metrics, listener: () => passListener });
    this.#rules = rulesOf(parts, name);
    this.#register = new PassRegister(clock);
    const read = this.#guarded(this.#client);
    const { informers: tuning = {} } = options;
    this.#pool = new InformerPool({ ...tuning, client: read, clock, logger, metrics, random });
    this.#informers = new KeptInformers(this.#pool);
    this.recorder = new Recorder(clock, this.#informers);
    const own = { options, name, namespace: parts.namespace, client: this.#client };
    this.#standing = makeStanding({ ...own, clock, logger, metrics, random });
    const everything = (): Readonly<Record<string, string>> => this.#standing.annotations();
    this.pausing = new Pausing({ clock, logger, metrics, everything });
    this.#lag = new LoopLag(clock);
    const { healAfterMs = 120_000 } = health;
    this.#healing = new Healing(this.#pool, healAfterMs, { clock, logger, metrics });
    this.#tracing = tracer && new PassTracing(tracer);
    this.managed = parts.added.map((each, index) => this.#manage(each, index));
  }

  /** The port the endpoints listen on. */
  port: number | undefined;

  get isActing(): boolean {
    return this.#state === "running" && this.#standing.isActing;
  }

  /** @throws whatever keeps it from running; then everything is given back. */
  async start(): Promise<void> {
    try {
      await this.#serve();
      await this.#checkAccess();
      if (this.#stopping !== undefined) return;
      this.#standing.start();
      this.#healing.start();
      await Promise.all(this.managed.map((each) => each.start()));
      if (this.#stopping === undefined) this.#state = "running";
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** In order: lets passes end, within the deadline. Idempotent. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** At once: aborts every pass and waits for nothing but the Lease. */
  stopNow(): Promise<void> {
    this.#hurry.abort();
    return this.stop();
  }

  live(): readonly HealthCheck[] {
    return livenessOf(this.#subject(), this.#parts.options.health);
  }

  ready(): readonly HealthCheck[] {
    return readinessOf(this.#subject(), this.#parts.options.health);
  }

  async #stop(): Promise<void> {
    const { shutdownMs = 25_000 } = this.#parts.options;
    const { logger } = this.#telemetry;
    this.#state = "stopping";
    this.pausing.stop();
    this.#healing.stop();
    const failures: string[] = [];
    const ended = Promise.all(
      this.managed.map((each) =>
        each.stop().catch((error: unknown) => void failures.push(`${each.name}: ${String(error)}`)),
      ),
    );
    if (!(await endsWithin(this.#clock, ended, shutdownMs, this.#hurry.signal))) {
      const running = this.#register.running.map(
        ({ controller, ref }) => `${controller} ${ref.name}`,
      );
      logger.warn(`stopping is forced: ${running.length} passes are aborted`, {
        passes: running.join(", "),
      });
      this.#register.abort(new Error("the manager stops now"));
      await endsWithin(this.#clock, ended, abortGraceMs);
    }
    for (const failure of failures) logger.error(`stopping ${failure}`);
    // Whoever still runs can write no more: the fence falls before the Lease is given back.
    await endsWithin(this.#clock, this.#standing.stop(), abortGraceMs);
    this.#informers.release();
    this.#pool.close();
    this.#lag.stop();
    await this.#endpoints?.close();
    this.#state = "stopped";
  }

  #manage({ target, options }: AddedReconciler, index: number): ManagedReconciler {
    const { logger, metrics } = this.#telemetry;
    const { random } = this.#parts.options;
    const name = options.name ?? target.watches?.name ?? `reconciler-${index + 1}`;
    const standing = options.runs === "everywhere" ? this.#alone : this.#standing;
    const environment = (fence: () => Fence): Omit<Environment, "mayRun"> => ({
      client: this.#guarded(fencedClient(this.#client, fence)),
      clock: this.#clock,
      logger,
      metrics,
      informers: this.#informers,
      passes: chainPasses(this.#around(managed, standing, fence)),
      ...(random === undefined ? {} : { random }),
    });
    const managed: ManagedReconciler = new ManagedReconciler({
      ...{ target, name, environment, clock: this.#clock },
      permission: () => standing.permission(),
      onFailure: (error) => {
        const why = error instanceof Error ? error.message : String(error);
        logger.error(`${name} broke: ${why}. It is begun anew.`);
      },
    });
    return managed;
  }

  /** From the outside in: who is told first of a pass, and asked last whether to make it. */
  #around(
    managed: ManagedReconciler,
    standing: Standing,
    fence: () => Fence,
  ): readonly PassInterceptor[] {
    const { name, target } = managed;
    const { logger } = this.#telemetry;
    const enqueue = (key: Parameters<ManagedReconciler["enqueue"]>[0], source: string): void =>
      managed.enqueue(key, source);
    const chain: PassInterceptor[] = [this.#register.around(name), fencedPasses(fence)];
    if (standing.shards !== undefined)
      chain.push(standing.shards.around(name, (key) => enqueue(key, "slot taken")));
    chain.push(
      this.pausing.around({ name, enqueue, primary: (key) => target.watches?.primary?.(key) }),
    );
    if (this.#tracing !== undefined) chain.push(this.#tracing.around(name));
    chain.push(debugPasses(name, logger, this.#clock), this.recorder.around(name, target));
    return chain;
  }

  #guarded(client: ApiClient): ApiClient {
    return this.#parts.options.access === "enforce" ? guardAccess(client, this.#rules) : client;
  }

  async #checkAccess(): Promise<void> {
    const { options, namespace } = this.#parts;
    if (options.access === "off") return;
    await reviewAccess(this.#client, this.#rules, namespace, this.#telemetry.logger);
  }

  async #serve(): Promise<void> {
    const { http = false } = this.#parts.options;
    if (http === false) return;
    this.#lag.start();
    const { Endpoints } = await import("../health/endpoints.js");
    const { scraped, metrics } = this.#telemetry;
    const source = {
      live: () => this.live(),
      ready: () => this.ready(),
      metrics: async () => {
        const names = this.managed.map(({ name }) => name);
        this.#register.measure(metrics, names);
        metrics.gauge("haversack_event_loop_lag_seconds", this.#lag.longestMs / 1000);
        for (const { kind, objects } of this.#pool.report())
          metrics.gauge("haversack_informer_objects", objects, { kind });
        return scraped?.scrape();
      },
    };
    const endpoints = new Endpoints(source, http === true ? {} : http);
    ({ port: this.port } = await endpoints.listen());
    this.#endpoints = endpoints;
  }

  #subject(): HealthSubject {
    return {
      nowMs: this.#clock.monotonicMs(),
      state: this.#state,
      standing: this.#standing.describe(),
      informers: this.#pool.report(),
      passes: this.#register.running,
      queues: this.managed.map(({ name, oldestWaitMs }) => ({ controller: name, oldestWaitMs })),
      lagMs: this.#lag.longestMs,
    };
  }
}

/** Makes a host with the libraries that the options ask for. */
export async function makeHost(parts: HostParts): Promise<Host> {
  const { leaderElection = false, sharding = false } = parts.options;
  if (leaderElection !== false && sharding !== false) {
    throw new ConfigurationError(
      "cannot start the manager: leaderElection lets one replica act, sharding lets all. Choose one.",
    );
  }
  return new Host(parts, await loadTelemetry(parts.options));
}

function rulesOf({ options, added, namespace }: HostParts, name: string): readonly AccessRule[] {
  const { leaderElection = false, sharding = false } = options;
  const placeOf = (of: boolean | { readonly namespace?: string }): string | undefined => {
    if (of === false) return undefined;
    return of === true ? namespace : (of.namespace ?? namespace);
  };
  const leaderElectionIn = placeOf(leaderElection);
  const shardingIn = placeOf(sharding);
  if (added.length === 0) {
    throw new ConfigurationError(
      `cannot start ${name}: nothing was added. Call add(reconciler) first.`,
    );
  }
  return deriveRules(
    added.map(({ target }) => target),
    {
      ...(leaderElectionIn === undefined ? {} : { leaderElectionIn }),
      ...(shardingIn === undefined ? {} : { shardingIn }),
    },
  );
}
