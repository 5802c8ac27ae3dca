// SPDX-License-Identifier: Apache-2.0
// Harms the lines of an open watch: cuts, repeats, reorders, silences (stage 1: watch event).
import { sleep, type Clock } from "@haversack/core";
import type { StreamFault } from "./fault.js";

const newline = 0x0a;

/** What ends or silences a stream from outside. */
export interface StreamControl {
  /** Ends the iteration without an error. */
  close(): void;
  /** Ends the iteration with an error. */
  cut(error: Error): void;
  freeze(): void;
}

/** A stream whose lines are harmed, and the means to harm it further. */
export interface HarmedStream extends StreamControl {
  readonly chunks: AsyncIterable<Uint8Array>;
}

type Ending = { readonly error: Error | undefined };

/** Lets bytes through until it is frozen, cut or closed from outside. */
export function controlled(source: AsyncIterable<Uint8Array>): HarmedStream {
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => (end = resolve));
  let isFrozen = false;
  async function* pass(): AsyncGenerator<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = isFrozen ? await ended : await Promise.race([iterator.next(), ended]);
        if ("error" in next) {
          if (next.error !== undefined) throw next.error;
          return;
        }
        if (isFrozen) continue; // What came with the freeze is lost on the way.
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      void iterator.return?.();
    }
  }
  return {
    chunks: pass(),
    close: () => end({ error: undefined }),
    cut: (error) => end({ error }),
    freeze: () => void (isFrozen = true),
  };
}

/** Splits bytes into lines, each with its line end; an incomplete last one comes as it is. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end + 1)]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** Applies one fault to a stream of lines. */
export function harm(
  lines: AsyncIterable<Uint8Array>,
  fault: StreamFault,
  context: { readonly clock: Clock; readonly cutError: () => Error },
): AsyncIterable<Uint8Array> {
  switch (fault.type) {
    case "eof":
    case "cut":
    case "expired":
    case "halfOpen":
      return stopped(lines, fault, context.cutError);
    case "duplicate":
      return duplicated(lines, fault.every ?? 1);
    case "reorder":
      return reordered(lines, fault, context.clock);
  }
}

type StoppingFault = Extract<StreamFault, { type: "eof" | "cut" | "halfOpen" | "expired" }>;

async function* stopped(
  lines: AsyncIterable<Uint8Array>,
  fault: StoppingFault,
  cutError: () => Error,
): AsyncGenerator<Uint8Array> {
  let left = fault.afterLines ?? 0;
  const inLine = (fault.type === "eof" || fault.type === "cut") && fault.inLine === true;
  if (left > 0 || inLine) {
    for await (const line of lines) {
      if (left === 0) {
        yield line.subarray(0, Math.max(1, line.length >> 1));
        break;
      }
      yield line;
      left -= 1;
      if (left === 0 && !inLine) break;
    }
  }
  if (fault.type === "cut") throw cutError();
  if (fault.type === "expired") yield expiredLine;
  if (fault.type === "halfOpen" || (fault.type === "expired" && fault.staysOpen === true)) {
    await new Promise(() => undefined); // Whoever reads closes the stream; that ends the wait above.
  }
}

/** What an API server writes into a watch whose resourceVersion it no longer keeps. */
const expiredLine = Buffer.from(
  JSON.stringify({
    type: "ERROR",
    object: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "too old resource version: injected",
      reason: "Expired",
      code: 410,
    },
  }) + "\n",
);

async function* duplicated(
  lines: AsyncIterable<Uint8Array>,
  every: number,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const line of lines) {
    yield line;
    count += 1;
    if (count % every === 0) yield line;
  }
}

async function* reordered(
  lines: AsyncIterable<Uint8Array>,
  fault: Extract<StreamFault, { type: "reorder" }>,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const iterator = lines[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let next = iterator.next();
  for (;;) {
    const result = held.length === 0 ? await next : await within(next, fault.holdMs ?? 50, clock);
    const isEnd = result !== undefined && result.done === true;
    if (result !== undefined && result.done !== true) {
      held.push(result.value);
      next = iterator.next();
    }
    if (result === undefined || isEnd || held.length >= fault.window) {
      yield* held.reverse();
      held = [];
    }
    if (isEnd) return;
  }
}

/** What the promise gives, or `undefined` after the delay. */
async function within<T>(
  promise: Promise<T>,
  delayMs: number,
  clock: Clock,
): Promise<T | undefined> {
  const stopWaiting = new AbortController();
  const late = sleep(clock, delayMs, stopWaiting.signal).then(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    stopWaiting.abort();
  }
}
