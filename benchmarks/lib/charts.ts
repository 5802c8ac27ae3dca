// SPDX-License-Identifier: Apache-2.0
// Makes the charts of docs/evaluation from the newest saved results: `npm run bench -- --charts`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawChart, type Bar } from "./chart.js";
import { median } from "./report.js";

interface SavedRound {
  readonly variant: string;
  readonly measures: Readonly<Record<string, number>>;
  readonly environment: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly date: string;
    readonly commit: string;
  };
}

/** What is drawn of each question: a measure, and the variants whose name passes. */
interface Drawing {
  readonly question: string;
  readonly file: string;
  readonly title: string;
  readonly measure: string;
  readonly shown: string;
  readonly variants?: RegExp;
  readonly ours: RegExp;
}

const ours = /^ours|^adaptive|^index|adaptive$/;

const drawings: readonly Drawing[] = [
  {
    question: "how-fast-are-events-taken-in",
    file: "events",
    title: "Events taken into a cache per second",
    measure: "eventsPerSecond",
    shown: "events per second, 5.6 kB each, one process (more is better)",
    ours,
  },
  {
    question: "how-much-memory-does-a-cached-object-take",
    file: "memory",
    title: "Memory of a cached object",
    measure: "bytesPerObject",
    shown: "bytes per object of 5.6 kB, at rest (less is better)",
    ours,
  },
  {
    question: "what-does-a-request-cost",
    file: "requests",
    title: "CPU of one small GET over TLS",
    measure: "cpuMicrosecondsPerRequest",
    shown: "microseconds of CPU per request (less is better)",
    variants: /10 at a time/,
    ours,
  },
  {
    question: "what-does-an-idle-process-hold",
    file: "idle",
    title: "An idle, connected operator process",
    measure: "rssMb",
    shown: "MB resident, Node itself included (less is better)",
    ours,
  },
  {
    question: "what-do-wake-policies-buy",
    file: "policies",
    title: "Cost of wake policies on mixed streams",
    measure: "costPerEvent",
    shown: "waiting in ms plus MiB-seconds held, per event (less is better)",
    variants: /^mixed: (?!never|fixed 60|fixed 300|hybrid)/,
    ours,
  },
];

const root = join(fileURLToPath(import.meta.url), "..", "..", "..", "..");

function newest(question: string): SavedRound[] {
  const folder = join(root, "benchmarks", question, "results");
  const file = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
  if (file === undefined) return [];
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  const rounds = lines.map((line) => JSON.parse(line) as SavedRound);
  const last = rounds.at(-1)?.environment.commit;
  return rounds.filter(({ environment }) => environment.commit === last);
}

/** Draws every question that has saved results; answers the files written. */
export function drawCharts(): string[] {
  const folder = join(root, "docs", "evaluation");
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const drawing of drawings) {
    const rounds = newest(drawing.question);
    const names = [...new Set(rounds.map(({ variant }) => variant))].filter(
      (name) => drawing.variants?.test(name) ?? true,
    );
    const [first] = rounds;
    if (first === undefined || names.length === 0) continue;
    const bars = names.map((name): Bar => {
      const values = rounds
        .filter(({ variant }) => variant === name)
        .map(({ measures }) => measures[drawing.measure] ?? NaN);
      const range = { from: Math.min(...values), to: Math.max(...values) };
      return { name, value: median(values), ...range, isOurs: drawing.ours.test(name) };
    });
    const { cpu, cores, node, date } = first.environment;
    const note = `${date}, ${cpu}, ${cores} cores, Node ${node}; medians, the line spans all rounds`;
    const path = join(folder, `${drawing.file}.svg`);
    const { title, shown } = drawing;
    writeFileSync(path, drawChart({ title, measure: shown, bars, note }));
    written.push(path);
  }
  return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of drawCharts()) console.log(path);
}
