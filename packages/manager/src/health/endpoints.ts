// SPDX-License-Identifier: Apache-2.0
// Health, readiness and metrics over HTTP; nothing else is served (under every stage).
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigurationError } from "@haversack/core";
import { formatHealth, type HealthCheck } from "./health.js";

/** Where the endpoints are served. */
export interface EndpointOptions {
  /** Default 8080; 0 takes a free one. */
  readonly port?: number;
  /** Default all addresses: the kubelet asks from outside of the Pod. */
  readonly host?: string;
}

/** What the endpoints show. */
export interface EndpointSource {
  live(): readonly HealthCheck[];
  ready(): readonly HealthCheck[];
  /** Prometheus text; `undefined` where no metrics are kept. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string } | undefined>;
}

/**
 * Serves `/livez`, `/healthz`, `/readyz` and `/metrics`: 200 when well, 503 when not, with a line
 * for each thing that was looked at. **API requests:** 0.
 */
export class Endpoints {
  readonly #server: Server;
  readonly #options: EndpointOptions;

  constructor(source: EndpointSource, options: EndpointOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const send = (status: number, contentType: string, text: string): void => {
        response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
        response.end(request.method === "HEAD" ? undefined : text);
      };
      answer(source, request.method ?? "", request.url ?? "/").then(
        ({ status, contentType, text }) => send(status, contentType, text),
        () => send(500, plain, "the answer could not be made\n"),
      );
    });
    this.#server.requestTimeout = 10_000;
  }

  /** @returns Where it listens. @throws ConfigurationError when the port is taken. Terminal. */
  listen(): Promise<{ readonly port: number }> {
    const { port = 8080, host } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(
          new ConfigurationError(
            `cannot serve health and metrics on port ${port}: ${cause.message}. Choose another http.port.`,
            { cause },
          ),
        ),
      );
      const onListening = (): void => resolve(this.#server.address() as AddressInfo);
      if (host === undefined) this.#server.listen(port, onListening);
      else this.#server.listen(port, host, onListening);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const plain = "text/plain; charset=utf-8";

async function answer(
  source: EndpointSource,
  method: string,
  url: string,
): Promise<{ status: number; contentType: string; text: string }> {
  if (method !== "GET" && method !== "HEAD")
    return { status: 405, contentType: plain, text: "only GET\n" };
  const [path = "/"] = url.split("?");
  const health = (name: string, checks: readonly HealthCheck[]): ReturnType<typeof toAnswer> =>
    toAnswer(checks.every(({ isWell }) => isWell) ? 200 : 503, plain, formatHealth(name, checks));
  switch (path) {
    case "/livez":
    case "/healthz":
      return health(path.slice(1), source.live());
    case "/readyz":
      return health("readyz", source.ready());
    case "/metrics": {
      const metrics = await source.metrics();
      return metrics === undefined
        ? toAnswer(404, plain, "no metrics are kept\n")
        : toAnswer(200, metrics.contentType, metrics.text);
    }
    default:
      return toAnswer(404, plain, "served are /livez, /healthz, /readyz and /metrics\n");
  }
}

function toAnswer(
  status: number,
  contentType: string,
  text: string,
): { status: number; contentType: string; text: string } {
  return { status, contentType, text };
}
