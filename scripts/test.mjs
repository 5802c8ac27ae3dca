// SPDX-License-Identifier: Apache-2.0
// `npm test [-- jest arguments]`: installs and builds what is missing, then runs every test.
import { join } from "node:path";
import { ensureBuilt, run, temporary } from "./ensure.mjs";

/** Jest's counts, read by .ci/run. */
const report = join(temporary, "jest.json");

ensureBuilt(); // Some tests start the built commands and the demo as their users do.
run(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    "--maxWorkers=2",
    "--json",
    `--outputFile=${report}`,
    "--silent=false",
    ...process.argv.slice(2),
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
