// SPDX-License-Identifier: Apache-2.0
// Reading and writing one Lease, each write bound to the version that was read (stage 6: writes).
import {
  hasCode,
  leases,
  objectPath,
  resourcePath,
  type ApiClient,
  type ApiRequest,
  type Lease,
  type ObjectKey,
} from "@haversack/core";

/** A write of a Lease. */
export type LeaseSpec = NonNullable<Lease["spec"]>;

/**
 * One Lease on the API server.
 *
 * **API requests:** each method says its own. **RBAC:** `get`, `create`, `update` on `leases`; `delete`
 * for {@link LeaseStore.remove}.
 */
export class LeaseStore {
  readonly key: ObjectKey;
  readonly #client: ApiClient;
  readonly #timeoutMs: number;

  constructor(client: ApiClient, key: ObjectKey, timeoutMs: number) {
    this.#client = client;
    this.key = key;
    this.#timeoutMs = timeoutMs;
  }

  /** **API requests:** 1 GET. @returns `undefined` when there is none. */
  async read(): Promise<Lease | undefined> {
    try {
      return await this.#send({ method: "GET", path: objectPath(leases, this.key) });
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** **API requests:** 1 POST. @throws AlreadyExistsError when somebody was faster. */
  create(lease: Omit<Lease, "metadata"> & Partial<Pick<Lease, "metadata">>): Promise<Lease> {
    const { namespace, name } = this.key;
    const metadata = { ...lease.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
    return this.#send({
      method: "POST",
      path: resourcePath(leases, { namespace }),
      body: JSON.stringify({ ...identity, ...lease, metadata }),
    });
  }

  /** Replaces the very version that is given. **API requests:** 1 PUT. @throws ConflictError */
  replace(lease: Lease): Promise<Lease> {
    return this.#send({
      method: "PUT",
      path: objectPath(leases, this.key),
      body: JSON.stringify({ ...identity, ...lease }),
    });
  }

  /** Deletes the very version that is given; absent is fine. **API requests:** 1 DELETE. @throws ConflictError */
  async remove({ metadata: { uid, resourceVersion } }: Lease): Promise<void> {
    const preconditions = { uid, resourceVersion };
    try {
      await this.#send({
        method: "DELETE",
        path: objectPath(leases, this.key),
        body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions }),
      });
    } catch (error) {
      if (!hasCode(error, "EXP_NOT_FOUND")) throw error;
    }
  }

  async #send(request: ApiRequest): Promise<Lease> {
    const { body } = await this.#client.request({ ...request, timeoutMs: this.#timeoutMs });
    return JSON.parse(new TextDecoder().decode(body)) as Lease;
  }
}

const identity = { apiVersion: leases.apiVersion, kind: leases.kind };

/** A time as Leases want it: six fraction digits. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}
