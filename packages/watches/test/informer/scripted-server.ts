// SPDX-License-Identifier: Apache-2.0
// A small API server for one collection, with every fault a test can wish for (tests of stage 1).
import {
  errorFromStatus,
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type KubernetesObject,
  type ObjectMeta,
} from "@haversack/core";
import { FakeStream } from "./fake-stream.js";

/** An object as a test writes it down. */
export type Body = Omit<KubernetesObject, "metadata"> & {
  readonly metadata: Partial<ObjectMeta>;
} & Readonly<Record<string, unknown>>;

/** One request that arrived. */
export interface Seen {
  readonly verb: "list" | "watch";
  readonly request: ApiRequest;
  readonly query: NonNullable<ApiRequest["query"]>;
  /** The answer of a watch. */
  readonly stream: FakeStream | undefined;
}

interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
  readonly body: Body;
}

/** What a request gets instead of an answer; `"none"` lets one request pass. */
export type Fault = Error | "none" | ((seen: ApiRequest) => ApiStream | Promise<ApiStream>);

/**
 * Lists and watches one collection: pages, versions, a log of changes, compaction.
 *
 * It keeps to the real server's rules: a list shows the newest version, a watch sends what came
 * after its version, an expired version is told in a line of the stream.
 */
export class ScriptedServer implements ApiClient {
  readonly server = "http://scripted";
  readonly seen: Seen[] = [];
  /** Faults by verb, used up one by one. */
  readonly faults: { list: Fault[]; watch: Fault[] } = { list: [], watch: [] };
  /** Built-in lists leave apiVersion and kind out of their items. */
  barItems = true;
  /** Whether the kind is served. */
  isServed = true;
  /** Whether streamed initial state is served. */
  streamsInitial = false;
  version: number;
  readonly objects: Map<string, Body> = new Map<string, Body>();
  readonly #log: Change[] = [];
  #compacted = 0;

  constructor(version = 100) {
    this.version = version;
  }

  get lists(): readonly Seen[] {
    return this.seen.filter(({ verb }) => verb === "list");
  }

  get watches(): readonly Seen[] {
    return this.seen.filter(({ verb }) => verb === "watch");
  }

  /** The answer of the newest watch. */
  get open(): FakeStream {
    const stream = this.watches.at(-1)?.stream;
    if (stream === undefined) throw new Error("nobody watches");
    return stream;
  }

  /** Creates or changes an object; `silent` keeps it from those who watch now. */
  put(body: Body, options: { silent?: boolean } = {}): Body {
    const key = keyOf(body);
    const before = this.objects.get(key);
    const version = ++this.version;
    const stored: Body = {
      ...body,
      metadata: {
        ...body.metadata,
        uid: body.metadata.uid ?? before?.metadata.uid ?? `uid-${body.metadata.name}-${version}`,
        resourceVersion: String(version),
      },
    };
    this.objects.set(key, stored);
    this.#append(before === undefined ? "ADDED" : "MODIFIED", stored, options.silent === true);
    return stored;
  }

