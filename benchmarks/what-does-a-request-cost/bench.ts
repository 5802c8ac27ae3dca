// SPDX-License-Identifier: Apache-2.0
// 5,000 GETs of one object over TLS, parsed: rate, CPU and handshakes.
import { request, Agent } from "node:https";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { createClient } from "haversack";
import { startGetServer, type GetServer } from "../lib/get-server.js";
import { answer, type Measures } from "../lib/question.js";

/** Not counted: until then compilers work beside the requests. */
const warmUp = 3_000;
const requests = 5_000;

async function inParallel(
  count: number,
  lanes: number,
  once: () => Promise<unknown>,
): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function measure(lanes: number, connect: Connect, size: Size = "small"): () => Promise<Measures> {
  return async () => {
    const server = await startGetServer();
    const { get, close } = await connect(server, size);
    await inParallel(warmUp, lanes, get);
    const before = await server.handshakes();
    const cpu = process.cpuUsage();
    const start = performance.now();
    await inParallel(requests, lanes, get);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const handshakes = (await server.handshakes()) - before;
    await close();
    server.close();
    return {
      requestsPerSecond: requests / seconds,
      cpuMicrosecondsPerRequest: (user + system) / requests,
      handshakesPerRequest: handshakes / requests,
    };
  };
}

/** A ConfigMap of 0.5 kB, or a Pod of 5.6 kB. */
type Size = "small" | "pod";
type Connect = (
  server: GetServer,
  size: Size,
) => Promise<{ get: () => Promise<unknown>; close: () => unknown }>;

const pathOf = (size: Size): string =>
  size === "pod"
    ? "/api/v1/namespaces/team-1/pods/web-1"
    : "/api/v1/namespaces/team-1/configmaps/settings";
const decoder = new TextDecoder();

const ours: Connect = (server, size) => {
  const client = createClient({ server: server.url, ca: server.ca, token: "benchmark" });
  return Promise.resolve({
    get: async () => {
      const { body } = await client.request({ method: "GET", path: pathOf(size) });
      return JSON.parse(decoder.decode(body)) as unknown;
    },
    close: () => client.close(),
  });
};

const clientNode: Connect = (server, size) => {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: "c", server: server.url, caData: Buffer.from(server.ca).toString("base64") },
    ],
    users: [{ name: "u", token: "benchmark" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  const api = config.makeApiClient(CoreV1Api);
  return Promise.resolve({
    get: () =>
      size === "pod"
        ? api.readNamespacedPod({ namespace: "team-1", name: "web-1" })
        : api.readNamespacedConfigMap({ namespace: "team-1", name: "settings" }),
    close: () => undefined,
  });
};

const byHand: Connect = (server, size) => {
  const agent = new Agent({ keepAlive: true, ca: server.ca });
  return Promise.resolve({
    get: () =>
      new Promise((resolve, reject) => {
        request(`${server.url}${pathOf(size)}`, { agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
          response.on("error", reject);
        })
          .on("error", reject)
          .end();
      }),
    close: () => agent.destroy(),
  });
};

const rate = "requestsPerSecond";
const cpu = "cpuMicrosecondsPerRequest";

await answer(import.meta.url, {
  question: "What does a request cost? (5,000 GETs of a 0.5 kB ConfigMap over TLS)",
  variants: {
    "ours, 10 at a time": measure(10, ours),
    "client-node 1.4, 10 at a time": measure(10, clientNode),
    "floor: node:https kept alive, 10 at a time": measure(10, byHand),
    "ours, one by one": measure(1, ours),
    "client-node 1.4, one by one": measure(1, clientNode),
    "ours, a Pod of 5.6 kB": measure(10, ours, "pod"),
    "client-node 1.4, a Pod of 5.6 kB": measure(10, clientNode, "pod"),
  },
  rounds: 3,
  targets: [
    {
      measure: rate,
      variant: "ours, 10 at a time",
      against: "client-node 1.4, 10 at a time",
      atLeast: 8,
    },
    {
      measure: cpu,
      variant: "ours, 10 at a time",
      against: "client-node 1.4, 10 at a time",
      atMost: 0.15,
    },
    {
      measure: rate,
      variant: "ours, one by one",
      against: "client-node 1.4, one by one",
      atLeast: 8,
    },
    {
      measure: cpu,
      variant: "ours, one by one",
      against: "client-node 1.4, one by one",
      atMost: 0.15,
    },
    { measure: "handshakesPerRequest", variant: "ours, 10 at a time", atMost: 0, gates: true },
    {
      measure: cpu,
      variant: "ours, 10 at a time",
      against: "floor: node:https kept alive, 10 at a time",
      atMost: 1.3,
    },
  ],
});
