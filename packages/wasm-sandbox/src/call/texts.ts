// SPDX-License-Identifier: Apache-2.0
// Texts from a guest, taken apart and checked: what arrives may have been forged (stage: host call).
import type { Result } from "@haversack/core";
import type { PlainError, RetryRule } from "@haversack/core";
import { SandboxProtocolError } from "../errors.js";

/** A text from a guest whose form has been checked. */
export type GuestText =
  | {
      readonly t: "call";
      readonly id: number;
      readonly run: number;
      readonly op: string;
      readonly body: unknown;
    }
  | { readonly t: "tell"; readonly run: number; readonly op: string; readonly body: unknown }
  | { readonly t: "done"; readonly id: number; readonly result: Result }
  | { readonly t: "fail"; readonly id: number; readonly error: PlainError }
  | {
      readonly t: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
    };

/** Anything JSON may be, with its type still to be found out. */
export type Json = Readonly<Record<string, unknown>>;

/** Longest delay a guest may ask for: a year; more is a mistake. */
const maximumDelayMs = 366 * 86_400_000;

/**
 * Reads a text of a guest.
 *
 * @throws SandboxProtocolError for whatever the guest's library would not send.
 */
export function readGuestText(guest: string, text: string): GuestText {
  try {
    return read(text);
  } catch (error) {
    throw new SandboxProtocolError(guest, error instanceof Error ? error.message : String(error));
  }
}

function read(text: string): GuestText {
  const end = text.indexOf("\n");
  const routing = objectOf(JSON.parse(end < 0 ? text : text.slice(0, end)), "the first line");
  const body: unknown = end < 0 ? undefined : JSON.parse(text.slice(end + 1));
  const t = routing["t"];
  switch (t) {
    case "call":
      return {
        t,
        id: numberOf(routing, "id"),
        run: numberOf(routing, "run"),
        op: textOf(routing, "op"),
        body,
      };
    case "tell":
      return { t, run: numberOf(routing, "run"), op: textOf(routing, "op"), body };
    case "done":
      return { t, id: numberOf(routing, "id"), result: resultOf(body) };
    case "fail":
      return { t, id: numberOf(routing, "id"), error: errorOf(body) };
    case "log": {
      const level = routing["level"];
      if (level !== "debug" && level !== "info" && level !== "warn" && level !== "error") {
        throw new Error("a log line has no level");
      }
      return { t, level, message: textOf(objectOf(body, "a log line"), "message") };
    }
    default:
      throw new Error(`a text of sort ${JSON.stringify(t)?.slice(0, 40)}`);
  }
}

/** A JSON object, and neither null nor an array. */
export function objectOf(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not an object`);
  }
  return value as Json;
}

/** A text of an object. */
export function textOf(object: Json, name: string): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (typeof value !== "string") throw new Error(`${name} is not a text`);
  return value;
}

/** A text of an object, if it is there. */
export function optionalText(object: Json, name: string): string | undefined {
  return !Object.hasOwn(object, name) || object[name] === undefined
    ? undefined
    : textOf(object, name);
}

function numberOf(object: Json, name: string): number {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Error(`${name} is not a number`);
  }
  return value as number;
}

function resultOf(body: unknown): Result {
  const result = objectOf(body, "a result");
  const { kind, afterMs, priority, because } = result;
  if (kind === "done") return { kind };
  if (kind === "halt") return { kind, because: textOf({ because }, "because") };
  const isDelay = typeof afterMs === "number" && afterMs >= 0 && afterMs <= maximumDelayMs;
  if (kind !== "requeue" || !isDelay) throw new Error("a result that is none");
  return { kind, afterMs, ...(typeof priority === "number" ? { priority } : {}) };
}

function errorOf(body: unknown): PlainError {
  const error = objectOf(body, "an error");
  return {
    name: textOf(error, "name"),
    code: textOf(error, "code"),
    message: textOf(error, "message"),
    retry: retryOf(error["retry"]),
  };
}

function retryOf(retry: unknown): RetryRule {
  if (retry === "never") return retry;
  if (typeof retry !== "object" || retry === null) return "backoff";
  const { afterMs } = retry as { afterMs?: unknown };
  const isDelay = typeof afterMs === "number" && afterMs >= 0 && afterMs <= maximumDelayMs;
  return isDelay ? { afterMs } : "backoff";
}
