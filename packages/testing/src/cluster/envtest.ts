// SPDX-License-Identifier: Apache-2.0
// Starts etcd and the real kube-apiserver from KUBEBUILDER_ASSETS, as envtest does (before stage 1).
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@haversack/core";
import { httpClient, type ClusterAccess } from "../client/http-client.js";
import { existingBackend } from "./existing.js";
import type { Backend } from "./backend.js";

/** Both servers are ready within 5 s on a free machine; a busy one is given more. */
const startLimitMs = 90_000;
const stopLimitMs = 10_000;

interface Process {
  readonly name: string;
  readonly child: ChildProcess;
  /** The end of what it wrote, for messages. */
  readonly output: () => string;
}

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1 with throw-away data.
 *
 * @param folder Holds `etcd` and `kube-apiserver`, and perhaps `kube-controller-manager`, which
 * then runs the garbage collector and the namespace controller.
 * @throws Error that holds the end of a server's output when it does not become ready.
 */
export async function envtestBackend(folder: string): Promise<Backend> {
  for (const name of ["etcd", "kube-apiserver"]) {
    if (existsSync(join(folder, name))) continue;
    throw new Error(
      `cannot start a cluster: KUBEBUILDER_ASSETS (${folder}) has no ${name}. Install it there, or unset the variable.`,
    );
  }
  const data = await mkdtemp(join(tmpdir(), "haversack-cluster-"));
  const started: Process[] = [];
  const close = async (): Promise<void> => {
    // The API server first: without etcd its shutdown hangs for tens of seconds.
    for (const process of [...started].reverse()) await stop(process);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const access = await startServers(folder, data, started);
    const kubeconfig = kubeconfigOf(access);
    if (existsSync(join(folder, "kube-controller-manager"))) {
      await startControllers(folder, data, kubeconfig, started);
    }
    return existingBackend({ type: "envtest", access, kubeconfig: () => kubeconfig, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function startServers(
  folder: string,
  data: string,
  started: Process[],
): Promise<ClusterAccess> {
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  started.push(
    run(folder, "etcd", [
      `--data-dir=${join(data, "etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      "--unsafe-no-fsync",
    ]),
  );
  const token = randomBytes(16).toString("hex");
  const flags = await apiServerFlags(data, token, etcdUrl, port);
  const server = run(folder, "kube-apiserver", flags);
  started.push(server);
  const access = await whenReady(server, join(data, "certs", "apiserver.crt"), port, token);
  return access;
}

async function apiServerFlags(
  data: string,
  token: string,
  etcdUrl: string,
  port: number,
): Promise<string[]> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  await writeFile(join(data, "accounts.key"), privateKey);
  await writeFile(join(data, "accounts.pub"), publicKey);
  await writeFile(join(data, "tokens.csv"), `${token},admin,admin,"system:masters"\n`);
  return [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    // Without a certificate of ours the server makes one for itself, which is then its CA.
    `--cert-dir=${join(data, "certs")}`,
    `--token-auth-file=${join(data, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    `--service-account-key-file=${join(data, "accounts.pub")}`,
    `--service-account-signing-key-file=${join(data, "accounts.key")}`,
    "--service-account-issuer=https://haversack.invalid",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--allow-privileged=true",
    "--endpoint-reconciler-type=none",
    "--disable-admission-plugins=ServiceAccount",
  ];
}

async function startControllers(
  folder: string,
  data: string,
  kubeconfig: string,
  started: Process[],
): Promise<void> {
  const path = join(data, "kubeconfig");
  await writeFile(path, kubeconfig);
  started.push(
    run(folder, "kube-controller-manager", [
      `--kubeconfig=${path}`,
      "--controllers=garbagecollector,namespace",
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      `--secure-port=${await freePort()}`,
      `--cert-dir=${join(data, "manager-certs")}`,
    ]),
  );
}

async function whenReady(
  server: Process,
  caPath: string,
  port: number,
  token: string,
): Promise<ClusterAccess> {
  const url = `https://127.0.0.1:${port}`;
  const endMs = performance.now() + startLimitMs;
  let problem: unknown;
  while (performance.now() < endMs && server.child.exitCode === null) {
    try {
      const access = { url, token, ca: await readFile(caPath, "utf8") };
      const client = httpClient(access, { clock: systemClock });
      try {
        await client.request({ method: "GET", path: "/readyz", timeoutMs: 5_000 });
        return access;
      } finally {
        await client.close();
      }
    } catch (error) {
      problem = error; // Not there yet: no certificate, no port, or not ready.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `kube-apiserver did not become ready: ${String(problem)}. It wrote last:\n${server.output()}`,
  );
}

function run(folder: string, name: string, flags: readonly string[]): Process {
  const child = spawn(join(folder, name), flags, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.on("error", (error) => keep(Buffer.from(error.message)));
  return { name, child, output: () => output };
}

async function stop({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
  await ended;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A kubeconfig for one server and one token, as JSON, which is YAML too. */
export function kubeconfigOf({ url, ca, token }: ClusterAccess): string {
  const trust =
    ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    clusters: [{ name: "test", cluster: { server: url, ...trust } }],
    users: [{ name: "test", user: { token } }],
  });
}
