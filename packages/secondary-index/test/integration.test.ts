// SPDX-License-Identifier: Apache-2.0
// The index between real informers, real writes and an API server (stages 1 to 7).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { withApiObjects } from "@haversack/api-objects";
import {
  byPrimaryField,
  configMaps,
  defineKind,
  expand,
  podDisruptionBudgets,
  Reconciler,
  secrets,
  silentLogger,
  startReconciler,
  statefulSets,
  type KubernetesObject,
  type ReconcileRequest,
  type RunningReconciler,
  type StatefulSet,
} from "@haversack/core";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { withWatches } from "@haversack/watches";
import { ownedThrough, withSecondaryIndex } from "../src/index.js";
import { namesIn } from "./objects.js";

interface Shop extends KubernetesObject {
  readonly spec?: { readonly keys?: string; readonly parts?: number };
}
const shops = defineKind<Shop>("example.com/v1", "Shop");
const orders = defineKind("example.com/v1", "Order");

const crd = (kind: string, plural: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
});
const shop = (name: string, spec: Shop["spec"] = {}) => ({
  apiVersion: "example.com/v1",
  kind: "Shop",
  metadata: { namespace: "prod", name },
  spec,
});
const setOf = (name: string): StatefulSet => ({
  metadata: { namespace: "prod", name },
  spec: {
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "none" }] },
    },
  },
});

/** Keeps as many ConfigMaps as `spec.parts` says, one StatefulSet with a budget of its own. */
class ShopReconciler extends expand(
  Reconciler.of(shops),
  withApiObjects({ fieldManager: "shop-operator" }),
  withSecondaryIndex({
    kinds: {
      statefulSets,
      configMaps,
      budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
      keys: {
        kind: secrets,
        by: byPrimaryField<Shop>("spec.keys", ({ spec }) =>
          spec?.keys === undefined ? [] : [spec.keys],
        ),
        retain: "refs",
      },
      orders,
    },
  }),
  withWatches({ owns: [statefulSets, configMaps] }),
) {
  readonly seen: string[] = [];

  override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
    const { name } = primary.metadata;
    const show = (when: string) => {
      const found = this.secondaries.of(primary);
      this.seen.push(
        `${name} ${when}: ${[...namesIn(found.statefulSets), ...namesIn(found.budgets), ...namesIn(found.configMaps)].join(" ")}`,
      );
    };
    show("before");
    const { object: set } = await this.objects.apply(statefulSets, setOf(name), { owner: primary });
    await this.objects.apply(
      podDisruptionBudgets,
      {
        metadata: {
          namespace: "prod",
          name: `${name}-budget`,
          ownerReferences: [
            {
              apiVersion: "apps/v1",
              kind: "StatefulSet",
              name,
              uid: set.metadata.uid ?? "",
              controller: true,
            },
          ],
        },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
      },
      {},
    );
    const wanted = Array.from({ length: primary.spec?.parts ?? 0 }, (_, at) => `${name}-${at}`);
    for (const part of wanted) {
      await this.objects.apply(
        configMaps,
        { metadata: { namespace: "prod", name: part }, data: { part } },
        { owner: primary },
      );
    }
    for (const part of this.secondaries.of(primary).configMaps) {
      if (!wanted.includes(part.metadata.name)) await this.objects.delete(configMaps, part);
    }
    show("after");
  }
}

let cluster: TestCluster;
let clock: FakeClock;
let reconciler: ShopReconciler;
let running: RunningReconciler;

