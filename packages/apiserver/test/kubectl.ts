// SPDX-License-Identifier: Apache-2.0
// Runs kubectl for tests: every one that HAVERSACK_KUBECTL names, else the one on PATH.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runCommand } from "../src/command.js";
import type { ApiServer } from "../src/server.js";

/** A kubectl that runs here. */
export interface FoundKubectl {
  readonly program: string;
  /** `v1.32.4` or the like. */
  readonly version: string;
  readonly minor: number;
}

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ["version", "--client", "-o", "json"]);
  if (status !== 0) return undefined;
  const { clientVersion } = JSON.parse(stdout.toString()) as {
    clientVersion: { gitVersion: string };
  };
  return clientVersion.gitVersion;
}

/** Every kubectl there is; none is a reason to skip. */
export function findKubectls(): FoundKubectl[] {
  const named = process.env["HAVERSACK_KUBECTL"] ?? "kubectl";
  return named.split(delimiter).flatMap((program) => {
    const version = versionOf(program);
    if (version === undefined) return [];
    return [{ program, version, minor: Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0) }];
  });
}

/** A server that was started by the command, and kubectl bound to it. */
export class KubectlBench {
  readonly folder: string = mkdtempSync(join(tmpdir(), "haversack-kubectl-"));
  readonly #program: string;
  #server: ApiServer | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  get #config(): string {
    return join(this.folder, "kubeconfig");
  }

  async start(...args: string[]): Promise<void> {
    this.#server = await runCommand(["--write-kubeconfig", this.#config, ...args], {
      print: () => undefined,
    });
  }

  /** Writes a file beside the kubeconfig. @returns its path. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** What kubectl printed, errors included. */
  run(...args: string[]): Promise<string> {
    const env = { ...process.env, KUBECONFIG: this.#config, HOME: this.folder };
    return new Promise((resolve) => {
      execFile(this.#program, args, { env, timeout: 30_000 }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
  }

  /** Starts kubectl, does something once it has printed `after`, and waits until it printed `until`. */
  async follow(args: string[], after: string, act: () => unknown, until: string): Promise<string> {
    const env = { ...process.env, KUBECONFIG: this.#config, HOME: this.folder };
    const child = spawn(this.#program, args, { env });
    let text = "";
    let hasActed = false;
    const ended = once(child, "close");
    const give = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (!hasActed && text.includes(after)) {
        hasActed = true;
        act();
      }
      if (text.includes(until)) child.kill("SIGKILL");
    });
    await ended;
    clearTimeout(give);
    return text;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
