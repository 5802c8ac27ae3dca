// SPDX-License-Identifier: Apache-2.0
// Makes a fresh clone usable: installs what is missing and builds what has changed.
// Uses nothing but Node, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where generated, git-ignored files go. */
export const temporary = join(root, ".tmp");

/** Runs a program in the repository's root and leaves with its status if it fails. */
export function run(program, args, options = {}) {
  const status = tryRun(program, args, options);
  if (status !== 0) process.exit(status);
}

/** Runs a program in the repository's root. Returns its exit status. */
export function tryRun(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(`cannot run ${program}: ${error.message}`);
  return status ?? 1;
}

/** `npm ci`, unless the installed packages already match the lock file. */
export function ensureInstalled() {
  requireNode();
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stampFile = join(root, "node_modules", ".haversack-lock");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lock) return;
  console.error("Installing the packages of package-lock.json (once, about half a minute) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", 2, 2] });
  writeFileSync(stampFile, lock);
}

/** An incremental `tsc -b` with the native compiler: seconds at first, then a fraction of one. */
export function ensureBuilt() {
  ensureInstalled();
  mkdirSync(temporary, { recursive: true });
  const isFresh = !existsSync(join(root, "packages", "haversack", "dist", "index.js"));
  if (isFresh) console.error("Building the packages (once, a few seconds) …");
  run(process.execPath, ["node_modules/ts7/bin/tsc", "-b"], { stdio: ["ignore", 2, 2] });
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Haversack needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
