// SPDX-License-Identifier: Apache-2.0
// `npm run check:pack`: what would be published is complete, typed, small, and works when it is
// installed from its tarballs into an empty folder.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ensureBuilt, root, temporary, tryRun } from "./ensure.mjs";

ensureBuilt();
const folder = join(temporary, "pack");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
let failed = 0;
const tarballs = [];

for (const name of readdirSync(join(root, "packages"))) {
  const pkgDir = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(pkgDir, "package.json"), "utf8"));
  if (manifest.private === true) continue;
  const { messages } = await publint({ pkgDir, strict: true });
  for (const message of messages) report(name, formatMessage(message, manifest) ?? message.code);
  tarballs.push(pack(name, pkgDir));
}

for (const { name, tarball } of tarballs) {
  const status = tryRun(process.execPath, [
    "node_modules/@arethetypeswrong/cli/dist/index.js",
    tarball,
    "--profile=esm-only",
    "--quiet",
  ]);
  if (status !== 0) report(name, "the types are wrong; run attw on its tarball");
}
installAndUse();
if (failed > 0) process.exit(1);
console.log(`pack: ${tarballs.length} packages are complete, typed and work from their tarballs`);

function report(name, text) {
  failed += 1;
  console.error(`packages/${name}: ${text}`);
}

function pack(name, pkgDir) {
  const { stdout, status } = spawnSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", `--pack-destination=${folder}`],
    { cwd: pkgDir, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`npm pack failed for packages/${name}`);
  const [{ filename, files, size }] = JSON.parse(stdout);
  const stray = files.filter(({ path }) => /\.test\.|tsbuildinfo/.test(path));
  if (stray.length > 0) report(name, `would publish ${stray.map(({ path }) => path).join(", ")}`);
  if (!files.some(({ path }) => path === "README.md")) report(name, "would publish no README.md");
  console.log(
    `${name.padEnd(16)} ${String(files.length).padStart(4)} files ${(size / 1024).toFixed(1)} kB`,
  );
  return { name, tarball: join(folder, filename) };
}

function installAndUse() {
  const consumer = join(temporary, "consumer");
  rmSync(consumer, { recursive: true, force: true });
  mkdirSync(consumer, { recursive: true });
  writeFileSync(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
  const files = tarballs.map(({ tarball }) => tarball);
  const flags = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  const inConsumer = { cwd: consumer };
  if (tryRun("npm", ["install", ...flags, ...files], inConsumer) !== 0) {
    report("haversack", "its tarballs cannot be installed");
    return;
  }
  writeFileSync(join(consumer, "use.ts"), readFileSync(join(root, "scripts", "consumer.ts.txt")));
  const compiler = join(root, "node_modules", "ts7", "bin", "tsc");
  const options = [
    "--ignoreConfig",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--strict",
    "--skipLibCheck",
  ];
  const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
  if (tryRun(process.execPath, [compiler, ...options, ...types, "use.ts"], inConsumer) !== 0) {
    report("haversack", "a program written against its tarballs does not compile");
    return;
  }
  if (tryRun(process.execPath, ["use.js"], inConsumer) !== 0) {
    report("haversack", "a program written against its tarballs does not run");
  }
  if (statSync(join(consumer, "node_modules", "@haversack")).isDirectory()) {
    rmSync(consumer, { recursive: true, force: true });
  }
}
