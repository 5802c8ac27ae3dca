// SPDX-License-Identifier: Apache-2.0
// A backup and a restore whose operator dies at each of its writes in turn: each runs once and ends well.
import { afterEach, describe, expect, it } from "@jest/globals";
import { FaultScript } from "@haversack/testing";
import {
  backedUp,
  backupOf,
  liveBackup,
  liveRestore,
  lockHolderNow,
  place,
  restoreOf,
} from "../../test/backup-scenario.js";
import { Scenarios, written } from "../../test/operator-scenario.js";
import type { Manifest } from "../json.js";
import type { OperatorCluster } from "./operator-cluster.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

/** More than a backup or a restore needs: status four times, lock and finalizer twice each. */
const writes = Array.from({ length: 10 }, (_, index) => index);

/**
 * Applies a job to an operator that dies at one of its writes, and lets another one take over.
 *
 * @returns Whether it died: fewer writes may do.
 */
async function interrupted(
  operators: OperatorCluster,
  job: Manifest,
  after: number,
  when: "before" | "after",
): Promise<boolean> {
  await operators.stop();
  const fault = { type: "crash", when } as const;
  const faults = new FaultScript([{ match: { isWrite: true }, after, times: 1, fault }]);
  await operators.apply(job);
  await operators.start(faults);
  for (let second = 0; second < 20 && !faults.hasCrashed; second += 1) {
    await operators.cluster.settle();
    await operators.clock.advance(1000);
  }
  await operators.kill();
  await operators.settle();
  return faults.hasCrashed;
}

// In split mode backups and restores are the very reconcilers of the packs.
describe.each(["monolith", "packs"] as const)("under a dying %s operator", (mode) => {
  it.each(["before", "after"] as const)(
    "a backup runs once and ends well, whichever write is the last, %s it",
    async (when) => {
      const operators = await scenarios.started(mode, written(backedUp()));
      let deaths = 0;
      for (const write of writes) {
        if (await interrupted(operators, backupOf(`b${write}`), write, when)) deaths += 1;
        const { metadata, status } = (await liveBackup(operators, `b${write}`)) ?? {};
        expect([write, status?.state, status?.error]).toEqual([write, "ready", undefined]);
        expect(metadata?.finalizers ?? []).toEqual([]);
        expect(operators.backups.jobs(place)).toHaveLength(write + 1);
        expect(await lockHolderNow(operators)).toBeUndefined();
      }
      expect(deaths).toBeGreaterThan(6);
    },
    180_000,
  );

  it("a restore runs once and ends well, whichever write is the last", async () => {
    const operators = await scenarios.started(mode, written(backedUp()));
    await operators.apply(backupOf("b"));
    await operators.settle();
    let deaths = 0;
    for (const write of writes) {
      if (await interrupted(operators, restoreOf(`r${write}`, "b"), write, "after")) deaths += 1;
      const { metadata, status } = (await liveRestore(operators, `r${write}`)) ?? {};
      expect([write, status?.state, status?.error]).toEqual([write, "ready", undefined]);
      expect(metadata?.finalizers ?? []).toEqual([]);
      expect(operators.backups.jobs(place)).toHaveLength(write + 2);
      expect(await lockHolderNow(operators)).toBeUndefined();
    }
    expect(deaths).toBeGreaterThan(6);
  }, 180_000);
});
