// SPDX-License-Identifier: Apache-2.0
// Counts requests by verb, resource and client, watches apart (stages 1 and 6: the API's edge).
import type { Kind, KubernetesObject } from "@haversack/core";
import { isWrite, type RequestVerb } from "./request-target.js";

/** One request that has been answered. */
export interface RequestEntry {
  readonly verb: RequestVerb;
  /** `plural.group`, `/subresource` behind it. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly fieldManager: string;
  readonly isDryRun: boolean;
  /** The client's name: its User-Agent up to the first slash. */
  readonly client: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
}

/** Which entries are meant; everything left out matches. */
export interface RequestFilter {
  readonly verb?: RequestVerb | readonly RequestVerb[];
  readonly kind?: Kind<KubernetesObject>;
  /** With or without its subresource. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly client?: string;
  /** Only writes that were not dry runs; refused ones count, they were sent. */
  readonly isWrite?: boolean;
}

/** What requests are counted by. */
export type RequestGrouping = "verb" | "resource" | "client";

/**
 * The requests of a test, in order.
 *
 * @example
 * ```ts
 * const cluster = await startCluster();
 * await cluster.client.request({ method: "GET", path: "/api/v1/nodes" });
 * cluster.requests.count({ verb: "list" }); // => 1
 * await cluster.close();
 * ```
 */
export class RequestLog {
  readonly #entries: RequestEntry[] = [];
  readonly #listeners = new Set<(entry: RequestEntry) => void>();

  /** Takes in one answered request. */
  record(entry: RequestEntry): void {
    this.#entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Requests since the last reset, oldest first, watches among them. */
  get entries(): readonly RequestEntry[] {
    return this.#entries;
  }

  /** Requests that match; a watch is counted only where the filter asks for the verb `watch`. */
  count(filter: RequestFilter = {}): number {
    return this.select(filter).length;
  }

  /** Writes that were sent, dry runs left out. */
  get writes(): number {
    return this.count({ isWrite: true });
  }

  /** Watches that were opened. */
  get watches(): number {
    return this.count({ verb: "watch" });
  }

  /** The entries behind {@link RequestLog.count}. */
  select(filter: RequestFilter = {}): readonly RequestEntry[] {
    return this.#entries.filter((entry) => matches(entry, filter));
  }

  /** Numbers of requests by a property, watches left out, the largest first. */
  by(grouping: RequestGrouping): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const entry of this.select()) {
      counts.set(entry[grouping], (counts.get(entry[grouping]) ?? 0) + 1);
    }
    return new Map([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
  }

  /** Calls the listener for each request from now on. @returns what ends it. */
  subscribe(listener: (entry: RequestEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Forgets all entries. */
  reset(): void {
    this.#entries.length = 0;
  }

  /** A table for people: a line per client and resource, a column per verb. */
  table(): string {
    return formatTable(this.#entries);
  }
}

function matches(entry: RequestEntry, filter: RequestFilter): boolean {
  const { verb, kind, resource, namespace, name, client } = filter;
  const verbs = verb === undefined ? undefined : [verb].flat();
  if (verbs === undefined ? entry.verb === "watch" : !verbs.includes(entry.verb)) return false;
  const [base = ""] = entry.resource.split("/");
  if (kind !== undefined && base !== resourceOfKind(kind)) return false;
  if (resource !== undefined && resource !== entry.resource && resource !== base) return false;
  if (filter.isWrite !== undefined && filter.isWrite !== isWrite(entry)) return false;
  return (
    (namespace === undefined || namespace === entry.namespace) &&
    (name === undefined || name === entry.name) &&
    (client === undefined || client === entry.client)
  );
}

/** `plural.group` of a kind, as entries name it. */
export function resourceOfKind(kind: Kind<KubernetesObject>): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** The name of a client: its User-Agent up to the first slash. */
export function clientNameOf(userAgent: string): string {
  return userAgent.split("/")[0] ?? "";
}

function formatTable(entries: readonly RequestEntry[]): string {
  const verbs = [...new Set(entries.map(({ verb }) => verb))].sort();
  const rows = new Map<string, RequestEntry[]>();
  for (const entry of entries) {
    const row = `${entry.client || "-"}\t${entry.resource || "-"}`;
    rows.set(row, [...(rows.get(row) ?? []), entry]);
  }
  const lines = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const cells = [
    ["client", "resource", ...verbs],
    ...lines.map(([row, of]) => [...row.split("\t"), ...verbs.map((verb) => countOf(of, verb))]),
    ["total", "", ...verbs.map((verb) => countOf(entries, verb))],
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return cells.map(format).join("\n");
}

function countOf(entries: readonly RequestEntry[], verb: RequestVerb): string {
  const count = entries.filter((entry) => entry.verb === verb).length;
  return count === 0 ? "·" : String(count);
}
