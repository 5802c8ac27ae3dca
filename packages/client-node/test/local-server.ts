// SPDX-License-Identifier: Apache-2.0
// Real HTTP(S) servers on the loopback device, with what a test wants to know about them.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { generate } from "selfsigned";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that is listening. */
export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections accepted since the start; over TLS, finished handshakes. */
  readonly connections: () => number;
  /** Method and path of what was asked, in order. */
  readonly requests: string[];
  readonly handle: (handler: Handler) => void;
  /** Resolves with the socket of the next request, or of the one that makes `count`. */
  readonly nextRequest: (count?: number) => Promise<Socket>;
  readonly close: () => Promise<void>;
}

/** A certificate authority and what it signed; made once per test file. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Makes a self-signed certificate for 127.0.0.1 and a client certificate signed by it. */
export async function makeCertificates(clientName = "alice"): Promise<Certificates> {
  const made = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    algorithm: "sha256",
    clientCertificate: { cn: clientName },
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const { cert, private: key, clientcert = "", clientprivate = "" } = made;
  return { ca: cert, cert, key, clientCert: clientcert, clientKey: clientprivate };
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startServer(handler: Handler, tls?: ServerOptions): Promise<LocalServer> {
  let current = handler;
  let connections = 0;
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const observers = new Set<(socket: Socket) => void>();
  const listener: Handler = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    current(request, response);
    for (const observe of [...observers]) observe(request.socket);
  };
  const server: Server =
    tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.keepAliveTimeout = 60_000;
  server.on(tls === undefined ? "connection" : "secureConnection", () => {
    connections += 1;
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    sockets,
    connections: () => connections,
    requests,
    handle: (next) => {
      current = next;
    },
    nextRequest: (count = requests.length + 1) =>
      new Promise((resolve) => {
        const observe = (socket: Socket): void => {
          if (requests.length < count) return;
          observers.delete(observe);
          resolve(socket);
        };
        observers.add(observe);
      }),
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Answers with a `Status`, as an API server does. */
export function status(
  response: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ kind: "Status", code, reason, message: `it is ${reason}` }));
}

/** The text of an answer's body. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

/** Lets sockets work until a condition holds; throws after five seconds, so that nothing spins on. */
export async function until(condition: () => boolean): Promise<void> {
  const endTimeMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > endTimeMs) throw new Error(`still not true: ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
