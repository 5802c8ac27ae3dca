// SPDX-License-Identifier: Apache-2.0
// Start, memory, latencies and throughput of the embedded API server beside the real one's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ApiLoad, inLanes, medianMs } from "../lib/api-load.js";
import { cpuSeconds, residentMb, startEmbedded, startReal } from "../lib/api-server-process.js";
import type { ApiServerProcess } from "../lib/api-server-process.js";
import { answer, type Measures } from "../lib/question.js";
import { median } from "../lib/report.js";

const samples = 300;
const mixedWrites = 6_000;
const lanes = 16;

type Start = () => Promise<ApiServerProcess>;

/** One client, one request after the other; then sixteen lanes of mixed writes. */
function requests(start: Start): () => Promise<Measures> {
  return async () => {
    const server = await start();
    const idleMb = residentMb(server.pids);
    const load = new ApiLoad(server);
    await load.prepare();
    await inLanes(500, 1, (index) => load.create(`warm-${index}`));
    await inLanes(500, 1, (index) => load.apply(`warm-${index}`, 1));
    const name = (index: number): string => `o-${index}`;
    const measures = {
      readyMs: server.readyMs,
      idleMb,
      createMs: await medianMs(samples, (index) => load.create(name(index))),
      getMs: await medianMs(samples, (index) => load.get(name(index))),
      patchMs: await medianMs(samples, (index) => load.patch(name(index), index + 1)),
      statusMs: await medianMs(samples, (index) => load.patchStatus(name(index), index + 1)),
      applyMs: await medianMs(samples, (index) => load.apply(name(index), index + 2)),
      patchToEventMs: await patchToEvent(load),
      ...(await throughput(server, load)),
    };
    load.close();
    await server.stop();
    return measures;
  };
}

async function patchToEvent(load: ApiLoad): Promise<number> {
  let seen: (ms: number) => void = () => undefined;
  const close = await load.watch(() => seen(performance.now()));
  const times: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    const event = new Promise<number>((resolve) => (seen = resolve));
    const start = performance.now();
    const written = load.patch("o-0", 1_000 + index);
    times.push((await event) - start);
    await written;
  }
  close();
  return median(times);
}

/** A quarter each of creates, merge patches, status patches and applies. */
async function throughput(server: ApiServerProcess, load: ApiLoad): Promise<Measures> {
  const kinds = [
    (index: number) => load.create(`m-${index}`),
    (index: number) => load.patch(`o-${index % samples}`, index),
    (index: number) => load.patchStatus(`o-${index % samples}`, index),
    (index: number) => load.apply(`o-${index % samples}`, index),
  ];
  const cpu = cpuSeconds(server.pids);
  const write = (index: number): Promise<unknown> | undefined => kinds[index % 4]?.(index);
  const seconds = await inLanes(mixedWrites, lanes, async (index) => write(index));
  return {
    mixedWritesPerSecond: mixedWrites / seconds,
    mixedWritesPerCpuSecond: mixedWrites / (cpuSeconds(server.pids) - cpu),
  };
}

/** Objects and watchers in numbers: what grows with them, and how. */
async function big(): Promise<Measures> {
  const server = await startEmbedded();
  const load = new ApiLoad(server);
  await load.prepare();
  const fill = (from: number, to: number): Promise<number> =>
    inLanes(to - from, lanes, (index) => load.create(`o-${from + index}`, index));
  const write = async (round: number): Promise<number> => {
    const before = cpuSeconds(server.pids);
    await inLanes(2_000, lanes, (index) => load.patch(`o-${index}`, round * 10_000 + index));
    return (cpuSeconds(server.pids) - before) / 2;
  };
  await fill(0, 10_000);
  await write(1);
  const list = await listCost(load, server);
  const small = await write(2);
  await fill(10_000, 100_000);
  await write(3);
  const large = await write(4);
  const filledMb = residentMb(server.pids);
  const { perEvent, bytes } = await watched(load, server);
  load.close();
  await server.stop();
  return {
    ...list,
    cpuMsPerWriteAt10k: small,
    cpuMsPerWriteAt100k: large,
    writeGrowth: large / small,
    filledMb,
    cpuMsPerWriteWith200Watchers: perEvent,
    bytesToWatchersMb: bytes / 2 ** 20,
  };
}

