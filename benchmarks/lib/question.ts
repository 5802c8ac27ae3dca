// SPDX-License-Identifier: Apache-2.0
// Runs the variants of one question in fresh processes, in alternating order, and compares them.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnvironment } from "./environment.js";
import { median, renderTable, spread } from "./report.js";

/** What one run of one variant measured; the unit is in each name. */
export type Measures = Readonly<Record<string, number>>;

/** A comparison that the question is about. */
export interface Target {
  readonly measure: string;
  readonly variant: string;
  /** Divided by this variant's value of the same round; absent: the value itself. */
  readonly against?: string;
  /** Less this variant's value of the same round. */
  readonly above?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Counts gate; times are only reported. */
  readonly gates?: boolean;
}

/** One question: what is run and what is compared. */
export interface Question {
  readonly question: string;
  readonly variants: Readonly<Record<string, () => Promise<Measures>>>;
  readonly rounds?: number;
  readonly targets: readonly Target[];
  /** Extra flags for the variants' processes; `--expose-gc` is always there. */
  readonly nodeFlags?: readonly string[];
}

interface Round {
  readonly variant: string;
  readonly round: number;
  readonly measures: Measures;
}

/**
 * Answers a question. With `--variant NAME` it runs that variant and prints its measures; without,
 * it starts itself once per variant and round. `--json` prints JSON lines only, `--rounds N`
 * changes the number of rounds, `--only A,B` leaves variants out, `--save` keeps the results as JSON
 * lines and puts them into the question's README.
 */
export async function answer(moduleUrl: string, question: Question): Promise<void> {
  const file = fileURLToPath(moduleUrl);
  const flag = (name: string): string | undefined => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1];
  };
  const chosen = flag("--variant");
  if (chosen !== undefined) {
    const run = question.variants[chosen];
    if (run === undefined)
      throw new Error(
        `no variant ${chosen}; there are ${Object.keys(question.variants).join(", ")}`,
      );
    process.stdout.write(`\n${JSON.stringify(await run())}\n`, () => process.exit(0));
    return;
  }
  const only = flag("--only")?.split(",");
  const names = Object.keys(question.variants).filter((name) => only?.includes(name) ?? true);
  const rounds = runRounds(file, question, names, Number(flag("--rounds") ?? question.rounds ?? 5));
  report(file, question, names, rounds);
}

function runRounds(file: string, question: Question, names: string[], count: number): Round[] {
  const rounds: Round[] = [];
  for (let round = 0; round < count; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const variant of order) {
      process.stderr.write(`round ${round + 1}/${count}: ${variant} …\n`);
      const flags = ["--expose-gc", ...(question.nodeFlags ?? [])];
      const child = spawnSync(process.execPath, [...flags, file, "--variant", variant], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        maxBuffer: 64 * 2 ** 20,
      });
      const last = child.stdout.trim().split("\n").at(-1) ?? "";
      if (child.status !== 0)
        throw new Error(`variant ${variant} failed with status ${child.status}`);
      rounds.push({ variant, round, measures: JSON.parse(last) as Measures });
    }
  }
  return rounds;
}

function report(file: string, question: Question, names: string[], rounds: Round[]): void {
  const name = basename(dirname(file));
  const environment = readEnvironment();
  const lines = rounds.map((round) => JSON.stringify({ question: name, ...round, environment }));
  if (process.argv.includes("--save")) {
    const folder = join(dirname(file), "..", "..", name, "results");
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, `${environment.date}.jsonl`), `${lines.join("\n")}\n`);
  }
  const verdicts = question.targets
    .filter(
      ({ variant, against }) =>
        names.includes(variant) && (against === undefined || names.includes(against)),
    )
    .map((target) => judge(target, rounds));
  const { cpu, cores, node, load1 } = environment;
  const table = renderTable(names, rounds);
  const told = verdicts.map(({ text }) => text).join("\n");
  const conditions = `${cpu}, ${cores} cores, Node ${node}, load ${load1}; medians of ${rounds.length / names.length} rounds (spread)`;
  if (process.argv.includes("--json")) console.log(lines.join("\n"));
  else console.log(`\n${question.question}\n\n${table}\n${told}\n\n${conditions}`);
  const isWhole = names.length === Object.keys(question.variants).length;
  if (process.argv.includes("--save") && isWhole) {
    const result = `\`\`\`text\n${table}\n\n${told}\n\`\`\`\n\n${environment.date}: ${conditions}.`;
    writeResult(join(dirname(file), "..", "..", name, "README.md"), result);
  }
  if (verdicts.some(({ isMissed, gates }) => isMissed && gates)) process.exitCode = 1;
}

const resultMark = "<!-- last result, written by --save -->";

/** Puts the result into the README, between its marks. */
function writeResult(path: string, result: string): void {
  const parts = readFileSync(path, "utf8").split(resultMark);
  if (parts.length !== 3) throw new Error(`${path} has not two marks ${resultMark}`);
  writeFileSync(path, `${parts[0]}${resultMark}\n\n${result}\n\n${resultMark}${parts[2]}`);
}

function judge(
  target: Target,
  rounds: readonly Round[],
): { text: string; isMissed: boolean; gates: boolean } {
  const valueOf = (variant: string, round: number): number =>
    rounds.find((entry) => entry.variant === variant && entry.round === round)?.measures[
      target.measure
    ] ?? NaN;
  const count = Math.max(...rounds.map(({ round }) => round)) + 1;
  const values = Array.from({ length: count }, (_, round) => {
    const value = valueOf(target.variant, round);
    if (target.above !== undefined) return value - valueOf(target.above, round);
    return target.against === undefined ? value : value / valueOf(target.against, round);
  });
  const value = median(values);
  const isMissed =
    Number.isNaN(value) ||
    (target.atLeast !== undefined && value < target.atLeast) ||
    (target.atMost !== undefined && value > target.atMost);
  const bound = target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  const ratio = target.against === undefined ? "" : ` ÷ ${target.against}`;
  const difference = target.above === undefined ? "" : ` − ${target.above}`;
  const what = `${target.measure} of ${target.variant}${ratio}${difference}`;
  const verdict = isMissed ? "missed " : "reached";
  return {
    text: `${verdict} ${what}: ${value.toPrecision(3)} (${spread(values)}), target ${bound}`,
    isMissed,
    gates: target.gates === true,
  };
}
