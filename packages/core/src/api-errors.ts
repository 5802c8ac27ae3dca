// SPDX-License-Identifier: Apache-2.0
// Answers of the API server that are errors, as classes, made once from a Status body (stage 6).
import { ExpansionError, type ErrorContext, type RetryRule } from "./errors.js";
import { formatRef, type ResourceRef } from "./resource-ref.js";

/** The parts of a `Status` body that matter to a caller. */
export interface StatusBody {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { reason?: string; message?: string; field?: string }[];
  };
}

/** Base of all answers other than 2xx. */
export class ApiError extends ExpansionError {
  /** HTTP status code; 0 when there was no answer. */
  readonly status: number;
  readonly reason: string;
  readonly body: StatusBody | undefined;

  constructor(
    code: string,
    message: string,
    retry: RetryRule,
    status: number,
    body?: StatusBody,
    context?: ErrorContext,
  ) {
    super(code, message, retry, context);
    this.status = status;
    this.reason = body?.reason ?? "";
    this.body = body;
  }
}

/** 409: somebody else wrote first, or a precondition or field manager stands against it. Retried. */
export class ConflictError extends ApiError {}
/** 409: an object of that name exists. `owner` is filled in by who looked. */
export class AlreadyExistsError extends ApiError {
  /** Whether the existing object is controlled by our primary; `undefined` when nobody looked. */
  owner: "ours" | "foreign" | undefined;
}
/** 404. */
export class NotFoundError extends ApiError {}
/** 400, 413, 415 and 422: the server will never take this. Terminal. */
export class InvalidObjectError extends ApiError {}
/** 401 after the credentials were renewed. */
export class UnauthorizedError extends ApiError {}
/** 403: a missing right, or a namespace that is going away. */
export class ForbiddenError extends ApiError {}
/** 410: the resourceVersion or continue token is too old. */
export class ExpiredError extends ApiError {}
/** 429 or 503 with a time to wait. */
export class ThrottledError extends ApiError {}
/** Any other 5xx. */
export class ServerError extends ApiError {}
/** No connection, or it was cut before the request can have been acted on. */
export class ConnectionError extends ApiError {}
/** No answer in time, or it was lost. With outcome `"unknown"` the write may have happened. */
export class TimeoutError extends ApiError {
  outcome: "unknown" | "not-sent" = "unknown";
}

/** What was being attempted, for the message. */
export interface AttemptContext extends ErrorContext {
  /** For example `GET /api/v1/namespaces/prod/pods/a`; never with a query or a body. */
  readonly attempt: string;
  /** From the `Retry-After` header. */
  readonly retryAfterMs?: number | undefined;
}

type ApiErrorClass = new (...args: ConstructorParameters<typeof ApiError>) => ApiError;

/**
 * Makes the typed error of an answer other than 2xx.
 *
 * **API requests:** 0.
 *
 * @see Kubernetes API conventions, "HTTP Status codes" and "Response Status Kind".
 */
export function errorFromStatus(
  status: number,
  body: StatusBody | undefined,
  context: AttemptContext,
): ApiError {
  const retryAfterMs =
    context.retryAfterMs ??
    (body?.details?.retryAfterSeconds === undefined
      ? undefined
      : body.details.retryAfterSeconds * 1000);
  const [Class, code, retry, advice] = classify(status, body?.reason ?? "", retryAfterMs);
  const why = body?.message ?? `HTTP status ${status}`;
  const target = context.ref === undefined ? "" : ` for ${formatRef(context.ref)}`;
  const message = `${context.attempt} failed${target}: ${why}. ${advice}`;
  return new Class(code, message, retry, status, body, context);
}

function classify(
  status: number,
  reason: string,
  retryAfterMs: number | undefined,
): [ApiErrorClass, string, RetryRule, string] {
  const later: RetryRule = retryAfterMs === undefined ? "backoff" : { afterMs: retryAfterMs };
  if (status === 409 && reason === "AlreadyExists") {
    return [AlreadyExistsError, "EXP_ALREADY_EXISTS", "backoff", "Read it, or use apply."];
  }
  if (status === 504 || (status === 408 && reason !== "")) {
    return [TimeoutError, "EXP_TIMEOUT", later, "Read the object before writing again."];
  }
  switch (status) {
    case 401:
      return [UnauthorizedError, "EXP_UNAUTHORIZED", "backoff", "Check the credentials."];
    case 403:
      return [
        ForbiddenError,
        "EXP_FORBIDDEN",
        "backoff",
        "Grant the right in a Role, or drop the call.",
      ];
    case 404:
      return [NotFoundError, "EXP_NOT_FOUND", "backoff", "Create it first, or treat it as absent."];
    case 409:
      return [ConflictError, "EXP_CONFLICT", "backoff", "Read the newest state and decide again."];
    case 410:
      return [ExpiredError, "EXP_EXPIRED", "backoff", "List again."];
    case 429:
      return [ThrottledError, "EXP_THROTTLED", later, "Wait as long as the server asks."];
    case 503:
      return retryAfterMs === undefined
        ? [ServerError, "EXP_SERVER", "backoff", "The server may be starting; it is tried again."]
        : [ThrottledError, "EXP_THROTTLED", later, "Wait as long as the server asks."];
    default:
      return status >= 500
        ? [ServerError, "EXP_SERVER", "backoff", "It is tried again."]
        : [InvalidObjectError, "EXP_INVALID", "never", "Change the object; a retry cannot help."];
  }
}

/** Reads a `Status` out of an answer's bytes; `undefined` when it is none. */
export function parseStatus(bytes: Uint8Array): StatusBody | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined; // Proxies answer with HTML; the HTTP status then says all there is to know.
  }
}

function isStatus(value: unknown): value is StatusBody {
  return (
    typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "Status"
  );
}

/** Whether an error is an answer of the API server with one of these codes; works across copies. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code =
    typeof error === "object" && error !== null ? (error as { code?: unknown }).code : "";
  return typeof code === "string" && codes.includes(code);
}

/** The reference a message should name. */
export function describeRef(ref: ResourceRef | undefined): string {
  return ref === undefined ? "the object" : formatRef(ref);
}