/** A list of 10,000 against what JSON alone takes for it. */
async function listCost(load: ApiLoad, server: ApiServerProcess): Promise<Measures> {
  const { text } = await load.list();
  const value = JSON.parse(text) as unknown;
  const json: number[] = [];
  const lists: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const start = performance.now();
    JSON.stringify(value);
    json.push(performance.now() - start);
    const before = cpuSeconds(server.pids);
    const begin = performance.now();
    for (let index = 0; index < 5; index += 1) await load.list();
    void begin;
    lists.push(((cpuSeconds(server.pids) - before) * 1_000) / 5);
  }
  return {
    listMb: text.length / 2 ** 20,
    listCpuMs: median(lists),
    listJsonMs: median(json),
    listVersusJson: median(lists) / median(json),
  };
}

async function watched(
  load: ApiLoad,
  server: ApiServerProcess,
): Promise<{ perEvent: number; bytes: number }> {
  let bytes = 0;
  const closers = await Promise.all(
    Array.from({ length: 200 }, () => load.watch((more) => (bytes += more))),
  );
  const before = cpuSeconds(server.pids);
  await inLanes(500, lanes, (index) => load.patch(`o-${index}`, 900_000 + index));
  await wait(500);
  const perEvent = ((cpuSeconds(server.pids) - before) * 1_000) / 500;
  for (const close of closers) close();
  return { perEvent, bytes };
}

/** A Node that does nothing: the floor of memory and start. */
async function empty(): Promise<Measures> {
  const start = performance.now();
  const program = "console.log('ready'); setInterval(() => undefined, 1000)";
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const readyMs = performance.now() - start;
  const idleMb = residentMb([child.pid as number]);
  child.kill();
  return { readyMs, idleMb };
}

const assets = process.env["KUBEBUILDER_ASSETS"] ?? "";
const hasReal = assets !== "" && existsSync(join(assets, "kube-apiserver"));
const embedded = "embedded, TLS";
const real = "kube-apiserver and etcd, TLS";
const floor = "floor: a Node that does nothing";
const slower = (
  measure: string,
): { measure: string; variant: string; against: string; atMost: number } => ({
  measure,
  variant: embedded,
  against: real,
  atMost: 1,
});

await answer(import.meta.url, {
  question: "What does the embedded API server cost? (custom resources of 1 kB)",
  rounds: 3,
  variants: {
    [embedded]: requests(() => startEmbedded({ tls: true })),
    "embedded, HTTP": requests(() => startEmbedded()),
    "embedded, data folder": requests(() => startEmbedded({ dataDir: true })),
    ...(hasReal ? { [real]: requests(startReal) } : {}),
    "embedded, 100,000 objects and 200 watchers": big,
    [floor]: empty,
  },
  targets: [
    { measure: "readyMs", variant: "embedded, HTTP", atMost: 150 },
    { measure: "idleMb", variant: "embedded, HTTP", above: floor, atMost: 40 },
    ...["createMs", "getMs", "patchMs", "statusMs", "applyMs", "patchToEventMs"].map(slower),
    { measure: "patchToEventMs", variant: embedded, atMost: 1 },
    { measure: "mixedWritesPerSecond", variant: "embedded, HTTP", atLeast: 3_000 },
    {
      measure: "listVersusJson",
      variant: "embedded, 100,000 objects and 200 watchers",
      atMost: 1.5,
    },
    {
      measure: "writeGrowth",
      variant: "embedded, 100,000 objects and 200 watchers",
      atMost: 1.5,
    },
  ],
});
