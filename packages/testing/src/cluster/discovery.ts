// SPDX-License-Identifier: Apache-2.0
// Finds out which kinds a server serves (under stages 1 and 6: the API's edge).
import { defineKind, hasCode, type ApiClient, type Kind } from "@haversack/core";

interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** A kind with what may be done to its objects. */
export interface ServedKind {
  readonly kind: Kind;
  readonly verbs: readonly string[];
}

/**
 * Asks a server for its kinds and remembers the answers; what is not known is asked again, since
 * custom kinds come and go.
 */
export class Discovery {
  readonly #client: ApiClient;
  readonly #served = new Map<string, readonly ServedKind[]>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /**
   * The kind that an object names. **API requests:** 1 GET per group and version, once.
   *
   * @throws Error when the server does not serve it.
   */
  async kindOf(apiVersion: string, kind: string): Promise<Kind> {
    const find = async (): Promise<Kind | undefined> =>
      (await this.#of(apiVersion)).find((served) => served.kind.kind === kind)?.kind;
    const known = await find();
    if (known !== undefined) return known;
    this.#served.delete(apiVersion);
    const found = await find();
    if (found !== undefined) return found;
    throw new Error(
      `${this.#client.server} does not serve ${kind} of ${apiVersion}. Apply its CustomResourceDefinition first.`,
    );
  }

  /** All kinds, one version of each. **API requests:** 1 GET per group, and 1 per version not yet known. */
  async all(): Promise<readonly ServedKind[]> {
    const groups = await this.#json<{
      groups: { name: string; preferredVersion: { groupVersion: string } }[];
    }>("/apis");
    const versions = ["v1", ...groups.groups.map((group) => group.preferredVersion.groupVersion)];
    this.#served.clear();
    return (await Promise.all(versions.map((version) => this.#of(version)))).flat();
  }

  async #of(apiVersion: string): Promise<readonly ServedKind[]> {
    const known = this.#served.get(apiVersion);
    if (known !== undefined) return known;
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    try {
      const list = await this.#json<{ resources: DiscoveredResource[] }>(path);
      const served = list.resources
        .filter(({ name }) => !name.includes("/"))
        .map((resource) => servedKind(apiVersion, resource));
      this.#served.set(apiVersion, served);
      return served;
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return [];
      throw error;
    }
  }

  async #json<T>(path: string): Promise<T> {
    const { body } = await this.#client.request({ method: "GET", path });
    return JSON.parse(new TextDecoder().decode(body)) as T;
  }
}

function servedKind(apiVersion: string, resource: DiscoveredResource): ServedKind {
  const scope = resource.namespaced ? "Namespaced" : "Cluster";
  const kind = defineKind(apiVersion, resource.kind, { plural: resource.name, scope });
  return { kind, verbs: resource.verbs };
}
