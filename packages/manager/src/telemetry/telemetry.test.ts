// SPDX-License-Identifier: Apache-2.0
// Metrics, logs and traces of a manager, through the real libraries; and no secret in them.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  configMaps,
  coreEvents,
  secrets,
  type LogFields,
  type SpanStart,
  type Tracer,
  type TraceSpan,
} from "@haversack/core";
import { trace, type Attributes, type Link, type Span } from "@opentelemetry/api";
import { fetchClient, FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import {
  applyConfig,
  database,
  databaseDefinition,
  DatabaseReconciler,
  LogBook,
  type Work,
} from "../../test/databases.js";
import { debugAnnotation } from "../controls/control-annotations.js";
import { Manager } from "../manager.js";
import type { ManagerOptions } from "../manager-options.js";
import { loadOptional } from "./optional-library.js";
import { otelTracer, pinoLogger, promMetrics } from "./adapters.js";

/** A span that remembers. */
class BookedSpan implements TraceSpan {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  readonly links: readonly unknown[];
  readonly parent: TraceSpan | undefined;
  readonly context: unknown = this;
  failure: string | undefined;
  hasEnded = false;

  constructor(name: string, { attributes = {}, links = [], parent }: SpanStart) {
    this.name = name;
    this.attributes = { ...attributes };
    this.links = links;
    this.parent = parent;
  }
  set(name: string, value: unknown): void {
    this.attributes[name] = value;
  }
  fail(message: string): void {
    this.failure = message;
  }
  run<T>(work: () => T): T {
    return work();
  }
  end(): void {
    this.hasEnded = true;
  }
}

class SpanBook implements Tracer {
  readonly spans: BookedSpan[] = [];
  start(name: string, start: SpanStart = {}): TraceSpan {
    const span = new BookedSpan(name, start);
    this.spans.push(span);
    return span;
  }
}

describe("a manager's telemetry", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let log: LogBook;
  const managers: Manager[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    log = new LogBook();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of managers.splice(0)) await each.stop();
    await cluster.close();
  });

  async function start(options: Partial<ManagerOptions>, work?: Work): Promise<DatabaseReconciler> {
    const reconciler = new DatabaseReconciler(work);
    const http = { port: 0, host: "127.0.0.1" };
    const made = new Manager({
      ...{ client: cluster.client, clock, logger: log, signals: false, http, ...options },
    }).add(reconciler);
    managers.push(made);
    const started = made.start();
    await clock.settle();
    await started;
    return reconciler;
  }

  async function scrape(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${managers[0]?.port}/metrics`)).text();
  }

  it("serves controller-runtime's metrics by their names and labels", async () => {
    await start(
      { metrics: true, leaderElection: true, name: "db-operator" },
      async (self, request) => {
        await applyConfig(self, request);
        if (request.primary.metadata.name === "bad") throw new Error("no luck");
      },
    );
    await cluster.apply(database("db"));
    await cluster.apply(database("bad"));
    await cluster.settle();
    const text = await scrape();
    for (const line of [
      'controller_runtime_reconcile_total{controller="database",result="success"} ',
      'controller_runtime_reconcile_total{controller="database",result="error"} ',
      'controller_runtime_reconcile_errors_total{controller="database"} ',
      'controller_runtime_reconcile_time_seconds_bucket{le="0.005",controller="database"} ',
      'controller_runtime_max_concurrent_reconciles{controller="database"} 4',
      'controller_runtime_active_workers{controller="database"} 0',
      'workqueue_depth{name="database",controller="database"} 0',
      'workqueue_adds_total{name="database",controller="database"} ',
      'workqueue_retries_total{name="database",controller="database"} ',
      'workqueue_queue_duration_seconds_bucket{le="1e-8",name="database",controller="database"} ',
      'workqueue_unfinished_work_seconds{name="database",controller="database"} 0',
      'workqueue_longest_running_processor_seconds{name="database",controller="database"} 0',
      'rest_client_requests_total{code="200",method="GET",host=',
      'leader_election_master_status{name="db-operator"} 1',
      "process_resident_memory_bytes ",
      'haversack_informer_objects{kind="Database.example.com"} 2',
    ])
      expect(text).toContain(line);
  });

  it("makes a span per pass, linked to the pass whose write caused it", async () => {
    const tracer = new SpanBook();
    await start({ tracer }, applyConfig);
    await cluster.apply(database("db", 1));
    await cluster.settle();
    const [first, second] = tracer.spans;
    expect(first?.name).toBe("reconcile database");
    expect(first?.attributes).toMatchObject({
      "k8s.object.kind": "Database",
      "k8s.object.name": "db",
      "haversack.result": "done",
    });
    expect(first?.links).toEqual([]);
    expect(second?.attributes["haversack.reasons"]).toBe("ConfigMap");
    expect(second?.links).toEqual([first]);
    expect(tracer.spans.every(({ hasEnded }) => hasEnded)).toBe(true);
  });

  it("marks the span of a failed pass with the error's code alone", async () => {
    const tracer = new SpanBook();
    await start({ tracer }, () => Promise.reject(new Error("with details")));
    await cluster.apply(database("db"));
    await cluster.settle();
    expect(tracer.spans[0]?.failure).toBe("error");
  });

  it("tells no secret: not in logs, errors, metrics, traces, probes or Events", async () => {
    const planted = ["planted-data", "planted-string", "planted-applied", "planted-token"];
    const { server } = cluster;
    if (server === undefined) throw new Error("needs the embedded server");
    const told: string[] = [];
    const tracer = new SpanBook();
    const client = fetchClient(server.fetch, { token: server.token, clock });
    await start({ client, tracer, metrics: true }, async (self, request) => {
      const { objects } = self;
      const metadata = { namespace: "default", name: "credentials" };
      const secret = await objects.mustGet(secrets, metadata);
      await objects.event(request.primary && coreEvents, request.primary, {
        ...{ type: "Normal", reason: "Read", message: `read ${secret.metadata.name}` },
      });
      // Refused by the server, which quotes what was wrong with it.
      const bad = { metadata, type: "Opaque", data: { key: "planted-data" } };
      await objects.apply(secrets, bad).catch((error: unknown) => {
        told.push(String(error), JSON.stringify(error), String((error as Error).stack));
        for (let cause = error as Error | undefined; cause; cause = cause.cause as Error)
          told.push(String(cause.message));
        throw error;
      });
    });
    await cluster.apply({
      ...{ apiVersion: "v1", kind: "Secret" },
      metadata: {
        ...{ namespace: "default", name: "credentials" },
        annotations: {
          "kubectl.kubernetes.io/last-applied-configuration": '{"data":"planted-applied"}',
        },
      },
      ...{ stringData: { password: "planted-string" } },
    } as never);
    await cluster.apply(database("db", 1, { annotations: { [debugAnnotation]: "true" } }));
    await cluster.settle();
    await clock.advance(5_000);
    told.push(...log.lines, await scrape());
    told.push(
      JSON.stringify(
        tracer.spans.map(({ name, attributes, failure }) => [name, attributes, failure]),
      ),
    );
    told.push(JSON.stringify(managers[0]?.health()));
    told.push(JSON.stringify(await cluster.list(coreEvents)));
    expect(told.join("\n")).toContain("credentials");
    expect(log.at("error").length).toBeGreaterThan(0);
    for (const value of [...planted, server.token])
      for (const form of [value, btoa(value)])
        expect(told.filter((text) => text.includes(form))).toEqual([]);
  });
});

describe("promMetrics()", () => {
  it("drops labels it does not know and makes do without those that are missing", async () => {
    const metrics = await promMetrics({ processMetrics: false });
    metrics.count("controller_runtime_reconcile_total", { controller: "db", stray: "x" });
    metrics.count("own_total", { a: "1" });
    metrics.count("own_total", { b: "2" }, 3);
    metrics.observe("own_seconds", 0.2);
    metrics.gauge("own_gauge", 7);
    const { text, contentType } = await metrics.scrape();
    expect(text).toContain('controller_runtime_reconcile_total{controller="db",result=""} 1');
    expect(text).toContain('own_total{a="1"} 1');
    expect(text).toContain('own_total{a=""} 3');
    expect(text).toContain("own_seconds_count 1");
    expect(text).toContain("own_gauge 7");
    expect(contentType).toContain("text/plain");
  });
});

describe("pinoLogger()", () => {
  it("hands lines with their fields to pino, or to a logger of one's own", async () => {
    const lines: unknown[] = [];
    const note =
      (level: string) =>
      (fields: object, message: string): void =>
        void lines.push([level, message, fields]);
    const logger = await pinoLogger({
      logger: {
        debug: note("debug"),
        info: note("info"),
        warn: note("warn"),
        error: note("error"),
      },
    });
    const fields: LogFields = { controller: "db" };
    logger.info("hello", fields);
    logger.error("bad");
    expect(lines).toEqual([
      ["info", "hello", fields],
      ["error", "bad", {}],
    ]);
    const real = await pinoLogger({ level: "error", name: "x" });
    real.debug("nobody sees this");
  });
});

describe("otelTracer()", () => {
  it("starts spans with attributes, links and parents through the OpenTelemetry API", async () => {
    const started: { name: string; attributes?: Attributes; links?: Link[]; ended: boolean }[] = [];
    const context = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    const startSpan = (
      name: string,
      options: { attributes?: Attributes; links?: Link[] },
    ): Span => {
      const entry = { name, ...options, ended: false };
      started.push(entry);
      const span: Partial<Span> = {
        spanContext: () => context,
        setAttribute: () => span as Span,
        setStatus: () => span as Span,
        end: () => void (entry.ended = true),
      };
      return span as Span;
    };
    trace.setGlobalTracerProvider({
      getTracer: () => ({ startSpan, startActiveSpan: (() => undefined) as never }),
    });
    const tracer = await otelTracer();
    const outer = tracer.start("outer", { attributes: { a: 1, b: undefined } });
    const inner = tracer.start("inner", { links: [outer.context, "no context"], parent: outer });
    expect(inner.run(() => 7)).toBe(7);
    inner.fail("EXP_CONFLICT");
    inner.end();
    expect(started).toEqual([
      { name: "outer", attributes: { a: 1 }, links: [], ended: false },
      { name: "inner", attributes: {}, links: [{ context }], ended: true },
    ]);
    trace.disable();
  });
});

describe("a library that is missing", () => {
  it("is named, with how to install it", async () => {
    const missing = loadOptional(
      "no-such-library",
      "metrics",
      () => import("no-such-library" as string),
    );
    await expect(missing).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
    await expect(missing).rejects.toThrow("npm install no-such-library");
    expect(configMaps.kind).toBe("ConfigMap");
  });
});
