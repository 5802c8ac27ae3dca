// SPDX-License-Identifier: Apache-2.0
// The ApiClient over pooled HTTP/1.1: attempts until there is an answer or an error to tell (stage 1 and 6).
import {
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  ConnectionError,
} from "@haversack/core";
import type { CredentialSet } from "../credentials/credentials.js";
import { decode, headersOf, readBody } from "./answer-body.js";
import { type Call, endedError, lostError, type Tried } from "./call.js";
import type { Origin } from "./connection-set.js";
import { type Exchange, LostExchange, openExchange, type Outgoing } from "./exchange.js";
import { IdentityConnections } from "./identity-connections.js";
import { handleRefusal, type RefusalContext } from "./refusal.js";
import { requestPath } from "./request-path.js";
import { RequestScope } from "./request-scope.js";
import { ResponseStream } from "./response-stream.js";

/** What a {@link HttpClient} is made of. */
export interface HttpClientParts extends RefusalContext {
  readonly origin: Origin;
  /** Path in front of every request's path: for a server behind a proxy such as Rancher's. */
  readonly basePath: string;
  /** Sent with every request: user agent, impersonation. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly timeoutMs: number;
  readonly suspectAfterMs: number;
  readonly acceptGzip: boolean;
  readonly defaultNamespace: string | undefined;
}

/** See {@link createClient}. @internal */
export class HttpClient {
  readonly server: string;
  readonly defaultNamespace: string | undefined;
  readonly #parts: HttpClientParts;
  readonly #connections: IdentityConnections;
  readonly #open = new Set<RequestScope>();
  #isClosed = false;

  constructor(parts: HttpClientParts) {
    this.#parts = parts;
    this.#connections = new IdentityConnections(parts.origin, parts.clock);
    this.server = parts.origin.server;
    this.defaultNamespace = parts.defaultNamespace;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const call = this.#begin(request, "requests");
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#answer(call);
      const { response } = exchange;
      const headers = headersOf(response);
      const body = await this.#body(call, exchange);
      return { status: response.statusCode ?? 0, headers, body };
    } finally {
      exchange?.finish();
      this.#end(call.scope);
    }
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const call = this.#begin(request, "watches");
    try {
      const exchange = await this.#answer(call);
      call.scope.clearDeadline();
      const status = exchange.response.statusCode ?? 0;
      return new ResponseStream(exchange, {
        scope: call.scope,
        clock: this.#parts.clock,
        suspectAfterMs: this.#parts.suspectAfterMs,
        suspect: () => this.#connections.suspect(),
        cutError: (cause) => lostError(call, { cause, sent: true, status }),
        finished: () => this.#end(call.scope),
      });
    } catch (error) {
      this.#end(call.scope);
      throw error;
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const scope of [...this.#open]) scope.end("closed");
    return this.#connections.close();
  }

  #begin(request: ApiRequest, pool: Call["pool"]): Call {
    const { server } = this;
    const attempt = `${request.method} ${request.path}`;
    const path = requestPath(this.#parts.basePath, request);
    if (this.#isClosed) {
      const message = `${attempt} failed: the client of ${server} is closed. Make a new client.`;
      throw new ConnectionError("EXP_CONNECTION", message, "never", 0);
    }
    const timeoutMs = request.timeoutMs ?? this.#parts.timeoutMs;
    const scope = new RequestScope(this.#parts.clock, timeoutMs, request.signal);
    this.#open.add(scope);
    const isRead = request.method === "GET" || request.method === "HEAD";
    return { request, attempt, server, isRead, path, pool, scope, timeoutMs };
  }

  #end(scope: RequestScope): void {
    scope.dispose();
    this.#open.delete(scope);
  }

  /** Tries until there is a 2xx answer, or an error that another try would not change. */
  async #answer(call: Call): Promise<Exchange> {
    const tried: Tried = { stale: false, renewed: false, throttled: 0 };
    for (;;) {
      if (call.scope.ended !== undefined) throw endedError(call, false);
      const found = this.#parts.credentials.current();
      const identity = found instanceof Promise ? await call.scope.until(found) : found;
      if (identity === undefined) continue; // The scope has ended.
      const exchange = await this.#attempt(call, identity, tried);
      if (exchange === undefined) continue;
      const status = exchange.response.statusCode ?? 0;
      if (status >= 200 && status < 300) return exchange;
      await handleRefusal(this.#parts, call, exchange, identity, tried);
    }
  }

  /** One exchange; `undefined` when it has to be repeated because its socket was stale. */
  async #attempt(call: Call, identity: CredentialSet, tried: Tried): Promise<Exchange | undefined> {
    const { origin, clock, suspectAfterMs } = this.#parts;
    const found = this.#connections.of(identity.tls);
    const set = found instanceof Promise ? await found : found;
    const pool = set[call.pool];
    try {
      const plan = { http: set.http, pool, origin, clock, suspectAfterMs };
      return await openExchange(plan, this.#outgoing(call, identity), call.scope);
    } catch (error) {
      if (!(error instanceof LostExchange)) throw error;
      if (isSuspect(call) && error.generation !== undefined) pool.retire(error.generation);
      if (call.scope.ended !== undefined) throw endedError(call, error.sent);
      if (!call.isRead || !error.reused || tried.stale) throw lostError(call, error);
      tried.stale = true;
      return undefined;
    }
  }

  #outgoing(call: Call, identity: CredentialSet): Outgoing {
    const { body, accept, contentType, method } = call.request;
    const headers: Record<string, string | string[]> = {
      ...this.#parts.headers,
      ...identity.headers,
      Accept: accept ?? "application/json",
    };
    if (this.#parts.acceptGzip && call.pool === "requests") headers["Accept-Encoding"] = "gzip";
    if (body !== undefined) {
      headers["Content-Type"] = contentType ?? "application/json";
      headers["Content-Length"] = String(Buffer.byteLength(body));
    }
    return { method, path: call.path, headers, body };
  }

  async #body(call: Call, exchange: Exchange): Promise<Uint8Array> {
    const { response } = exchange;
    try {
      return await decode(await readBody(response), response.headers["content-encoding"]);
    } catch (error) {
      if (isSuspect(call)) exchange.suspect();
      if (call.scope.ended !== undefined) throw endedError(call, true);
      const status = response.statusCode ?? 0;
      throw lostError(call, { cause: error as NodeJS.ErrnoException, sent: true, status });
    }
  }
}

/** Whether a failure speaks against the connections, and not for a caller who gave up. */
function isSuspect(call: Call): boolean {
  return call.scope.ended === undefined || call.scope.ended === "timeout";
}
