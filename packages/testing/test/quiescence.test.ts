// SPDX-License-Identifier: Apache-2.0
// expectQuiet() and converges(): a second pass writes nothing; hot loops and fights are found.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps, silentLogger, startReconciler, type RunningReconciler } from "haversack";
import {
  FakeClock,
  compareWorlds,
  converges,
  expectQuiet,
  haversackMatchers,
  startCluster,
  worldState,
  type TestCluster,
} from "../src/index.js";
import { prod, shop, shopDefinition, shopReconciler, shops } from "./shop-operator.js";

let cluster: TestCluster;
let clock: FakeClock;
let running: RunningReconciler[];
const start = (reconciler: object): void => {
  running.push(
    startReconciler(reconciler, { client: cluster.client, clock, logger: silentLogger }),
  );
};

beforeEach(async () => {
  clock = new FakeClock();
  cluster = await startCluster({ clock, backend: "embedded" });
  await cluster.apply([shopDefinition, prod, shop("a"), shop("b", { color: "blue", shelves: 3 })]);
  running = [];
});
afterEach(async () => {
  for (const each of running) await each.stop();
  await cluster.close();
});

describe("expectQuiet()", () => {
  it("holds for ten idle minutes after a reconciler has converged: 0 requests, 0 writes", async () => {
    start(shopReconciler());
    await cluster.settle();
    expect(cluster.requests.writes).toBe(2 * 3 + 4);
    await expectQuiet(cluster, 600_000);
  });

  it("finds requests of a poll, and lets reads pass where only writes are forbidden", async () => {
    await cluster.apply(shop("c", { color: "red", pollMs: 5_000 }));
    start(
      shopReconciler({
        onPass: async () => {
          await cluster.client.request({ method: "GET", path: "/version" });
        },
      }),
    );
    await cluster.settle();
    await expectQuiet(cluster, 60_000, { no: "writes" });
    await expect(expectQuiet(cluster, 60_000)).rejects.toThrow(/12 requests in 60000 ms/);
  });

  it("finds two reconcilers that fight over an object", async () => {
    start(shopReconciler());
    await cluster.settle();
    const paint = (): void => {
      clock.setTimer(() => {
        const key = { namespace: "prod", name: "a-shelf-0" };
        void cluster.patch(configMaps, key, { data: { color: "pink" } }).then(paint);
      }, 1_000);
    };
    paint();
    const error = await expectQuiet(cluster, 10_000).catch(({ message }: Error) => message);
    expect(error).toMatch(/× test apply configmaps prod\/a-shelf-0 → 200/);
  });

  it("needs a fake clock", async () => {
    const real = await startCluster({ backend: "embedded" });
    await expect(expectQuiet(real, 1)).rejects.toThrow(/machine's clock/);
    await real.close();
  });
});

describe("converges()", () => {
  it("tells when the cluster came to rest and how many writes that took", async () => {
    start(shopReconciler());
    const until = async (): Promise<boolean> =>
      (await cluster.get(shops, { namespace: "prod", name: "b" }))?.status?.shelves === 3;
    const { afterMs, writes } = await converges(cluster, { until });
    expect(writes).toBe(10);
    expect(afterMs).toBeLessThan(1_000);
  });

  it("fails when the condition never holds, with the condition's own words", async () => {
    start(shopReconciler());
    const until = (): never => {
      throw new Error("the shop is closed");
    };
    await expect(converges(cluster, { until, withinMs: 5_000 })).rejects.toThrow(
      /within 5000 ms: the shop is closed/,
    );
  });

  it("fails when the writing never ends", async () => {
    const busy = (): void => {
      clock.setTimer(() => {
        const path = "/api/v1/namespaces/prod/configmaps";
        const metadata = { generateName: "busy-" };
        const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata });
        void cluster.client.request({ method: "POST", path, body }).then(busy);
      }, 500);
    };
    busy();
    await expect(converges(cluster, { withinMs: 10_000 })).rejects.toThrow(/it goes on writing/);
  });
});

describe("haversackMatchers", () => {
  it("give pass and a readable message to expect.extend", async () => {
    expect((await haversackMatchers.toStayQuiet(cluster, 1_000)).pass).toBe(true);
    expect((await haversackMatchers.toConverge(cluster)).pass).toBe(true);
    const until = (): boolean => false;
    const result = await haversackMatchers.toConverge(cluster, { until, withinMs: 10 });
    expect([result.pass, result.message()]).toEqual([
      false,
      expect.stringContaining("the condition does not hold"),
    ]);
  });
});

describe("worldState() and compareWorlds()", () => {
  it("are equal for two clusters that went the same way, and name each difference", async () => {
    start(shopReconciler());
    await cluster.settle();
    const other = await startCluster({ clock: new FakeClock(), backend: "embedded" });
    await other.apply([shopDefinition, prod, shop("b", { color: "blue", shelves: 3 }), shop("a")]);
    const second = startReconciler(shopReconciler(), {
      client: other.client,
      clock: other.clock,
      logger: silentLogger,
    });
    await other.settle();
    expect(compareWorlds(await worldState(cluster), await worldState(other))).toEqual([]);
    await second.stop();
    await other.patch(configMaps, { namespace: "prod", name: "b-shelf-1" }, { data: { x: "1" } });
    await other.remove(configMaps, { namespace: "prod", name: "b-shelf-2" });
    expect(
      compareWorlds(
        await worldState(cluster, { namespace: "prod", kinds: [configMaps] }),
        await worldState(other, { namespace: "prod", kinds: [configMaps] }),
      ),
    ).toEqual([
      'ConfigMap prod/b-shelf-1 data.x: expected nothing, found "1"',
      "ConfigMap prod/b-shelf-2 is missing",
    ]);
    await other.close();
  });
});
