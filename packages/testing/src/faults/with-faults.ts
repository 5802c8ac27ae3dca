// SPDX-License-Identifier: Apache-2.0
// Puts a fault script between a reconciler and any ApiClient (stages 1 and 6: the API's edge).
import {
  errorFromStatus,
  sleep,
  systemClock,
  type ApiClient,
  type ApiError,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type Clock,
  type ExpiredError,
} from "@haversack/core";
import { answerLost, describeAttempt, notConnected, withDeadline } from "../client/answer.js";
import { targetOf, type RequestTarget } from "../client/request-target.js";
import { CrashError } from "./crash-error.js";
import type { Fault, StreamFault } from "./fault.js";
import { FaultScript } from "./fault-script.js";
import { controlled, harm, linesOf } from "./faulty-stream.js";

/** An ApiClient whose requests can be made to fail. */
export interface FaultyClient extends ApiClient {
  readonly faults: FaultScript;
}

/** What {@link withFaults} can be given. */
export interface WithFaultsOptions {
  /** For delays and time limits. Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Wraps a client so that a script decides what its requests meet.
 *
 * **API requests:** those of the caller that the script lets through, each once.
 * **Guarantees:** without rules the client behaves as the one inside.
 * **Caveats:** faults strike above the client's own retries: a `status` 429 is thrown, not waited for.
 *
 * @example
 * ```ts
 * const client = withFaults(cluster.client, new FaultScript([
 *   { match: { verb: "create" }, times: 1, fault: { type: "lostAnswer" } },
 * ]));
 * ```
 */
export function withFaults(
  client: ApiClient,
  script: FaultScript = new FaultScript(),
  options: WithFaultsOptions = {},
): FaultyClient {
  return new FaultInjector(client, script, options.clock ?? systemClock);
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

class FaultInjector implements FaultyClient {
  readonly faults: FaultScript;
  readonly #inner: ApiClient;
  readonly #clock: Clock;

  constructor(inner: ApiClient, faults: FaultScript, clock: Clock) {
    this.#inner = inner;
    this.faults = faults;
    this.#clock = clock;
  }

  get server(): string {
    return this.#inner.server;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const faults = await this.#begin(request);
    const decisive = faults.find(({ type }) => type !== "delay");
    if (decisive === undefined) return this.#alive(request, this.#inner.request(request));
    switch (decisive.type) {
      case "answer":
        return { status: decisive.status ?? 200, headers: {}, body: decisive.body };
      case "lostAnswer":
        await this.#inner.request(request);
        throw answerLost(request, this.server);
      case "crash":
        if (decisive.when === "after") await this.#inner.request(request);
        this.faults.crash();
        throw new CrashError(describeAttempt(request), decisive.when);
      default:
        await this.#refuse(request, decisive);
        return this.#alive(request, this.#inner.request(request));
    }
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const faults = await this.#begin(request);
    const target = targetOf(request);
    const isWatch = target.verb === "watch";
    for (const fault of faults) {
      if (fault.type === "answer") return streamOf(fault);
      if (!isStreamFault(fault) || (fault.type === "expired" && !isWatch)) {
        await this.#refuse(request, fault);
      }
    }
    const stream = await this.#alive(request, this.#inner.stream(request));
    return this.#watched(stream, target, request, faults.filter(isStreamFault));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Dies if the process is dead; else the faults of this request, delays already served. */
  async #begin(request: ApiRequest): Promise<readonly Fault[]> {
    if (this.faults.hasCrashed) throw new CrashError(describeAttempt(request), "since");
    const faults = this.faults.take(targetOf(request));
    for (const fault of faults) {
      if (fault.type === "delay") await this.#wait(request, fault.ms);
    }
    return faults;
  }

  async #wait(request: ApiRequest, delayMs: number): Promise<void> {
    const stop = new AbortController();
    const delay = sleep(this.#clock, delayMs, stop.signal);
    await withDeadline(request, this.#clock, delay, () => stop.abort());
  }

  /** What was answered to a process that died meanwhile, it never hears. */
  async #alive<T>(request: ApiRequest, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } finally {
      if (this.faults.hasCrashed) throw new CrashError(describeAttempt(request), "since");
    }
  }

  /** Throws what the fault makes of a request that is not to reach the server. */
  async #refuse(request: ApiRequest, fault: Fault): Promise<void> {
    switch (fault.type) {
      case "status":
        throw statusError(request, fault);
      case "expired":
        throw expiredError(request);
      case "reset":
        throw notConnected(request, this.server);
      case "hang":
        await withDeadline(request, this.#clock, new Promise<never>(() => undefined), () => {});
        break;
      case "crash":
        this.faults.crash();
        throw new CrashError(describeAttempt(request), "before");
      case "lostAnswer":
        throw answerLost(request, this.server);
      default: // Delays are served by now; the faults of a watch do nothing to other requests.
    }
  }

  #watched(
    stream: ApiStream,
    target: RequestTarget,
    request: ApiRequest,
    faults: readonly StreamFault[],
  ): ApiStream {
    const cutError = (): Error =>
      this.faults.hasCrashed
        ? new CrashError(describeAttempt(request), "since")
        : notConnected(request, this.server);
    const context = { clock: this.#clock, cutError };
    const source =
      faults.length === 0
        ? stream.chunks
        : faults.reduce<AsyncIterable<Uint8Array>>(
            (lines, fault) => harm(lines, fault, context),
            linesOf(stream.chunks),
          );
    const control = controlled(source);
    const registered = this.faults.opened({
      target,
      cut: () => end(() => control.cut(cutError())),
      freeze: () => control.freeze(),
    });
    const end = (how: () => void): void => {
      registered.unsubscribe();
      how();
      stream.close();
    };
    const { status, headers } = stream;
    return { status, headers, chunks: control.chunks, close: () => end(() => control.close()) };
  }
}

/** A body of the test's choice, read as a stream. */
function streamOf({ body, status = 200 }: Extract<Fault, { type: "answer" }>): ApiStream {
  async function* once(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(body);
  }
  return { status, headers: {}, chunks: once(), close: () => undefined };
}

function isStreamFault(fault: Fault): fault is StreamFault {
  switch (fault.type) {
    case "eof":
    case "cut":
    case "halfOpen":
    case "expired":
    case "duplicate":
    case "reorder":
      return true;
    default:
      return false;
  }
}

function statusError(request: ApiRequest, fault: Extract<Fault, { type: "status" }>): ApiError {
  const { code, reason = reasons[code] ?? "", message = "injected", retryAfterSeconds } = fault;
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return errorFromStatus(
    code,
    { code, reason, message, ...details },
    { attempt: describeAttempt(request) },
  );
}

function expiredError(request: ApiRequest): ExpiredError {
  return statusError(request, { type: "status", code: 410, message: "too old resource version" });
}
