// SPDX-License-Identifier: Apache-2.0
// The life of a cluster under both operators, which are killed again and again: they end in the same objects.
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { liveCluster, Scenarios, written } from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import type { Manifest } from "../json.js";
import type { PsmdbSpec } from "../types.js";
import { operatorModes, type OperatorCluster, type OperatorMode } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

const ofSize = (size: number, more: Partial<PsmdbSpec> = {}): Manifest =>
  written({
    crVersion: "1.23.0",
    replsets: [{ ...plainReplset, size, expose: { enabled: true } }],
    ...more,
  });

/** Each is applied when the one before has had some time, finished or not. */
const life: readonly Manifest[] = [
  ofSize(3),
  ofSize(5),
  ofSize(5, { image: "mongod:9" }),
  ofSize(3, { image: "mongod:9" }),
  ofSize(3, { image: "mongod:9", pause: true }),
  ofSize(3, { image: "mongod:9" }),
];

/** Lives through it, the operator being killed after these times. */
async function lived(mode: OperatorMode, killsAfterMs: readonly number[]): Promise<unknown> {
  const operators = await scenarios.empty(mode);
  for (const [index, primary] of life.entries()) {
    await operators.apply(primary);
    await operators.start();
    await operators.cluster.settle();
    await operators.clock.advance(killsAfterMs[index] ?? 0);
    await operators.stop();
  }
  await operators.settle();
  expect((await liveCluster(operators)).status).toMatchObject({
    state: "ready",
    size: 3,
    ready: 3,
  });
  return world(operators);
}

/** What is left without the numbers the server hands out. */
async function world(operators: OperatorCluster): Promise<unknown> {
  const written = ["ConfigMap", "Service", "StatefulSet", "PodDisruptionBudget"];
  const objects = (await operators.objects("prod")).filter(({ kind }) => written.includes(kind));
  const members = operators.mongo.replset("prod", "db", "rs0")?.config.members;
  return {
    objects: Object.fromEntries(objects.map((object) => [nameOf(object), comparable(object)])),
    members: members?.map(({ host, votes, priority }) => ({ host, votes, priority })),
  };
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

function comparable({ metadata, spec, data }: Manifest): unknown {
  const { name, labels, annotations } = metadata;
  const { clusterIP, clusterIPs, ...rest } = spec ?? {};
  return { name, labels, annotations, spec: rest, data };
}

describe("create, scale up, upgrade, scale down, pause and resume", () => {
  it("ends in the same objects with both operators, however often they are killed", async () => {
    const calm = await lived("packs", []);
    const kills = fc.array(fc.integer({ min: 0, max: 12_000 }), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(kills, async (killsAfterMs) => {
        for (const mode of operatorModes) expect(await lived(mode, killsAfterMs)).toEqual(calm);
        await scenarios.close();
      }),
      { numRuns: 3, endOnFailure: true },
    );
  }, 60_000);
});
