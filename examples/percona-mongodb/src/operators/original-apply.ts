// SPDX-License-Identifier: Apache-2.0
// How the original writes: compare a stored copy of the wish, never the live object; then replace all of it (stage 6).
import { hasCode, objectPath, resourcePath, type ApiClient, type Kind } from "haversack";
import { lastConfigAnnotation, sortedJson } from "../functions/metadata.js";
import type { JsonObject, Manifest } from "../json.js";
import { LiveReads, type ObjectReads } from "./object-reads.js";

/** The original's writes. What it reads for them comes from its reads, live or cached. */
export class OriginalWrites {
  readonly #client: ApiClient;
  readonly #reads: ObjectReads;
  constructor(client: ApiClient, reads: ObjectReads) {
    this.#client = client;
    this.#reads = reads;
  }

  /**
   * Creates an object, or replaces it when its stored wish, labels or annotations differ.
   *
   * Drift of the live spec is not seen: the comparison never looks at it.
   *
   * **API requests:** 1 GET, and 1 POST or PUT when something is written.
   */
  async createOrReplace(kind: Kind<Manifest>, wanted: Manifest): Promise<void> {
    const { namespace = "", name } = wanted.metadata;
    const live = await this.#reads.get(kind, namespace, name);
    if (live === undefined) return this.create(kind, wanted);
    if (isAsWished(live, wanted)) return;
    const body = {
      ...withAllocated(live, wanted),
      metadata: { ...wanted.metadata, resourceVersion: live.metadata.resourceVersion },
    };
    await this.#write("PUT", objectPath(kind, { namespace, name }), body);
  }

  /** **API requests:** 1 POST. */
  async create(kind: Kind<Manifest>, object: Manifest): Promise<void> {
    await this.#write("POST", resourcePath(kind, { namespace: object.metadata.namespace }), object);
  }

  /** **API requests:** 1 DELETE; absent is fine. */
  async delete(kind: Kind<Manifest>, namespace: string, name: string): Promise<void> {
    try {
      await this.#client.request({ method: "DELETE", path: objectPath(kind, { namespace, name }) });
    } catch (error) {
      if (!hasCode(error, "EXP_NOT_FOUND")) throw error;
    }
  }

  /** **API requests:** 1 PATCH. */
  async mergePatch(
    kind: Kind<Manifest>,
    namespace: string,
    name: string,
    patch: JsonObject,
  ): Promise<void> {
    await this.#client.request({
      method: "PATCH",
      path: objectPath(kind, { namespace, name }),
      contentType: "application/merge-patch+json",
      body: JSON.stringify(patch),
    });
  }

  /**
   * Replaces the status, changed or not; once more from a live object when the read was too old.
   *
   * **API requests:** 1 PUT, and 1 GET unless reads are cached.
   */
  async putStatus(
    kind: Kind<Manifest>,
    namespace: string,
    name: string,
    status: JsonObject,
  ): Promise<void> {
    const put = async (reads: ObjectReads): Promise<void> => {
      const live = await reads.get(kind, namespace, name);
      if (live === undefined) return;
      const path = objectPath(kind, { namespace, name }, "status");
      await this.#write("PUT", path, { ...live, status });
    };
    try {
      await put(this.#reads);
    } catch (error) {
      if (!hasCode(error, "EXP_CONFLICT")) throw error;
      await put(new LiveReads(this.#client));
    }
  }

  async #write(method: "POST" | "PUT", path: string, object: object): Promise<void> {
    await this.#client.request({ method, path, body: JSON.stringify(object) });
  }
}

function isAsWished(live: Manifest, wanted: Manifest): boolean {
  const wish = wanted.metadata.annotations?.[lastConfigAnnotation];
  const isSameWish =
    wish === undefined
      ? sortedJson(live.data) === sortedJson(wanted.data)
      : live.metadata.annotations?.[lastConfigAnnotation] === wish;
  // ConfigMaps are compared by their data alone; drift of their labels goes unseen too.
  if (wanted.kind === "ConfigMap") return isSameWish;
  return (
    isSameWish &&
    sortedJson(live.metadata.labels) === sortedJson(wanted.metadata.labels) &&
    sortedJson(live.metadata.annotations) === sortedJson(wanted.metadata.annotations)
  );
}

/** A Service keeps the address it was given. */
function withAllocated(live: Manifest, wanted: Manifest): Manifest {
  const clusterIP = live.spec?.["clusterIP"];
  const isService = wanted.kind === "Service" && typeof clusterIP === "string" && clusterIP !== "";
  return isService ? { ...wanted, spec: { ...wanted.spec, clusterIP } } : wanted;
}
