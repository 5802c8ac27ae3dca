// SPDX-License-Identifier: Apache-2.0
// The in-process transport: `fetch` against the handler, with no socket in between.
import type { StreamSink } from "../read/watch-stream.js";
import type { ApiRequest, ApiResponse, Outcome } from "./api-request.js";
import { maxBodyBytes, tooLarge } from "./read-body.js";

/** The standard `fetch`, answered by the server itself. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

function toRequest(request: Request, path: string, query: URLSearchParams): ApiRequest {
  let body: Promise<Buffer> | undefined;
  const read = async (): Promise<Buffer> => {
    const bytes = Buffer.from(await request.arrayBuffer());
    if (bytes.length > maxBodyBytes) throw tooLarge();
    return bytes;
  };
  return {
    method: request.method,
    path,
    query,
    header: (name) => request.headers.get(name) ?? undefined,
    headerNames: () => [...request.headers.keys()],
    body: () => (body ??= read()),
  };
}

/** The sink of an in-process answer: fills a web stream. */
class WebSink implements StreamSink {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #closers = new Set<() => void>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #drain: () => void = () => undefined;
  #isClosed = false;

  constructor(signal: AbortSignal) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#drain(),
        cancel: () => this.#close(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
    );
    signal.addEventListener("abort", () => this.#fail(signal.reason), { once: true });
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isClosed) return true;
    this.#controller?.enqueue(chunk);
    return (this.#controller?.desiredSize ?? 1) > 0;
  }

  onDrain(run: () => void): void {
    this.#drain = run;
  }

  onClose(run: () => void): void {
    this.#closers.add(run);
  }

  end(): void {
    if (!this.#isClosed) this.#controller?.close();
    this.#close();
  }

  destroy(): void {
    this.#fail(new TypeError("terminated"));
  }

  #fail(reason: unknown): void {
    if (!this.#isClosed) this.#controller?.error(reason);
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const run of this.#closers) run();
  }
}

function headersOf(response: ApiResponse): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const item of [value].flat()) headers.append(name, item as string);
  }
  return headers;
}

function toResponse(method: string, outcome: ApiResponse, signal: AbortSignal): Response {
  const { status, body, stream } = outcome;
  const headers = headersOf(outcome);
  if (stream !== undefined) {
    const sink = new WebSink(signal);
    stream(sink);
    return new Response(sink.readable, { status, headers });
  }
  const bare = method === "HEAD" || status === 304 || status === 204;
  const promised = headers.get("content-length");
  if (promised !== null && body !== undefined && Number(promised) > body.length) {
    // Cut short by a fault: the reader gets the beginning, then an error.
    const sink = new WebSink(signal);
    sink.write(Buffer.from(body as string));
    queueMicrotask(() => sink.destroy());
    return new Response(sink.readable, { status, headers });
  }
  return new Response(bare ? null : (body ?? ""), { status, headers });
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });

/** Makes a `fetch` over the handler. Relative URLs are taken from the server's root. */
export function inProcessFetch(handle: (request: ApiRequest) => Promise<Outcome>): Fetch {
  return async (input, init) => {
    const isRequest = input instanceof Request;
    const url = new URL(isRequest ? input.url : input, "http://haversack.invalid");
    const request = isRequest ? new Request(input, init) : new Request(url, init);
    const { signal, method } = request;
    signal.throwIfAborted();
    // The path as it was written: URL parsing resolves dots, which no resource name may have.
    const outcome = await Promise.race([
      handle(toRequest(request, url.pathname, url.searchParams)),
      untilAborted(signal),
    ]);
    if (outcome === "hang") return untilAborted(signal);
    if (outcome === "reset") {
      throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
    }
    return toResponse(method, outcome, signal);
  };
}
