// SPDX-License-Identifier: Apache-2.0
// The HTTP(S) transport: Node's server around the handler.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { StreamSink } from "../read/watch-stream.js";
import type { ApiRequest, Outcome } from "./api-request.js";
import { maxBodyBytes, tooLarge } from "./read-body.js";

/** Certificate and key in PEM, and the CA whose client certificates are trusted. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** What the transport needs to know. */
export interface TransportOptions {
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  readonly handle: (request: ApiRequest) => Promise<Outcome>;
  readonly limits?: ConnectionLimits | undefined;
}

/** What a client may take of the server by being slow or many. */
export interface ConnectionLimits {
  /** Time for the headers of a request, from the first byte or the connection on. */
  readonly headersMs: number;
  /** Time for a whole request with its body; answers and watches take as long as they like. */
  readonly requestMs: number;
  /** Connections at a time; more are closed at once. */
  readonly connections: number;
  /** How often the times are checked. */
  readonly checkEveryMs: number;
}

/** Times as those of kube-apiserver (32 s for headers); the number keeps memory bounded. */
export const defaultLimits: ConnectionLimits = {
  headersMs: 32_000,
  requestMs: 60_000,
  connections: 10_000,
  checkEveryMs: 5_000,
};

/** Largest headers, URL included. Source: Go's HTTP server, which the API server is built on. */
const maxHeaderBytes = 1_048_576;

/** A listening transport. */
export interface Transport {
  readonly port: number;
  /** Stops listening and breaks what is open. */
  close(): Promise<void>;
}

/** Collects the body; one that is too large is read on and thrown away, so that the answer gets out. */
function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge());
      }
    });
    message.on("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    message.on("error", reject);
    message.on("close", () => reject(new Error("the client went away before its body was whole")));
  });
}

function certificateOf(message: IncomingMessage): ApiRequest["certificate"] {
  const socket = message.socket as Partial<TLSSocket>;
  if (socket.authorized !== true) return undefined;
  const subject = socket.getPeerCertificate?.().subject as
    { CN?: string; O?: string | string[] } | undefined;
  if (subject?.CN === undefined) return undefined;
  return { user: subject.CN, groups: [subject.O ?? []].flat() };
}

/** Without a certificate the peer's is an empty object. */
function hasBadCertificate(message: IncomingMessage): boolean {
  const socket = message.socket as Partial<TLSSocket>;
  if (socket.authorized !== false) return false;
  return Object.keys(socket.getPeerCertificate?.() ?? {}).length > 0;
}

function toRequest(message: IncomingMessage): ApiRequest {
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  let body: Promise<Buffer> | undefined;
  return {
    method: message.method ?? "GET",
    path: mark === -1 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1)),
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    headerNames: () => Object.keys(message.headers),
    body: () => (body ??= readBody(message)),
    certificate: certificateOf(message),
    hasBadCertificate: hasBadCertificate(message),
  };
}

function sinkOf(response: ServerResponse): StreamSink {
  return {
    write: (chunk) => response.write(chunk),
    onDrain: (run) => response.on("drain", run),
    onClose: (run) => response.on("close", run),
    end: () => response.end(),
    destroy: () => response.destroy(),
  };
}

function reply(message: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  if (outcome === "hang") return;
  if (outcome === "reset") {
    message.socket.destroy();
    return;
  }
  const { status, headers, body, stream } = outcome;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value as string | string[]);
  }
  response.statusCode = status;
  if (stream !== undefined && message.method !== "HEAD") {
    response.flushHeaders();
    stream(sinkOf(response));
    return;
  }
  const bytes = body === undefined ? 0 : Buffer.byteLength(body);
  const promised = response.getHeader("content-length");
  if (promised === undefined) response.setHeader("content-length", bytes);
  if (message.method === "HEAD") {
    response.end();
    return;
  }
  // A body that was cut short by a fault: what there is goes out, then the connection breaks.
  if (promised !== undefined && Number(promised) > bytes) {
    response.write(body, () => message.socket.destroy());
    return;
  }
  // A text leaves in one piece with the headers.
  response.end(body);
}

async function serve(
  options: TransportOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const outcome = await options.handle(toRequest(message));
  if (!response.destroyed) reply(message, response, outcome);
  // A body that nobody read would keep the connection from being used again.
  if (!message.readableEnded && outcome !== "hang") message.resume();
}

/** Starts listening on the loopback address. */
export async function listen(options: TransportOptions): Promise<Transport> {
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    serve(options, message, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
  const { tls, limits = defaultLimits } = options;
  const settings = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: 120_000,
    noDelay: true,
  };
  const server: Server =
    tls === undefined
      ? createServer(settings, onRequest)
      : createTlsServer(
          { ...settings, ...tls, requestCert: true, rejectUnauthorized: false },
          onRequest,
        );
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, close };
}
