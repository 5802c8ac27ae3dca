// SPDX-License-Identifier: Apache-2.0
// Deployments and ReplicaSets with the stand-in kubelet, step by step.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ManualClock } from "../../test/manual-clock.js";
import { jsonPatch, strategicPatch, TestApi } from "../../test/api.js";
import type { Dig, EventReader } from "../../test/api.js";

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const replicaSets = "/apis/apps/v1/namespaces/default/replicasets";
const pods = "/api/v1/namespaces/default/pods";

const deployment = (spec: object = {}, image = "web:1"): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", annotations: { note: "kept" } },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "c", image }] },
    },
    ...spec,
  },
});

/** The events that a watch has been sent so far. */
async function waiting(watch: EventReader): Promise<Dig[]> {
  const events: Dig[] = [];
  for (;;) {
    const soon = new Promise<undefined>((go) => setImmediate(() => go(undefined)));
    const event = await Promise.race([watch.next(), soon]);
    if (event === undefined) break;
    events.push(event);
  }
  watch.close();
  return events;
}

describe("the Deployment controller", () => {
  let api: TestApi;
  const clock = new ManualClock();
  const controllers = ["garbage-collector", "deployment", "replicaset", "kubelet"] as const;
  beforeEach(async () => {
    api = await TestApi.start({ controllers, clock });
  });
  afterEach(() => api.close());

  const status = async (): Promise<Dig> => (await api.get(`${deployments}/web`)).body["status"];
  const sets = (): Dig[] => api.server.list("replicasets.apps", "default") as unknown as Dig[];
  const podList = (): Dig[] => api.server.list("pods", "default") as unknown as Dig[];
  const images = (): unknown[] =>
    podList()
      .map((pod) => pod["spec"]["containers"][0]?.["image"])
      .sort();
  const setImage = (image: string): Promise<unknown> =>
    api.patch(
      `${deployments}/web`,
      { spec: { template: { spec: { containers: [{ name: "c", image }] } } } },
      strategicPatch,
    );
  const condition = async (type: string): Promise<unknown> => {
    const found = (await status())["conditions"].map((item) => item);
    return found.find((item) => (item["type"] as unknown) === type);
  };

  it("makes a ReplicaSet of the template's hash, and its pods, and reports them", async () => {
    await api.post(deployments, deployment());
    await api.server.settle();
    const [set, ...others] = sets();
    const hash = String((set as Dig)["metadata"]["labels"]["pod-template-hash"]);
    expect(others).toEqual([]);
    expect(set?.["metadata"]).toMatchObject({
      name: `web-${hash}`,
      annotations: { note: "kept", "deployment.kubernetes.io/revision": "1" },
      ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
    });
    expect(
      podList().every((pod) => String(pod["metadata"]["name"]).startsWith(`web-${hash}-`)),
    ).toBe(true);
    expect(await status()).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(await condition("Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
    expect(await condition("Available")).toMatchObject({ status: "True" });
    const { body } = await api.get(`${deployments}/web`);
    expect(body["metadata"]["annotations"]).toMatchObject({
      "deployment.kubernetes.io/revision": "1",
    });
  });

  it("rests once it is done", async () => {
    await api.post(deployments, deployment());
    await api.server.settle();
    const { revision } = api.server;
    await api.server.settle();
    expect(api.server.revision).toBe(revision);
  });

  it("rolls a new template out within the limits, and back to an old one", async () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
    await api.post(deployments, deployment({ strategy: { rollingUpdate } }));
    await api.server.settle();
    const [set] = sets();
    const sizes = new Map([[String(set?.["metadata"]["name"]), 4]]);
    const ready = new Map(podList().map((pod) => [String(pod["metadata"]["name"]), true]));
    const from = `?watch=1&resourceVersion=${api.server.revision}`;
    const [setEvents, podEvents] = [
      await api.watch(replicaSets + from),
      await api.watch(pods + from),
    ];
    await setImage("web:2");
    await api.server.settle();
    expect(images()).toEqual(["web:2", "web:2", "web:2", "web:2"]);
    let most = 0;
    for (const { object } of await waiting(setEvents)) {
      sizes.set(String(object["metadata"]["name"]), Number(object["spec"]["replicas"]));
      most = Math.max(
        most,
        [...sizes.values()].reduce((sum, size) => sum + size),
      );
    }
    let least = Infinity;
    for (const { type, object } of await waiting(podEvents)) {
      const conditions = (object["status"]["conditions"] ?? []) as unknown as Dig[];
      const isReady = conditions.some(
        (item) => String(item["type"]) === "Ready" && String(item["status"]) === "True",
      );
      ready.set(String(object["metadata"]["name"]), isReady && String(type) !== "DELETED");
      least = Math.min(least, [...ready.values()].filter(Boolean).length);
    }
    expect([most, least]).toEqual([5, 3]);
    const revisions = (): unknown[] =>
      sets().map((set) => [
        set["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        set["spec"]["replicas"],
      ]);
    expect(revisions().sort()).toEqual([
      ["1", 0],
      ["2", 4],
    ]);
    await setImage("web:1");
    await api.server.settle();
    expect(images()).toEqual(["web:1", "web:1", "web:1", "web:1"]);
    expect(revisions().sort()).toEqual([
      ["2", 0],
      ["3", 4],
    ]);
  });

  it("stops a rollout whose pods do not become ready, and tells when it takes too long", async () => {
    await api.post(deployments, deployment({ progressDeadlineSeconds: 60 }));
    await api.server.settle();
    const takeBack = api.server.pods.add({
      match: { image: "bad" },
      stages: [{ become: "waiting", reason: "ImagePullBackOff" }],
    });
    await setImage("web:bad");
    await api.server.settle();
    expect(images()).toEqual(["web:1", "web:1", "web:1", "web:bad", "web:bad"]);
    expect(await status()).toMatchObject({ updatedReplicas: 2, availableReplicas: 3 });
    expect(await condition("Progressing")).toMatchObject({ reason: "ReplicaSetUpdated" });
    clock.advance(61_000);
    await api.server.settle();
    expect(await condition("Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
    });
    takeBack();
    await api.server.settle();
    expect(await condition("Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" });
    expect(images()).toEqual(["web:bad", "web:bad", "web:bad", "web:bad"]);
  });

  it("lets all old pods go before the first new one, with Recreate", async () => {
    await api.post(deployments, deployment({ strategy: { type: "Recreate" } }));
    await api.server.settle();
    const takeBack = api.server.pods.add({
      match: { image: "web:1" },
      stages: [{ become: "ready" }],
      terminationMs: "never",
    });
    await setImage("web:2");
    await api.server.settle();
    expect(images()).toEqual(["web:1", "web:1", "web:1", "web:1"]);
    takeBack();
    await api.server.settle();
    expect(images()).toEqual(["web:2", "web:2", "web:2", "web:2"]);
  });

  it("scales, removing pods that are not ready first", async () => {
    await api.post(deployments, deployment());
    await api.server.settle();
    const [first] = podList();
    const name = String(first?.["metadata"]["name"]);
    await api.patch(
      `${pods}/${name}/status`,
      [{ op: "replace", path: "/status/conditions", value: [{ type: "Ready", status: "False" }] }],
      jsonPatch,
    );
    await api.patch(`${deployments}/web/scale`, { spec: { replicas: 3 } });
    await api.server.settle();
    expect(podList().map((pod) => pod["metadata"]["name"])).not.toContain(name);
    expect((await status())["replicas"]).toBe(3);
    await api.patch(`${deployments}/web/scale`, { spec: { replicas: 0 } });
    await api.server.settle();
    expect(podList()).toEqual([]);
  });

  it("does not roll while it is paused, and shares a new size among its ReplicaSets", async () => {
    await api.post(deployments, deployment());
    await api.server.settle();
    await api.patch(`${deployments}/web`, { spec: { paused: true } });
    await setImage("web:2");
    await api.server.settle();
    expect(images()).toEqual(["web:1", "web:1", "web:1", "web:1"]);
    await api.patch(`${deployments}/web`, { spec: { replicas: 6 } });
    await api.server.settle();
    expect(images().length).toBe(6);
    await api.patch(`${deployments}/web`, { spec: { paused: false } });
    await api.server.settle();
    expect(new Set(images())).toEqual(new Set(["web:2"]));
    expect(images().length).toBe(6);
  });

  it("counts pods as available after minReadySeconds", async () => {
    await api.post(deployments, deployment({ replicas: 1, minReadySeconds: 10 }));
    await api.server.settle();
    expect(await status()).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    clock.advance(10_000);
    await api.server.settle();
    expect(await status()).toMatchObject({ availableReplicas: 1 });
  });

  it("keeps as many old ReplicaSets as its history is long", async () => {
    await api.post(deployments, deployment({ revisionHistoryLimit: 2 }));
    for (const version of [1, 2, 3, 4, 5]) {
      await setImage(`web:${version}`);
      await api.server.settle();
    }
    expect(sets().length).toBe(3);
  });

  it("takes its ReplicaSets and pods with it", async () => {
    await api.post(deployments, deployment());
    await api.server.settle();
    await api.delete(`${deployments}/web`);
    await api.server.settle();
    expect([sets(), podList()]).toEqual([[], []]);
  });

  it("adopts pods that match a ReplicaSet and have no owner", async () => {
    const pod = {
      metadata: { name: "stray", labels: { app: "solo" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    await api.post(pods, pod);
    const { metadata, spec } = pod;
    const template = { metadata: { labels: metadata.labels }, spec };
    const selector = { matchLabels: { app: "solo" } };
    await api.post(replicaSets, {
      metadata: { name: "solo" },
      spec: { replicas: 2, selector, template },
    });
    await api.server.settle();
    const names = podList().map((item) => String(item["metadata"]["name"]));
    expect(names.length).toBe(2);
    expect(names).toContain("stray");
    const stray = api.server.get("pods", "default", "stray") as unknown as Dig;
    expect(stray["metadata"]["ownerReferences"][0]?.["name"]).toBe("solo");
  });
});

describe("free-running workload controllers", () => {
  it("come to an end by themselves, and go on as the clock does", async () => {
    const clock = new ManualClock();
    const controllers = ["deployment", "replicaset", "kubelet"] as const;
    const api = await TestApi.start({ controllers, clock, freeRunning: true });
    api.server.pods.add({
      match: { labels: { app: "web" } },
      stages: [{ become: "running" }, { become: "ready", afterMs: 5_000 }],
    });
    const watch = await api.watch(`${deployments}?watch=1`);
    const until = async (field: string, count: number): Promise<Dig> => {
      for (let event = await watch.next(); ; event = await watch.next()) {
        const status = event?.["object"]["status"];
        if (Number(status?.[field] ?? 0) === count) return status as Dig;
      }
    };
    await api.post(deployments, deployment({ replicas: 2 }));
    const begun = await until("unavailableReplicas", 2);
    expect(begun["readyReplicas"]).toBeUndefined();
    while (clock.pending < 3) await new Promise(setImmediate);
    clock.advance(5_000);
    expect(await until("readyReplicas", 2)).toMatchObject({ availableReplicas: 2 });
    watch.close();
    await api.close();
  });
});
