// SPDX-License-Identifier: Apache-2.0
// `npm run examples`: runs every example as its README says and checks that it ends well.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, root, tryRun } from "./ensure.mjs";

ensureBuilt();
let failed = 0;
let count = 0;
for (const name of readdirSync(join(root, "examples")).sort()) {
  const manifest = join(root, "examples", name, "package.json");
  if (!existsSync(manifest)) continue;
  const { haversack } = JSON.parse(readFileSync(manifest, "utf8"));
  for (const [program, ...args] of haversack?.runs ?? []) {
    count += 1;
    console.log(`\n▸ ${name}: ${[program, ...args].join(" ")}`);
    const folder = join(root, "examples", name);
    const status = tryRun(process.execPath, [join("dist", program), ...args], { cwd: folder });
    if (status !== 0) {
      failed += 1;
      console.error(`FAIL ${name}: exit status ${status}`);
    }
  }
}
console.log(`\nexamples: ${count - failed} of ${count} ended well`);
process.exit(failed === 0 && count > 0 ? 0 : 1);
