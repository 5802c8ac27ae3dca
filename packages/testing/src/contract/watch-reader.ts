// SPDX-License-Identifier: Apache-2.0
// Reads the events of a watch one after another, in real time (stage 1: watch event).
import { resourcePath, type ApiClient, type ApiStream, type Kind } from "@haversack/core";
import type { KubernetesObject } from "@haversack/core";

/** One line of a watch. */
export interface ContractEvent {
  readonly type: string;
  readonly object: KubernetesObject & { readonly code?: number; readonly reason?: string };
}

/** Longest time a server may take to tell an event. */
const eventLimitMs = 10_000;

/** A watch that is asked for its next event. */
export class WatchReader {
  readonly #stream: ApiStream;
  readonly #lines: AsyncIterator<string>;

  private constructor(stream: ApiStream) {
    this.#stream = stream;
    this.#lines = linesOf(stream)[Symbol.asyncIterator]();
  }

  static async open(
    client: ApiClient,
    kind: Kind,
    namespace: string,
    query: Record<string, string | number | boolean> = {},
  ): Promise<WatchReader> {
    const path = resourcePath(kind, { namespace });
    const stream = await client.stream({ method: "GET", path, query: { watch: true, ...query } });
    return new WatchReader(stream);
  }

  /** The next event; `undefined` at the end. @throws Error when none comes in time. */
  async next(): Promise<ContractEvent | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const tooLate = new Error(`no watch event came within ${eventLimitMs} ms`);
      timer = setTimeout(() => reject(tooLate), eventLimitMs);
    });
    try {
      const { done, value } = await Promise.race([this.#lines.next(), late]);
      return done === true ? undefined : (JSON.parse(value) as ContractEvent);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next so many events, as `ADDED name`. */
  async take(count: number): Promise<readonly string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const event = await this.next();
      if (event === undefined) break;
      seen.push(`${event.type} ${event.object.metadata.name}`);
    }
    return seen;
  }

  close(): void {
    this.#stream.close();
  }
}

async function* linesOf(stream: ApiStream): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream.chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
