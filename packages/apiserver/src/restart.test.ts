// SPDX-License-Identifier: Apache-2.0
// A server that is started again on its data folder is the same server.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMap, configMaps, TestApi, widget, widgets } from "../test/api.js";
import type { Dig } from "../test/api.js";

const services = "/api/v1/namespaces/default/services";

describe("a data folder", () => {
  let folder: string;
  let api: TestApi;
  const start = async (): Promise<TestApi> => {
    const controllers = [
      "crd",
      "namespace",
      "garbage-collector",
      "deployment",
      "replicaset",
      "kubelet",
    ] as const;
    return TestApi.start({ dataDir: folder, controllers });
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "haversack-restart-"));
    api = await start();
  });
  afterEach(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });
  const restart = async (): Promise<void> => {
    await api.close();
    api = await start();
  };

  it("keeps objects as they were, the administrator's token and the revision", async () => {
    await api.post(configMaps, configMap("a", { x: "1" }));
    const before = (await api.get(`${configMaps}/a`)).text;
    const { token } = api.server;
    const { revision } = api.server;
    await restart();
    expect((await api.get(`${configMaps}/a`)).text).toBe(before);
    expect([api.server.token, api.server.revision]).toEqual([token, revision]);
  });

  it("serves custom resources at once, without a controller's help", async () => {
    await api.serveWidgets();
    await api.post(widgets, widget("w", { size: 3 }));
    await restart();
    expect((await api.get(`${widgets}/w`)).body["spec"]["size"]).toBe(3);
    expect((await api.post(widgets, widget("v", { size: 99 }))).status).toBe(422);
  });

  it("gives no address out twice", async () => {
    const service = (name: string, spec: object = {}): object => ({
      metadata: { name },
      spec: { type: "NodePort", ports: [{ port: 1, ...spec }] },
    });
    const first = (await api.post(services, service("one"))).body["spec"];
    await restart();
    const second = (await api.post(services, service("two"))).body["spec"];
    expect(second["clusterIP"]).not.toBe(first["clusterIP"]);
    const { nodePort } = first["ports"][0] as unknown as { nodePort: number };
    expect((await api.post(services, service("three", { nodePort }))).status).toBe(422);
  });

  it("lets watches go on where they were, and tells older ones that they are too old", async () => {
    const from = api.server.revision;
    await api.post(configMaps, configMap("a"));
    const { revision } = api.server;
    await restart();
    const old = await api.watch(`${configMaps}?watch=1&resourceVersion=${from}`);
    expect((await old.rest())[0]).toMatchObject({ type: "ERROR", object: { code: 410 } });
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${revision}`);
    await api.post(configMaps, configMap("b"));
    expect(await watch.take(1)).toEqual(["ADDED b"]);
    watch.close();
  });

  it("lets controllers finish what they had begun", async () => {
    const selector = { matchLabels: { app: "web" } };
    const template = {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    const deployments = "/apis/apps/v1/namespaces/default/deployments";
    await api.post(deployments, {
      metadata: { name: "web" },
      spec: { replicas: 2, selector, template },
    });
    await restart();
    await api.server.settle();
    const { body } = await api.get(`${deployments}/web`);
    expect(body["status"]["readyReplicas"]).toBe(2);
    const { revision } = api.server;
    await restart();
    await api.server.settle();
    expect(api.server.revision).toBe(revision);
    const addresses = (api.server.list("pods") as unknown as Dig[]).map(
      (pod) => pod["status"]["podIP"],
    );
    expect(new Set(addresses).size).toBe(2);
  });

  it("is refused to a second server, and free again when a start has failed", async () => {
    await expect(start()).rejects.toThrow(/uses it/);
    await api.close();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await expect(TestApi.start({ dataDir: folder, port })).rejects.toThrow(/EADDRINUSE/);
    taken.close();
    api = await start();
    expect((await api.get("/readyz")).status).toBe(200);
  });

  it("is not told of before it holds what is told", async () => {
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${api.server.revision}`);
    const order: string[] = [];
    const event = watch.take(1).then(() => order.push("event"));
    const answer = api.post(configMaps, configMap("a")).then(() => order.push("answer"));
    // The commit is in memory long before the disk has it: nobody has heard of it then.
    while (api.server.get("configmaps", "default", "a") === undefined) await Promise.resolve();
    expect(order).toEqual([]);
    await Promise.all([event, answer]);
    watch.close();
  });
});
