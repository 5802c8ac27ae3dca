// SPDX-License-Identifier: Apache-2.0
// Logs through pino, which is loaded only here (under every stage).
import type { LogFields, Logger } from "@haversack/core";
import { loadOptional } from "./optional-library.js";

/** The part of a pino logger that is used; one of your own fits. */
export interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Options of `pinoLogger`. */
export interface PinoLoggerOptions {
  /** Default `info`. */
  readonly level?: "debug" | "info" | "warn" | "error";
  /** Name of the program in every line. */
  readonly name?: string;
  /** A logger that is there already; then pino is not loaded. */
  readonly logger?: PinoLike;
}

/** See `pinoLogger`. @internal */
export async function makePinoLogger(options: PinoLoggerOptions): Promise<Logger> {
  const { level = "info", name = "haversack" } = options;
  const inner = options.logger ?? (await makePino(level, name));
  const at =
    (severity: keyof PinoLike) =>
    (message: string, fields: LogFields = {}): void =>
      inner[severity](fields, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

async function makePino(level: string, name: string): Promise<PinoLike> {
  const { pino } = await loadOptional("pino", "structured logs", () => import("pino"));
  const logger: PinoLike = pino({ level, name, messageKey: "message" });
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
