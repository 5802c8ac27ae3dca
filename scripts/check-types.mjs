// SPDX-License-Identifier: Apache-2.0
// `npm run check:types`: every source, test and type test against the compilers our users have.
import { ensureInstalled, tryRun } from "./ensure.mjs";

ensureInstalled();
const compilers = [
  ["TypeScript 7.0", "node_modules/ts7/bin/tsc"],
  ["TypeScript 6.0", "node_modules/typescript/bin/tsc"],
  ["TypeScript 5.9", "node_modules/ts59/bin/tsc"],
];
let failed = 0;
for (const [name, compiler] of compilers) {
  const status = tryRun(process.execPath, [compiler, "-p", "tsconfig.check.json"]);
  console.log(`${status === 0 ? "ok  " : "FAIL"} types with ${name}`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
