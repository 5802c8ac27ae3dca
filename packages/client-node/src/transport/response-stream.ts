// SPDX-License-Identifier: Apache-2.0
// An answer that stays open: a watch, read as fast as its consumer takes it (stage 1).
import type { ApiStream, Clock } from "@haversack/core";
import { headersOf } from "./answer-body.js";
import type { Exchange } from "./exchange.js";
import type { RequestScope } from "./request-scope.js";

/** What a stream needs besides its exchange. */
export interface StreamContext {
  readonly scope: RequestScope;
  readonly clock: Clock;
  /** A stream that is closed after so long without a byte was closed because it had stalled. */
  readonly suspectAfterMs: number;
  /** Called when the way to the server is in doubt. */
  readonly suspect: () => void;
  /** Makes the error of a stream that was cut. */
  readonly cutError: (cause: NodeJS.ErrnoException) => unknown;
  /** Called once, when the stream has ended in any way. */
  readonly finished: () => void;
}

/**
 * The body of an open answer.
 *
 * **Guarantees:** nothing is read from the socket before the consumer asks for it, beyond one
 * buffer; leaving the loop closes the connection; {@link close} ends the loop without an error, an
 * aborted signal ends it with the signal's reason.
 */
export class ResponseStream implements ApiStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #exchange: Exchange;
  readonly #context: StreamContext;
  #isOpen = true;
  #lastByteTimeMs: number;

  constructor(exchange: Exchange, context: StreamContext) {
    this.#exchange = exchange;
    this.#context = context;
    this.status = exchange.response.statusCode ?? 0;
    this.headers = headersOf(exchange.response);
    this.#lastByteTimeMs = context.clock.monotonicMs();
    this.chunks = this.#read();
    context.scope.onEnd(() => this.#end());
    exchange.response.once("close", () => this.#end());
  }

  close(): void {
    if (!this.#isOpen) return;
    const silentMs = this.#context.clock.monotonicMs() - this.#lastByteTimeMs;
    if (silentMs >= this.#context.suspectAfterMs) this.#context.suspect();
    this.#context.scope.end("closed");
    this.#end();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    const { scope, clock } = this.#context;
    try {
      for await (const chunk of this.#exchange.response) {
        this.#lastByteTimeMs = clock.monotonicMs();
        if (scope.ended !== undefined) break;
        yield chunk as Uint8Array;
      }
    } catch (error) {
      if (scope.ended === undefined) {
        this.#context.suspect();
        throw this.#context.cutError(error as NodeJS.ErrnoException);
      }
    } finally {
      this.#end();
    }
    if (scope.ended === "aborted") throw scope.signal?.reason;
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#exchange.finish();
    this.#context.finished();
  }
}
