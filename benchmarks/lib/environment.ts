// SPDX-License-Identifier: Apache-2.0
// What a result was measured on; it stands beside every number.
import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

/** The machine, the runtime and the commit of a run. */
export interface EnvironmentRecord {
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly load1: number;
  readonly commit: string;
  readonly date: string;
}

/** Reads the environment of this process. */
export function readEnvironment(): EnvironmentRecord {
  const [first] = cpus();
  return {
    node: process.version,
    v8: process.versions.v8,
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load1: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown"; // A tarball has no history.
  }
}
