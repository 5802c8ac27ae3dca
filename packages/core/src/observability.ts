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
