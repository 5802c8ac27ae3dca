// SPDX-License-Identifier: Apache-2.0
// A plan: everything a pass would write, and nothing written (stage 5: reconcile).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  configMaps,
  expand,
  Reconciler,
  requeueAfter,
  secrets,
  type ConfigMap,
  type Secret,
} from "@haversack/core";
import { withApiObjects } from "@haversack/api-objects";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { withWatches } from "@haversack/watches";
import {
  applyConfig,
  database,
  databaseDefinition,
  DatabaseReconciler,
  databases,
  type Work,
} from "../../test/databases.js";
import { planPass } from "./plan-pass.js";

const key = { namespace: "default", name: "db" };

describe("planPass()", () => {
  let clock: FakeClock;
  let cluster: TestCluster;

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
    await cluster.apply(database("db", 3));
  });

  afterEach(() => cluster.close());

  async function plan(work?: Work): Promise<string> {
    const reconciler = new DatabaseReconciler(work);
    return (await planPass(reconciler, { client: cluster.client, key, clock })).text;
  }

  it("tells of a creation and leaves nothing behind", async () => {
    const text = await plan();
    expect(text).toContain("create configmaps default/db\n");
    expect(text).toContain('  + data.members: "3"\n');
    expect(text.endsWith("then it is done\n")).toBe(true);
    expect(await cluster.list(configMaps, { namespace: "default" })).toEqual([]);
    expect(cluster.requests.writes).toBe(0);
  });

  it("tells of a change as a difference, without what the server sets", async () => {
    const stored: ConfigMap = { metadata: key, data: { members: "1", kept: "yes" } };
    await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", ...stored });
    expect((await plan()).split("\n").slice(0, 3)).toEqual([
      "update configmaps default/db",
      '  ~ data.members: "1" → "3"',
      expect.stringMatching(/^ {2}\+ metadata.ownerReferences: /),
    ]);
  });

  it("sees later in the pass what would have been written earlier", async () => {
    const text = await plan(async (self, request) => {
      await applyConfig(self, request);
      const found = await self.objects.get(configMaps, key);
      await self.objects.applyStatus(databases, request.primary, {
        size: found?.data?.["members"],
      });
      await self.objects.delete(configMaps, found ?? { metadata: key });
      return requeueAfter(500);
    });
    expect(text).toContain('  + status.size: "3"');
    expect(text).toContain("delete configmaps default/db");
    expect(text).toContain("then again after 500 ms");
    expect(cluster.requests.writes).toBe(0);
    expect((await cluster.get(databases, key)) as object).not.toHaveProperty("status");
  });

  it("plans nothing for a world that is as it should be", async () => {
    await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { ...key } });
    expect(await plan(() => Promise.resolve())).toBe("nothing to write\nthen it is done\n");
  });

  it("tells of a failure after what came before it", async () => {
    const text = await plan(async (self, request) => {
      await applyConfig(self, request);
      throw new Error("no luck");
    });
    expect(text).toContain("create configmaps default/db");
    expect(text).toContain("then it fails: Error: no luck");
  });

  it("hides what Secrets hold", async () => {
    const stored: Secret = { metadata: { ...key }, stringData: { password: "planted-old" } };
    await cluster.apply({ apiVersion: "v1", kind: "Secret", ...stored });
    const text = await plan(async (self) => {
      await self.objects.apply(secrets, { metadata: key, stringData: { password: "planted-new" } });
    });
    expect(text).toContain('~ data.password: "(hidden)" → "(hidden)"');
    for (const planted of ["planted", btoa("planted-old"), btoa("planted-new")])
      expect(text).not.toContain(planted);
  });

  it("refuses what it cannot plan for", async () => {
    const of = (name: string) =>
      planPass(new DatabaseReconciler(), { client: cluster.client, key: { ...key, name }, clock });
    await expect(of("absent")).rejects.toMatchObject({ code: "EXP_NOT_FOUND" });
    await expect(planPass({}, { client: cluster.client, key })).rejects.toThrow("no reconciler");
    class Bare extends expand(
      Reconciler.of(databases),
      withApiObjects({ fieldManager: "db" }),
      withWatches(),
    ) {
      override reconcile(): Promise<void> {
        return Promise.resolve();
      }
    }
    const planned = await planPass(new Bare(), { client: cluster.client, key, clock });
    expect(planned.writes).toEqual([]);
  });
});
