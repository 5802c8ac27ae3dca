// SPDX-License-Identifier: Apache-2.0
// Metrics, logs and traces through libraries; each is loaded when it is asked for (under every stage).
import type { Logger, Tracer } from "@haversack/core";
import type { PinoLoggerOptions } from "./pino-logger.js";
import type { PromMetricsOptions, ScrapedMetrics } from "./prom-metrics.js";

/**
 * Metrics through `prom-client`, under the names that controller-runtime uses where it has one.
 *
 * **API requests:** 0. **Guarantees:** a label that a metric does not have is dropped, so that no
 * caller can make a metric throw.
 *
 * @throws ConfigurationError when prom-client is not installed. Terminal.
 * @example
 * ```ts
 * const metrics = await promMetrics();
 * new Manager({ client, metrics });
 * ```
 */
export async function promMetrics(options: PromMetricsOptions = {}): Promise<ScrapedMetrics> {
  const { makePromMetrics } = await import("./prom-metrics.js");
  return makePromMetrics(options);
}

/**
 * Structured logs through `pino`: one JSON object per line.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError when pino is not installed. Terminal.
 * @example
 * ```ts
 * new Manager({ client, logger: await pinoLogger({ level: "debug" }) });
 * ```
 */
export async function pinoLogger(options: PinoLoggerOptions = {}): Promise<Logger> {
  const { makePinoLogger } = await import("./pino-logger.js");
  return makePinoLogger(options);
}

/**
 * Spans through the OpenTelemetry API. Without an SDK that somebody set up they go nowhere and cost
 * next to nothing.
 *
 * **API requests:** 0.
 *
 * @throws ConfigurationError when `@opentelemetry/api` is not installed. Terminal.
 * @example
 * ```ts
 * new Manager({ client, tracer: await otelTracer() });
 * ```
 */
export async function otelTracer(name = "haversack"): Promise<Tracer> {
  const { makeOtelTracer } = await import("./otel-tracer.js");
  return makeOtelTracer(name);
}
