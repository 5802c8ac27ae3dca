// SPDX-License-Identifier: Apache-2.0
// The ApiClient over pooled HTTP/1.1: attempts, waits, renewals and the errors they end in (stage 1 and 6).
import {
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type Clock,
  errorFromStatus,
  type Logger,
  parseStatus,
  type StatusBody,
  UnauthorizedError,
  ConnectionError,
} from "@haversack/core";
import type { CredentialSet, Credentials, TlsSettings } from "../credentials/credentials.js";
import { redact, secretsOf } from "../credentials/redact.js";
import { decode, headersOf, readBody } from "./answer-body.js";
import { type ConnectionSet, openConnectionSet, type Origin } from "./connection-set.js";
import { type Exchange, LostExchange, openExchange, type Outgoing } from "./exchange.js";
import { lostAnswerError } from "./lost-answer.js";
import { requestPath } from "./request-path.js";
import { RequestScope } from "./request-scope.js";
import { ResponseStream } from "./response-stream.js";
import { maxThrottleRetries, parseRetryAfter, withJitter } from "./retry-after.js";

/** What a {@link HttpClient} is made of. */
export interface HttpClientParts {
  readonly origin: Origin;
  /** Path in front of every request's path: for a server behind a proxy such as Rancher's. */
  readonly basePath: string;
  readonly credentials: Credentials;
  /** Sent with every request: user agent, impersonation. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly timeoutMs: number;
  readonly suspectAfterMs: number;
  readonly acceptGzip: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly defaultNamespace: string | undefined;
}

/** One call of the client, over all its attempts. */
interface Call {
  readonly request: ApiRequest;
  /** Method and path, for messages. */
  readonly attempt: string;
  readonly isRead: boolean;
  readonly path: string;
  readonly pool: "requests" | "watches";
  readonly scope: RequestScope;
  readonly timeoutMs: number;
}

/** What has been tried already in a call. */
interface Tried {
  stale: boolean;
  renewed: boolean;
  throttled: number;
}

/** The connections of one TLS identity. */
interface Connections {
  readonly tls: TlsSettings;
  readonly opening: Promise<ConnectionSet>;
  set?: ConnectionSet;
}

/** Bodies of errors are Status objects; what is longer is a page of some proxy. */
const maxErrorBodyBytes = 1 << 20;

/** See {@link createClient}. @internal */
export class HttpClient {
  readonly server: string;
  readonly defaultNamespace: string | undefined;
  readonly #parts: HttpClientParts;
  readonly #calls = new Set<RequestScope>();
  #connections: Connections | undefined;
  #isClosed = false;

  constructor(parts: HttpClientParts) {
    this.#parts = parts;
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
      const bytes = await this.#body(call, exchange);
      const body = await decode(bytes, headers["content-encoding"]);
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
      return new ResponseStream(exchange, {
        scope: call.scope,
        clock: this.#parts.clock,
        suspectAfterMs: this.#parts.suspectAfterMs,
        suspect: () => this.#connections?.set?.suspect(),
        cutError: (cause) => this.#lost(call, { cause, sent: true, status: 200 }),
        finished: () => this.#end(call.scope),
      });
    } catch (error) {
      this.#end(call.scope);
      throw error;
    }
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    for (const scope of [...this.#calls]) scope.end("closed");
    const known = this.#connections;
    this.#connections = undefined;
    return letGo(known);
  }

  #begin(request: ApiRequest, pool: Call["pool"]): Call {
    const attempt = `${request.method} ${request.path}`;
    const path = requestPath(this.#parts.basePath, request);
    if (this.#isClosed) {
      const message = `${attempt} failed: the client of ${this.server} is closed. Make a new client.`;
      throw new ConnectionError("EXP_CONNECTION", message, "never", 0);
    }
    const timeoutMs = request.timeoutMs ?? this.#parts.timeoutMs;
    const scope = new RequestScope(this.#parts.clock, timeoutMs, request.signal);
    this.#calls.add(scope);
    const isRead = request.method === "GET" || request.method === "HEAD";
    return { request, attempt, isRead, path, pool, scope, timeoutMs };
  }

  #end(scope: RequestScope): void {
    scope.dispose();
    this.#calls.delete(scope);
  }

  /** Tries until there is a 2xx answer, or an error that another try would not change. */
  async #answer(call: Call): Promise<Exchange> {
    const tried: Tried = { stale: false, renewed: false, throttled: 0 };
    for (;;) {
      if (call.scope.ended !== undefined) throw this.#ended(call, false);
      const found = this.#parts.credentials.current();
      const identity = found instanceof Promise ? await call.scope.until(found) : found;
      if (identity === undefined) throw this.#ended(call, false);
      const exchange = await this.#attempt(call, identity, tried);
      if (exchange === undefined) continue;
      const status = exchange.response.statusCode ?? 0;
      if (status >= 200 && status < 300) return exchange;
      const error = await this.#refusal(call, exchange, identity, tried);
      if (error !== undefined) throw error;
    }
  }

