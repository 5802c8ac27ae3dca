// SPDX-License-Identifier: Apache-2.0
// Makes a fresh clone usable: installs what is missing and builds what has changed.
// Uses nothing but Node, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
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
  if (isInstalled()) return;
  console.error("Installing the packages of package-lock.json (once, about half a minute) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", 2, 2] });
}

/** Compares the lock file with what npm says it has installed. */
function isInstalled() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, link, optional, devOptional, peer }]) => {
    if (!path.startsWith("node_modules/")) return true; // The workspaces themselves.
    const installed = present[path];
    // Packages for other platforms stay away, and so do peers that are optional.
    if (installed === undefined) return optional === true || devOptional === true || peer === true;
    return link === true || installed.version === version;
  });
}

/** An incremental `tsc -b` with the native compiler: seconds at first, then a fraction of one. */
export function ensureBuilt() {
  ensureInstalled();
  mkdirSync(temporary, { recursive: true });
  const isFresh = !existsSync(join(root, "packages", "haversack", "dist", "index.js"));
  if (isFresh) console.error("Building the packages (once, a few seconds) …");
  run(process.execPath, ["node_modules/ts7/bin/tsc", "-b"], { stdio: ["ignore", 2, 2] });
  run(process.execPath, ["packages/wasm-sandbox/tools/build-guest-binary.mjs"], {
    stdio: ["ignore", 2, 2],
  });
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Haversack needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
