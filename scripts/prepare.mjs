// SPDX-License-Identifier: Apache-2.0
// npm's `prepare`: sets up the git hooks in a working copy; does nothing in CI or outside git.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./ensure.mjs";

const isWanted = process.env.CI === undefined && process.env.HUSKY !== "0";
if (isWanted && existsSync(join(root, ".git"))) {
  const { default: husky } = await import("husky");
  const problem = husky();
  if (problem) console.error(problem);
}
