// SPDX-License-Identifier: Apache-2.0
// Logger, metrics and tracer as the options ask for them; libraries are loaded here, if any (stage 0).
import { noMetrics, type Logger, type Metrics, type Tracer } from "@haversack/core";
import type { ManagerOptions } from "../manager-options.js";
import { managerLogger } from "./manager-logger.js";
import type { ScrapedMetrics } from "../telemetry/prom-metrics.js";

/** What is told to whom. */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Metrics that can be scraped, if they can. */
  readonly scraped: ScrapedMetrics | undefined;
  readonly tracer: Tracer | undefined;
}

/** Loads what is asked for and nothing else. @throws ConfigurationError for a library that is missing. */
export async function loadTelemetry(options: ManagerOptions): Promise<Telemetry> {
  const logger = await loggerOf(options);
  const metrics = await metricsOf(options);
  const scraped = "scrape" in metrics ? metrics : undefined;
  return { logger, metrics, scraped, tracer: await tracerOf(options) };
}

async function loggerOf({ logger, name }: ManagerOptions): Promise<Logger> {
  if (logger !== "pino") return logger ?? managerLogger;
  const { pinoLogger } = await import("../telemetry/adapters.js");
  return pinoLogger(name === undefined ? {} : { name });
}

async function metricsOf({ metrics = false }: ManagerOptions): Promise<Metrics | ScrapedMetrics> {
  if (typeof metrics === "object") return metrics;
  if (!metrics) return noMetrics;
  const { promMetrics } = await import("../telemetry/adapters.js");
  return promMetrics();
}

async function tracerOf({ tracer = false }: ManagerOptions): Promise<Tracer | undefined> {
  if (typeof tracer === "object") return tracer;
  if (!tracer) return undefined;
  const { otelTracer } = await import("../telemetry/adapters.js");
  return otelTracer();
}
