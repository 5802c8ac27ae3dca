// SPDX-License-Identifier: Apache-2.0
// The command behind `npm run percona:cases -- --cases DIR --mode MODE [--dump OUT]`.
import { parseArgs } from "node:util";
import {
  allOperatorModes,
  startOperatorCluster,
  type OperatorMode,
} from "../operators/operator-cluster.js";
import { caseText, summaryText } from "./report.js";
import { runCases } from "./run-cases.js";

const usage = `usage: npm run percona:cases -- --cases DIR --mode ${allOperatorModes.join("|")} [--dump OUT]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string" },
      mode: { type: "string", default: "packs" },
      dump: { type: "string" },
    },
  });
  const mode = allOperatorModes.find((known) => known === values.mode);
  if (values.cases === undefined || mode === undefined) throw new TypeError(usage);
  const results = await run(values.cases, mode, values.dump);
  console.log(summaryText(results));
  process.exitCode = results.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

function run(
  directory: string,
  mode: OperatorMode,
  dump: string | undefined,
): ReturnType<typeof runCases> {
  return runCases({
    directory,
    dump,
    startCluster: () => startOperatorCluster(mode),
    onResult: (result) => console.log(caseText(result)),
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
