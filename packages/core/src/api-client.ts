// SPDX-License-Identifier: Apache-2.0
// The transport interface: raw bytes both ways, typed errors (stage 1 and 6: the API server's edge).

/** One request. Build `path` with {@link resourcePath}: it refuses hostile names. */
export interface ApiRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** JSON text or bytes; sent as they are. */
  readonly body?: string | Uint8Array;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Whole request for {@link ApiClient.request}; until headers for {@link ApiClient.stream}. */
  readonly timeoutMs?: number;
}

/** A complete 2xx answer. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An open 2xx answer whose body keeps coming. */
export interface ApiStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends cleanly at the server's end of stream; throws a {@link ConnectionError} when cut. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes the connection; the iteration ends. Idempotent. */
  close(): void;
}

/**
 * Sends requests to one API server.
 *
 * **Guarantees:** any answer other than 2xx rejects with a typed error made from its `Status` body;
 * so does a connection that fails. A request whose answer was lost after it may have been acted on
 * rejects with a {@link TimeoutError} whose `outcome` is `"unknown"`.
 */
export interface ApiClient {
  /** 1 request, plus retries on 429/503 with `Retry-After` and one credential refresh on 401. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** 1 request that stays open. */
  stream(request: ApiRequest): Promise<ApiStream>;
  /** Closes every connection. Idempotent. */
  close(): Promise<void>;
  /** Where it talks to, for messages. */
  readonly server: string;
}
