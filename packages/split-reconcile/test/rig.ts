// SPDX-License-Identifier: Apache-2.0
// An operator on the small cluster, driven to rest by a test: no waiting, no chance.
import {
  configMaps,
  defineKind,
  deployments,
  secrets,
  services,
  type Clock,
  type Kind,
  type KubernetesObject,
  type SubReconciler,
} from "@haversack/core";
import type { SplitReconcileOptions } from "../src/index.js";
import { OperatorProcess, type ProcessOptions } from "./process.js";
import { World, type Delivery } from "./world.js";

/** The primary of these tests. */
export interface Db extends KubernetesObject {
  readonly spec?: { readonly size?: number; readonly shards?: number; readonly text?: string };
  readonly status?: Record<string, unknown>;
}

export const dbs: Kind<Db> = defineKind<Db>("example.com/v1", "Db");
export const kinds = { configMaps, secrets, services, deployments };
export type Kinds = typeof kinds;
/** A sub-reconciler of these tests. */
export type Sub = SubReconciler<Db, Kinds>;

/** Time that a test moves. */
export class HandClock implements Clock {
  ms = 0;
  now(): number {
    return Date.parse("2026-01-01T00:00:00Z") + this.ms;
  }
  monotonicMs(): number {
    return this.ms;
  }
  setTimer(): never {
    throw new Error("the split sets no timers: times are the queue's");
  }
}

export const key = { namespace: "prod", name: "db" };

/** A primary. */
export function db(spec: Db["spec"] = {}): Db {
  return { metadata: key, spec };
}

/** Anything of a kind in the primary's namespace. */
export function named<T extends KubernetesObject>(name: string, rest: object = {}): T {
  return { metadata: { name, namespace: "prod" }, ...rest } as T;
}

/** A sub-reconciler that notes its runs. */
export function noting(runs: string[], name: string, rest: Partial<Sub> = {}): Sub {
  return {
    name,
    reconcile: () => {
      runs.push(name);
      return Promise.resolve();
    },
    ...rest,
  };
}

/** A world, one process and a clock. */
export class Rig {
  readonly kind: Kind<Db> = dbs;
  readonly clock = new HandClock();
  readonly world = new World();
  readonly pending: Delivery[] = [];
  readonly logs: string[] = [];
  process: OperatorProcess<Db>;
  readonly #options: Omit<ProcessOptions<Db>, "cache">;

  constructor(
    declared: readonly Sub[],
    split: SplitReconcileOptions = {},
    more: Partial<ProcessOptions<Db>> = {},
  ) {
    const log = (message: string): void => void this.logs.push(message);
    const logger = { debug: () => undefined, info: log, warn: log, error: log };
    this.#options = {
      ...{ world: this.world, clock: this.clock, primaryKind: dbs, kinds, logger, split },
      declared: declared as readonly SubReconciler<Db>[],
      ...more,
    };
    this.world.now = () => this.clock.now();
    this.world.onEvent = (delivery) => void this.pending.push(delivery);
    this.process = new OperatorProcess(this.#options);
  }

  /** Delivers events and makes passes until nothing is due now. */
  async settle(maxPasses = 200): Promise<void> {
    for (let passes = 0; ; passes += 1) {
      for (const delivery of this.pending.splice(0)) this.process.deliver(delivery);
      const [next] = this.process.ready();
      if (next === undefined) return;
      if (passes >= maxPasses) throw new Error(`no rest after ${maxPasses} passes`);
      await this.process.pass(next);
    }
  }

  /** Lets time pass, stopping wherever a pass is due. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.clock.ms + byMs;
    await this.settle();
    for (let next = this.process.nextMs(); next <= untilMs; next = this.process.nextMs()) {
      this.clock.ms = Math.max(this.clock.ms, next);
      await this.settle();
    }
    this.clock.ms = untilMs;
    await this.settle();
  }

  /** A new process on the same world; nothing in memory is kept. */
  restart(
    declared: readonly Sub[] = this.#options.declared as readonly Sub[],
    oldPrimary?: Db,
  ): void {
    this.pending.length = 0;
    const flags = { isInitial: true, isRelist: false, isResync: false, synthetic: false };
    const event = { type: "added" as const, old: undefined, new: oldPrimary, ...flags };
    const cache = new Map<string, Delivery>([["old", { kind: dbs, event }]]);
    this.process = new OperatorProcess({
      ...this.#options,
      declared: declared as readonly SubReconciler<Db>[],
      ...(oldPrimary === undefined ? {} : { cache }),
    });
  }

  /** Creates or changes the primary, as a user. */
  async user(spec: Db["spec"]): Promise<void> {
    if (this.world.get(dbs, key) === undefined) this.world.create(dbs, db(spec), "user");
    else this.world.patch(dbs, key, { spec }, "user");
    await this.settle();
  }

  get primary(): Db {
    const found = this.world.get(dbs, key);
    if (found === undefined) throw new Error("the primary is gone");
    return found;
  }

  condition(type: string): { status: string; reason?: string; message?: string } | undefined {
    const { conditions = [] } = (this.primary.status ?? {}) as {
      conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    };
    return conditions.find((each) => each.type === type);
  }

  /** Effective writes since the last call, as `manager op kind key`. */
  writes(): string[] {
    const seen = this.world.log.splice(0);
    return seen.map(({ manager, op, kind, key: name }) => `${manager} ${op} ${kind} ${name}`);
  }
}