  /** One exchange; `undefined` when it has to be repeated because its socket was stale. */
  async #attempt(call: Call, identity: CredentialSet, tried: Tried): Promise<Exchange | undefined> {
    const { origin, clock, suspectAfterMs } = this.#parts;
    const set = this.#currentSet(identity.tls);
    const { http, [call.pool]: pool, ...rest } = set instanceof Promise ? await set : set;
    try {
      const plan = { http, pool, origin, clock, suspectAfterMs };
      return await openExchange(plan, this.#outgoing(call, identity), call.scope);
    } catch (error) {
      if (!(error instanceof LostExchange)) throw error;
      const isSuspect = call.scope.ended === undefined || call.scope.ended === "timeout";
      if (isSuspect && error.generation !== undefined) pool.retire(error.generation);
      if (call.scope.ended !== undefined) throw this.#ended(call, error.sent);
      if (call.isRead && error.reused && !tried.stale) {
        tried.stale = true;
        return undefined;
      }
      throw this.#lost(call, error);
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

  /** Decides about an answer other than 2xx: `undefined` to try again, or the error. */
  async #refusal(
    call: Call,
    exchange: Exchange,
    identity: CredentialSet,
    tried: Tried,
  ): Promise<Error | undefined> {
    const status = exchange.response.statusCode ?? 0;
    const headers = headersOf(exchange.response);
    const body = await this.#errorBody(call, exchange, identity);
    if (status === 401) return this.#unauthorized(call, body, identity, tried);
    const retryAfterMs = parseRetryAfter(headers["retry-after"], this.#parts.clock);
    if (status === 429 || status === 503) {
      if (await this.#waited(call, status, retryAfterMs, tried)) return undefined;
      if (call.scope.ended === "aborted") return this.#ended(call, false);
    }
    return errorFromStatus(status, body, { attempt: call.attempt, retryAfterMs });
  }

  /** Waits as long as the server asks, if that fits into the deadline. */
  async #waited(
    call: Call,
    status: number,
    retryAfterMs: number | undefined,
    tried: Tried,
  ): Promise<boolean> {
    if (retryAfterMs === undefined || tried.throttled >= maxThrottleRetries) return false;
    const delayMs = withJitter(retryAfterMs, this.#parts.random);
    if (delayMs >= call.scope.remainingMs) return false;
    tried.throttled += 1;
    const { attempt } = call;
    this.#parts.logger.debug("the server asks to wait", { attempt, status, delayMs });
    let timer: { cancel(): void } | undefined;
    const waited = new Promise<true>((resolve) => {
      timer = this.#parts.clock.setTimer(() => resolve(true), delayMs);
    });
    const done = await call.scope.until(waited);
    timer?.cancel();
    return done === true;
  }

  async #unauthorized(
    call: Call,
    body: StatusBody | undefined,
    identity: CredentialSet,
    tried: Tried,
  ): Promise<Error | undefined> {
    const { credentials } = this.#parts;
    let trouble = "";
    if (!tried.renewed) {
      tried.renewed = true;
      try {
        const renewed = await call.scope.until(credentials.renew(identity));
        if (renewed === true) return undefined;
        if (call.scope.ended !== undefined) return this.#ended(call, false);
      } catch (error) {
        trouble = ` Renewing them failed: ${redact((error as Error).message)}`;
      }
    }
    const message =
      `${call.attempt} failed: ${this.server} refused the credentials from ${credentials.source} ` +
      `(${body?.message ?? "401"})${expiryOf(identity, this.#parts.clock)}.${trouble} ` +
      "Renew them, or check that they belong to this server.";
    return new UnauthorizedError("EXP_UNAUTHORIZED", message, "backoff", 401, body);
  }

  /** The Status of an error, without our own secrets if the server repeats them. */
  async #errorBody(
    call: Call,
    exchange: Exchange,
    identity: CredentialSet,
  ): Promise<StatusBody | undefined> {
    try {
      const { response } = exchange;
      const bytes = await readBody(response, maxErrorBodyBytes);
      const plain = await decode(bytes, response.headers["content-encoding"]);
      const text = Buffer.from(plain).toString("utf8");
      const secrets = secretsOf(identity.headers.Authorization);
      const clean = secrets.some((secret) => text.includes(secret)) ? redact(text, secrets) : text;
      return parseStatus(Buffer.from(clean));
    } catch {
      return undefined; // Cut off: the status says what is to be known.
    } finally {
      exchange.finish();
      if (call.scope.ended === undefined) call.scope.onEnd(undefined);
    }
  }

  async #body(call: Call, exchange: Exchange): Promise<Uint8Array> {
    try {
      return await readBody(exchange.response);
    } catch (error) {
      if (call.scope.ended === undefined || call.scope.ended === "timeout") exchange.suspect();
      if (call.scope.ended !== undefined) throw this.#ended(call, true);
      const cause = error as NodeJS.ErrnoException;
      throw this.#lost(call, { cause, sent: true, status: exchange.response.statusCode ?? 0 });
    }
  }

