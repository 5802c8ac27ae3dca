// SPDX-License-Identifier: Apache-2.0
// The example on the whole path: killed at every write, and reached by every way of starting.
import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import { configMaps, deployments, silentLogger, startReconciler } from "haversack";
import {
  crashAtEveryWrite,
  expectQuiet,
  FakeClock,
  startCluster,
  type TestCluster,
} from "@haversack/testing";
import { database, databaseDefinition, databases } from "./database.js";
import { DatabaseReconciler } from "./reconciler.js";

const orders = { namespace: "default", name: "orders" };

beforeEach(() => void jest.spyOn(console, "log").mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

it("survives a crash before and after each of its writes", async () => {
  const report = await crashAtEveryWrite({
    start: ({ client, clock, logger }) =>
      startReconciler(new DatabaseReconciler(), { client, clock, logger }),
    given: async (cluster: TestCluster) => void (await cluster.apply(databaseDefinition)),
    steps: [
      async (cluster) => void (await cluster.apply(database(3, "1Gi"))),
      async (cluster) => void (await cluster.apply(database(5, "2Gi"))),
      async (cluster) => void (await cluster.remove(configMaps, orders)),
    ],
  });
  expect(report.writes).toBeGreaterThanOrEqual(6);
});

it("builds the workload from the settings of the same pass: its generation stays 1", async () => {
  const clock = new FakeClock();
  const cluster = await startCluster({ clock });
  await cluster.apply(databaseDefinition);
  const running = startReconciler(new DatabaseReconciler(), { client: cluster.client, clock });
  await running.ready;
  await cluster.apply(database(3, "1Gi"));
  await cluster.settle();
  const workload = await cluster.get(deployments, orders);
  expect(workload?.metadata.generation).toBe(1);
  const writers = (object?: { metadata: { managedFields?: readonly { manager?: string }[] } }) =>
    object?.metadata.managedFields?.map(({ manager }) => manager);
  expect(writers(await cluster.get(configMaps, orders))).toEqual(["db/config"]);
  expect(writers(workload)).toContain("db/workload");
  await expectQuiet(cluster, 600_000);
  await running.stop();
  await cluster.close();
});

it("stops fighting over a field, and says which and with whom", async () => {
  const clock = new FakeClock();
  const cluster = await startCluster({ clock });
  await cluster.apply(databaseDefinition);
  const { client } = cluster;
  const running = startReconciler(new DatabaseReconciler(), {
    client,
    clock,
    logger: silentLogger,
  });
  await running.ready;
  await cluster.apply(database(3, "1Gi"));
  await cluster.settle();
  cluster.requests.reset();
  for (let round = 0; round < 30; round += 1) {
    await cluster.patch(configMaps, orders, { data: { cache: "9Gi" } });
    await cluster.settle();
  }
  const repairs = cluster.requests.count({ verb: "patch", resource: "configmaps" });
  expect(repairs).toBeLessThanOrEqual(22); // Ten repairs, each asked as a dry run before.
  const { status } = (await cluster.get(databases, orders)) ?? {};
  const stalled = status?.conditions?.find(({ type }) => type === "Stalled");
  expect(stalled).toMatchObject({ status: "True", reason: "FieldConflict" });
  expect(stalled?.message).toMatch(
    /^config: .*field manager test keeps changing \/data\/cache back/,
  );
  await running.stop();
  await cluster.close();
});
