// SPDX-License-Identifier: Apache-2.0
// Counts requests under the names that client-go uses, and tells of each to who listens (stages 1 and 6).
import type { ApiClient, ApiRequest, ApiResponse, Clock, Metrics } from "@haversack/core";

/** Told of a request when it was answered, or failed. */
export interface RequestListener {
  /** @param status HTTP status; 0 when there was no answer. */
  answered(
    request: ApiRequest,
    status: number,
    answer: ApiResponse | undefined,
    error?: unknown,
  ): void;
}

/** What is observed with. */
export interface Observation {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Asked for every request, so that nobody listens for nothing. */
  listener(): RequestListener | undefined;
}

/**
 * Observes the requests of a client. Paths, queries and bodies never become labels.
 *
 * **API requests:** those of the caller.
 */
export function observedClient(client: ApiClient, observation: Observation): ApiClient {
  const { clock, metrics } = observation;
  const host = hostOf(client.server);
  const observe = async <T extends { readonly status: number }>(
    request: ApiRequest,
    send: () => Promise<T>,
  ): Promise<T> => {
    const sentAtMs = clock.monotonicMs();
    let status = 0;
    let answer: T | undefined;
    let failure: unknown;
    try {
      answer = await send();
      ({ status } = answer);
      return answer;
    } catch (error) {
      failure = error;
      status = statusOf(error);
      throw error;
    } finally {
      const { method } = request;
      const code = status === 0 ? "<error>" : String(status);
      metrics.count("rest_client_requests_total", { code, method, host });
      const seconds = (clock.monotonicMs() - sentAtMs) / 1000;
      metrics.observe("rest_client_request_duration_seconds", seconds, { verb: method, host });
      const body = answer !== undefined && "body" in answer ? answer : undefined;
      observation.listener()?.answered(request, status, body as ApiResponse | undefined, failure);
    }
  };
  return {
    server: client.server,
    request: (request) => observe(request, () => client.request(request)),
    stream: (request) => observe(request, () => client.stream(request)),
    close: () => client.close(),
  };
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === "number" ? status : 0;
}

function hostOf(server: string): string {
  try {
    return new URL(server).host;
  } catch {
    return server;
  }
}
