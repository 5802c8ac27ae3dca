// SPDX-License-Identifier: Apache-2.0
// An open answer that a test feeds by hand (tests of stage 1).
import type { ApiStream } from "@haversack/core";

/** An answer whose chunks come from a test. Closing it ends the iteration, unless it is deaf. */
export class FakeStream implements ApiStream {
  readonly status = 200;
  readonly headers = {};
  readonly chunks: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({ next: () => this.#next() }),
  };
  isClosed = false;
  /** Does not let go of its iterator when closed, as a transport on a half-open connection. */
  isDeaf = false;
  /** Chunks handed out, for tests of back-pressure. */
  taken = 0;
  readonly #queue: Uint8Array[] = [];
  #end: { error: Error | undefined } | undefined;
  #waiting: (() => void) | undefined;

  /** Sends text or bytes as one chunk. */
  send(chunk: string | Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#queue.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    this.#wake();
  }

  /** Ends the answer as the server does. */
  end(): void {
    this.#end ??= { error: undefined };
    this.#wake();
  }

  /** Cuts the connection. */
  cut(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  close(): void {
    this.isClosed = true;
    if (!this.isDeaf) this.end();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        this.taken++;
        return { done: false, value: chunk };
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
