// SPDX-License-Identifier: Apache-2.0
// `npm run ci`: every check there is, in the order in which they fail fastest.
// `--without-tests` leaves out the tests, for who has just run `npm test`.
import { ensureInstalled, tryRun } from "./ensure.mjs";

ensureInstalled();
const node = process.execPath;
const steps = [
  ["format", node, ["node_modules/prettier/bin/prettier.cjs", "--check", ".", "--log-level=warn"]],
  ["lint", node, ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings=0"]],
  ["layers", node, ["scripts/check-layers.mjs"]],
  ["build", node, ["scripts/build.mjs"]],
  ["types", node, ["scripts/check-types.mjs"]],
  ["tests", node, ["scripts/test.mjs"]],
  ["examples", node, ["scripts/examples.mjs"]],
  ["docs", node, ["scripts/check-docs.mjs"]],
  ["pack", node, ["scripts/check-pack.mjs"]],
];
const skipped = process.argv.includes("--without-tests") ? ["tests"] : [];
const failed = [];
for (const [name, program, args] of steps.filter(([name]) => !skipped.includes(name))) {
  console.log(`\n── ${name} ──`);
  const start = performance.now();
  const status = tryRun(program, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(", ")}`);
  process.exit(1);
}
console.log("\nevery check passed");
