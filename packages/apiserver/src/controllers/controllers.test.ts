// SPDX-License-Identifier: Apache-2.0
// StatefulSets with the stand-in kubelet, in step mode and free-running.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  configMap,
  configMaps,
  crdsPath,
  TestApi,
  widget,
  widgetCrd,
  widgets,
} from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const sets = "/apis/apps/v1/namespaces/default/statefulsets";
const pods = "/api/v1/namespaces/default/pods";

const statefulSet = (more: object = {}, image = "i:1"): object => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: {
    serviceName: "db",
    replicas: 3,
    selector: { matchLabels: { app: "db" } },
    template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "c", image }] } },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
    ...more,
  },
});

describe("the StatefulSet controller", () => {
  let api: TestApi;
  beforeEach(async () => {
    const controllers = [
      "crd",
      "namespace",
      "garbage-collector",
      "statefulset",
      "kubelet",
    ] as const;
    api = await TestApi.start({ controllers });
  });
  afterEach(() => api.close());

  const status = async (): Promise<Dig> => (await api.get(`${sets}/db`)).body["status"];
  const podNames = (): unknown[] =>
    api.server.list("pods", "default").map((pod) => (pod as unknown as Dig)["metadata"]["name"]);

  it("makes ordinal pods with their claims and reports them ready", async () => {
    await api.post(sets, statefulSet());
    await api.server.settle();
    expect(podNames()).toEqual(["db-0", "db-1", "db-2"]);
    expect(await status()).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
      currentReplicas: 3,
    });
    const claims = api.server.list("persistentvolumeclaims", "default") as unknown as Dig[];
    expect(claims.map((claim) => [claim["metadata"]["name"], claim["status"]["phase"]])).toEqual([
      ["data-db-0", "Bound"],
      ["data-db-1", "Bound"],
      ["data-db-2", "Bound"],
    ]);
    const pod = api.server.get("pods", "default", "db-1") as unknown as Dig;
    expect(pod["spec"]).toMatchObject({ hostname: "db-1", subdomain: "db" });
    expect(pod["spec"]["volumes"][0]).toMatchObject({
      persistentVolumeClaim: { claimName: "data-db-1" },
    });
  });

  it("makes pods in order, each when the one before is ready", async () => {
    const order: string[] = [];
    const watch = await api.watch(`${pods}?watch=1`);
    await api.post(sets, statefulSet());
    await api.server.settle();
    for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
      const conditions = event["object"]["status"]["conditions"] as Dig | undefined;
      order.push(`${String(event["object"]["metadata"]["name"])} ${conditions ? "ready" : "new"}`);
      if (order.at(-1) === "db-2 ready") break;
    }
    watch.close();
    const firsts = [...new Set(order)];
    expect(firsts).toEqual([
      "db-0 new",
      "db-0 ready",
      "db-1 new",
      "db-1 ready",
      "db-2 new",
      "db-2 ready",
    ]);
  });

  it("scales down from the highest ordinal and keeps the claims", async () => {
    await api.post(sets, statefulSet());
    await api.server.settle();
    await api.patch(`${sets}/db/scale`, { spec: { replicas: 1 } });
    await api.server.settle();
    expect(podNames()).toEqual(["db-0"]);
    expect(api.server.list("persistentvolumeclaims", "default").length).toBe(3);
    expect((await status())["replicas"]).toBe(1);
  });

  it("rolls a new template out from the highest ordinal, down to the partition", async () => {
    await api.post(
      sets,
      statefulSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }),
    );
    await api.server.settle();
    const before = await status();
    const containers = [{ name: "c", image: "i:2" }];
    await api.patch(`${sets}/db`, { spec: { template: { spec: { containers } } } });
    await api.server.settle();
    const images = (): unknown[] =>
      api.server
        .list("pods", "default")
        .map((pod) => (pod as unknown as Dig)["spec"]["containers"][0]?.["image"]);
    expect(images()).toEqual(["i:1", "i:2", "i:2"]);
    expect(await status()).toMatchObject({
      updatedReplicas: 2,
      currentRevision: before["currentRevision"],
    });
    await api.delete(`${pods}/db-0`);
    await api.server.settle();
    expect(images()).toEqual(["i:1", "i:2", "i:2"]);
    await api.patch(`${sets}/db`, {
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
    });
    await api.server.settle();
    expect(images()).toEqual(["i:2", "i:2", "i:2"]);
    const after = await status();
    expect(after["currentRevision"]).toBe(after["updateRevision"]);
  });

  it("waits for deletes of its pods when told OnDelete", async () => {
    await api.post(sets, statefulSet({ updateStrategy: { type: "OnDelete" } }));
    await api.server.settle();
    await api.patch(`${sets}/db`, {
      spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } },
    });
    await api.server.settle();
    expect((await status())["updatedReplicas"]).toBeUndefined();
    await api.delete(`${pods}/db-1`);
    await api.server.settle();
    expect((await status())["updatedReplicas"]).toBe(1);
  });

  it("makes all pods at once when Parallel, and all go with the set", async () => {
    await api.post(sets, statefulSet({ podManagementPolicy: "Parallel" }));
    await api.server.settle();
    expect(podNames().length).toBe(3);
    await api.delete(`${sets}/db`);
    await api.server.settle();
    expect(podNames()).toEqual([]);
    expect(api.server.list("controllerrevisions.apps", "default")).toEqual([]);
  });

  it("leaves a pod alone that is told to be held", async () => {
    const set = statefulSet() as { spec: { template: { metadata: object } } };
    set.spec.template.metadata = {
      labels: { app: "db" },
      annotations: { "haversack.dev/hold-pod": "" },
    };
    await api.post(sets, set);
    await api.server.settle();
    expect(podNames()).toEqual(["db-0"]);
    expect((await status())["readyReplicas"]).toBeUndefined();
  });
});

describe("free-running controllers", () => {
  it("work after every change without being told to", async () => {
    const api = await TestApi.start({ freeRunning: true });
    const watch = await api.watch(`${crdsPath}?watch=1`);
    await api.post(crdsPath, widgetCrd());
    for (let event = await watch.next(); ; event = await watch.next()) {
      const conditions = (event?.["object"]["status"]?.["conditions"] ?? []) as unknown as Dig[];
      if (conditions.some((condition) => String(condition["type"]) === "Established")) break;
    }
    watch.close();
    const { body } = await api.post(widgets, widget("free"));
    const ownerReferences = [
      {
        apiVersion: "lab.example.com/v1",
        kind: "Widget",
        name: "free",
        uid: body["metadata"]["uid"],
      },
    ];
    const children = await api.watch(`${configMaps}?watch=1`);
    await api.post(configMaps, configMap("child", {}, { ownerReferences }));
    await api.delete(`${widgets}/free`);
    expect(await children.take(2)).toEqual(["ADDED child", "DELETED child"]);
    children.close();
    await api.close();
  });
});
