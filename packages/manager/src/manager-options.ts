// SPDX-License-Identifier: Apache-2.0
// What can be said about a manager when it is made (stage 0: words).
import type { ApiClient, Clock, Logger, Metrics, Tracer } from "@haversack/core";
import type { InformerTuning } from "@haversack/watches";
import type { EndpointOptions } from "./health/endpoints.js";
import type { HealthLimits } from "./health/health.js";
import type { ElectionOptions } from "./leader/election-options.js";
import type { SignalSource } from "./run/process-signals.js";
import type { ShardingOptions } from "./sharding/sharding-options.js";
import type { ScrapedMetrics } from "./telemetry/prom-metrics.js";

/** Options of a {@link Manager}; all have defaults. */
export interface ManagerOptions {
  /** Default: `connect()`, closed again at the end. One that is given is closed only on a signal. */
  readonly client?: ApiClient;
  /** Names the Leases, the logs and the user agent. Default `haversack`. */
  readonly name?: string;
  /** Where the Leases live. Default: the client's namespace, else `POD_NAMESPACE`, else `default`. */
  readonly namespace?: string;
  /** One of several replicas acts, the others stand by. Default false. */
  readonly leaderElection?: boolean | ElectionOptions;
  /** Every replica acts on its share of the primaries. Default false; excludes `leaderElection`. */
  readonly sharding?: boolean | ShardingOptions;
  /** Serves health, readiness and metrics. Default false; true is port 8080 on all addresses. */
  readonly http?: boolean | EndpointOptions;
  /** Default: none; true loads prom-client. */
  readonly metrics?: boolean | Metrics | ScrapedMetrics;
  /** Default: the console, debug lines left out; `"pino"` loads pino. */
  readonly logger?: Logger | "pino";
  /** Default: none; true loads `@opentelemetry/api`. */
  readonly tracer?: boolean | Tracer;
  readonly health?: HealthLimits;
  /**
   * `"check"`: a missing right ends the start with one error. `"enforce"`: besides, calls that nothing
   * declares fail; for tests. `"off"`: neither. Default `"check"`.
   */
  readonly access?: "check" | "enforce" | "off";
  /** How long an orderly stop may take before it is forced. Default 25,000: Kubernetes kills after 30 s. */
  readonly shutdownMs?: number;
  /** Whether SIGTERM and SIGINT stop it. Default true. */
  readonly signals?: boolean | SignalSource;
  /** The numbers the informers run on. */
  readonly informers?: Partial<InformerTuning>;
  readonly clock?: Clock;
  /** 0 ≤ value < 1; for jitter. */
  readonly random?: () => number;
}

/** Options of {@link Manager.add}. */
export interface AddReconcilerOptions {
  /** For logs and metrics. Default: the name its watches have. */
  readonly name?: string;
  /** `"everywhere"`: it runs on every replica, whoever leads. Default `"elected"`. */
  readonly runs?: "elected" | "everywhere";
}
