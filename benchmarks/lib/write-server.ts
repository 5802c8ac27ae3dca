// SPDX-License-Identifier: Apache-2.0
// The embedded API server in a process of its own, with a writer that patches ConfigMaps at a
// fixed rate and puts the time of each write into the object.
import { fork, type ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startApiServer, type ApiServer } from "@haversack/apiserver";

/** The annotation with the time of the write, in milliseconds with fractions. */
export const writtenAt = "bench.example.com/written-at";

/** Milliseconds since 1970 with fractions, comparable between processes of one machine. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** A running server and writer. */
export interface WriteServer {
  readonly url: string;
  readonly token: string;
  /** Writes at a rate, in an open loop: a slow answer does not slow the writer down. */
  write(options: { objects: number; perSecond: number; total: number }): void;
  close(): void;
}

/** Starts both. */
export function startWriteServer(): Promise<WriteServer> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [], {
    execArgv: [],
    env: { ...process.env, HAVERSACK_WRITE_SERVER: "1" },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (message) => {
      const { url, token } = message as { url: string; token: string };
      resolve({
        url,
        token,
        write: (options) => void child.send(options),
        close: () => void child.kill(),
      });
    });
  });
}

async function send(server: ApiServer, method: string, path: string, body: object): Promise<void> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: `Bearer ${server.token}`, "content-type": type };
  const response = await server.fetch(path, { method, headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

async function serve(): Promise<void> {
  const server = await startApiServer();
  const collection = "/api/v1/namespaces/default/configmaps";
  process.on("message", (message) => {
    const { objects, perSecond, total } = message as {
      objects: number;
      perSecond: number;
      total: number;
    };
    void (async () => {
      for (let index = 0; index < objects; index += 1) {
        await send(server, "POST", collection, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: `c-${index}` },
          data: { value: "x".repeat(1_000) },
        });
      }
      await wait(500);
      const start = preciseNow();
      for (let index = 0; index < total; index += 1) {
        const due = start + (index * 1_000) / perSecond;
        while (preciseNow() < due) await wait(0);
        const metadata = { annotations: { [writtenAt]: String(preciseNow()) } };
        await send(server, "PATCH", `${collection}/c-${index % objects}`, { metadata });
      }
    })();
  });
  process.send?.({ url: server.url, token: server.token });
}

if (process.env["HAVERSACK_WRITE_SERVER"] === "1" && process.send !== undefined) {
  process.once("disconnect", () => process.exit()); // Its starter ended without closing it.
  await serve();
}
