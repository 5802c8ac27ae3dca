// SPDX-License-Identifier: Apache-2.0
// A plain client for the tests of this package: requests, answers, watch events.
import { startApiServer } from "../src/index.js";
import type { ApiServer, ApiServerOptions, JsonObject } from "../src/index.js";

/** An answer, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers freely; a wrong path shows as undefined in the expectation.
  readonly body: Dig;
}

/** Fields that tests read. */
type Key =
  | ("apiVersion" | "code" | "color" | "cells" | "columnDefinitions" | "conditions" | "containers")
  | ("clusterIP" | "continue" | "count" | "creationTimestamp" | "currentRevision" | "data")
  | ("causes" | "deletionGracePeriodSeconds" | "deletionTimestamp" | "details" | "env" | "field")
  | ("fieldsV1" | "finalizers" | "generation" | "image" | "items" | "kind" | "labels" | "manager")
  | ("managedFields" | "message" | "metadata" | "n" | "name" | "namespace" | "nodePort" | "object")
  | ("operation" | "ownerReferences" | "phase" | "plain" | "ports" | "reason" | "replicas" | "rows")
  | ("remainingItemCount" | "resourceVersion" | "selector" | "size" | "spec" | "status" | "tags")
  | ("subresource" | "template" | "type" | "uid" | "updatedReplicas" | "updateRevision" | "volumes")
  | ("annotations" | "bogus" | "readyReplicas" | "stringData" | "not" | "y" | "events")
  | (
      "acceptedNames" | "storedVersions" | "versions" | "groups" | "resources" | "allowed" | "paths"
    );

/** A JSON value that any path can be read from; a field that is not there fails the expectation. */
export type Dig = { readonly [K in Key]: Dig } & {
  readonly [other: string]: Dig | undefined;
  readonly [index: number]: Dig;
} & {
  map<T>(change: (item: Dig) => T): T[];
};

/** What a request may carry beyond its body. */
export interface SendOptions {
  readonly type?: string;
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
}

export const mergePatch: SendOptions = { type: "application/merge-patch+json" };
export const jsonPatch: SendOptions = { type: "application/json-patch+json" };
export const strategicPatch: SendOptions = { type: "application/strategic-merge-patch+json" };
export const applyPatch: SendOptions = { type: "application/apply-patch+yaml" };

/** Reads the events of a watch one by one. */
export class EventReader {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  #text = "";

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    if (response.body === null) throw new Error("the watch has no body");
    this.#reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#abort = abort;
  }

  /** The next event, or undefined at the end of the stream. */
  async next(): Promise<Dig | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return JSON.parse(line) as Dig;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += Buffer.from(value).toString("utf8");
    }
  }

  /** The next events, as `TYPE name`. */
  async take(count: number): Promise<string[]> {
    const events: string[] = [];
    for (let index = 0; index < count; index++) {
      const event = await this.next();
      events.push(
        `${String(event?.["type"])} ${String(event?.["object"]?.["metadata"]?.["name"])}`,
      );
    }
    return events;
  }

  /** Everything up to the end of the stream. */
  async rest(): Promise<Dig[]> {
    const events: Dig[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      events.push(event);
    }
    return events;
  }

  close(): void {
    this.#abort.abort();
  }
}

/** A server and a client of it. */
export class TestApi {
  readonly server: ApiServer;

  private constructor(server: ApiServer) {
    this.server = server;
  }

  static async start(options: ApiServerOptions = {}): Promise<TestApi> {
    return new TestApi(await startApiServer(options));
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    options: SendOptions = {},
  ): Promise<Answer> {
    const response = await this.server.fetch(path, this.#init(method, body, options));
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
    const parsed = isJson ? (JSON.parse(text) as Dig) : ({} as Dig);
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  #init(method: string, body: unknown, { type, token, headers = {} }: SendOptions): RequestInit {
    const bearer = token ?? this.server.token;
    return {
      method,
      headers: {
        "content-type": type ?? "application/json",
        "user-agent": "probe/1.0",
        ...(bearer === "" ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    };
  }

  get(path: string, options?: SendOptions): Promise<Answer> {
    return this.send("GET", path, undefined, options);
  }

  post(path: string, body: unknown, options?: SendOptions): Promise<Answer> {
    return this.send("POST", path, body, options);
  }

  put(path: string, body: unknown, options?: SendOptions): Promise<Answer> {
    return this.send("PUT", path, body, options);
  }

  patch(path: string, body: unknown, options: SendOptions = mergePatch): Promise<Answer> {
    return this.send("PATCH", path, body, options);
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.send("DELETE", path, body);
  }

  /** Server-side apply. */
  apply(path: string, body: JsonObject, manager: string, force = false): Promise<Answer> {
    const query = `fieldManager=${manager}${force ? "&force=true" : ""}`;
    return this.send("PATCH", `${path}?${query}`, body, applyPatch);
  }

  /** Starts a watch. */
  async watch(path: string): Promise<EventReader> {
    const abort = new AbortController();
    const init = { ...this.#init("GET", undefined, {}), signal: abort.signal };
    return new EventReader(await this.server.fetch(path, init), abort);
  }

  /** Applies the widgets definition and waits until it is served. */
  async serveWidgets(change?: (version: JsonObject) => void): Promise<void> {
    const answer = await this.post(crdsPath, widgetCrd(change));
    if (answer.status !== 201) throw new Error(`creating the CRD failed: ${answer.text}`);
    await this.server.settle();
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

export const configMaps = "/api/v1/namespaces/default/configmaps";
export const widgets = "/apis/lab.example.com/v1/namespaces/default/widgets";
export const crdsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A ConfigMap. */
export function configMap(
  name: string,
  data: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** A custom resource of the tests. */
export function widget(
  name: string,
  spec: JsonObject = { size: 1 },
  more: JsonObject = {},
): JsonObject {
  const { metadata = {}, ...rest } = more as { metadata?: JsonObject };
  return {
    apiVersion: "lab.example.com/v1",
    kind: "Widget",
    metadata: { name, ...metadata },
    spec,
    ...rest,
  };
}

/** The definition of the tests' custom resource. */
export function widgetCrd(change: (version: JsonObject) => void = () => undefined): JsonObject {
  const named = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, count: { type: "integer", default: 3 } },
  };
  const spec = {
    type: "object",
    properties: {
      size: { type: "integer", minimum: 0, maximum: 10 },
      color: { type: "string", enum: ["red", "green"], default: "red" },
      code: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
      note: { type: "string", nullable: true },
      items: {
        type: "array",
        maxItems: 3,
        items: named,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      plain: { type: "array", items: { type: "string" } },
      port: { "x-kubernetes-int-or-string": true },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      labels: { type: "object", additionalProperties: { type: "string" } },
      whole: {
        type: "object",
        "x-kubernetes-map-type": "atomic",
        properties: { a: { type: "string" }, b: { type: "string" } },
      },
    },
  };
  const status = {
    type: "object",
    properties: { phase: { type: "string" }, size: { type: "integer" } },
  };
  const version: JsonObject = {
    name: "v1",
    served: true,
    storage: true,
    subresources: {
      status: {},
      scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" },
    },
    additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
    schema: { openAPIV3Schema: { type: "object", properties: { spec, status } } },
  };
  change(version);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.lab.example.com" },
    spec: {
      group: "lab.example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"] },
      versions: [version],
    },
  };
}
