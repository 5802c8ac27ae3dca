// SPDX-License-Identifier: Apache-2.0
// A TLS server process that answers every GET with one pre-serialised object and counts handshakes.
import { fork, type ChildProcess } from "node:child_process";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { pod } from "./pod.js";

/** About 0.5 kB. */
const settings = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "settings",
    namespace: "team-1",
    uid: "3f2b8c1e-7d46-4a55-9e0b-0123456789ab",
    resourceVersion: "4711",
    creationTimestamp: "2026-01-05T10:11:07Z",
    labels: { "app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop" },
  },
  data: { "log.level": "info", "database.host": "db-0.db.team-1.svc", "cache.ttl": "300s" },
};

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
  const bodies = { pod: JSON.stringify(pod(1, 1)), small: JSON.stringify(settings) };
  let handshakes = 0;
  const server = createServer({ cert, key }, (request, response) => {
    const body = request.url?.includes("/pods/") === true ? bodies.pod : bodies.small;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  server.keepAliveTimeout = 60_000;
  server.on("secureConnection", () => (handshakes += 1));
  process.on("message", () => process.send?.(handshakes));
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ port: (server.address() as AddressInfo).port, ca: cert });
  });
}

if (process.env["HAVERSACK_GET_SERVER"] === "1" && process.send !== undefined) {
  process.once("disconnect", () => process.exit()); // Its starter ended without closing it.
  await serve();
}