  remove(body: Body, options: { silent?: boolean } = {}): void {
    const key = keyOf(body);
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    const version = ++this.version;
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } };
    this.#append("DELETED", last, options.silent === true);
  }

  /** Forgets changes up to now: older versions are expired. */
  compact(): void {
    this.#compacted = this.version;
  }

  /** Replaces history, as restoring a backup of etcd does. */
  restore(version: number, bodies: readonly Body[]): void {
    this.version = version;
    this.objects.clear();
    for (const body of bodies) this.objects.set(keyOf(body), body);
    this.#log.length = 0;
    this.#compacted = 0;
  }

  request(): Promise<ApiResponse> {
    return Promise.reject(new Error("informers read streams only"));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async stream(request: ApiRequest): Promise<ApiStream> {
    const query = request.query ?? {};
    const verb = query["watch"] === true ? "watch" : "list";
    const stream = verb === "watch" ? new FakeStream() : undefined;
    this.seen.push({ verb, request, query, stream });
    const fault = this.faults[verb].shift();
    if (fault instanceof Error) throw fault;
    if (typeof fault === "function") return fault(request);
    if (!this.isServed) throw failure(404);
    return stream === undefined ? this.#list(query) : this.#watch(query, stream);
  }

  #list(query: Seen["query"]): FakeStream {
    const limit = Number(query["limit"] ?? Infinity);
    const [atVersion, offset] = readToken(query["continue"]) ?? [this.version, 0];
    if (atVersion < this.#compacted) throw failure(410);
    const atLeast = Number(query["resourceVersion"] ?? 0);
    if (atLeast > this.version) throw failure(504);
    const all = this.#at(atVersion);
    const page = all.slice(offset, offset + limit);
    const isLast = offset + limit >= all.length;
    const items = page.map((body) => {
      if (!this.barItems) return body;
      const { apiVersion: _apiVersion, kind: _kind, ...rest } = body;
      return rest;
    });
    const metadata = {
      resourceVersion: String(atVersion),
      ...(isLast ? {} : { continue: `${atVersion}:${offset + limit}` }),
    };
    const stream = new FakeStream();
    stream.send(JSON.stringify({ kind: "List", apiVersion: "v1", metadata, items }));
    stream.end();
    return stream;
  }

  /** The objects as they were at a version. */
  #at(version: number): Body[] {
    const objects = new Map(this.objects);
    for (const change of [...this.#log].reverse()) {
      if (change.version <= version) break;
      const key = keyOf(change.body);
      const before = this.#log.findLast(
        (other) => other.version <= version && keyOf(other.body) === key,
      );
      if (before === undefined || before.type === "DELETED") objects.delete(key);
      else objects.set(key, before.body);
    }
    return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body);
  }

  #watch(query: Seen["query"], stream: FakeStream): FakeStream {
    if (query["sendInitialEvents"] === true) {
      if (!this.streamsInitial) throw failure(422);
      for (const body of this.#at(this.version)) stream.send(line("ADDED", body));
      const annotations = { "k8s.io/initial-events-end": "true" };
      stream.send(bookmark(this.version, annotations));
      return stream;
    }
    const from = Number(query["resourceVersion"]);
    if (from < this.#compacted) {
      stream.send(line("ERROR", { kind: "Status", code: 410, reason: "Expired" } as never));
      stream.end();
      return stream;
    }
    for (const change of this.#log) {
      if (change.version > from) stream.send(line(change.type, change.body));
    }
    return stream;
  }

  #append(type: Change["type"], body: Body, isSilent: boolean): void {
    this.#log.push({ type, version: this.version, body });
    if (isSilent) return;
    for (const { stream } of this.watches) {
      if (stream !== undefined && !stream.isClosed) stream.send(line(type, body));
    }
  }
}

/** One line of a watch. */
export function line(type: string, body: Body): string {
  return `${JSON.stringify({ type, object: body })}\n`;
}

/** A bookmark line. */
export function bookmark(version: number, annotations?: Record<string, string>): string {
  const metadata = { resourceVersion: String(version), ...(annotations && { annotations }) };
  return `${JSON.stringify({ type: "BOOKMARK", object: { kind: "ConfigMap", apiVersion: "v1", metadata } })}\n`;
}

/** The typed error of an answer. */
export function failure(status: number, retryAfterMs?: number): Error {
  return errorFromStatus(status, undefined, { attempt: "GET /scripted", retryAfterMs });
}

function keyOf(body: Body): string {
  return `${body.metadata.namespace ?? ""}/${body.metadata.name ?? ""}`;
}

function readToken(token: unknown): readonly [number, number] | undefined {
  if (typeof token !== "string") return undefined;
  const [version = "0", offset = "0"] = token.split(":");
  return [Number(version), Number(offset)];
}
