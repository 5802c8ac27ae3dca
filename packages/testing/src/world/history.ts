// SPDX-License-Identifier: Apache-2.0
// Counts how often each object came and went: what shows double creates and wrong deletes (stage 1).
import { resourcePath, type ApiClient, type ApiStream } from "@haversack/core";
import type { Kind, KubernetesObject } from "@haversack/core";
import { nameOf } from "./world-state.js";

/** How often an object was added and deleted. */
export interface Lifetimes {
  readonly added: number;
  readonly deleted: number;
}

/** A running record. */
export interface History {
  /** By reference (without uid); objects that were there from the beginning count from then on. */
  counts(): ReadonlyMap<string, Lifetimes>;
  /** Watch lines seen, of any type. */
  readonly events: number;
  close(): void;
}

interface WatchLine {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubernetesObject;
}

/**
 * Watches kinds from now on and counts additions and deletions per object: two runs that end in
 * the same state still differ here when one created twice or deleted what it should have kept.
 *
 * **API requests:** 1 LIST and 1 WATCH per kind.
 *
 * @see Sieve (OSDI 2022), whose state-update summary is the model.
 */
export async function recordHistory(client: ApiClient, kinds: readonly Kind[]): Promise<History> {
  const recorder = new Recorder();
  for (const kind of kinds) await recorder.follow(client, kind);
  return recorder;
}

class Recorder implements History {
  readonly #counts = new Map<string, { added: number; deleted: number }>();
  readonly #streams: ApiStream[] = [];
  events = 0;

  async follow(client: ApiClient, kind: Kind): Promise<void> {
    const path = resourcePath(kind);
    const list = await client.request({ method: "GET", path, query: { limit: 1 } });
    const { metadata } = JSON.parse(new TextDecoder().decode(list.body)) as {
      metadata: { resourceVersion: string };
    };
    const { resourceVersion } = metadata;
    const query = { watch: true, resourceVersion, timeoutSeconds: 86_400 };
    const stream = await client.stream({ method: "GET", path, query });
    this.#streams.push(stream);
    void this.#read(kind, stream);
  }

  counts(): ReadonlyMap<string, Lifetimes> {
    return new Map([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }

  async #read(kind: Kind, stream: ApiStream): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of stream.chunks) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.#take(kind, JSON.parse(line) as WatchLine);
      }
    } catch {
      // The cluster was closed under the record; what was counted so far stays.
    }
  }

  #take(kind: Kind, { type, object }: WatchLine): void {
    this.events += 1;
    if (type !== "ADDED" && type !== "DELETED") return;
    const key = nameOf(kind, object);
    const count = this.#counts.get(key) ?? { added: 0, deleted: 0 };
    if (type === "ADDED") count.added += 1;
    else count.deleted += 1;
    this.#counts.set(key, count);
  }
}

/** What two histories differ in, one line each. **API requests:** 0. */
export function compareHistories(
  expected: ReadonlyMap<string, Lifetimes>,
  actual: ReadonlyMap<string, Lifetimes>,
): readonly string[] {
  const none: Lifetimes = { added: 0, deleted: 0 };
  return [...new Set([...expected.keys(), ...actual.keys()])].sort().flatMap((key) => {
    const [want, got] = [expected.get(key) ?? none, actual.get(key) ?? none];
    return (["added", "deleted"] as const)
      .filter((what) => want[what] !== got[what])
      .map((what) => `${key} was ${what} ${got[what]} times, expected ${want[what]}`);
  });
}
