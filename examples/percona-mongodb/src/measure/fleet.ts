// SPDX-License-Identifier: Apache-2.0
// A fleet of clusters under one operator: what everything is measured on (all stages).
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { inNamespace } from "../cases/case-index.js";
import type { JsonObject, Manifest } from "../json.js";
import {
  startOperatorCluster,
  type OperatorCluster,
  type OperatorMode,
} from "../operators/operator-cluster.js";
import { quickChance } from "./quick-chance.js";

/** The custom resource: one replica set of three, users and certificates by the operator. */
export const fleetInput = "data/given/init-deploy-some-name/input-1.yaml";

/** Clusters, each in a namespace of its own, all ready. */
export interface Fleet {
  readonly operators: OperatorCluster;
  /** The custom resources as they were applied. */
  readonly primaries: readonly Manifest[];
  close(): Promise<void>;
}

/** Starts an operator and a number of clusters, and waits until all are at rest. */
export async function startFleet(mode: OperatorMode, size: number): Promise<Fleet> {
  const operators = await startOperatorCluster(mode, { sources: quickChance() });
  const primaries: Manifest[] = [];
  for (let index = 0; index < size; index += 1) {
    const primary = await readPrimary(`tenant-${index}`);
    await operators.createNamespace(`tenant-${index}`);
    await operators.apply(primary);
    primaries.push(primary);
  }
  await operators.settle();
  return { operators, primaries, close: () => operators.close() };
}

/** The fleet's custom resource in a namespace. */
export async function readPrimary(namespace: string): Promise<Manifest> {
  const url = new URL(`../../${fleetInput}`, import.meta.url);
  return inNamespace(parse(await readFile(url, "utf8")) as JsonObject, namespace);
}

/** The same with another number of members. */
export function withSize(primary: Manifest, size: number): Manifest {
  return withReplset(primary, { size });
}

/** The same with other fields of its replica set. */
export function withReplset(primary: Manifest, changed: JsonObject): Manifest {
  const replsets = primary.spec?.["replsets"] as readonly JsonObject[];
  return {
    ...primary,
    spec: { ...primary.spec, replsets: replsets.map((replset) => ({ ...replset, ...changed })) },
  };
}
