// SPDX-License-Identifier: Apache-2.0
// An ApiClient over anything that can carry one request (stages 1 and 6: the API's edge).
import {
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type Clock,
} from "@haversack/core";
import { answerLost, notConnected, retryThrottled, throwAnswer, withDeadline } from "./answer.js";

/** An answer whose body is still to be read. */
export interface TransportAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Throws when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Carries requests: in this process, or over HTTP. */
export interface Transport {
  readonly server: string;
  /** Rejects when there is no answer; with a {@link NotSentError} when the server cannot have acted. */
  open(request: ApiRequest, signal: AbortSignal): Promise<TransportAnswer>;
  close(): Promise<void>;
}

/** No byte of the request can have reached the server. */
export class NotSentError extends Error {}

/**
 * Makes an ApiClient of a transport: typed errors, time limits, aborting, waiting when asked to.
 *
 * **API requests:** one per call, plus up to four after a 429 or 503 that says when to try again.
 */
export function clientOver(transport: Transport, clock: Clock): ApiClient {
  return new TransportClient(transport, clock);
}

class TransportClient implements ApiClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  get server(): string {
    return this.#transport.server;
  }

  request(request: ApiRequest): Promise<ApiResponse> {
    return retryThrottled(this.#clock, request.signal, () => this.#once(request));
  }

  stream(request: ApiRequest): Promise<ApiStream> {
    return retryThrottled(this.#clock, request.signal, () => this.#stream(request));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#open) controller.abort(new Error("the client was closed"));
    await this.#transport.close();
  }

  async #once(request: ApiRequest): Promise<ApiResponse> {
    const controller = this.#begin(request);
    try {
      const exchange = this.#exchange(request, controller.signal);
      const response = await withDeadline(request, this.#clock, exchange, () => controller.abort());
      const { status, headers, body } = response;
      if (status < 200 || status > 299) throwAnswer(request, status, headers, body);
      return response;
    } finally {
      this.#open.delete(controller);
    }
  }

  async #exchange(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const answer = await this.#answer(request, signal);
    const body = await readAll(this.#guarded(request, answer.chunks));
    return { status: answer.status, headers: answer.headers, body };
  }

  async #stream(request: ApiRequest): Promise<ApiStream> {
    const controller = this.#begin(request);
    try {
      const opening = this.#answer(request, controller.signal);
      const answer = await withDeadline(request, this.#clock, opening, () => controller.abort());
      const { status, headers } = answer;
      if (status < 200 || status > 299) {
        throwAnswer(request, status, headers, await readAll(answer.chunks));
      }
      return this.#opened(request, answer, controller);
    } catch (error) {
      this.#open.delete(controller);
      throw error;
    }
  }

  #opened(request: ApiRequest, answer: TransportAnswer, controller: AbortController): ApiStream {
    let isOver = false;
    const close = (): void => {
      isOver = true;
      request.signal?.removeEventListener("abort", close);
      this.#open.delete(controller);
      controller.abort();
    };
    request.signal?.addEventListener("abort", close, { once: true });
    const chunks = this.#guarded(request, answer.chunks, () => isOver, close);
    return { status: answer.status, headers: answer.headers, chunks, close };
  }

  #begin(request: ApiRequest): AbortController {
    if (this.#isClosed) throw notConnected(request, this.server, new Error("the client is closed"));
    request.signal?.throwIfAborted();
    const controller = new AbortController();
    this.#open.add(controller);
    return controller;
  }

  async #answer(request: ApiRequest, signal: AbortSignal): Promise<TransportAnswer> {
    try {
      return await this.#transport.open(request, signal);
    } catch (error) {
      throw this.#lost(request, error);
    }
  }

  #lost(request: ApiRequest, error: unknown): Error {
    const isRead = request.method === "GET" || request.method === "HEAD";
    return isRead || error instanceof NotSentError
      ? notConnected(request, this.server, error)
      : answerLost(request, this.server, error);
  }

  /** The bytes, with a broken connection as a typed error and a closed stream as its end. */
  async *#guarded(
    request: ApiRequest,
    chunks: AsyncIterable<Uint8Array>,
    isOver: () => boolean = () => false,
    finished: () => void = () => undefined,
  ): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) {
        if (isOver()) return;
        yield chunk;
      }
    } catch (error) {
      if (!isOver()) throw this.#lost(request, error);
    } finally {
      finished();
    }
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
