// SPDX-License-Identifier: Apache-2.0
// A TLS server process that answers every GET with one pre-serialised Pod and counts handshakes.
import { fork, type ChildProcess } from "node:child_process";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { pod } from "./pod.js";

/** A running server process. */
export interface GetServer {
  readonly url: string;
  /** PEM of its certificate, which is its own CA. */
  readonly ca: string;
  handshakes(): Promise<number>;
  close(): void;
}

/** Starts the server in a process of its own. */
export function startGetServer(): Promise<GetServer> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [], {
    execArgv: [],
    env: { ...process.env, HAVERSACK_GET_SERVER: "1" },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (message) => {
      const { port, ca } = message as { port: number; ca: string };
      resolve({
        url: `https://127.0.0.1:${port}`,
        ca,
        handshakes: () =>
          new Promise((count) => {
            child.once("message", (value) => count(value as number));
            child.send("handshakes");
          }),
        close: () => void child.kill(),
      });
    });
  });
}

async function serve(): Promise<void> {
  const names = [
    { type: 7, ip: "127.0.0.1" },
    { type: 2, value: "localhost" },
  ];
  const { cert, private: key } = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    keyType: "ec",
    extensions: [{ name: "subjectAltName", altNames: names }],
  } as Parameters<typeof generate>[1]);
  const body = JSON.stringify(pod(1, 1));
  let handshakes = 0;
  const server = createServer({ cert, key }, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  server.keepAliveTimeout = 60_000;
  server.on("secureConnection", () => (handshakes += 1));
  process.on("message", () => process.send?.(handshakes));
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ port: (server.address() as AddressInfo).port, ca: cert });
  });
}

if (process.env["HAVERSACK_GET_SERVER"] === "1" && process.send !== undefined) await serve();
