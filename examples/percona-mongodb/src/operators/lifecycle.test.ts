// SPDX-License-Identifier: Apache-2.0
// The life of a cluster under both operators, calm and with every kind of harm: it ends in the same objects.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { end, harmOf, life, Liver, worldOf } from "../../test/life.js";
import { Scenarios } from "../../test/operator-scenario.js";
import type { JsonObject } from "../json.js";
import { operatorModes, type OperatorMode } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

/** Lives with harm, of each operator; a few in every run, as many as wanted by this variable. */
const wantedLives = process.env["HAVERSACK_PERCONA_LIVES"];
const harmedLives = Number(wantedLives ?? 1);
const firstSeed = Number(process.env["HAVERSACK_PERCONA_SEED"] ?? 1);

interface Lived {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly kills: number;
  readonly failures: number;
}

async function lived(mode: OperatorMode, seed?: number): Promise<Lived> {
  const operators = await scenarios.empty(mode);
  const liver = new Liver(operators, seed === undefined ? undefined : harmOf(seed));
  await liver.run(life);
  const before = await worldOf(operators);
  await liver.run([end]);
  const after = await worldOf(operators);
  const { kills, failures } = liver;
  await scenarios.close();
  return { before, after, kills, failures };
}

describe("create, scale, upgrade, backup, restore, pause, resume, sharding on, off, delete", () => {
  let calm: Lived;
  beforeAll(async () => {
    calm = await lived("packs");
  }, 180_000);

  it("ends in one StatefulSet, and then in what outlives a cluster", () => {
    expect(calm.before["status"]).toMatchObject({ state: "ready", size: 3, ready: 3 });
    const names = (calm.before["objects"] as unknown as readonly [string][]).map(([name]) => name);
    expect(names.filter((name) => name.startsWith("StatefulSet/"))).toEqual(["StatefulSet/db-rs0"]);
    expect(calm.before["jobs"]).toEqual([
      ["PerconaServerMongoDBBackup/b1", "ready", null],
      ["PerconaServerMongoDBRestore/r1", "ready", null],
    ]);
    expect(calm.after["objects"]).toEqual([]);
  });

  it.each(operatorModes.filter((mode) => mode !== "packs"))(
    "ends in the same objects as with packs: %s",
    async (mode) => {
      const { before, after } = await lived(mode);
      expect(before).toEqual(calm.before);
      expect(after).toEqual(calm.after);
    },
    180_000,
  );

  describe.each(operatorModes)("with failing requests, cut watches and kills, %s", (mode) => {
    const harm = { lives: 0, kills: 0, failures: 0 };
    afterAll(() => {
      if (wantedLives === undefined) return;
      const { lives, kills, failures } = harm;
      process.stdout.write(
        `${mode}: ${lives} lives, ${kills} kills, ${failures} failed requests\n`,
      );
    });
    const seeds = Array.from({ length: harmedLives }, (_, index) => firstSeed + index);
    it.each(seeds)(
      "ends in the same objects (seed %i)",
      async (seed) => {
        const { before, after, kills, failures } = await lived(mode, seed);
        expect(before).toEqual(calm.before);
        expect(after).toEqual(calm.after);
        expect(kills).toBeGreaterThan(0);
        expect(failures).toBeGreaterThan(0);
        harm.lives += 1;
        harm.kills += kills;
        harm.failures += failures;
      },
      300_000,
    );
  });
});
