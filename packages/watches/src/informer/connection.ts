// SPDX-License-Identifier: Apache-2.0
// One open answer of the API server, read with a bound on silence (stage 1: watch event).
import {
  isExpansionError,
  WatchLostError,
  type ApiClient,
  type ApiRequest,
  type ApiStream,
  type Clock,
  type Timer,
} from "@haversack/core";

/** What bounds an open answer. */
export interface ReadOptions {
  readonly clock: Clock;
  /** Ends the reading early; the promise then rejects. */
  readonly signal: AbortSignal;
  /** How long nothing may be heard; asked anew each time, since it may be learned on the way. */
  readonly silenceMs: () => number;
  /** Takes a chunk; what it throws ends the reading. */
  readonly onChunk: (chunk: Uint8Array) => void | Promise<void>;
}

/** The watch or list was silent for too long: the connection may be half-open. */
export class StalledError extends WatchLostError {}

/**
 * Opens an answer, at most `timeoutMs` long, whatever the transport does.
 *
 * **API requests:** 1.
 */
export async function openStream(
  client: ApiClient,
  request: Omit<ApiRequest, "signal" | "timeoutMs">,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ApiStream> {
  const { clock, signal, timeoutMs } = options;
  const attempt = new AbortController();
  const abort = (): void => attempt.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  let isOver = false;
  const opened = client.stream({ ...request, signal: attempt.signal, timeoutMs });
  const bound = new Promise<never>((_, reject) => {
    const timer = clock.setTimer(() => {
      isOver = true;
      attempt.abort();
      reject(
        new StalledError(
          `${request.method} ${request.path} failed: no answer from ${client.server} within ` +
            `${timeoutMs} ms. It is tried again; check the network.`,
        ),
      );
    }, timeoutMs * 1.5); // The transport's own time-out comes first; this one is for a deaf transport.
    const stop = (): void => timer.cancel();
    opened.then(stop, stop);
  });
  bound.catch(() => undefined);
  opened.then(
    (stream) => (isOver ? stream.close() : undefined),
    () => undefined,
  );
  try {
    return await Promise.race([opened, bound]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Reads an open answer to its end.
 *
 * **Guarantees:** settles when the server ends it, when it is cut, when nothing is heard for
 * `silenceMs`, or when the signal aborts, even if the transport then never lets go of its iterator;
 * the next chunk is asked for only when the last one has been dealt with.
 *
 * @throws {@link StalledError} after too long a silence.
 */
export function readStream(stream: ApiStream, options: ReadOptions): Promise<void> {
  const { clock, signal, silenceMs, onChunk } = options;
  return new Promise<void>((resolve, reject) => {
    let isOver = false;
    let heardMs = clock.monotonicMs();
    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      stream.close();
      settle();
    };
    const onAbort = (): void => finish(() => reject(reasonOf(signal)));
    const arm = (delayMs: number): Timer => {
      dueMs = clock.monotonicMs() + delayMs;
      return clock.setTimer(check, delayMs);
    };
    const check = (): void => {
      const boundMs = silenceMs();
      const silentMs = clock.monotonicMs() - heardMs;
      if (silentMs >= boundMs) finish(() => reject(stalled(silentMs)));
      else timer = arm(boundMs - silentMs);
    };
    const hear = (): void => {
      heardMs = clock.monotonicMs();
      if (heardMs + silenceMs() >= dueMs) return; // The timer looks again before the bound is over.
      timer.cancel();
      timer = arm(silenceMs());
    };
    const pump = async (): Promise<void> => {
      for await (const chunk of stream.chunks) {
        if (isOver) return;
        await onChunk(chunk);
        if (!isOver) hear();
      }
    };
    let dueMs = 0;
    let timer = arm(silenceMs());
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    pump().then(
      () => finish(resolve),
      (error: unknown) => finish(() => reject(error as Error)),
    );
  });
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return isExpansionError(reason) ? reason : new WatchLostError("the reading was stopped.");
}

function stalled(silentMs: number): StalledError {
  return new StalledError(
    `reading from the API server failed: nothing was heard for ${Math.round(silentMs)} ms, the ` +
      "connection may be half-open. It is replaced; check the network if this happens often.",
  );
}
