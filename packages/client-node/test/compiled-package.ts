// SPDX-License-Identifier: Apache-2.0
// The package as plain JavaScript in a directory of its own, for tests that need a fresh process.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "@swc/core";

/** A directory in which `@haversack/client-node` can be imported, and nothing else. */
export interface CompiledPackage {
  /** Runs a module there; resolves to what it printed. */
  readonly run: (source: string, args?: readonly string[]) => Promise<string>;
  /** Puts another package beside it. */
  readonly install: (name: string, files: Readonly<Record<string, string>>) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const packages = fileURLToPath(new URL("../../", import.meta.url));

/** Compiles core and this package from their sources, so that no build is needed first. */
export async function compilePackage(): Promise<CompiledPackage> {
  const directory = await mkdtemp(join(tmpdir(), "compiled-"));
  for (const name of ["core", "client-node"]) {
    const target = join(directory, "node_modules", "@haversack", name);
    await mkdir(target, { recursive: true });
    await cp(join(packages, name, "package.json"), join(target, "package.json"));
    await compileTree(join(packages, name, "src"), join(target, "dist"));
  }
  return {
    run: async (source, args = []) => {
      const file = join(directory, "main.mjs");
      await writeFile(file, source);
      const { stdout } = await promisify(execFile)(process.execPath, [...args, file], {
        cwd: directory,
      });
      return stdout;
    },
    install: async (name, files) => {
      const target = join(directory, "node_modules", name);
      await mkdir(target, { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(target, file), text);
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

async function compileTree(from: string, to: string): Promise<void> {
  const files = await readdir(from, { recursive: true });
  for (const file of files) {
    if (!file.endsWith(".ts") || file.includes(".test")) continue;
    const { code } = await transform(await readFile(join(from, file), "utf8"), {
      jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      module: { type: "es6" },
    });
    const target = join(to, file.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
}
