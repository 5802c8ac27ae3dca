// SPDX-License-Identifier: Apache-2.0
// Memory per cached object of 5.6 kB, 20,000 of them listed, after a forced collection.
import { request } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { InformerOptions } from "haversack";
import { startEventServer } from "../lib/event-server.js";
import { watchPods } from "../lib/informer.js";
import { answer, type Measures } from "../lib/question.js";

const listed = 20_000;

/** Lazy bodies are compressed when they have rested for a second. */
const restMs = 4_000;

/** What is reachable at rest, when nothing of the transfer is in flight any more. */
async function heldBytes(): Promise<number> {
  for (let pass = 0; pass < 8; pass += 1) {
    await setTimeout(restMs / 8);
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage(); // external includes array buffers
  return heapUsed + external;
}

async function measure(
  fill: (url: string) => Promise<{ held: unknown; peakMb: () => number }>,
): Promise<Measures> {
  const server = await startEventServer({ objects: 1, events: 1, listed });
  const before = await heldBytes();
  const { held, peakMb } = await fill(server.url);
  const after = await heldBytes();
  const peak = peakMb();
  server.close();
  if (held === undefined) throw new Error("nothing was cached");
  return { bytesPerObject: (after - before) / listed, peakRssMb: peak };
}

const rssMb = (): number => process.resourceUsage().maxRSS / 1024;

function ours(options: InformerOptions): () => Promise<Measures> {
  return () =>
    measure(async (url) => {
      const { lease } = watchPods(url, options);
      await lease.whenSynced();
      if (lease.size !== listed) throw new Error(`cached ${lease.size} of ${listed}`);
      return { held: lease, peakMb: rssMb };
    });
}

function bodyOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      let chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve(Buffer.concat(chunks).toString());
        chunks = [];
      });
      response.on("error", reject);
    }).end();
  });
}

function plainParse(): Promise<Measures> {
  return measure(async (url) => {
    const { items } = JSON.parse(await bodyOf(`${url}/api/v1/pods`)) as {
      items: { metadata: { namespace: string; name: string } }[];
    };
    const cache = new Map(
      items.map((item) => [`${item.metadata.namespace}/${item.metadata.name}`, item]),
    );
    return { held: cache, peakMb: rssMb };
  });
}

await answer(import.meta.url, {
  question: `How much memory does a cached object take? (${listed.toLocaleString("en-US")} objects of 5.6 kB)`,
  variants: {
    "plain JSON.parse and a Map": plainParse,
    "ours, whole objects": ours({}),
    "ours, lazy bodies": ours({ bodies: "lazy" }),
    "ours, metadata": ours({ projection: { keep: "metadata" } }),
  },
  rounds: 3,
  targets: [
    {
      measure: "bytesPerObject",
      variant: "ours, whole objects",
      against: "plain JSON.parse and a Map",
      atMost: 0.45,
      gates: true,
    },
    { measure: "bytesPerObject", variant: "ours, lazy bodies", atMost: 1_200, gates: true },
    { measure: "bytesPerObject", variant: "ours, metadata", atMost: 1_200, gates: true },
  ],
});
