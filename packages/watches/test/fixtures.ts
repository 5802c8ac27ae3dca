// SPDX-License-Identifier: Apache-2.0
// A primary's kind, its objects and a started reconciler for tests (stage 5: reconcile).
import {
  createRuntime,
  defineKind,
  type ApiClient,
  type Kind,
  type KubernetesObject,
  type LogFields,
  type Logger,
  type Metrics,
  type ReconcileRequest,
  type Reconciles,
  type Result,
  type Runtime,
} from "@haversack/core";
import { WatchSet } from "../src/watch-set.js";
import type { WatchOptions } from "../src/watch-options.js";
import { FakeInformers } from "./fake-informers.js";
import { ManualClock, settle } from "./manual-clock.js";

/** A custom resource for tests. */
export interface Database extends KubernetesObject {
  readonly spec: { readonly size?: number; readonly secret?: string; readonly version?: string };
  readonly status?: { readonly phase?: string; readonly [field: string]: unknown };
}

export const databases: Kind<Database> = defineKind<Database>("example.com/v1", "Database");

/** A database; its metadata may be overridden. */
export function database(
  name: string,
  spec: Database["spec"] = {},
  metadata: Partial<KubernetesObject["metadata"]> = {},
): Database {
  return {
    apiVersion: "example.com/v1",
    kind: "Database",
    metadata: { namespace: "prod", name, generation: 1, ...metadata },
    spec,
  };
}

/** An object that a database controls. */
export function ownedBy(owner: string, name: string, rest: object = {}): KubernetesObject {
  return {
    metadata: {
      namespace: "prod",
      name,
      ownerReferences: [
        {
          apiVersion: "example.com/v1",
          kind: "Database",
          name: owner,
          uid: `uid-prod/${owner}`,
          controller: true,
        },
      ],
    },
    ...rest,
  };
}

/** Keeps log lines. */
export class LogBook implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields }[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "debug", message, fields });
  }
  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "info", message, fields });
  }
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "warn", message, fields });
  }
  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "error", message, fields });
  }

  at(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

/** Adds counts up, by name and labels. */
export class MetricBook implements Metrics {
  readonly counts = new Map<string, number>();
  readonly names = new Set<string>();

  count(name: string, labels: Readonly<Record<string, string>> = {}, increment = 1): void {
    this.names.add(name);
    const key = `${name} ${Object.values(labels).join(" ")}`.trim();
    this.counts.set(key, (this.counts.get(key) ?? 0) + increment);
  }
  gauge(name: string): void {
    this.names.add(name);
  }
  observe(name: string): void {
    this.names.add(name);
  }
}

/** No server: a test that reaches it has gone wrong. */
export const noClient: ApiClient = {
  server: "none",
  request: () => Promise.reject(new Error("a request was sent")),
  stream: () => Promise.reject(new Error("a stream was opened")),
  close: () => Promise.resolve(),
};

type Reconcile = (request: ReconcileRequest<Database>) => Promise<Result | void>;

/** A started WatchSet with everything around it. */
export class Rig {
  readonly clock = new ManualClock();
  readonly log = new LogBook();
  readonly metrics = new MetricBook();
  readonly informers: FakeInformers;
  readonly runtime: Runtime;
  readonly watches: WatchSet<Database>;
  /** Names of the primaries of all passes, in the order of their beginnings. */
  readonly passes: string[] = [];
  readonly requests: ReconcileRequest<Database>[] = [];
  reconcile: Reconcile = () => Promise.resolve();

  constructor(
    options: WatchOptions = {},
    more: Partial<Reconciles<Database>> & { syncedAtOnce?: boolean } = {},
  ) {
    const { syncedAtOnce = true, ...reconciler } = more;
    this.informers = new FakeInformers(syncedAtOnce);
    this.runtime = createRuntime({
      client: noClient,
      clock: this.clock,
      logger: this.log,
      metrics: this.metrics,
      random: () => 0.5,
      informers: this.informers,
    });
    this.watches = new WatchSet(
      databases,
      {
        ...reconciler,
        reconcile: (request) => {
          this.passes.push(request.ref.name);
          this.requests.push(request);
          return this.reconcile(request);
        },
      },
      options,
    );
  }

  async start(): Promise<this> {
    const { hooks } = this.watches;
    hooks.provide?.(this.runtime);
    await hooks.start?.(this.runtime);
    await hooks.run?.(this.runtime);
    await settle();
    return this;
  }

  async stop(): Promise<void> {
    await this.watches.hooks.stop?.();
  }

  /** Creates or updates a database. */
  apply(object: KubernetesObject): KubernetesObject {
    return this.informers.of(databases).apply(object);
  }

  /** Names of the passes since the last call. */
  async newPasses(): Promise<string[]> {
    await settle();
    return this.passes.splice(0);
  }
}
