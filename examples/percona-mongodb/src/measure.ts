// SPDX-License-Identifier: Apache-2.0
// The command behind `npm run percona:measure -- [--clusters 1,100] [--modes …] [--idle-minutes 10] [--json FILE] [--readme]`.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measure, type Measures } from "./measure/measures.js";
import { writeIntoReadme } from "./measure/readme.js";
import { rowsOf, textTable } from "./measure/table.js";
import { allOperatorModes, type OperatorMode } from "./operators/operator-cluster.js";

/** Drift that is seen at all is put right at once. */
const patienceMs = 60_000;

const usage = `usage: npm run percona:measure -- [--clusters 1,100] [--modes ${allOperatorModes.join(",")}] [--idle-minutes 10] [--json FILE] [--readme]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clusters: { type: "string", default: "1" },
      modes: { type: "string", default: allOperatorModes.join(",") },
      "idle-minutes": { type: "string", default: "10" },
      json: { type: "string" },
      readme: { type: "boolean", default: false },
    },
  });
  const idleMs = Number(values["idle-minutes"]) * 60_000;
  const sizes = values.clusters.split(",").map(Number);
  const modes = values.modes.split(",");
  const isUsable = [idleMs, ...sizes].every((number) => Number.isFinite(number) && number > 0);
  if (!isUsable || !modes.every(isMode)) throw new TypeError(usage);
  const all: Measures[] = [];
  for (const clusters of sizes) {
    const measures = await measureAll(modes, clusters, idleMs);
    if (values.readme) await writeIntoReadme(measures);
    all.push(...measures);
  }
  if (values.json !== undefined) await writeFile(values.json, `${recordText(all)}\n`);
}

async function measureAll(
  modes: readonly OperatorMode[],
  clusters: number,
  idleMs: number,
): Promise<readonly Measures[]> {
  const found: Measures[] = [];
  for (const mode of modes) {
    const startMs = performance.now();
    found.push(await measure({ mode, clusters, idleMs, patienceMs, alone: clusters === 1 }));
    const seconds = Math.round((performance.now() - startMs) / 1000);
    console.error(`${mode}, ${clusters}: measured in ${seconds} s`);
  }
  console.log(`\n${clusters} ${clusters === 1 ? "cluster" : "clusters"}\n`);
  for (const line of textTable(rowsOf(found))) console.log(line);
  return found;
}

function isMode(mode: string): mode is OperatorMode {
  return (allOperatorModes as readonly string[]).includes(mode);
}

function recordText(measures: readonly Measures[]): string {
  const environment = { node: process.version, cpu: cpus()[0]?.model.trim(), cores: cpus().length };
  return JSON.stringify({ environment, measures }, undefined, 2);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
