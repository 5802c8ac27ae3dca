// SPDX-License-Identifier: Apache-2.0
// Compares the embedded server with a real one. No build is needed.
//
//   node packages/apiserver/tools/fidelity.mjs compare [SECTION[/PROBE]]   against the recorded answers
//   node packages/apiserver/tools/fidelity.mjs docs                        and writes the page of the docs
//   node packages/apiserver/tools/fidelity.mjs record [SECTION,…]          asks the binaries of KUBEBUILDER_ASSETS
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const [what = "compare", only = ""] = process.argv.slice(2);
if (!["compare", "docs", "record"].includes(what)) {
  console.error(`fidelity: ${what} is unknown. Choose compare, docs or record.`);
  process.exit(2);
}
const assets = process.env.KUBEBUILDER_ASSETS ?? "";
if (what === "record" && !existsSync(join(assets, "kube-apiserver"))) {
  console.error(
    "fidelity: there is no real server to ask. Set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and " +
      "kube-controller-manager; scripts/real-apiserver.sh builds them.",
  );
  process.exit(3);
}
const test = what === "record" ? "record" : "fidelity";
const result = spawnSync(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--no-warnings",
    join(root, "node_modules/jest/bin/jest.js"),
    `packages/apiserver/fidelity/${test}.test.ts`,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, HAVERSACK_FIDELITY: what, HAVERSACK_FIDELITY_ONLY: only },
  },
);
process.exit(result.status ?? 1);
