// SPDX-License-Identifier: Apache-2.0
// Bindings, evictions with their budgets, and the addresses behind Services.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { TestApi } from "../../test/api.js";
import type { Answer, Dig } from "../../test/api.js";

const pods = "/api/v1/namespaces/default/pods";
const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const replicaSets = "/apis/apps/v1/namespaces/default/replicasets";
const services = "/api/v1/namespaces/default/services";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: 8080 }] }] },
};
const selector = { matchLabels: { app: "web" } };

describe("subresources of pods", () => {
  let api: TestApi;
  beforeEach(async () => {
    const controllers = ["replicaset", "endpoints", "disruption", "kubelet"] as const;
    api = await TestApi.start({ controllers });
  });
  afterEach(() => api.close());

  const podNames = (): string[] =>
    (api.server.list("pods", "default") as unknown as Dig[]).map((pod) =>
      String(pod["metadata"]["name"]),
    );
  const evict = (name: string, deleteOptions: object = {}): Promise<Answer> =>
    api.post(`${pods}/${name}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace: "default" },
      deleteOptions,
    });
  const makeSet = async (replicas: number): Promise<string> => {
    await api.post(replicaSets, {
      metadata: { name: "web" },
      spec: { replicas, selector, template },
    });
    await api.server.settle();
    return podNames()[0] ?? "";
  };

  it("bind a pod to a node once", async () => {
    await api.post(pods, { ...template, metadata: { name: "p" } });
    const binding = { target: { kind: "Node", name: "n1" }, metadata: { name: "p" } };
    const first = await api.post(`${pods}/p/binding`, binding);
    expect([first.status, first.body["status"]]).toEqual([201, "Success"]);
    const pod = (await api.get(`${pods}/p`)).body;
    expect(pod["spec"]["nodeName"]).toBe("n1");
    expect(pod["status"]["conditions"][0]).toMatchObject({ type: "PodScheduled", status: "True" });
    const second = await api.post(`${pods}/p/binding`, binding);
    expect([second.status, second.body["message"]]).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    ]);
    expect((await api.get(`${pods}/p/binding`)).status).toBe(405);
    expect((await api.post(`${pods}/gone/binding`, binding)).status).toBe(404);
  });

  it("evict a pod that no budget covers", async () => {
    const name = await makeSet(2);
    const answer = await evict(name);
    expect([answer.status, answer.body["kind"], answer.body["status"]]).toEqual([
      201,
      "Status",
      "Success",
    ]);
    await api.server.settle();
    expect(podNames()).not.toContain(name);
  });

  it("refuse an eviction that a budget does not pay for, until it does again", async () => {
    const name = await makeSet(3);
    await api.post(budgets, { metadata: { name: "web" }, spec: { minAvailable: 2, selector } });
    const early = await evict(name);
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "10"]);
    await api.server.settle();
    const budget = async (): Promise<Dig> => (await api.get(`${budgets}/web`)).body["status"];
    expect(await budget()).toMatchObject({
      currentHealthy: 3,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
      expectedPods: 3,
      conditions: [{ type: "DisruptionAllowed", status: "True", reason: "SufficientPods" }],
    });
    expect((await evict(name, { dryRun: ["All"] })).status).toBe(201);
    expect((await evict(name)).status).toBe(201);
    const next = podNames().find((other) => other !== name) ?? "";
    const refused = await evict(next);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: "The disruption budget web needs 2 healthy pods and has 3 currently",
          },
        ],
      },
    });
    await api.server.settle();
    expect(podNames().length).toBe(3);
    expect((await evict(next)).status).toBe(201);
  });

  it("evict a pod that is not ready while enough others are, and refuse a second budget", async () => {
    await makeSet(2);
    const takeBack = api.server.pods.add({
      match: { name: "sick" },
      stages: [{ become: "running" }],
    });
    const sick = { ...template, metadata: { name: "sick", labels: { app: "web" } } };
    await api.post(budgets, { metadata: { name: "web" }, spec: { minAvailable: 2, selector } });
    await api.patch(`${replicaSets}/web`, { spec: { selector, replicas: 3 } });
    await api.post(pods, sick);
    await api.server.settle();
    expect((await evict("sick")).status).toBe(201);
    takeBack();
    await api.post(budgets, { metadata: { name: "two" }, spec: { maxUnavailable: 1, selector } });
    await api.server.settle();
    expect((await evict(podNames()[0] ?? "")).status).toBe(500);
  });

  it("follow pods in the Endpoints and the EndpointSlice of their Service", async () => {
    await makeSet(2);
    const ports = [{ name: "web", port: 80, targetPort: "http" }];
    await api.post(services, {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports },
    });
    await api.server.settle();
    const addresses = (): unknown[] =>
      (api.server.list("pods", "default") as unknown as Dig[]).map((pod) => pod["status"]["podIP"]);
    const endpoints = async (): Promise<Dig> =>
      (await api.get("/api/v1/namespaces/default/endpoints/web")).body;
    const subset = (await endpoints())["subsets"]?.[0];
    expect(subset?.["addresses"]?.map((item) => item["ip"])).toEqual(addresses());
    expect(subset?.["ports"]).toEqual([{ name: "web", port: 8080, protocol: "TCP" }]);
    const [slice] = api.server.list("endpointslices.discovery.k8s.io", "default");
    expect(slice).toMatchObject({
      addressType: "IPv4",
      metadata: { labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }],
    });
    await api.patch(`${replicaSets}/web`, { spec: { replicas: 0 } });
    await api.server.settle();
    expect((await endpoints())["subsets"]).toBeUndefined();
    await api.delete(`${services}/web`);
    await api.server.settle();
    expect((await api.get("/api/v1/namespaces/default/endpoints/web")).status).toBe(404);
  });
});
