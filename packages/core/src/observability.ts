// SPDX-License-Identifier: Apache-2.0
// The logger and the metrics the packs speak to; adapters live elsewhere (stage 0: words).

/** Structured fields of a log line. Object bodies never go in: they may hold secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A logger with four levels; pino, winston and the console all fit behind it. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Counters, gauges and observations by name and labels. */
export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, increment?: number): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}

/** One stretch of work in a trace. */
export interface TraceSpan {
  /** What others link to; the tracer's own. */
  readonly context: unknown;
  set(name: string, value: string | number | boolean): void;
  /** Marks it as failed. The message must hold no object body. */
  fail(message: string): void;
  /** Makes it the active span for all that the work begins. */
  run<T>(work: () => T): T;
  end(): void;
}

/** How a span begins. */
export interface SpanStart {
  readonly attributes?: LogFields;
  /** Contexts of the spans that caused it. */
  readonly links?: readonly unknown[];
  /** The span it is a part of. */
  readonly parent?: TraceSpan | undefined;
}

/** Makes spans; OpenTelemetry fits behind it. */
export interface Tracer {
  start(name: string, start?: SpanStart): TraceSpan;
}

const ignore = (): void => {};

/** Logs nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Logs warnings and errors to the console, one line each. */
export const consoleLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (message, fields) => console.warn(formatLine("warn", message, fields)),
  error: (message, fields) => console.error(formatLine("error", message, fields)),
};

/** Measures nothing. */
export const noMetrics: Metrics = { count: ignore, gauge: ignore, observe: ignore };

function formatLine(level: string, message: string, fields: LogFields = {}): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(" ");
  return tail === "" ? `${level} ${message}` : `${level} ${message} ${tail}`;
}
