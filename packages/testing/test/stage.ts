// SPDX-License-Identifier: Apache-2.0
// A cluster with the shop operator on it, for tests of the whole path.
import {
  InformerPool,
  silentLogger,
  startReconciler,
  type ApiClient,
  type Informers,
  type LogFields,
  type Logger,
  type ReconcileRequest,
  type RunningReconciler,
} from "haversack";
import { FakeClock, startCluster, type ClusterOptions, type TestCluster } from "../src/index.js";
import { prod, shop, shopDefinition, shopReconciler, shops } from "./shop-operator.js";
import type { Shop, ShopOptions, ShopReconciler } from "./shop-operator.js";

/** One warning or error that was logged. */
export interface LogLine {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps warnings and errors. */
export function memoryLogger(lines: LogLine[]): Logger {
  const keep =
    (level: LogLine["level"]) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields });
  return { ...silentLogger, warn: keep("warn"), error: keep("error") };
}

export interface StageOptions {
  readonly cluster?: Omit<ClusterOptions, "clock">;
  readonly shops?: ShopOptions;
  /** Objects that are there before the operator starts. Default: shop `a`. */
  readonly given?: readonly Shop[];
  /** Objects per page of a list. */
  readonly pageSize?: number;
  readonly client?: (cluster: TestCluster) => ApiClient;
  /** Default: started and settled. */
  readonly isStarted?: boolean;
}

/** Everything a test of the whole path works with. */
export class Stage {
  readonly clock = new FakeClock();
  readonly passes: ReconcileRequest<Shop>[] = [];
  readonly logged: LogLine[] = [];
  readonly reconciler: ShopReconciler;
  cluster!: TestCluster;
  client!: ApiClient;
  informers!: Informers;
  running!: RunningReconciler;
  readonly #options: StageOptions;

  constructor(options: StageOptions) {
    this.#options = options;
    const { onPass, ...rest } = options.shops ?? {};
    this.reconciler = shopReconciler({
      ...rest,
      onPass: (request) => {
        this.passes.push(request);
        return onPass?.(request);
      },
    });
  }

  async open(): Promise<this> {
    const { cluster, given = [shop("a")], client, pageSize, isStarted } = this.#options;
    this.cluster = await startCluster({ ...cluster, clock: this.clock, backend: "embedded" });
    await this.cluster.apply([shopDefinition, prod, ...given]);
    this.client = client?.(this.cluster) ?? this.cluster.client;
    const logger = memoryLogger(this.logged);
    const environment = { client: this.client, clock: this.clock, logger, random: () => 0.5 };
    const pages = pageSize === undefined ? {} : { pageSize };
    this.informers = new InformerPool({ ...environment, ...pages });
    if (isStarted !== false) await this.start();
    return this;
  }

  async start(): Promise<void> {
    this.running = startReconciler(this.reconciler, {
      client: this.client,
      clock: this.clock,
      logger: memoryLogger(this.logged),
      random: () => 0.5,
      informers: this.informers,
    });
    await this.cluster.settle();
  }

  /** Names of the primaries of the passes since the mark. */
  passesSince(mark: number): readonly string[] {
    return this.passes.slice(mark).map(({ primary }) => primary.metadata.name);
  }

  /** Lets time pass and everything come to rest. */
  async advance(durationMs: number): Promise<void> {
    await this.clock.advance(durationMs);
    await this.cluster.settle();
  }

  async status(name: string): Promise<Shop["status"]> {
    return (await this.cluster.get(shops, { namespace: "prod", name }))?.status;
  }

  async close(): Promise<void> {
    const stopping = this.running?.stop();
    await this.clock.advance(60_000);
    await stopping;
    await this.cluster.close();
  }
}
