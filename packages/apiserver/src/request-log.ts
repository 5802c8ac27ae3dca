// SPDX-License-Identifier: Apache-2.0
// Counts requests as they are answered, watches apart: what a test asserts and a benchmark reports.

/** One answered request. */
export interface RequestRecord {
  /** API verb: get, list, watch, create, update, patch, apply, delete, deletecollection. */
  readonly verb: string;
  /** `plural.group`, with `/subresource`; "" for paths that are no resources. */
  readonly resource: string;
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly userAgent: string;
  readonly user: string;
  readonly fieldManager: string;
  readonly status: number;
  readonly requestBytes: number;
  /** Bytes of the answer; 0 for a watch, whose bytes come later. */
  readonly responseBytes: number;
}

/** The requests since the last reset, bounded in memory; counts are not bounded. */
export class RequestLog {
  readonly #records: RequestRecord[] = [];
  readonly #limit: number;
  readonly #listeners = new Set<(record: RequestRecord) => void>();
  readonly #byVerb = new Map<string, number>();
  #count = 0;
  #watches = 0;
  #activeWatches = 0;
  #watchEvents = 0;
  #watchBytes = 0;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** Requests since the last reset, watches not counted. */
  get count(): number {
    return this.#count;
  }

  /** Watches started since the last reset. */
  get watches(): number {
    return this.#watches;
  }

  /** Watches open now. */
  get activeWatches(): number {
    return this.#activeWatches;
  }

  /** Events sent to watches since the last reset. */
  get watchEvents(): number {
    return this.#watchEvents;
  }

  /** Bytes sent to watches since the last reset. */
  get watchBytes(): number {
    return this.#watchBytes;
  }

  /** Requests by verb since the last reset, watches included under their own verb. */
  byVerb(): ReadonlyMap<string, number> {
    return this.#byVerb;
  }

  /** The latest requests, oldest first. */
  all(): readonly RequestRecord[] {
    return this.#records;
  }

  /** Calls the listener for each request from now on, until the returned function is called. */
  subscribe(listener: (record: RequestRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts counting anew; open watches stay counted as open. */
  reset(): void {
    this.#records.length = 0;
    this.#byVerb.clear();
    this.#count = 0;
    this.#watches = 0;
    this.#watchEvents = 0;
    this.#watchBytes = 0;
  }

  /** Takes a record. */
  record(record: RequestRecord): void {
    if (record.verb === "watch") this.#watches += 1;
    else this.#count += 1;
    this.#byVerb.set(record.verb, (this.#byVerb.get(record.verb) ?? 0) + 1);
    this.#records.push(record);
    if (this.#records.length > this.#limit) this.#records.splice(0, this.#limit / 2);
    for (const listener of this.#listeners) listener(record);
  }

  /** Counts what went out to a watch. */
  watchSent(events: number, bytes: number): void {
    this.#watchEvents += events;
    this.#watchBytes += bytes;
  }

  /** Counts an open watch until the returned function is called. */
  watchOpened(): () => void {
    this.#activeWatches += 1;
    let open = true;
    return () => {
      if (open) this.#activeWatches -= 1;
      open = false;
    };
  }
}
