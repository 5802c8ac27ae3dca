// SPDX-License-Identifier: Apache-2.0
// Metrics through prom-client, which is loaded only here (stage 5: reconcile).
import type { Metrics } from "@haversack/core";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import { knownMetrics, type MetricDescription } from "./known-metrics.js";
import { loadOptional } from "./optional-library.js";

type Labels = Readonly<Record<string, string>>;
type PromClient = typeof import("prom-client");

/** The part of prom-client's `Registry` that is used; typed here, so that types need no prom-client. */
export interface RegistryLike {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Options of `promMetrics`. */
export interface PromMetricsOptions {
  /** Default: a registry of its own. */
  readonly registry?: RegistryLike;
  /** Whether prom-client measures the process itself. Default true. */
  readonly processMetrics?: boolean;
}

/** Metrics that can be read as Prometheus text. */
export interface ScrapedMetrics extends Metrics {
  /** **API requests:** 0. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** See `promMetrics`. @internal */
export async function makePromMetrics(options: PromMetricsOptions): Promise<ScrapedMetrics> {
  const loaded = await loadOptional("prom-client", "metrics", () => import("prom-client"));
  // CommonJS: the namespace may stand under `default`, as the loader finds it.
  const prom = "Registry" in loaded ? loaded : (loaded as { default: PromClient }).default;
  const registry = (options.registry as Registry | undefined) ?? new prom.Registry();
  if (options.processMetrics !== false) prom.collectDefaultMetrics({ register: registry });
  return new PromMetrics(prom, registry);
}

interface Registered {
  readonly labels: readonly string[];
  readonly metric: Counter | Gauge | Histogram;
}

class PromMetrics implements ScrapedMetrics {
  readonly #prom: PromClient;
  readonly #registry: Registry;
  readonly #registered = new Map<string, Registered>();

  constructor(prom: PromClient, registry: Registry) {
    this.#prom = prom;
    this.#registry = registry;
  }

  count(name: string, labels: Labels = {}, increment = 1): void {
    const { metric, known } = this.#of(name, labels, "Counter");
    (metric as Counter).inc(known, increment);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    const { metric, known } = this.#of(name, labels, "Gauge");
    (metric as Gauge).set(known, value);
  }

  observe(name: string, value: number, labels: Labels = {}): void {
    const { metric, known } = this.#of(name, labels, "Histogram");
    (metric as Histogram).observe(known, value);
  }

  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #of(
    name: string,
    given: Labels,
    type: "Counter" | "Gauge" | "Histogram",
  ): { metric: Registered["metric"]; known: Record<string, string> } {
    const registered = this.#registered.get(name) ?? this.#register(name, given, type);
    const known: Record<string, string> = {};
    for (const label of registered.labels) known[label] = given[label] ?? "";
    return { metric: registered.metric, known };
  }

  #register(name: string, given: Labels, type: "Counter" | "Gauge" | "Histogram"): Registered {
    const known: MetricDescription = knownMetrics.get(name) ?? {
      help: name.replaceAll("_", " "),
      labels: Object.keys(given),
    };
    const { help, labels, buckets } = known;
    const configuration = {
      ...{ name, help, labelNames: [...labels], registers: [this.#registry] },
      ...(buckets === undefined || type !== "Histogram" ? {} : { buckets: [...buckets] }),
    };
    const registered = { labels, metric: new this.#prom[type](configuration) };
    this.#registered.set(name, registered);
    return registered;
  }
}
