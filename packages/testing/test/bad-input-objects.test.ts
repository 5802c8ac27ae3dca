// SPDX-License-Identifier: Apache-2.0
// Bad objects on the whole path: each gives a clear error that names the object and what to do, nothing
// is lost, nothing else stops.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  InvalidObjectError,
  MalformedObjectError,
  Reconciler,
  configMaps,
  defineKind,
  expand,
  startReconciler,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ApiClient,
  type ConfigMap,
  type KubernetesObject,
  type ReconcileRequest,
} from "haversack";
import { FakeClock, expectQuiet, startCluster, type TestCluster } from "../src/index.js";
import { cluster, stage, start } from "./bad-input-stage.js";
import { prod, shop, shopDefinition, shops, type Shop } from "./shop-operator.js";
import { Stage, memoryLogger, type LogLine, type StageOptions } from "./stage.js";

/** Applies one ConfigMap per shop, as a function of the shop's name. */
const mapMaker = (
  make: (name: string) => ConfigMap,
  watches: Parameters<typeof withWatches>[0] = {},
): { reconciler: object; errors: unknown[] } => {
  const errors: unknown[] = [];
  class Maker extends expand(
    Reconciler.of(shops),
    withApiObjects({ fieldManager: "maker" }),
    withSecondaryIndex({ kinds: { configMaps } }),
    withWatches({ owns: [configMaps], ...watches }),
  ) {
    override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
      try {
        await this.objects.apply(configMaps, make(primary.metadata.name), { owner: primary });
      } catch (error) {
        errors.push(error);
        throw error;
      }
    }
  }
  return { reconciler: new Maker(), errors };
};
const map = (name: string, data: Record<string, string> = { x: "1" }): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "prod", name },
  data,
});
const mapNames = async (at: TestCluster): Promise<readonly string[]> =>
  (await at.list(configMaps, { namespace: "prod" })).map(({ metadata }) => metadata.name);

describe("an object that the server refuses", () => {
  it("is a terminal error that names it, and the other primaries go on", async () => {
    const made = await cluster();
    const { reconciler, errors } = mapMaker((name) =>
      name === "bad" ? map("Not A Name") : map(name),
    );
    start(reconciler, made);
    await made.at.apply([shop("bad"), shop("good")]);
    await made.clock.advance(600_000);
    expect(await mapNames(made.at)).toEqual(["good"]);
    expect(errors.length).toBe(1);
    expect(errors[0]).toBeInstanceOf(InvalidObjectError);
    expect(made.logged.map(({ message }) => message).join()).toMatch(/prod\/bad.*Not A Name/s);
    await made.at.apply(shop("bad", { color: "blue" })); // A new generation is tried again.
    await made.clock.advance(1_000);
    expect(errors.length).toBe(2);
  });
});

describe("a key named __proto__", () => {
  it("goes the whole way and back, is written once, and pollutes nothing", async () => {
    const made = await cluster();
    const data = JSON.parse(
      '{"__proto__":"p","constructor":"c","toString":"t"}',
    ) as ConfigMap["data"];
    const { reconciler } = mapMaker((name) => map(name, data as Record<string, string>));
    start(reconciler, made);
    await made.at.apply(shop("a"));
    await made.clock.advance(1_000);
    const stored = await made.at.get(configMaps, { namespace: "prod", name: "a" });
    expect(Object.entries(stored?.data ?? {}).sort()).toEqual(Object.entries(data ?? {}).sort());
    expect(made.at.requests.writes).toBe(1);
    await made.at.apply(shop("a", { color: "blue" })); // A second pass.
    await expectQuiet(made.at, 600_000);
    expect(({} as { p?: unknown }).p).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    // Drift in such a key is seen and repaired.
    await made.at.patch(
      configMaps,
      { namespace: "prod", name: "a" },
      JSON.parse('{"data":{"__proto__":"changed"}}') as object,
    );
    await made.clock.advance(1_000);
    const repaired = await made.at.get(configMaps, { namespace: "prod", name: "a" });
    expect(Object.entries(repaired?.data ?? {}).sort()).toEqual(Object.entries(data ?? {}).sort());
  });
});

const nested = (levels: number): string => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);

