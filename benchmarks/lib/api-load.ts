// SPDX-License-Identifier: Apache-2.0
// A client that loads an API server with custom resources: one kept-alive connection per lane.
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { ApiServerProcess } from "./api-server-process.js";
import { median } from "./report.js";

const collection = "/apis/bench.haversack.dev/v1/namespaces/default/widgets";

/** The server's definition of what is written: about 1 kB each, with a list that apply merges. */
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.bench.haversack.dev" },
  spec: {
    group: "bench.haversack.dev",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
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
                  size: { type: "integer", minimum: 0 },
                  mode: { type: "string", enum: ["slow", "fast"] },
                  parts: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: { type: "string" }, text: { type: "string" } },
                    },
                  },
                },
              },
              status: { type: "object", properties: { seen: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

const widget = (name: string, size: number): object => ({
  apiVersion: "bench.haversack.dev/v1",
  kind: "Widget",
  metadata: { name, labels: { app: "bench", shard: String(size % 10) } },
  spec: {
    size,
    mode: "fast",
    parts: Array.from({ length: 5 }, (_, part) => ({ name: `part-${part}`, text: "x".repeat(60) })),
  },
});

const merge = "application/merge-patch+json";
const apply = "application/apply-patch+yaml";

/** An answer. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A client of one server. */
export class ApiLoad {
  readonly #server: ApiServerProcess;
  readonly #agent: HttpAgent;

  constructor(server: ApiServerProcess) {
    this.#server = server;
    this.#agent = server.url.startsWith("https")
      ? new HttpsAgent({ keepAlive: true, ca: server.ca })
      : new HttpAgent({ keepAlive: true });
  }

  #open(
    method: string,
    path: string,
    headers: Record<string, string | number>,
    agent: HttpAgent,
    take: (response: IncomingMessage) => void,
  ): ReturnType<typeof httpRequest> {
    const { url, token } = this.#server;
    const send = url.startsWith("https") ? httpsRequest : httpRequest;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return send(url + path, { method, agent, headers: { ...authorization, ...headers } }, take);
  }

  /** One request. @throws Error for any answer but success. */
  call(method: string, path: string, body?: object, type = "application/json"): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      this.#open(method, path, headers, this.#agent, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = {
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
          };
          if (answer.status < 300) resolve(answer);
          else reject(new Error(`${method} ${path}: ${answer.status} ${answer.text}`));
        });
      })
        .on("error", reject)
        .end(text);
    });
  }

  /** Makes the kind known and waits until it is served. */
  async prepare(): Promise<void> {
    await this.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    for (;;) {
      const served = await this.call("GET", collection).catch(() => undefined);
      if (served !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  create = (name: string, size = 0): Promise<Answer> =>
    this.call("POST", collection, widget(name, size));
  get = (name: string): Promise<Answer> => this.call("GET", `${collection}/${name}`);
  list = (query = ""): Promise<Answer> => this.call("GET", collection + query);
  patch = (name: string, size: number): Promise<Answer> =>
    this.call("PATCH", `${collection}/${name}`, { spec: { size } }, merge);
  patchStatus = (name: string, seen: number): Promise<Answer> =>
    this.call("PATCH", `${collection}/${name}/status`, { status: { seen } }, merge);
  apply = (name: string, size: number): Promise<Answer> =>
    this.call(
      "PATCH",
      `${collection}/${name}?fieldManager=b&force=true`,
      widget(name, size),
      apply,
    );

  /** Opens a watch from now on; `onBytes` sees what comes. Resolves when it is open. */
  async watch(onBytes: (bytes: number) => void): Promise<() => void> {
    const { metadata } = JSON.parse((await this.list("?limit=1")).text) as {
      metadata: { resourceVersion: string };
    };
    const path = `${collection}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const { ca } = this.#server;
    const agent = this.#server.url.startsWith("https") ? new HttpsAgent({ ca }) : new HttpAgent();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      this.#open("GET", path, {}, agent, resolve).on("error", reject).end();
    });
    response.on("data", (chunk: Buffer) => onBytes(chunk.length));
    response.on("error", () => undefined);
    return () => void response.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Median time of a request in milliseconds, one after the other. */
export async function medianMs(
  count: number,
  once: (index: number) => Promise<unknown>,
): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await once(index);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Runs so many calls, so many at a time. Returns the seconds it took. */
export async function inLanes(
  count: number,
  lanes: number,
  once: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await once(index);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return (performance.now() - start) / 1000;
}
