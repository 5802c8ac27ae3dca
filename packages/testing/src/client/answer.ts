// SPDX-License-Identifier: Apache-2.0
// From an HTTP answer to a result or a typed error, the same for every transport of this package.
import {
  ConnectionError,
  ThrottledError,
  TimeoutError,
  errorFromStatus,
  parseStatus,
  sleep,
  type ApiRequest,
  type Clock,
} from "@haversack/core";

/** `GET /api/v1/pods`, for messages; never with a query or a body. */
export function describeAttempt(request: ApiRequest): string {
  return `${request.method} ${request.path}`;
}

/** The path with its query. */
export function pathWithQuery(request: ApiRequest): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  const text = query.toString();
  return text === "" ? request.path : `${request.path}?${text}`;
}

/** The headers every request carries. */
export function headersOf(request: ApiRequest, userAgent: string): Record<string, string> {
  return {
    accept: request.accept ?? "application/json",
    "user-agent": userAgent,
    ...(request.body === undefined
      ? {}
      : { "content-type": request.contentType ?? "application/json" }),
  };
}

/** Throws the typed error of an answer other than 2xx. */
export function throwAnswer(
  request: ApiRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): never {
  const retryAfter = Number(headers["retry-after"] ?? Number.NaN);
  throw errorFromStatus(status, parseStatus(body), {
    attempt: describeAttempt(request),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
  });
}

/** The connection failed before the server can have acted on the request. */
export function notConnected(
  request: ApiRequest,
  server: string,
  cause?: unknown,
): ConnectionError {
  const why = cause instanceof Error ? cause.message : "the connection was cut";
  return new ConnectionError(
    "EXP_CONNECTION",
    `${describeAttempt(request)} failed: no connection to ${server} (${why}). Check that the server runs.`,
    "backoff",
    0,
    undefined,
    { cause },
  );
}

/** The answer was lost; a write may have happened. */
export function answerLost(request: ApiRequest, server: string, cause?: unknown): TimeoutError {
  return new TimeoutError(
    "EXP_TIMEOUT",
    `${describeAttempt(request)} failed: the answer of ${server} was lost. Read the object before writing again.`,
    "backoff",
    0,
    undefined,
    { cause },
  );
}

/** No answer in time; a write may have happened. */
export function timedOut(request: ApiRequest, timeoutMs: number): TimeoutError {
  return new TimeoutError(
    "EXP_TIMEOUT",
    `${describeAttempt(request)} failed: no answer within ${timeoutMs} ms. Read the object before writing again.`,
    "backoff",
    0,
  );
}

/** Tries of a request that the server asks to wait with. */
const maxThrottledTries = 5;

/**
 * Sends, and sends again after the time a 429 or 503 asks for; gives up after five tries.
 *
 * @see the contract of `ApiClient.request` in core.
 */
export async function retryThrottled<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isThrottled = error instanceof ThrottledError && typeof error.retry === "object";
      if (!isThrottled || attempt >= maxThrottledTries) throw error;
      await sleep(clock, (error.retry as { afterMs: number }).afterMs, signal);
      if (signal?.aborted === true) throw error;
    }
  }
}

/**
 * Runs a task that is abandoned when the signal aborts or time is up.
 *
 * @param abandon Called once in either case, to close what the task holds.
 */
export async function withDeadline<T>(
  request: ApiRequest,
  clock: Clock,
  task: Promise<T>,
  abandon: () => void,
): Promise<T> {
  const { signal, timeoutMs } = request;
  if (signal === undefined && timeoutMs === undefined) return task;
  return new Promise<T>((resolve, reject) => {
    const fail = (error: unknown): void => {
      finish();
      abandon();
      reject(error as Error);
    };
    const onAbort = (): void => fail(signal?.reason ?? new Error("aborted"));
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.setTimer(() => fail(timedOut(request, timeoutMs)), timeoutMs);
    const finish = (): void => {
      timer?.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    task.then(resolve, reject).finally(finish);
  });
}
