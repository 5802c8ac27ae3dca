// SPDX-License-Identifier: Apache-2.0
// crashAtEveryWrite(): the operator with packs survives; a careless one is found out.
import { describe, expect, it } from "@jest/globals";
import {
  Reconciler,
  configMaps,
  expand,
  secrets,
  startReconciler,
  withApiObjects,
  withWatches,
  type ReconcileRequest,
} from "haversack";
import {
  crashAtEveryWrite,
  haversackMatchers,
  tryCrashAtEveryWrite,
  type CrashScenario,
} from "../src/index.js";
import { prod, shop, shopDefinition, shopReconciler, shops, type Shop } from "./shop-operator.js";

const given: CrashScenario["given"] = async (cluster) => {
  await cluster.apply([shopDefinition, prod]);
};

describe("crashAtEveryWrite()", () => {
  it.each(["index, watches", "watches, index", "watches first"] as const)(
    "converges for a three-secondary operator with all packs (%s)",
    async (order) => {
      const report = await crashAtEveryWrite({
        given,
        start: (environment) => startReconciler(shopReconciler({ order }), environment),
        steps: [
          async (cluster) => void (await cluster.apply(shop("a", { color: "red", shelves: 2 }))),
          async (cluster) => void (await cluster.apply(shop("a", { color: "blue", shelves: 1 }))),
          async (cluster) => cluster.remove(shops, { namespace: "prod", name: "a" }),
        ],
      });
      // 2 shelves, password, door, status; then 1 shelf, 1 delete, status.
      expect(report.writes).toBe(8);
      expect(report.runs).toHaveLength(16);
      expect(report.failures).toEqual([]);
    },
  );

  it("finds an operator that forgets what it had begun", async () => {
    // The defect of K8SPSMDB-578: the second secret is only made together with the first.
    class Careless extends expand(
      Reconciler.of(shops),
      withApiObjects({ fieldManager: "careless" }),
      withWatches({ owns: [secrets] }),
    ) {
      override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
        const { namespace = "", name } = primary.metadata;
        const first = { namespace, name: `${name}-ssl` };
        if ((await this.objects.get(secrets, first)) !== undefined) return;
        for (const secret of [first, { namespace, name: `${name}-ssl-internal` }]) {
          const draft = { apiVersion: "v1", kind: "Secret", metadata: secret };
          await this.objects.create(secrets, draft, { owner: primary });
        }
      }
    }
    const scenario: CrashScenario = {
      given,
      start: (environment) => startReconciler(new Careless(), environment),
      steps: [async (cluster) => void (await cluster.apply(shop("a")))],
    };
    const report = await tryCrashAtEveryWrite(scenario);
    expect(report.writes).toBe(2);
    expect(report.failures.map(({ write, when, what }) => `${when} ${write}: ${what}`)).toEqual([
      "after 1: create secrets prod/a-ssl",
      "before 2: create secrets prod/a-ssl-internal",
    ]);
    expect(report.failures[0]?.differences).toContain("Secret prod/a-ssl-internal is missing");
    await expect(crashAtEveryWrite(scenario)).rejects.toThrow(
      /did not survive 2 of 4 crashes.\n {2}killed after write 1 .*:\n.*ssl-internal is missing/,
    );
    const matched = await haversackMatchers.toSurviveCrashAtEveryWrite(scenario);
    expect(matched.pass).toBe(false);
  });

  it("finds double creates that the end state does not show", async () => {
    // Makes the map anew at each start: the end is the same, the way is not.
    class Recreating extends expand(
      Reconciler.of(shops),
      withApiObjects({ fieldManager: "recreating" }),
      withWatches({}),
    ) {
      #isFresh = true;

      override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
        const key = { namespace: "prod", name: "map" };
        const old = await this.objects.get(configMaps, key);
        if (old !== undefined && this.#isFresh) await this.objects.delete(configMaps, old);
        if (old === undefined || this.#isFresh) {
          const draft = { apiVersion: "v1", kind: "ConfigMap", metadata: key };
          await this.objects.create(configMaps, draft, { owner: primary });
        }
        this.#isFresh = false;
      }
    }
    const report = await tryCrashAtEveryWrite({
      given,
      start: (environment) => startReconciler(new Recreating(), environment),
      steps: [async (cluster) => void (await cluster.apply(shop("a")))],
    });
    expect(report.failures.flatMap(({ differences }) => differences)).toEqual([
      "ConfigMap prod/map was added 2 times, expected 1",
      "ConfigMap prod/map was deleted 1 times, expected 0",
    ]);
  });
});
