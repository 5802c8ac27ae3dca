// SPDX-License-Identifier: Apache-2.0
// `npm run percona:measure -- [--clusters 1,100] [--modes …] [--idle-minutes 10] [--json FILE] [--readme]`.
import { ensureBuilt, run } from "./ensure.mjs";

ensureBuilt();
run(process.execPath, ["examples/percona-mongodb/dist/measure.js", ...process.argv.slice(2)]);
