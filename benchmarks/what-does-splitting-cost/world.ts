// SPDX-License-Identifier: Apache-2.0
// Clusters under one of the operators, and what is done to them while counting.
import { parts } from "@haversack-examples/percona-mongodb/dist/functions/index.js";
import type { JsonObject, Manifest } from "@haversack-examples/percona-mongodb/dist/json.js";
import {
  readPrimary,
  startFleet,
  withReplset,
  withSize,
  type Fleet,
} from "@haversack-examples/percona-mongodb/dist/measure/fleet.js";
import { kinds } from "@haversack-examples/percona-mongodb/dist/operators/kinds.js";
import {
  operatorClient,
  startOperatorCluster,
  type OperatorMode,
} from "@haversack-examples/percona-mongodb/dist/operators/operator-cluster.js";
import type { Measures } from "../lib/question.js";

/** Runs of functions since the program began, whoever asked for them. */
let functionRuns = 0;
for (const part of parts) {
  const { build } = part;
  (part as { build: typeof build }).build = (...given) => {
    functionRuns += 1;
    return build.apply(part, given);
  };
}

/** Starts an operator and waits until its clusters are ready. */
export function started(mode: OperatorMode, clusters: number): Promise<Fleet> {
  return startFleet(mode, clusters);
}

interface Counted {
  readonly functions: number;
  readonly writes: number;
  readonly reads: number;
  readonly cpuMs: number;
  /** Real time until the operator's last write was answered; 0 without one. */
  readonly latencyMs: number;
}

async function counted({ operators }: Fleet, act: () => Promise<unknown>): Promise<Counted> {
  const { requests } = operators.cluster;
  globalThis.gc?.();
  requests.reset();
  const before = functionRuns;
  const startMs = performance.now();
  let lastMs = startMs;
  const end = requests.subscribe(({ client, verb }) => {
    if (client === operatorClient && verb !== "get" && verb !== "list") lastMs = performance.now();
  });
  const cpu = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(cpu);
  end();
  const of = { client: operatorClient };
  return {
    functions: functionRuns - before,
    writes: requests.count({ ...of, isWrite: true }),
    reads: requests.count({ ...of, verb: ["get", "list"] }),
    cpuMs: (user + system) / 1000,
    latencyMs: lastMs - startMs,
  };
}

/** One cluster's Services are to have another label: one function has work to do. */
export async function changeOfService(fleet: Fleet): Promise<Measures> {
  const changed = withReplset(first(fleet), { expose: { labels: { team: "blue" } } as JsonObject });
  const found = await counted(fleet, () => applied(fleet, changed));
  return {
    serviceChangeFunctions: found.functions,
    serviceChangeReads: found.reads,
    serviceChangeWrites: found.writes,
    serviceChangeCpuMs: found.cpuMs,
    serviceChangeLatencyMs: found.latencyMs,
  };
}

/** One cluster grows from three to five members, until all is at rest: most functions have work to do. */
export async function changeOfSize(fleet: Fleet): Promise<Measures> {
  const found = await counted(fleet, async () => {
    await fleet.operators.apply(withSize(first(fleet), 5));
    await fleet.operators.settle();
  });
  return {
    sizeChangeFunctions: found.functions,
    sizeChangeReads: found.reads,
    sizeChangeWrites: found.writes,
    sizeChangeCpuMs: found.cpuMs,
  };
}

/** An hour in which nothing happens; of it so many minutes are lived through. */
export async function idle(fleet: Fleet, minutes: number): Promise<Measures> {
  const { clock } = fleet.operators;
  await clock.advance(120_000); // What the changes left behind.
  const found = await counted(fleet, () => clock.advance(minutes * 60_000));
  const hours = 60 / minutes;
  return {
    idleHourFunctions: found.functions * hours,
    idleHourRequests: (found.reads + found.writes) * hours,
    idleHourCpuMs: found.cpuMs * hours,
  };
}

/** How long each connection to MongoDB takes while it is slow. */
const slowMs = 30_000;
const patienceSeconds = 900;

/** A Service is deleted while the databases are slow to answer: virtual seconds until it is there again. */
export async function waitForSlowDatabase(mode: OperatorMode): Promise<Measures> {
  const operators = await startOperatorCluster(mode);
  const primary = await readPrimary("slow");
  await operators.createNamespace("slow");
  await operators.apply(primary);
  await operators.settle();
  const { mongo, clock, cluster } = operators;
  const connect = mongo.connect.bind(mongo);
  mongo.connect = async (...given) => {
    await new Promise<void>((resolve) => void clock.setTimer(resolve, slowMs));
    return connect(...given);
  };
  await clock.advance(61_000); // The next look at the databases has begun.
  const key = { namespace: "slow", name: `${primary.metadata.name}-rs0` };
  await cluster.remove(kinds.Service, key);
  let seconds = 0;
  while ((await cluster.get(kinds.Service, key)) === undefined) {
    if (++seconds > patienceSeconds) break;
    await clock.advance(1000);
  }
  await operators.close();
  return { secondsOthersWait: seconds };
}

async function applied({ operators }: Fleet, changed: Manifest): Promise<void> {
  await operators.apply(changed);
  await operators.clock.settle();
  await operators.clock.advance(6000); // The monolith looks every five seconds.
}

function first({ primaries: [primary] }: Fleet): Manifest {
  if (primary === undefined) throw new RangeError("a fleet has at least one cluster");
  return primary;
}
