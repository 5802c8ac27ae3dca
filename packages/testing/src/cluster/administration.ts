// SPDX-License-Identifier: Apache-2.0
// What a test does to a cluster itself; none of it is counted or harmed (before and after an event's life).
import { randomBytes } from "node:crypto";
import {
  hasCode,
  objectPath,
  resourcePath,
  type ApiClient,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
} from "@haversack/core";
import { Discovery } from "./discovery.js";
import { readManifests, type Manifest, type Manifests } from "./manifest.js";

/** Options of {@link Administration.apply}. */
export interface ApplyOptions {
  /** For namespaced objects that name none. */
  readonly namespace?: string;
  /** Default `test`. */
  readonly fieldManager?: string;
}

/** Options of {@link Administration.list}. */
export interface ListFilter {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** Acts on a cluster as its administrator. */
export class Administration {
  readonly discovery: Discovery;
  readonly #client: ApiClient;
  readonly #settle: () => Promise<void>;

  constructor(client: ApiClient, settle: () => Promise<void>) {
    this.#client = client;
    this.#settle = settle;
    this.discovery = new Discovery(client);
  }

  /** Server-side apply of each object, in order. A definition is waited for until it is served. */
  async apply(input: Manifests, options: ApplyOptions = {}): Promise<KubernetesObject[]> {
    const applied: KubernetesObject[] = [];
    for (const manifest of await readManifests(input)) {
      applied.push(await this.#applyOne(manifest, options));
      if (manifest.kind === "CustomResourceDefinition") await this.#whenServed(manifest);
    }
    return applied;
  }

  /** Server-side apply of the status. */
  async applyStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    status: unknown,
    fieldManager = "test-status",
  ): Promise<T> {
    const { apiVersion } = kind;
    const { namespace, name } = key;
    const metadata = namespace === undefined ? { name } : { name, namespace };
    const body = { apiVersion, kind: kind.kind, metadata, status };
    return this.#patch<T>(objectPath(kind, key, "status"), body, fieldManager);
  }

  async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    try {
      return await this.#json<T>(objectPath(kind, key));
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async list<T extends KubernetesObject>(kind: Kind<T>, filter: ListFilter = {}): Promise<T[]> {
    const { namespace, labelSelector } = filter;
    const path = resourcePath(kind, { namespace });
    const { items } = await this.#json<{ items: T[] }>(path, { labelSelector });
    return items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  /** Deletes an object; one that is absent is fine. */
  async remove(kind: Kind, key: ObjectKey, propagationPolicy = "Background"): Promise<void> {
    try {
      const path = objectPath(kind, key);
      await this.#client.request({ method: "DELETE", path, query: { propagationPolicy } });
    } catch (error) {
      if (!hasCode(error, "EXP_NOT_FOUND")) throw error;
    }
  }

  /** JSON merge patch. */
  async patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: object,
    subresource?: string,
  ): Promise<T> {
    const { body } = await this.#client.request({
      method: "PATCH",
      path: objectPath(kind, key, subresource),
      query: { fieldManager: "test" },
      contentType: "application/merge-patch+json",
      body: JSON.stringify(patch),
    });
    return decode<T>(body);
  }

  /** Makes a namespace that no other test has. @returns its name. */
  async namespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } } as Manifest);
    return name;
  }

  async #applyOne(manifest: Manifest, options: ApplyOptions): Promise<KubernetesObject> {
    const kind = await this.discovery.kindOf(manifest.apiVersion, manifest.kind);
    const namespace = manifest.metadata.namespace ?? options.namespace;
    const placed =
      kind.namespaced && namespace !== undefined
        ? { ...manifest, metadata: { ...manifest.metadata, namespace } }
        : manifest;
    const path = resourcePath(kind, { namespace, name: manifest.metadata.name });
    return this.#patch(path, placed, options.fieldManager ?? "test");
  }

  async #patch<T>(path: string, object: unknown, fieldManager: string): Promise<T> {
    const { body } = await this.#client.request({
      method: "PATCH",
      path,
      query: { fieldManager, force: true },
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify(object),
    });
    return decode<T>(body);
  }

  async #json<T>(path: string, query: Record<string, string | undefined> = {}): Promise<T> {
    const { body } = await this.#client.request({ method: "GET", path, query });
    return decode<T>(body);
  }

  /** A definition is established some time before its kind is served; both are waited for. */
  async #whenServed(definition: Manifest): Promise<void> {
    const spec = (definition as unknown as { spec: DefinitionSpec }).spec;
    const version = spec.versions.find(({ served }) => served)?.name ?? "v1";
    const path = `/apis/${spec.group}/${version}/${spec.names.plural}`;
    for (let attempt = 0; ; attempt++) {
      await this.#settle();
      try {
        await this.#client.request({ method: "GET", path, query: { limit: 1 } });
        return;
      } catch (error) {
        if (!hasCode(error, "EXP_NOT_FOUND") || attempt >= maxServedAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }
}

/** Tries of 25 ms; a real server needs about 70 ms. */
const maxServedAttempts = 400;

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly plural: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

function decode<T>(body: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(body)) as T;
}
