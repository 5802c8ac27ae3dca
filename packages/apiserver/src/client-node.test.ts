// SPDX-License-Identifier: Apache-2.0
// The official JavaScript client, unchanged, over TLS: typed calls, an informer, a relist after 410.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CoreV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { TestApi } from "../test/api.js";

describe("@kubernetes/client-node", () => {
  let api: TestApi;
  let config: KubeConfig;
  beforeAll(async () => {
    api = await TestApi.start({ tls: true });
    config = new KubeConfig();
    config.loadFromString(api.server.kubeconfig());
  });
  afterAll(() => api.close());

  it("creates, reads, replaces and deletes", async () => {
    const client = config.makeApiClient(CoreV1Api);
    const namespace = "default";
    const metadata = { name: "typed" };
    await client.createNamespacedConfigMap({ namespace, body: { metadata, data: { a: "1" } } });
    const read = await client.readNamespacedConfigMap({ namespace, name: "typed" });
    expect(read.data).toEqual({ a: "1" });
    read.data = { a: "2" };
    await client.replaceNamespacedConfigMap({ namespace, name: "typed", body: read });
    await expect(
      client.replaceNamespacedConfigMap({
        namespace,
        name: "typed",
        body: { ...read, data: { a: "3" } },
      }),
    ).rejects.toMatchObject({ code: 409 });
    const list = await client.listNamespacedConfigMap({ namespace });
    expect(list.items.map((item) => item.metadata?.name)).toEqual(["typed"]);
    await client.deleteNamespacedConfigMap({ namespace, name: "typed" });
    await expect(
      client.readNamespacedConfigMap({ namespace, name: "typed" }),
    ).rejects.toMatchObject({
      code: 404,
    });
  });

  it("keeps an informer up to date", async () => {
    const client = config.makeApiClient(CoreV1Api);
    const namespace = "kube-public";
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer(config, path, () =>
      client.listNamespacedConfigMap({ namespace }),
    );
    const seen: string[] = [];
    let wake: () => void = () => undefined;
    for (const verb of ["add", "update", "delete"] as const) {
      informer.on(verb, (object) => {
        seen.push(`${verb} ${object.metadata?.name} ${object.data?.["n"]}`);
        wake();
      });
    }
    const until = async (count: number): Promise<void> => {
      while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    await client.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "i" }, data: { n: "1" } },
    });
    await informer.start();
    await until(1);
    await api.patch(`${path}/i`, { data: { n: "2" } });
    await until(2);
    await api.delete(`${path}/i`);
    await until(3);
    expect(seen).toEqual(["add i 1", "update i 2", "delete i 2"]);
    await informer.stop();
  });
});
