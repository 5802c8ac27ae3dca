// SPDX-License-Identifier: Apache-2.0
// Memory of live and sleeping guests, and the times of calls, sleep and wake.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { configMaps, pods, silentLogger, type KubernetesObject, type ObjectsApi } from "haversack";
import {
  buildGuest,
  embeddedEngine,
  fileImageStore,
  SandboxHost,
  type Engine,
  type Rule,
} from "@haversack/wasm-sandbox";
import { answer, type Measures } from "../lib/question.js";
import { pod } from "../lib/pod.js";

const rules: readonly Rule[] = [
  { kinds: [configMaps, pods], verbs: ["get", "list", "create", "patch"], namespaces: "*" },
];
const web = pod(1, 1) as unknown as KubernetesObject;
const listed = Array.from({ length: 35 }, (_, index) => ({
  metadata: { namespace: "default", name: `map-${index}` },
  data: { text: "x".repeat(200) },
}));
const small = { metadata: { namespace: "default", name: "small" } };

/** Answers from memory, so that the guest alone is measured. */
const objects = {
  fieldManager: "bench",
  get: () => Promise.resolve(small),
  mustGet: () => Promise.resolve(web),
  list: () => Promise.resolve(listed),
  apply: (_kind: unknown, object: object) =>
    Promise.resolve({ object, outcome: "unchanged", requests: 0 }),
} as unknown as ObjectsApi;

/** Proportional memory of this process in MiB, after collections. */
async function memoryMiB(): Promise<number> {
  for (let pass = 0; pass < 4; pass += 1) {
    globalThis.gc?.();
    await wait(100);
  }
  const text = readFileSync("/proc/self/smaps_rollup", "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}

const entry = fileURLToPath(new URL("./guest.js", import.meta.url));

async function begin(engine: Engine = embeddedEngine()): Promise<{
  readonly host: SandboxHost;
  start(name: string): Promise<void>;
  run(name: string, part: string): Promise<unknown>;
  close(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), "guests-"));
  const images = await fileImageStore(folder);
  const hibernation = { idleMs: Infinity };
  const host = new SandboxHost({ engine, images, hibernation, logger: silentLogger });
  const file = await buildGuest({ entry });
  const quotas = { callsPerMinute: 1e9, turnMsPerMinute: 1e9, answerBytesPerMinute: 1e12 };
  const { signal } = new AbortController();
  return {
    host,
    start: (name) =>
      host.start({ name, file, policy: { rules }, quotas, limits: { turnMs: 5000 } }),
    run: (name, part) =>
      host.guest(name).run({
        ...{ name: part, phase: "reconcile", attempt: 0, reasons: [], fieldManager: "bench" },
        ref: { group: "", kind: "Pod", namespace: "default", name: "web" },
        ...{ primary: web, signal, target: { objects, homes: ["default"] } },
      }),
    async close() {
      await host.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function memory(count: number, isAsleep: boolean): Promise<Measures> {
  const bench = await begin();
  await bench.start("first");
  for (let pass = 0; pass < 5; pass += 1) await bench.run("first", "reconcile");
  const before = await memoryMiB();
  for (let index = 0; index < count; index += 1) {
    const name = `guest-${index}`;
    await bench.start(name);
    await bench.run(name, "reconcile");
    if (isAsleep) await bench.host.hibernate(name);
    if (isAsleep && index % 50 === 49) globalThis.gc?.();
  }
  const after = await memoryMiB();
  const [{ imageBytes = 0 } = {}] = bench.host.list().slice(-1);
  await bench.close();
  return { perGuestMiB: (after - before) / count, hostMiB: after, imageKB: imageBytes / 1000 };
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await act();
  return performance.now() - beganMs;
}

async function times(): Promise<Measures> {
  const bench = await begin();
  await bench.start("g");
  for (let pass = 0; pass < 30; pass += 1) await bench.run("g", "reconcile");
  const runs: number[] = [];
  const sleeps: number[] = [];
  const wakes: number[] = [];
  const empty: number[] = [];
  for (let pass = 0; pass < 300; pass += 1) {
    runs.push(await timed(() => bench.run("g", "reconcile")));
    sleeps.push(await timed(() => bench.host.hibernate("g")));
    if (pass % 2 === 0) wakes.push(await timed(() => bench.run("g", "reconcile")));
    else empty.push(await timed(() => bench.run("g", "nothing")));
  }
  await bench.run("g", "call");
  const calls: number[] = [];
  for (let pass = 0; pass < 10; pass += 1) calls.push(await timed(() => bench.run("g", "call")));
  await bench.close();
  return {
    reconcileMs: percentile(runs, 0.5),
    hibernateMs: percentile(sleeps, 0.5),
    wakeMs: percentile(empty, 0.5),
    wakeAndReconcileMs: percentile(wakes, 0.5),
    wakeAndReconcileP99Ms: percentile(wakes, 0.99),
    callUs: percentile(calls, 0.5), // A thousand calls took so many milliseconds.
  };
}

await answer(import.meta.url, {
  question: "What does a guest cost? (embedded engine; memory as PSS)",
  variants: {
    "100 live": () => memory(100, false),
    "1,000 live": () => memory(1000, false),
    "100 asleep": () => memory(100, true),
    "1,000 asleep": () => memory(1000, true),
    times,
  },
  targets: [
    { measure: "perGuestMiB", variant: "100 live", atMost: 1 },
    { measure: "perGuestMiB", variant: "1,000 live", atMost: 1 },
    { measure: "perGuestMiB", variant: "100 asleep", atMost: 0.05 },
    { measure: "perGuestMiB", variant: "1,000 asleep", atMost: 0.05 },
    { measure: "wakeMs", variant: "times", atMost: 3 },
    { measure: "wakeAndReconcileMs", variant: "times", atMost: 5 },
    { measure: "wakeAndReconcileP99Ms", variant: "times", atMost: 25 },
    { measure: "hibernateMs", variant: "times", atMost: 5 },
    { measure: "callUs", variant: "times", atMost: 100 },
  ],
  rounds: 3,
});
