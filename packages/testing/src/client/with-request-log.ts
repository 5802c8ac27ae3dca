// SPDX-License-Identifier: Apache-2.0
// Counts the requests of any ApiClient where they leave it (stages 1 and 6: the API's edge).
import type { ApiClient, ApiRequest, ApiResponse, ApiStream } from "@haversack/core";
import { clientNameOf, type RequestLog } from "./request-log.js";
import { targetOf } from "./request-target.js";

/**
 * Wraps a client so that a log hears of every request once it is answered.
 *
 * **API requests:** those of the caller. **Caveats:** the client's own retries are one request here.
 */
export function withRequestLog(client: ApiClient, log: RequestLog, userAgent = ""): ApiClient {
  const name = clientNameOf(userAgent);
  const logged = async <T extends { readonly status: number }>(
    request: ApiRequest,
    send: () => Promise<T>,
  ): Promise<T> => {
    let status = 0;
    try {
      const answer = await send();
      status = answer.status;
      return answer;
    } catch (error) {
      status = statusOf(error);
      throw error;
    } finally {
      log.record({ ...targetOf(request), client: name, status });
    }
  };
  return {
    server: client.server,
    request: (request): Promise<ApiResponse> => logged(request, () => client.request(request)),
    stream: (request): Promise<ApiStream> => logged(request, () => client.stream(request)),
    close: () => client.close(),
  };
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === "number" ? status : 0;
}