  #ended(call: Call, sent: boolean): Error {
    if (call.scope.ended === "aborted") return call.scope.signal?.reason as Error;
    return this.#lost(call, { cause: undefined, sent });
  }

  #lost(
    call: Call,
    lost: { cause: NodeJS.ErrnoException | undefined; sent: boolean; status?: number },
  ): Error {
    const { attempt, isRead, timeoutMs, scope } = call;
    return lostAnswerError({
      attempt,
      isRead,
      timeoutMs,
      server: this.server,
      ended: scope.ended,
      cause: lost.cause,
      sent: lost.sent,
      ...(lost.status === undefined ? {} : { status: lost.status }),
    });
  }

  /** The connections of the identity; another TLS identity gets others, the old ones are let go. */
  #currentSet(tls: TlsSettings): ConnectionSet | Promise<ConnectionSet> {
    const known = this.#connections;
    if (known?.tls === tls) return known.set ?? known.opening;
    const opening = openConnectionSet(this.#parts.origin, tls, this.#parts.clock);
    const next: Connections = { tls, opening };
    this.#connections = next;
    return opening.then(
      (set) => {
        next.set = set;
        letGo(known); // Only now: when just the token changed, both are the same set.
        return set;
      },
      (error: unknown) => {
        letGo(known);
        if (this.#connections === next) this.#connections = undefined;
        throw error;
      },
    );
  }
}

async function letGo(connections: Connections | undefined): Promise<void> {
  const set = await connections?.opening.catch(() => undefined); // Whoever asked has the error.
  set?.release();
}

/** Says when a token expired, if it is one that tells; nothing else of it is shown. */
function expiryOf(identity: CredentialSet, clock: Clock): string {
  const [token = ""] = secretsOf(identity.headers.Authorization);
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    const { exp } = JSON.parse(payload) as { exp?: unknown };
    if (typeof exp !== "number" || exp * 1000 > clock.now()) return "";
    return `; the token expired at ${new Date(exp * 1000).toISOString()}`;
  } catch {
    return ""; // Not a token that tells.
  }
}
