// SPDX-License-Identifier: Apache-2.0
// A plain ApiClient over HTTP(S), for clusters that run elsewhere (stages 1 and 6: the API's edge).
import { once } from "node:events";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { systemClock, type ApiClient, type ApiRequest, type Clock } from "@haversack/core";
import { headersOf, pathWithQuery } from "./answer.js";
import {
  NotSentError,
  clientOver,
  type Transport,
  type TransportAnswer,
} from "./transport-client.js";

/** Where a cluster is and how to be let in. */
export interface ClusterAccess {
  readonly url: string;
  /** CA certificates in PEM. */
  readonly ca?: string | undefined;
  readonly token?: string | undefined;
  /** Client certificate and key in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What {@link httpClient} can be given. */
export interface HttpClientOptions {
  /** Default `haversack-testing/0`. */
  readonly userAgent?: string;
  /** For time limits and waiting. Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Makes an ApiClient with keep-alive connections. It is enough for tests; production code uses
 * `@haversack/client-node`, which renews credentials and recovers from half-open connections.
 *
 * **API requests:** one per call, plus up to four after a 429 or 503 that says when to try again.
 */
export function httpClient(access: ClusterAccess, options: HttpClientOptions = {}): ApiClient {
  const userAgent = options.userAgent ?? "haversack-testing/0";
  return clientOver(new HttpTransport(access, userAgent), options.clock ?? systemClock);
}

class HttpTransport implements Transport {
  readonly server: string;
  readonly #access: ClusterAccess;
  readonly #userAgent: string;
  readonly #agent: HttpAgent;

  constructor(access: ClusterAccess, userAgent: string) {
    this.server = access.url;
    this.#access = access;
    this.#userAgent = userAgent;
    const { ca, cert, key } = access;
    const isTls = access.url.startsWith("https:");
    this.#agent = isTls
      ? new HttpsAgent({ keepAlive: true, ...defined({ ca, cert, key }) })
      : new HttpAgent({ keepAlive: true });
  }

  async open(request: ApiRequest, signal: AbortSignal): Promise<TransportAnswer> {
    const url = new URL(pathWithQuery(request), this.#access.url);
    const headers = headersOf(request, this.#userAgent);
    // Node leaves the length out for DELETE; what follows the body would then be read as part of it.
    const { body } = request;
    if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
    if (this.#access.token !== undefined) headers["authorization"] = `Bearer ${this.#access.token}`;
    const options: RequestOptions = { method: request.method, headers, agent: this.#agent, signal };
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, options);
    let isConnected = false;
    outgoing.once("socket", (socket) => {
      isConnected = !socket.connecting;
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
        isConnected = true;
      });
    });
    outgoing.end(body);
    try {
      const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
      return {
        status: incoming.statusCode ?? 0,
        headers: textHeaders(incoming),
        chunks: incoming,
      };
    } catch (error) {
      if (isConnected) throw error;
      throw new NotSentError(error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }
}

function textHeaders(incoming: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function defined(fields: Record<string, string | undefined>): Record<string, string> {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as Record<string, string>;
}
