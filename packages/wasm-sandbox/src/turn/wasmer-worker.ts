// SPDX-License-Identifier: Apache-2.0
// A worker thread that holds @wasmer/sdk: what cannot be stopped otherwise ends with this thread (stage: turn).
import { parentPort } from "node:worker_threads";
import type { SlotEvent, SlotRequest } from "./wasmer-protocol.js";

type Sdk = typeof import("@wasmer/sdk");
type Process = Awaited<
  ReturnType<
    ReturnType<
      Awaited<ReturnType<InstanceType<Sdk["Wasmer"]>["sandboxes"]["create"]>>["command"]
    >["spawn"]
  >
>;
type Package = Awaited<ReturnType<InstanceType<Sdk["Wasmer"]>["packages"]["load"]>>;

let client: Promise<InstanceType<Sdk["Wasmer"]>> | undefined;
const packages = new Map<string, Promise<Package>>();
const processes = new Map<number, Promise<Process>>();

function tell(event: SlotEvent): void {
  parentPort?.postMessage(event);
}

async function connect(): Promise<InstanceType<Sdk["Wasmer"]>> {
  const { Wasmer } = await import("@wasmer/sdk");
  return new Wasmer({ cache: false });
}

/** A sandbox of its own for each process: no network, no files but its own. */
async function spawn(module: Uint8Array, key: string): Promise<Process> {
  client ??= connect();
  const wasmer = await client;
  const known = packages.get(key) ?? wasmer.packages.load(module);
  packages.set(key, known);
  const program = await known;
  const sandbox = await wasmer.sandboxes.create({
    packages: [program],
    network: { mode: "disabled" },
  });
  return sandbox.command(program).spawn({ stdin: "pipe", stdout: "pipe", stderr: "discard" });
}

async function follow(id: number, process: Process): Promise<void> {
  for await (const bytes of process.stdout ?? []) tell({ event: "output", process: id, bytes });
  const { exitCode, reason } = await process.wait({ check: false });
  tell({ event: "ended", process: id, why: `${reason} with status ${exitCode}` });
}

async function perform(request: SlotRequest): Promise<void> {
  const { process: id } = request;
  if (request.op === "spawn") {
    const started = spawn(request.module, request.key);
    processes.set(id, started);
    await follow(id, await started);
    return;
  }
  const process = await processes.get(id);
  if (request.op === "write") await process?.stdin?.write(request.bytes);
  else {
    processes.delete(id);
    await process?.kill();
  }
}

parentPort?.on("message", (request: SlotRequest) => {
  perform(request).catch((error: unknown) => {
    processes.delete(request.process);
    tell({ event: "ended", process: request.process, why: String(error) });
  });
});
