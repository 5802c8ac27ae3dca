#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Builds dist/guest.wasm: QuickJS-ng merged with the command loop; checks that it came out as reviewed.
// `--update` writes the new hash into guest-binary.sha256 instead.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const tools = dirname(fileURLToPath(import.meta.url));
const target = join(tools, "..", "dist", "guest.wasm");
const recorded = join(tools, "guest-binary.sha256");

/** Instructions that Node 20 has and that QuickJS was compiled with. */
const features = ["bulk-memory", "mutable-globals", "sign-ext", "nontrapping-float-to-int"];
/** All that a host may see. Mutable globals are made visible when a module is loaded. */
const keptExports = new Set(["memory", "_start"]);

const wanted = existsSync(recorded) ? readFileSync(recorded, "utf8").trim() : "";
const isUpdate = process.argv.includes("--update");
if (!isUpdate && existsSync(target) && hashOf(readFileSync(target)) === wanted) process.exit(0);

const bytes = await build();
const hash = hashOf(bytes);
if (isUpdate) writeFileSync(recorded, `${hash}\n`);
else if (hash !== wanted) {
  console.error(
    `the guest binary came out as ${hash}, not as ${wanted}: its sources or tools changed. ` +
      "Review the change, then run tools/build-guest-binary.mjs --update.",
  );
  process.exit(1);
}
mkdirSync(dirname(target), { recursive: true });
const aside = `${target}.${process.pid}`;
writeFileSync(aside, bytes);
renameSync(aside, target);
console.error(`guest.wasm: ${bytes.length} bytes, sha256 ${hash}`);

async function build() {
  const binaryenFolder = dirname(require.resolve("binaryen"));
  const folder = mkdtempSync(join(dirname(tools), ".guest-binary-"));
  try {
    const loop = join(folder, "loop.wasm");
    const merged = join(folder, "merged.wasm");
    const flags = features.map((feature) => `--enable-${feature}`);
    const tool = (name, args) => {
      const program = join(binaryenFolder, "bin", name);
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
    };
    tool("wasm-as", [join(tools, "command-loop.wat"), "-o", loop, ...flags]);
    const quickjs = require.resolve("quickjs-wasi/quickjs.wasm");
    tool("wasm-merge", [quickjs, "engine", loop, "env", "-o", merged, ...flags]);
    return await trim(readFileSync(merged));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Hides what a host has no business with, and drops what nothing uses then. */
async function trim(merged) {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(merged);
  const names = [];
  for (let index = 0; index < module.getNumExports(); index += 1) {
    names.push(binaryen.getExportInfo(module.getExportByIndex(index)).name);
  }
  for (const name of names) if (!keptExports.has(name)) module.removeExport(name);
  module.runPasses(["remove-unused-module-elements", "strip-debug", "strip-producers"]);
  const bytes = module.emitBinary();
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const foreign = imports.filter(({ module: from }) => from !== "wasi_snapshot_preview1");
  if (foreign.length > 0) {
    throw new Error(`the guest binary imports ${foreign.map(({ name }) => name).join(", ")}`);
  }
  return bytes;
}

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
