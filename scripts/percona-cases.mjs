// SPDX-License-Identifier: Apache-2.0
// `npm run percona:cases -- --cases DIR --mode MODE [--dump OUT]`.
import { ensureBuilt, run } from "./ensure.mjs";

ensureBuilt();
run(process.execPath, ["examples/percona-mongodb/dist/cases/main.js", ...process.argv.slice(2)]);
