// SPDX-License-Identifier: Apache-2.0
// What the contract suite needs: a test runner's words, and a server to ask (stages 1 and 6).
import {
  defineKind,
  isExpansionError,
  objectPath,
  resourcePath,
  type ApiClient,
  type ApiError,
  type ApiRequest,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
} from "@haversack/core";

/** The words of a test runner; jest's and vitest's globals fit. */
export interface ContractRunner {
  describe(name: string, define: () => void): void;
  it(name: string, run: () => Promise<void>): void;
  beforeAll(run: () => Promise<void>): void;
  afterAll(run: () => Promise<void>): void;
}

/** A server to be held to the contract; {@link TestCluster} fits. */
export interface ContractTarget {
  readonly admin: ApiClient;
  /** Makes a namespace that no other test has. */
  namespace(prefix?: string): Promise<string>;
  /** Lets the server's controllers do their work. */
  settle(): Promise<void>;
  /** Applies objects and waits until custom kinds are served. */
  apply(objects: readonly KubernetesObject[]): Promise<unknown>;
  close(): Promise<void>;
}

/** What a server can be asked to show beyond the API. */
export interface ContractAbilities {
  /** A garbage collector runs. A bare API server, as in envtest, has none. Default true. */
  readonly collectsGarbage?: boolean;
  /** Forgets history, so that 410 can be seen; absent: those tests are left out. */
  readonly compact?: () => Promise<void> | void;
}

/** A custom kind with status and defaults. */
export interface Gadget extends KubernetesObject {
  readonly spec?: { readonly size?: number; readonly color?: string };
  readonly status?: { readonly ready?: boolean };
}

export const gadgets: Kind<Gadget> = defineKind<Gadget>("contract.example.com/v1", "Gadget");

export const gadgetDefinition: KubernetesObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gadgets.contract.example.com" },
  spec: {
    group: "contract.example.com",
    scope: "Namespaced",
    names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  size: { type: "integer", default: 3, maximum: 10 },
                  color: { type: "string" },
                },
              },
              status: { type: "object", properties: { ready: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
} as KubernetesObject;

/** What the suite reads of any answer. */
export type Answer = KubernetesObject & {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly details?: { readonly uid?: string };
};

/** Short forms of requests, one test's namespace built in. */
export class ContractApi {
  readonly client: ApiClient;
  readonly namespace: string;

  constructor(client: ApiClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  key(name: string): ObjectKey {
    return { namespace: this.namespace, name };
  }

  async send<T = Answer>(request: ApiRequest): Promise<T> {
    const { body } = await this.client.request(request);
    return JSON.parse(new TextDecoder().decode(body)) as T;
  }

  /** The minor version that the server says it is. */
  async minor(): Promise<number> {
    const { minor } = await this.send<{ minor: string }>({ method: "GET", path: "/version" });
    return Number.parseInt(minor, 10);
  }

  create(kind: Kind, name: string, more: object = {}, metadata: object = {}): Promise<Answer> {
    const { apiVersion } = kind;
    const object = { apiVersion, kind: kind.kind, metadata: { name, ...metadata }, ...more };
    const path = resourcePath(kind, { namespace: this.namespace });
    return this.send({ method: "POST", path, body: JSON.stringify(object) });
  }

  get(kind: Kind, name: string): Promise<Answer> {
    return this.send({ method: "GET", path: objectPath(kind, this.key(name)) });
  }

  put(kind: Kind, object: KubernetesObject, subresource?: string): Promise<Answer> {
    const path = objectPath(kind, this.key(object.metadata.name), subresource);
    return this.send({ method: "PUT", path, body: JSON.stringify(object) });
  }

  merge(kind: Kind, name: string, patch: object, subresource?: string): Promise<Answer> {
    return this.send({
      method: "PATCH",
      path: objectPath(kind, this.key(name), subresource),
      contentType: "application/merge-patch+json",
      body: JSON.stringify(patch),
    });
  }

  jsonPatch(kind: Kind, name: string, operations: readonly object[]): Promise<Answer> {
    return this.send({
      method: "PATCH",
      path: objectPath(kind, this.key(name)),
      contentType: "application/json-patch+json",
      body: JSON.stringify(operations),
    });
  }

  apply(
    kind: Kind,
    name: string,
    fields: object,
    options: { by: string; force?: boolean; subresource?: string },
  ): Promise<Answer> {
    const { apiVersion } = kind;
    const metadata = { name, namespace: this.namespace };
    return this.send({
      method: "PATCH",
      path: objectPath(kind, this.key(name), options.subresource),
      query: { fieldManager: options.by, force: options.force },
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify({ apiVersion, kind: kind.kind, metadata, ...fields }),
    });
  }

  delete(kind: Kind, name: string, options: object = {}): Promise<Answer> {
    return this.send({
      method: "DELETE",
      path: objectPath(kind, this.key(name)),
      body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", ...options }),
    });
  }

  list(
    kind: Kind,
    query: Record<string, string | number> = {},
  ): Promise<{
    metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
    items: Answer[];
  }> {
    return this.send({ method: "GET", path: resourcePath(kind, this), query });
  }
}

/** The typed error of a request that must fail. */
export async function refusal(promise: Promise<unknown>): Promise<ApiError> {
  let answer: unknown;
  try {
    answer = await promise;
  } catch (error) {
    if (isExpansionError(error)) return error as ApiError;
    throw error;
  }
  throw new Error(`the server should have refused, and answered ${JSON.stringify(answer)}`);
}