describe("5,000 levels of nesting", () => {
  it("in a desired object is an error that names it, not an overflow", async () => {
    const made = await cluster();
    const { reconciler, errors } = mapMaker((name) => {
      const deep = JSON.parse(nested(5_000)) as Record<string, string>;
      return name === "deep" ? map(name, deep) : map(name);
    });
    start(reconciler, made);
    await made.at.apply([shop("deep"), shop("flat")]);
    await made.clock.advance(60_000);
    expect(await mapNames(made.at)).toEqual(["flat"]);
    expect(errors[0]).toBeInstanceOf(MalformedObjectError);
    expect((errors[0] as Error).message).toMatch(/prod\/deep/);
  });

  it.each(["in a list", "in a watch"])("%s sets that object aside by name", async (where) => {
    const at = await stage({ isStarted: false, given: [shop("a")] });
    const metadata =
      '"metadata":{"name":"deep","namespace":"prod","uid":"u","resourceVersion":"7"}';
    const deep = `{"apiVersion":"v1","kind":"ConfigMap",${metadata},"data":${nested(5_000)}}`;
    if (where === "in a list") {
      const body = Buffer.from(
        `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[${deep}]}`,
      );
      const match = { resource: "configmaps", verb: "list" } as const;
      at.cluster.faults.add({ match, times: 1, fault: { type: "answer", body } });
    } else {
      const body = Buffer.from(`{"type":"ADDED","object":${deep}}\n`);
      const match = { resource: "configmaps", verb: "watch" } as const;
      at.cluster.faults.add({ match, times: 1, fault: { type: "answer", body } });
    }
    await at.start();
    await at.advance(60_000);
    expect(await at.status("a")).toEqual({ color: "red", shelves: 1 });
    expect(at.logged.map(({ message }) => message).join()).toMatch(/prod\/deep/);
    await at.cluster.apply(shop("b", { color: "green" }));
    await at.advance(60_000);
    expect(await at.status("b")).toMatchObject({ color: "green" });
  });
});

describe("an object without uid or without metadata", () => {
  it.each(['{"metadata":{"name":"odd","namespace":"prod","resourceVersion":"7"}}', "{}", "null"])(
    "is set aside, reported, and the others are taken in (%s)",
    async (odd) => {
      const at = await stage({ isStarted: false, given: [shop("a")] });
      const path = "/apis/example.com/v1/shops";
      const { body } = await at.cluster.admin.request({ method: "GET", path });
      const list = Buffer.from(body).toString().replace('"items":[', `"items":[${odd},`);
      const match = { resource: "shops", verb: "list" } as const;
      const fault = { type: "answer", body: Buffer.from(list) } as const;
      at.cluster.faults.add({ match, times: 1, fault });
      await at.start();
      await at.advance(1_000);
      expect(await at.status("a")).toEqual({ color: "red", shelves: 1 });
      expect(at.passes.map(({ primary }) => primary.metadata.name)).not.toContain("odd");
      expect(at.logged.length).toBeGreaterThan(0);
      expect(JSON.stringify(at.logged[0])).toMatch(
        odd.includes("odd") ? /prod\/odd/ : /shops|Shop/,
      );
    },
  );
});

describe("an object of 1.4 MB", () => {
  const blobs = defineKind<KubernetesObject & { spec: { text: string } }>(
    "big.example.com/v1",
    "Blob",
  );
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "blobs.big.example.com" },
    spec: {
      group: "big.example.com",
      scope: "Namespaced",
      names: { plural: "blobs", singular: "blob", kind: "Blob", listKind: "BlobList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { text: { type: "string" } } } },
            },
          },
        },
      ],
    },
  } as KubernetesObject;

  it("goes the whole way, is written once, and not again", async () => {
    const made = await cluster();
    await made.at.apply(definition);
    const text = "x".repeat(1_400_000);
    const seen: number[] = [];
    class Big extends expand(
      Reconciler.of(shops),
      withApiObjects({ fieldManager: "big" }),
      withSecondaryIndex({ kinds: { blobs } }),
      withWatches({ owns: [blobs] }),
    ) {
      override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
        const { namespace = "", name } = primary.metadata;
        seen.push(...this.secondaries.of(primary).blobs.map(({ spec }) => spec.text.length));
        const blob = { metadata: { namespace, name }, spec: { text } };
        const { apiVersion, kind } = blobs;
        await this.objects.apply(blobs, { apiVersion, kind, ...blob }, { owner: primary });
      }
    }
    start(new Big(), made);
    await made.at.apply(shop("a"));
    await made.clock.advance(1_000);
    await made.at.apply(shop("a", { color: "blue" }));
    await made.clock.advance(1_000);
    expect(seen.at(-1)).toBe(1_400_000);
    expect(made.at.requests.writes).toBe(1);
  });
});
