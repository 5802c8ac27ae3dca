// SPDX-License-Identifier: Apache-2.0
// Ingest, wire to queryable cache: 50,000 events of 5.6 kB, ours beside client-node and the floor.
import { request } from "node:http";
import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type KubernetesListObject,
  type V1Pod,
} from "@kubernetes/client-node";
import type { InformerOptions } from "haversack";
import { startEventServer, type EventServer } from "../lib/event-server.js";
import { watchPods } from "../lib/informer.js";
import { answer, type Measures } from "../lib/question.js";

const events = 50_000;
/** Read first and not counted: until then compilers work beside the reader. */
const warmUp = 30_000;
const objects = 5_000;

/** Runs a reader until it has seen every event; counts CPU of all threads of this process. */
async function measure(
  read: (server: EventServer, onEvent: () => void) => Promise<() => void | Promise<void>>,
): Promise<Measures> {
  const server = await startEventServer({ objects, events: warmUp + events, listed: 0 });
  let seen = 0;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let cpu = process.cpuUsage();
  let start = 0;
  const stop = await read(server, () => {
    seen += 1;
    if (seen === warmUp) {
      globalThis.gc?.();
      cpu = process.cpuUsage();
      start = performance.now();
    } else if (seen === warmUp + events) finish();
  });
  await finished;
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await stop();
  server.close();
  return {
    eventsPerSecond: events / (wallMs / 1000),
    cpuMicrosecondsPerEvent: (user + system) / events,
  };
}

function ours(options: InformerOptions): () => Promise<Measures> {
  return () =>
    measure(async ({ url }, onEvent) => {
      const { lease, close } = watchPods(url, options);
      lease.subscribe({ stage: "index", onEvent });
      await lease.whenSynced();
      return close;
    });
}

async function clientNode(): Promise<Measures> {
  return measure(async ({ url }, onEvent) => {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: "c", server: url, skipTLSVerify: true }],
      users: [{ name: "u" }],
      contexts: [{ name: "x", cluster: "c", user: "u" }],
      currentContext: "x",
    });
    const api = config.makeApiClient(CoreV1Api);
    const list = (): Promise<KubernetesListObject<V1Pod>> => api.listPodForAllNamespaces();
    const informer = makeInformer(config, "/api/v1/pods", list);
    informer.on("add", onEvent);
    informer.on("update", onEvent);
    informer.on("error", () => undefined);
    await informer.start();
    return () => informer.stop();
  });
}

/** The floor: bytes split into lines, with a parse or without, and a Map or without. */
function byHand(take: (line: Buffer) => void): () => Promise<Measures> {
  return () =>
    measure(({ url }, onEvent) => {
      const query = request(`${url}/api/v1/pods?watch=true`, (response) => {
        let rest: Buffer = Buffer.alloc(0);
        response.on("data", (chunk: Buffer) => {
          const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
          let from = 0;
          for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
            take(data.subarray(from, end));
            onEvent();
            from = end + 1;
          }
          rest = data.subarray(from);
        });
        response.on("error", () => undefined);
      });
      query.end();
      return Promise.resolve(() => void query.destroy());
    });
}

const cache = new Map<string, unknown>();

await answer(import.meta.url, {
  question: "How fast are events taken in? (50,000 events, 5.6 kB each, one core for the reader)",
  variants: {
    "ours, whole objects": ours({}),
    "ours, lazy bodies": ours({ bodies: "lazy" }),
    "ours, metadata": ours({ projection: { keep: "metadata" } }),
    "client-node informer": clientNode,
    "by hand, parse and cache": byHand((line) => {
      const { object } = JSON.parse(line.toString()) as { object: V1Pod };
      cache.set(`${object.metadata?.namespace}/${object.metadata?.name}`, object);
    }),
    "floor: split lines": byHand(() => undefined),
  },
  targets: [
    {
      measure: "eventsPerSecond",
      variant: "ours, whole objects",
      against: "client-node informer",
      atLeast: 1.7,
    },
    {
      measure: "eventsPerSecond",
      variant: "ours, lazy bodies",
      against: "client-node informer",
      atLeast: 4,
    },
    {
      measure: "cpuMicrosecondsPerEvent",
      variant: "ours, whole objects",
      against: "client-node informer",
      atMost: 0.6,
    },
    {
      measure: "cpuMicrosecondsPerEvent",
      variant: "ours, lazy bodies",
      against: "client-node informer",
      atMost: 0.25,
    },
    {
      measure: "eventsPerSecond",
      variant: "ours, lazy bodies",
      against: "floor: split lines",
      atLeast: 0.3,
    },
  ],
});
