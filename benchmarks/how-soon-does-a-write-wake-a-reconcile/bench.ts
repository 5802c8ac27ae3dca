// SPDX-License-Identifier: Apache-2.0
// From a write at the embedded API server to the start of the reconcile that it causes, over HTTP,
// at 1,000 writes per second; alone, and with 100,000 objects of 5.6 kB in the same process.
import { monitorEventLoopDelay } from "node:perf_hooks";
import {
  configMaps,
  createClient,
  expand,
  Reconciler,
  resourceVersionChanged,
  startReconciler,
  withWatches,
  type ConfigMap,
  type ReconcileRequest,
} from "haversack";
import { startEventServer } from "../lib/event-server.js";
import { watchPods } from "../lib/informer.js";
import { answer, type Measures } from "../lib/question.js";
import { preciseNow, startWriteServer, writtenAt } from "../lib/write-server.js";

const objects = 1_000;
const perSecond = 1_000;
const total = 10_000;

class Measuring extends expand(
  Reconciler.of(configMaps),
  withWatches({ primary: resourceVersionChanged }),
) {
  readonly delaysMs: number[] = [];
  finish: () => void = () => undefined;

  override reconcile({ primary }: ReconcileRequest<ConfigMap>): Promise<void> {
    const at = primary.metadata.annotations?.[writtenAt];
    if (at !== undefined) this.delaysMs.push(preciseNow() - Number(at));
    if (this.delaysMs.length >= total) this.finish();
    return Promise.resolve();
  }
}

async function measure(background: () => Promise<unknown>): Promise<Measures> {
  const held = await background();
  const server = await startWriteServer();
  const client = createClient({ server: server.url, token: server.token });
  const reconciler = new Measuring();
  const running = startReconciler(reconciler, { client });
  await running.ready;
  const finished = new Promise<void>((resolve) => (reconciler.finish = resolve));
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  server.write({ objects, perSecond, total });
  // Writes of one object that meet in the queue are one reconcile: a bound ends the run.
  const bound = new Promise<void>((resolve) =>
    setTimeout(resolve, 1_000 * (total / perSecond) * 3),
  );
  await Promise.race([finished, bound]);
  loop.disable();
  await running.stop();
  await client.close();
  server.close();
  const sorted = reconciler.delaysMs.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return {
    reconciles: sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    // The monitor's own resolution is in every value.
    loopDelayP99Ms: Math.max(loop.percentile(99) / 1e6 - 1, 0),
    held: held === undefined ? 0 : 1,
  };
}

const cached = (bodies: "parsed" | "lazy") => async (): Promise<unknown> => {
  const server = await startEventServer({ objects: 1, events: 1, listed: 100_000 });
  const { lease } = watchPods(server.url, { bodies });
  await lease.whenSynced();
  return { lease, server };
};

await answer(import.meta.url, {
  question: `How soon does a write wake a reconcile? (${perSecond} writes/s over HTTP, ${objects} objects)`,
  variants: {
    "nothing else cached": () => measure(() => Promise.resolve(undefined)),
    "100,000 objects cached": () => measure(cached("parsed")),
    "100,000 objects cached lazily": () => measure(cached("lazy")),
  },
  rounds: 3,
  nodeFlags: ["--max-old-space-size=8192"],
  targets: [
    { measure: "p50Ms", variant: "nothing else cached", atMost: 1 },
    { measure: "p99Ms", variant: "nothing else cached", atMost: 5 },
    { measure: "loopDelayP99Ms", variant: "100,000 objects cached", atMost: 10 },
    { measure: "loopDelayP99Ms", variant: "100,000 objects cached lazily", atMost: 10 },
  ],
});
