// SPDX-License-Identifier: Apache-2.0
// Reading the JSON lines of a watch in tests.
import type { ApiClient, ApiStream, Kind } from "@haversack/core";
import { resourcePath } from "@haversack/core";

export interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly resourceVersion?: string };
    readonly code?: number;
  };
}

/** The lines of a watch as they come, and how it ended. */
export interface ReadWatch {
  readonly lines: WatchLine[];
  /** Bytes behind the last line end. */
  rest: string;
  /** `undefined` while it is open. */
  ended: "closed" | Error | undefined;
  readonly stream: ApiStream;
  readonly done: Promise<void>;
}

/** Opens a watch and reads it in the background. */
export async function readWatch(
  client: ApiClient,
  kind: Kind,
  query: Record<string, string | boolean> = {},
): Promise<ReadWatch> {
  const stream = await client.stream({
    method: "GET",
    path: resourcePath(kind),
    query: { watch: true, ...query },
  });
  const watch = { lines: [], rest: "", ended: undefined, stream } as unknown as ReadWatch;
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of stream.chunks) {
        const parts = (watch.rest + new TextDecoder().decode(chunk)).split("\n");
        watch.rest = parts.pop() ?? "";
        watch.lines.push(...parts.map((line) => JSON.parse(line) as WatchLine));
      }
      watch.ended = "closed";
    } catch (error) {
      watch.ended = error as Error;
    }
  };
  return Object.assign(watch, { done: read() });
}

/** `ADDED a`, for comparing. */
export function brief(watch: ReadWatch): string[] {
  return watch.lines.map(
    ({ type, object }) => `${type} ${object.metadata.name ?? object.code ?? ""}`,
  );
}
