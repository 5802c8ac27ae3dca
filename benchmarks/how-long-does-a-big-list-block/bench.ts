// SPDX-License-Identifier: Apache-2.0
// 100,000 objects of 5.6 kB: the longest time the event loop stands still while they are synced.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { InformerOptions } from "haversack";
import { startEventServer } from "../lib/event-server.js";
import { watchPods } from "../lib/informer.js";
import { answer, type Measures } from "../lib/question.js";

const listed = 100_000;

async function measure(fill: (url: string) => Promise<number>): Promise<Measures> {
  const server = await startEventServer({ objects: 1, events: 1, listed });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const size = await fill(server.url);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  delays.disable();
  server.close();
  return {
    objects: size,
    longestStallMs: delays.max / 1e6,
    p99StallMs: delays.percentile(99) / 1e6,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}

function ours(options: InformerOptions): () => Promise<Measures> {
  return () =>
    measure(async (url) => {
      const { lease } = watchPods(url, options);
      await lease.whenSynced();
      return lease.size;
    });
}

async function unpaged(): Promise<Measures> {
  return measure(async (url) => {
    try {
      const list = (await (await fetch(`${url}/api/v1/pods`)).json()) as { items: unknown[] };
      return list.items.length;
    } catch {
      return 0; // Above 2^29 − 24 characters V8 has no string for it.
    }
  });
}

await answer(import.meta.url, {
  question: "How long does a list of 100,000 objects of 5.6 kB block?",
  variants: {
    "ours, whole objects": ours({}),
    "ours, lazy bodies": ours({ bodies: "lazy" }),
    "ours, metadata": ours({ projection: { keep: "metadata" } }),
    "one unpaged fetch": unpaged,
  },
  rounds: 3,
  nodeFlags: ["--max-old-space-size=8192"],
  targets: [
    { measure: "objects", variant: "ours, whole objects", atLeast: listed, gates: true },
    { measure: "longestStallMs", variant: "ours, whole objects", atMost: 50 },
    { measure: "longestStallMs", variant: "ours, lazy bodies", atMost: 50 },
  ],
});
