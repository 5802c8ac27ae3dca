// SPDX-License-Identifier: Apache-2.0
// What tests of both operators on the embedded cluster have in common: a custom resource, its pods, its deletions.
import { InformerPool } from "haversack";
import type { JsonObject, Manifest } from "../src/json.js";
import { memberState } from "../src/mongo/mongo-admin.js";
import { kinds, psmdb } from "../src/operators/kinds.js";
import {
  operatorClient,
  startOperatorCluster,
  type OperatorCluster,
  type OperatorMode,
} from "../src/operators/operator-cluster.js";
import type { Psmdb, PsmdbSpec } from "../src/types.js";
import { countingSources } from "./memory-cluster.js";
import { primaryWith, shardedWith } from "./primaries.js";

/** The key of an object in the namespace of all these tests. */
export const key = (name: string): { namespace: string; name: string } => ({
  namespace: "prod",
  name,
});

/** A custom resource as a user writes it: without what only the server fills in. */
export function written(
  spec: Partial<PsmdbSpec> = {},
  finalizers: readonly string[] = [],
): Manifest {
  return asWritten(primaryWith(spec), finalizers);
}

/** A sharded one. */
export function writtenSharded(
  mongos: JsonObject = {},
  spec: Partial<PsmdbSpec> = {},
  finalizers: readonly string[] = [],
): Manifest {
  return asWritten(shardedWith(mongos, spec), finalizers);
}

function asWritten(primary: Psmdb, finalizers: readonly string[]): Manifest {
  const { uid, generation, ...metadata } = primary.metadata;
  const all = finalizers.length > 0 ? { ...metadata, finalizers } : metadata;
  return { ...primary, metadata: all } as unknown as Manifest;
}

/** Starts clusters and closes all of them in the end. */
export class Scenarios {
  readonly #opened: OperatorCluster[] = [];
  readonly #informers: InformerPool[] = [];

  /** A cluster in which the operator has come to rest with a custom resource. */
  async started(mode: OperatorMode, primary: Manifest = written()): Promise<OperatorCluster> {
    const operators = await this.empty(mode);
    await operators.apply(primary);
    await operators.settle();
    return operators;
  }

  /** A cluster with the namespace and nothing in it. */
  async empty(mode: OperatorMode): Promise<OperatorCluster> {
    const operators = await startOperatorCluster(mode, { sources: countingSources });
    this.#opened.push(operators);
    await operators.createNamespace("prod");
    return operators;
  }

  /** Names of pods in the order in which they go, filled in as they do. */
  async podsGone({ cluster, clock }: OperatorCluster): Promise<readonly string[]> {
    const informers = new InformerPool({ client: cluster.admin, clock });
    this.#informers.push(informers);
    const names: string[] = [];
    informers.acquire(kinds.Pod).subscribe({
      stage: "enqueue",
      onEvent({ type, old }) {
        if (type === "deleted" && old !== undefined) names.push(old.metadata.name);
      },
    });
    await clock.settle();
    return names;
  }

  async close(): Promise<void> {
    for (const each of this.#informers.splice(0)) each.close();
    for (const each of this.#opened.splice(0)) await each.close();
  }
}

/** The custom resource as it is now. */
export async function liveCluster({ cluster }: OperatorCluster): Promise<Psmdb> {
  const found = await cluster.get(psmdb, key("db"));
  if (found === undefined) throw new Error("the custom resource is gone");
  return found;
}

/** Names of what the operator deleted of a resource, in order. */
export function deleted({ cluster }: OperatorCluster, resource: string): readonly string[] {
  return cluster.requests
    .select({ client: operatorClient, verb: "delete" })
    .filter((request) => request.resource === resource)
    .map(({ name = "" }) => name);
}

/** Images of the main containers, by pod. */
export async function images({
  cluster,
}: OperatorCluster): Promise<Readonly<Record<string, string>>> {
  const pods = await cluster.list(kinds.Pod, { namespace: "prod" });
  return Object.fromEntries(
    pods.map(({ metadata, spec }) => {
      const containers = spec?.["containers"] as unknown as readonly { image: string }[];
      return [metadata.name, containers[0]?.image ?? ""];
    }),
  );
}

/** Names of all pods, sorted. */
export async function podNames(operators: OperatorCluster): Promise<readonly string[]> {
  return Object.keys(await images(operators)).sort();
}

/** Makes another member the primary, as an election would. */
export async function elect(operators: OperatorCluster, pod: string): Promise<void> {
  const replset = operators.mongo.replset("prod", "db", "rs0");
  const nowMs = operators.clock.now();
  for (const { host, state } of replset?.status().members ?? []) {
    if (state === memberState.secondary && !host.startsWith(`${pod}.`))
      replset?.freeze(host, 1, nowMs);
  }
  replset?.stepDown(1, nowMs);
  // From here on everybody may be elected again.
  await operators.clock.advance(1000);
}

/** Pod of the primary of a replica set. */
export function primaryPod({ mongo }: OperatorCluster, replset = "rs0"): string | undefined {
  return mongo.replset("prod", "db", replset)?.primary?.split(".")[0];
}
