// SPDX-License-Identifier: Apache-2.0
// How the original reads: every time anew from the API server (1.16 to 1.22), or from informers (since) (stage 5).
import {
  hasCode,
  objectPath,
  resourcePath,
  type ApiClient,
  type InformerLease,
  type Informers,
  type Kind,
} from "haversack";
import type { Manifest } from "../json.js";

/** Reads of the monolith. */
export interface ObjectReads {
  get(kind: Kind<Manifest>, namespace: string, name: string): Promise<Manifest | undefined>;
  /** `undefined` when the kind is not served. */
  list(
    kind: Kind<Manifest>,
    namespace: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<readonly Manifest[] | undefined>;
}

const decoder = new TextDecoder();

/** Every read is a request. **API requests:** 1 GET or 1 LIST each. */
export class LiveReads implements ObjectReads {
  readonly #client: ApiClient;
  constructor(client: ApiClient) {
    this.#client = client;
  }

  async get(kind: Kind<Manifest>, namespace: string, name: string): Promise<Manifest | undefined> {
    return this.#read<Manifest>(objectPath(kind, { namespace, name }), {});
  }

  async list(
    kind: Kind<Manifest>,
    namespace: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<readonly Manifest[] | undefined> {
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const list = await this.#read<{ items: readonly Manifest[] }>(
      resourcePath(kind, { namespace }),
      { labelSelector },
    );
    return list?.items.map((item) => typed(kind, item));
  }

  async #read<T>(path: string, query: Readonly<Record<string, string>>): Promise<T | undefined> {
    try {
      const { body } = await this.#client.request({ method: "GET", path, query });
      return JSON.parse(decoder.decode(body)) as T;
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return undefined;
      throw error;
    }
  }
}

/**
 * Reads come from informers, which begin with the first read of a kind; they may lag behind writes.
 *
 * Nothing is woken by them, as in the original: their events keep a cache, and polling goes on.
 *
 * **API requests:** 1 LIST and 1 WATCH per kind, once; then 0.
 */
export class CachedReads implements ObjectReads {
  readonly #informers: Informers;
  readonly #leases = new Map<string, InformerLease<Manifest>>();
  constructor(informers: Informers) {
    this.#informers = informers;
  }

  async get(kind: Kind<Manifest>, namespace: string, name: string): Promise<Manifest | undefined> {
    const found = (await this.#cache(kind)).get({ namespace, name });
    return found === undefined ? undefined : typed(kind, found);
  }

  async list(
    kind: Kind<Manifest>,
    namespace: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<readonly Manifest[] | undefined> {
    const cache = await this.#cache(kind);
    if (cache.status.state === "absent") return undefined;
    const wanted = Object.entries(labels);
    const found: Manifest[] = [];
    for (const object of cache.values()) {
      const { metadata } = object;
      if (
        metadata.namespace === namespace &&
        wanted.every(([key, value]) => metadata.labels?.[key] === value)
      )
        found.push(typed(kind, object));
    }
    return found;
  }

  /** Gives the informers back. Idempotent. */
  close(): void {
    for (const lease of this.#leases.values()) lease.release();
    this.#leases.clear();
  }

  async #cache(kind: Kind<Manifest>): Promise<InformerLease<Manifest>> {
    const known = this.#leases.get(kind.kind);
    const lease = known ?? this.#informers.acquire(kind, { wantedBy: "cached reads" });
    this.#leases.set(kind.kind, lease);
    await lease.whenSynced();
    return lease;
  }
}

/** Items of a list do not say what they are. */
function typed(kind: Kind<Manifest>, object: Manifest): Manifest {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
}
