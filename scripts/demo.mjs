// SPDX-License-Identifier: Apache-2.0
// `npm run demo`: installs and builds what is missing, then runs the Percona example.
import { ensureBuilt, run } from "./ensure.mjs";

ensureBuilt();
run(process.execPath, ["examples/percona-mongodb/dist/demo.js", ...process.argv.slice(2)]);