/** Lets informers, reconciles and the server's controllers do all they can. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await cluster.settle();
    await clock.settle();
    await reconciler.watches.whenIdle();
  }
}

async function found(name: string) {
  const primary = await cluster.get(shops, { namespace: "prod", name });
  if (primary === undefined) throw new Error(`no Shop ${name}`);
  return reconciler.secondaries.of(primary);
}

beforeEach(async () => {
  clock = new FakeClock();
  cluster = await startCluster({ clock, backend: "embedded" });
  await cluster.apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "prod" } },
    crd("Shop", "shops"),
  ]);
  reconciler = new ShopReconciler();
  running = startReconciler(reconciler, { client: cluster.client, clock, logger: silentLogger });
  await settle();
  await running.ready;
});

afterEach(async () => {
  await running.stop();
  await cluster.close();
});

describe("the secondary index on an API server", () => {
  it("shows own creates and deletes within the pass that made them, and asks nothing twice", async () => {
    await cluster.apply(shop("a", { parts: 2 }));
    await settle();
    expect(reconciler.seen.slice(0, 2)).toEqual(["a before: ", "a after: a a-budget a-0 a-1"]);
    reconciler.seen.length = 0;
    await cluster.patch(shops, { namespace: "prod", name: "a" }, { spec: { parts: 1 } });
    await settle();
    expect(reconciler.seen.slice(0, 2)).toEqual([
      "a before: a a-budget a-0 a-1",
      "a after: a a-budget a-0",
    ]);
    const before = cluster.requests.entries.length;
    reconciler.watches.enqueue({ namespace: "prod", name: "a" });
    await settle();
    expect(cluster.requests.entries.slice(before)).toEqual([]);
  });

  it("notices what others delete, and heals", async () => {
    await cluster.apply(shop("a", { parts: 1 }));
    await settle();
    const before = await found("a");
    await cluster.remove(configMaps, { namespace: "prod", name: "a-0" });
    await settle();
    const after = await found("a");
    expect(namesIn(after.configMaps)).toEqual(["a-0"]);
    expect(after.configMaps[0]?.metadata.uid).not.toBe(before.configMaps[0]?.metadata.uid);
    expect(after.statefulSets).toBe(before.statefulSets);
  });

  it("is the same object after echoes of own writes, and what fetch reads", async () => {
    await cluster.apply(shop("a", { parts: 2 }));
    await settle();
    const before = await found("a");
    await settle();
    expect(await found("a")).toBe(before);
    const primary = await cluster.get(shops, { namespace: "prod", name: "a" });
    const fetched = await reconciler.secondaries.fetch(primary as Shop);
    expect(namesIn(fetched.configMaps)).toEqual(namesIn(before.configMaps));
    expect(fetched.statefulSets).toEqual(before.statefulSets);
    expect(namesIn(fetched.budgets)).toEqual(["a-budget"]);
    expect(fetched.orders.available).toBe(false);
  });

  it("starts empty for a primary that was created again under the same name", async () => {
    await cluster.apply(shop("a", { parts: 1 }));
    await settle();
    const old = await cluster.get(shops, { namespace: "prod", name: "a" });
    await cluster.remove(shops, { namespace: "prod", name: "a" });
    await settle();
    await cluster.apply(shop("a"));
    await settle();
    expect(namesIn((await found("a")).configMaps)).toEqual([]);
    expect(reconciler.secondaries.of(old as Shop).configMaps).toHaveLength(0);
  });

  it("shows a Secret from the moment the primary names it, as metadata only", async () => {
    await cluster.apply([
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: "prod", name: "k" },
        data: { password: "eA==" },
      } as KubernetesObject,
      shop("a"),
    ]);
    await settle();
    expect((await found("a")).keys).toHaveLength(0);
    await cluster.patch(shops, { namespace: "prod", name: "a" }, { spec: { keys: "k" } });
    await settle();
    const [key] = (await found("a")).keys;
    expect(key?.metadata.name).toBe("k");
    expect(key).not.toHaveProperty("data");
  });

  it("takes in a kind when its definition appears", async () => {
    await cluster.apply(shop("a"));
    await settle();
    expect((await found("a")).orders.available).toBe(false);
    await cluster.apply(crd("Order", "orders"));
    const primary = await cluster.get(shops, { namespace: "prod", name: "a" });
    await cluster.apply({
      apiVersion: "example.com/v1",
      kind: "Order",
      metadata: {
        namespace: "prod",
        name: "o",
        ownerReferences: [
          {
            apiVersion: "example.com/v1",
            kind: "Shop",
            name: "a",
            uid: primary?.metadata.uid ?? "",
            controller: true,
          },
        ],
      },
    });
    await clock.advance(120_000);
    await settle();
    const { orders: taken } = await found("a");
    expect([taken.available, ...namesIn(taken)]).toEqual([true, "o"]);
  });

  it("drops a ghost: made by us, deleted by another while the watch had a gap", async () => {
    await cluster.apply(shop("a"));
    await settle();
    const primary = (await cluster.get(shops, { namespace: "prod", name: "a" })) as Shop;
    const gap = cluster.faults.add({
      match: { verb: ["watch", "list"], resource: "configmaps" },
      fault: { type: "status", code: 503 },
    });
    expect(cluster.faults.cutStreams({ resource: "configmaps" })).toBeGreaterThan(0);
    await reconciler.objects.apply(
      configMaps,
      { metadata: { namespace: "prod", name: "ghost" } },
      { owner: primary },
    );
    expect(namesIn((await found("a")).configMaps)).toEqual(["ghost"]);
    await cluster.remove(configMaps, { namespace: "prod", name: "ghost" });
    gap.remove();
    cluster.faults.add({
      match: { verb: "watch", resource: "configmaps" },
      times: 1,
      fault: { type: "expired" },
    });
    await clock.advance(60_000);
    await settle();
    expect(namesIn((await found("a")).configMaps)).toEqual([]);
    expect(
      running.runtime.ownWrites.newest(configMaps, { namespace: "prod", name: "ghost" }, undefined),
    ).toBeUndefined();
  });

  it("gives a secondary that changes owner to its new primary", async () => {
    await cluster.apply([shop("a", { parts: 1 }), shop("b")]);
    await settle();
    const b = await cluster.get(shops, { namespace: "prod", name: "b" });
    await cluster.patch(
      statefulSets,
      { namespace: "prod", name: "a" },
      {
        metadata: {
          ownerReferences: [
            {
              apiVersion: "example.com/v1",
              kind: "Shop",
              name: "b",
              uid: b?.metadata.uid ?? "",
              controller: true,
            },
          ],
        },
      },
    );
    await clock.settle();
    expect(namesIn(reconciler.secondaries.of(b as Shop).budgets)).toContain("a-budget");
  });
});
