// SPDX-License-Identifier: Apache-2.0
// `npm run bench -- NAME [--rounds N] [--only A,B] [--json] [--save]`; without a name it lists the
// questions.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, root, run } from "./ensure.mjs";

const [name, ...flags] = process.argv.slice(2);
const folder = join(root, "benchmarks");
const questions = readdirSync(folder).filter((entry) =>
  existsSync(join(folder, entry, "bench.ts")),
);

if (name === "--charts") {
  ensureBuilt();
  run(process.execPath, ["node_modules/ts7/bin/tsc", "-b", "benchmarks"]);
  run(process.execPath, [join("benchmarks", "dist", "lib", "charts.js")]);
  process.exit(0);
}
if (name === undefined || !questions.includes(name)) {
  console.log("npm run bench -- NAME [--rounds N] [--only VARIANT,…] [--json] [--save]");
  console.log("npm run bench -- --charts          # docs/evaluation/*.svg from saved results\n");
  for (const question of questions) {
    const readme = join(folder, question, "README.md");
    const title = existsSync(readme) ? readFileSync(readme, "utf8").split("\n")[0].slice(2) : "";
    console.log(`  ${question.padEnd(44)} ${title}`);
  }
  process.exit(name === undefined ? 0 : 1);
}
ensureBuilt();
run(process.execPath, ["node_modules/ts7/bin/tsc", "-b", "benchmarks"]);
run(process.execPath, [join("benchmarks", "dist", name, "bench.js"), ...flags]);
