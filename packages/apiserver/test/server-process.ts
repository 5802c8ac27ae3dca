// SPDX-License-Identifier: Apache-2.0
// The command in a process of its own, from the sources, for tests that kill it.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/core";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "..", "src");

/** The sources as JavaScript in a folder of their own. */
export interface CompiledServer {
  readonly bin: string;
  remove(): void;
}

/** Compiles the package's sources, so that a test needs no build before it. */
export function compileServer(): CompiledServer {
  const folder = join(here, "..", "..", "..", ".tmp", `apiserver-${process.pid}`);
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(folder, relative(source, from));
    if (entry.name.includes(".test")) continue;
    mkdirSync(dirname(to), { recursive: true });
    if (!entry.name.endsWith(".ts")) {
      cpSync(from, to);
      continue;
    }
    const { code } = transformSync(readFileSync(from, "utf8"), {
      jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      module: { type: "es6" },
    });
    writeFileSync(to.replace(/\.ts$/, ".js"), code);
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return {
    bin: join(folder, "bin.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A running command. */
export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Kills it as a crash does. */
  kill(): Promise<void>;
  /** Stops it as an operating system does. Resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the command and waits until it is ready. */
export async function startProcess(
  { bin }: CompiledServer,
  args: readonly string[],
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), exited]);
  const url = /^ready (.*)$/.exec(String(first[0]))?.[1];
  if (url === undefined) throw new Error(`the server did not start: ${errors}`);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await exited)[0];
  };
  return { url, child, kill: async () => void (await end("SIGKILL")), stop: () => end("SIGTERM") };
}
