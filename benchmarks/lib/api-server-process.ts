// SPDX-License-Identifier: Apache-2.0
// API servers in processes of their own: the embedded one, or the real one that KUBEBUILDER_ASSETS names.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { startCluster } from "@haversack/testing";

/** A running API server. */
export interface ApiServerProcess {
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  /** From the start of its process until it answered. */
  readonly readyMs: number;
  /** Its processes. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** The embedded server; with `dataDir` its state is kept in a throw-away folder. */
export async function startEmbedded(
  options: { readonly tls?: boolean; readonly dataDir?: boolean } = {},
): Promise<ApiServerProcess> {
  const manifest = createRequire(import.meta.url).resolve("@haversack/apiserver/package.json");
  const bin = join(dirname(manifest), "dist", "bin.js");
  const folder = mkdtempSync(join(tmpdir(), "haversack-benchmark-"));
  const kubeconfig = join(folder, "kubeconfig");
  const args = [bin, "--anonymous", "admin", "--write-kubeconfig", kubeconfig];
  if (options.tls === true) args.push("--tls");
  if (options.dataDir === true) args.push("--data-dir", join(folder, "data"));
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const readyMs = performance.now() - start;
  const text = readFileSync(kubeconfig, "utf8");
  const field = (name: string): string | undefined =>
    new RegExp(`${name}: "?([^"\n]*)"?`).exec(text)?.[1];
  const ca = field("certificate-authority-data");
  return {
    url: line.replace("ready ", ""),
    ca: ca === undefined ? undefined : Buffer.from(ca, "base64").toString(),
    token: field("token"),
    readyMs,
    pids: [child.pid as number],
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Processes that this one started. */
function children(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === process.pid)
    .map(Number);
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0; // It ended in the meantime.
  }
}

/** etcd, kube-apiserver and kube-controller-manager from KUBEBUILDER_ASSETS. */
export async function startReal(): Promise<ApiServerProcess> {
  const start = performance.now();
  const cluster = await startCluster({ backend: "envtest" });
  const readyMs = performance.now() - start;
  const { url, ca, token } = cluster.access;
  return { url, ca, token, readyMs, pids: children(), stop: () => cluster.close() };
}

/** Resident memory of processes in MB. */
export function residentMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
  }, 0);
}

/** Processor time that processes have used, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // utime and stime in ticks of 10 ms.
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}
