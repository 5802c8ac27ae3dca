// SPDX-License-Identifier: Apache-2.0
// A server process for the ingest questions: LISTs and one blasted watch, pre-encoded, so that the
// client is what is measured. Plain HTTP/1.1, each event its own chunk, as the API server does it.
import { fork, type ChildProcess } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { pod } from "./pod.js";

/** What the server holds and sends. */
export interface EventServerOptions {
  /** Distinct objects in the watch. */
  readonly objects: number;
  /** Events in all: first every object ADDED, then MODIFIED in turn. */
  readonly events: number;
  /** Objects in the LIST. */
  readonly listed: number;
}

/** A running server process. */
export interface EventServer {
  readonly url: string;
  /** Bytes of one event line on average. */
  readonly eventBytes: number;
  close(): void;
}

/** Starts the server in a process of its own and waits until it has encoded everything. */
export function startEventServer(options: EventServerOptions): Promise<EventServer> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)], {
    execArgv: [],
    env: { ...process.env, HAVERSACK_EVENT_SERVER: "1" },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status) => reject(new Error(`event server left with status ${status}`)));
    child.once("message", (message) => {
      const { port, eventBytes } = message as { port: number; eventBytes: number };
      child.removeAllListeners("exit");
      resolve({ url: `http://127.0.0.1:${port}`, eventBytes, close: () => void child.kill() });
    });
  });
}

const bufferBytes = 64 * 1024;

/** Event lines as HTTP chunks, gathered into buffers of about 64 KiB. */
function encodeEvents({ objects, events }: EventServerOptions): {
  buffers: Buffer[];
  bytes: number;
} {
  const buffers: Buffer[] = [];
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let bytes = 0;
  for (let index = 0; index < events; index += 1) {
    const type = index < objects ? "ADDED" : "MODIFIED";
    const line = Buffer.from(
      `${JSON.stringify({ type, object: pod(index % objects, 1_000 + index) })}\n`,
    );
    bytes += line.length;
    pending.push(Buffer.from(`${line.length.toString(16)}\r\n`), line, Buffer.from("\r\n"));
    pendingBytes += line.length;
    if (pendingBytes < bufferBytes && index < events - 1) continue;
    buffers.push(Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  }
  return { buffers, bytes };
}

function serve(options: EventServerOptions): void {
  const { buffers, bytes } = encodeEvents(options);
  const items = Array.from({ length: options.listed }, (_, index) => {
    const {
      apiVersion: _a,
      kind: _k,
      ...item
    } = pod(index, 500 + index) as Record<string, unknown>;
    return JSON.stringify(item);
  });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.searchParams.get("watch") === "true" || url.searchParams.get("watch") === "1") {
      if (url.searchParams.get("sendInitialEvents") === "true") refuse(response);
      else void blast(response, buffers);
    } else if (request.method === "GET") {
      list(response, items, url);
    }
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ port, eventBytes: bytes / options.events });
  });
}

function refuse(response: ServerResponse): void {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Invalid",
    code: 422,
    message: "sendInitialEvents is forbidden for watch",
  };
  response.writeHead(422, { "content-type": "application/json" }).end(JSON.stringify(status));
}

function list(response: ServerResponse<IncomingMessage>, items: string[], url: URL): void {
  const limit = Number(url.searchParams.get("limit") ?? 0) || items.length;
  const start = Number(url.searchParams.get("continue") ?? 0);
  const end = Math.min(start + limit, items.length);
  const metadata = {
    resourceVersion: "999",
    ...(end < items.length ? { continue: String(end) } : {}),
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.write(
    `{"kind":"PodList","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`,
  );
  const step = 500;
  const more = (from: number): void => {
    if (from >= end) {
      response.end("]}\n");
      return;
    }
    const part = items.slice(from, Math.min(from + step, end)).join(",");
    const text = from === start ? part : `,${part}`;
    if (response.write(text)) setImmediate(more, from + step);
    else response.once("drain", () => more(from + step));
  };
  more(start);
}

async function blast(response: ServerResponse, buffers: readonly Buffer[]): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const socket = response.socket;
  if (socket === null) return;
  socket.on("error", () => undefined);
  for (const buffer of buffers) {
    if (socket.destroyed) return;
    if (!socket.write(buffer)) {
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          socket.off("drain", goOn).off("close", goOn);
          resolve();
        };
        socket.once("drain", goOn).once("close", goOn);
      });
    }
  }
}

if (process.env["HAVERSACK_EVENT_SERVER"] === "1" && process.send !== undefined) {
  process.once("disconnect", () => process.exit()); // Its starter ended without closing it.
  serve(JSON.parse(process.argv[2] ?? "{}") as EventServerOptions);
}
