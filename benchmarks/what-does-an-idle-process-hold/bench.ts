// SPDX-License-Identifier: Apache-2.0
// Resident memory of a connected, idle operator process above a bare Node process.
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { startGetServer } from "../lib/get-server.js";
import { answer, type Measures } from "../lib/question.js";

/** Proportional and private memory of this process from the kernel, after a collection. */
async function settle(): Promise<Measures> {
  for (let pass = 0; pass < 4; pass += 1) {
    globalThis.gc?.();
    await wait(50);
  }
  const text = readFileSync("/proc/self/smaps_rollup", "utf8");
  const mb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { rssMb: mb("Rss"), privateMb: mb("Private_Dirty") + mb("Private_Clean") };
}

/** The in-cluster path as in a Pod: TLS, CA, token; one GET made, one connection kept. */
async function connected(): Promise<Measures> {
  const server = await startGetServer();
  const {
    createClient,
    configMaps,
    expand,
    Reconciler,
    withApiObjects,
    withSecondaryIndex,
    withWatches,
  } = await import("haversack");
  class Idle extends expand(
    Reconciler.of(configMaps),
    withApiObjects({ fieldManager: "idle" }),
    withSecondaryIndex({ kinds: { configMaps } }),
    withWatches({}),
  ) {
    override reconcile(): Promise<void> {
      return Promise.resolve();
    }
  }
  const reconciler = new Idle();
  const client = createClient({ server: server.url, ca: server.ca, token: "benchmark" });
  await client.request({ method: "GET", path: "/api/v1/namespaces/team-1/pods/web-1" });
  const measures = await settle();
  await client.close();
  server.close();
  if (reconciler.objects.fieldManager !== "idle") throw new Error("not expanded");
  return measures;
}

async function clientNode(): Promise<Measures> {
  const server = await startGetServer();
  const { CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: "c", server: server.url, caData: Buffer.from(server.ca).toString("base64") },
    ],
    users: [{ name: "u", token: "benchmark" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace: "team-1", name: "web-1" });
  const measures = await settle();
  server.close();
  return measures;
}

await answer(import.meta.url, {
  question: "What does an idle, connected process hold? (MB, Node itself included)",
  variants: {
    "bare Node": settle,
    "ours: façade, expanded, connected": connected,
    "client-node 1.4, connected": clientNode,
  },
  targets: [
    {
      measure: "rssMb",
      variant: "ours: façade, expanded, connected",
      above: "bare Node",
      atMost: 12,
    },
    {
      measure: "privateMb",
      variant: "ours: façade, expanded, connected",
      above: "bare Node",
      atMost: 12,
    },
  ],
  rounds: 5,
});
