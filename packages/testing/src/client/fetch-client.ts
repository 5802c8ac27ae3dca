// SPDX-License-Identifier: Apache-2.0
// An ApiClient that calls a server in this process, without sockets (stages 1 and 6: the API's edge).
import { systemClock, type ApiClient, type ApiRequest, type Clock } from "@haversack/core";
import { headersOf, pathWithQuery } from "./answer.js";
import { clientOver, type Transport, type TransportAnswer } from "./transport-client.js";

/** The standard `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What {@link fetchClient} can be given. */
export interface FetchClientOptions {
  /** Bearer token. */
  readonly token?: string;
  /** Default `haversack-testing/0`. */
  readonly userAgent?: string;
  /** For time limits and waiting. Default: the machine's clock. */
  readonly clock?: Clock;
  /** For messages. Default `the server in this process`. */
  readonly server?: string;
}

/**
 * Makes an ApiClient over a `fetch`: with the embedded server's own, no request leaves the process
 * and the same test takes the same steps each time.
 *
 * **API requests:** one per call, plus up to four after a 429 or 503 that says when to try again.
 *
 * @example
 * ```ts
 * const server = await startApiServer();
 * const client = fetchClient(server.fetch, { token: server.token });
 * const { status } = await client.request({ method: "GET", path: "/version" });
 * ```
 */
export function fetchClient(fetch: Fetch, options: FetchClientOptions = {}): ApiClient {
  return clientOver(new FetchTransport(fetch, options), options.clock ?? systemClock);
}

class FetchTransport implements Transport {
  readonly server: string;
  readonly #fetch: Fetch;
  readonly #token: string | undefined;
  readonly #userAgent: string;

  constructor(fetch: Fetch, options: FetchClientOptions) {
    this.#fetch = fetch;
    this.server = options.server ?? "the server in this process";
    this.#token = options.token;
    this.#userAgent = options.userAgent ?? "haversack-testing/0";
  }

  async open(request: ApiRequest, signal: AbortSignal): Promise<TransportAnswer> {
    const headers = headersOf(request, this.#userAgent);
    if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
    const body =
      request.body === undefined ? {} : { body: request.body as NonNullable<RequestInit["body"]> };
    const { method } = request;
    const answer = await this.#fetch(pathWithQuery(request), { method, headers, signal, ...body });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      chunks: answer.body ?? nothing(),
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}
