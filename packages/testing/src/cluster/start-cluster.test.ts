// SPDX-License-Identifier: Apache-2.0
// startCluster(): administration, counting, clients, clocks, and the choice of a backend.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  ConflictError,
  NotFoundError,
  configMaps,
  defineKind,
  namespaces,
  objectPath,
  resourcePath,
  secrets,
  type ApiClient,
} from "@haversack/core";
import { FakeClock } from "../clock/fake-clock.js";
import { httpClient } from "../client/http-client.js";
import { startCluster, type ClusterOptions, type TestCluster } from "./start-cluster.js";
import { brief, readWatch } from "../../test/read-stream.js";

const open: TestCluster[] = [];
const start = async (options: ClusterOptions = {}): Promise<TestCluster> => {
  const cluster = await startCluster({ backend: "embedded", ...options });
  open.push(cluster);
  return cluster;
};
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

const post = (client: ApiClient, namespace: string, name: string): Promise<unknown> =>
  client.request({
    method: "POST",
    path: resourcePath(configMaps, { namespace }),
    query: { fieldManager: "operator" },
    body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }),
  });

const widgetsYaml = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer, default: 3 } } }
            status: { type: object, properties: { ready: { type: boolean } } }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: w, namespace: shop }
spec: {}
`;

describe("startCluster()", () => {
  it("applies YAML in order, definitions with their objects, and waits until each kind is served", async () => {
    const cluster = await start({ clock: new FakeClock() });
    const applied = await cluster.apply(widgetsYaml);
    expect(applied.map(({ metadata }) => metadata.name)).toEqual([
      "widgets.example.com",
      "shop",
      "w",
    ]);
    const widgets = defineKind("example.com/v1", "Widget");
    expect(await cluster.get(widgets, { namespace: "shop", name: "w" })).toMatchObject({
      spec: { size: 3 },
    });
    await cluster.applyStatus(widgets, { namespace: "shop", name: "w" }, { ready: true });
    await cluster.patch(widgets, { namespace: "shop", name: "w" }, { spec: { size: 5 } });
    expect(await cluster.list(widgets, { namespace: "shop" })).toMatchObject([
      { kind: "Widget", spec: { size: 5 }, status: { ready: true } },
    ]);
    await cluster.remove(widgets, { namespace: "shop", name: "w" });
    await cluster.remove(widgets, { namespace: "shop", name: "w" });
    expect(await cluster.get(widgets, { namespace: "shop", name: "w" })).toBeUndefined();
  });

  it("keeps a key named __proto__ and refuses what is no object", async () => {
    const cluster = await start();
    const namespace = await cluster.namespace();
    await cluster.apply(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: p }\ndata: { "__proto__": "x", a: "1" }',
      { namespace },
    );
    const stored = await cluster.get(configMaps, { namespace, name: "p" });
    expect(Object.keys(stored?.data ?? {}).sort()).toEqual(["__proto__", "a"]);
    await expect(cluster.apply("just: text")).rejects.toThrow(/apiVersion, kind or metadata/);
    await expect(cluster.apply("a: [")).rejects.toThrow(/cannot read the manifest/);
    await expect(
      cluster.apply({ apiVersion: "nope/v1", kind: "Nope", metadata: { name: "n" } }),
    ).rejects.toThrow(/does not serve Nope/);
  });

  it("counts the requests of the code under test by verb, resource and client, watches apart", async () => {
    const cluster = await start({ clock: new FakeClock() });
    const namespace = await cluster.namespace();
    expect(cluster.requests.entries).toEqual([]);
    await post(cluster.client, namespace, "a");
    const { client } = cluster.connect("second/1.0");
    await post(client, namespace, "b");
    const watch = await readWatch(client, configMaps);
    await client.request({ method: "GET", path: resourcePath(configMaps) });
    await cluster.settle();
    expect(cluster.requests.count()).toBe(3);
    expect(cluster.requests.writes).toBe(2);
    expect(cluster.requests.watches).toBe(1);
    expect(cluster.requests.count({ kind: configMaps, client: "second" })).toBe(2);
    expect(cluster.requests.count({ kind: secrets })).toBe(0);
    expect([...cluster.requests.by("verb")]).toEqual([
      ["create", 2],
      ["list", 1],
    ]);
    expect(cluster.requests.select({ verb: "create" })[0]).toMatchObject({
      namespace,
      fieldManager: "operator",
      status: 201,
    });
    expect(cluster.requests.table().split("\n")).toEqual([
      "client  resource    create  list  watch",
      "second  configmaps       1     1      1",
      "test    configmaps       1     ·      ·",
      "total                    2     1      1",
    ]);
    cluster.requests.reset();
    expect(cluster.requests.count()).toBe(0);
    watch.stream.close();
  });

  it("gives watches and typed errors without a socket", async () => {
    const cluster = await start({ clock: new FakeClock() });
    const namespace = await cluster.namespace();
    const watch = await readWatch(cluster.client, configMaps);
    await post(cluster.client, namespace, "a");
    await cluster.settle();
    expect(brief(watch)).toContain("ADDED a");
    await expect(post(cluster.client, namespace, "a")).rejects.toMatchObject({
      code: "EXP_ALREADY_EXISTS",
    });
    const missing = { namespace, name: "none" };
    const path = objectPath(configMaps, missing);
    await expect(cluster.client.request({ method: "GET", path })).rejects.toThrow(NotFoundError);
    watch.stream.close();
    await watch.done;
    expect(watch.ended).toBe("closed");
  });

  it.each([{ tls: false }, { tls: true }])(
    "gives the same over HTTP, also to clients of other libraries ($tls)",
    async (server) => {
      const cluster = await start({ http: true, clock: new FakeClock(), server });
      const namespace = await cluster.namespace();
      const foreign = httpClient(cluster.access, { userAgent: "foreign/2" });
      const watch = await readWatch(foreign, configMaps);
      await post(cluster.client, namespace, "a");
      await cluster.settle();
      expect(brief(watch)).toContain("ADDED a");
      expect(cluster.requests.count({ client: "test" })).toBe(1);
      expect(cluster.requests.count({ client: "foreign", verb: "watch" })).toBe(1);
      expect(cluster.kubeconfig()).toContain(cluster.access.url);
      await foreign.close();
      await watch.done;
    },
  );

  it("lets a retried 429 wait on the clock as long as the server asks", async () => {
    const clock = new FakeClock();
    const cluster = await start({ clock });
    const namespace = await cluster.namespace();
    cluster.server?.faults.add({
      match: { verb: "create", userAgent: "test" },
      times: 2,
      fault: { type: "status", code: 429, reason: "TooManyRequests", retryAfterSeconds: 7 },
    });
    let isDone = false;
    const done = post(cluster.client, namespace, "a").then(() => (isDone = true));
    await clock.advance(13_999);
    expect(isDone).toBe(false);
    await clock.advance(1);
    await done;
    expect(clock.monotonicMs()).toBe(14_000);
    clock.assertNoTimers();
  });

  it("says whether a failed request can have been acted on", async () => {
    const clock = new FakeClock();
    const cluster = await start({ clock, http: true });
    const namespace = await cluster.namespace();
    cluster.server?.faults.add({
      match: { verb: "create", userAgent: "test" },
      times: 1,
      fault: { type: "commitThenReset" },
    });
    await expect(post(cluster.client, namespace, "a")).rejects.toMatchObject({
      code: "EXP_TIMEOUT",
      outcome: "unknown",
    });
    expect(await cluster.get(configMaps, { namespace, name: "a" })).toBeDefined();
    const gone = httpClient({ url: "http://127.0.0.1:1" });
    await expect(post(gone, namespace, "b")).rejects.toMatchObject({ code: "EXP_CONNECTION" });
    await gone.close();
  });

  it("ends a request at its time limit or when its signal aborts", async () => {
    const clock = new FakeClock();
    const cluster = await start({ clock });
    cluster.server?.faults.add({ match: { verb: "list" }, fault: { type: "hang" } });
    const path = resourcePath(configMaps);
    const late = cluster.client.request({ method: "GET", path, timeoutMs: 4_000 });
    const check = expect(late).rejects.toMatchObject({ code: "EXP_TIMEOUT" });
    await clock.advance(4_000);
    await check;
    const aborter = new AbortController();
    const aborted = cluster.client.request({ method: "GET", path, signal: aborter.signal });
    const reason = new Error("shutting down");
    aborter.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    clock.assertNoTimers();
  });

  it("deletes what an owner leaves behind when it settles", async () => {
    const cluster = await start({ clock: new FakeClock() });
    const namespace = await cluster.namespace();
    await cluster.apply(`{apiVersion: v1, kind: ConfigMap, metadata: {name: owner}}`, {
      namespace,
    });
    const owner = await cluster.get(configMaps, { namespace, name: "owner" });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "owner",
      uid: owner?.metadata.uid,
    };
    await cluster.apply(
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "owned", ownerReferences: [reference] },
      }),
      { namespace },
    );
    await cluster.remove(configMaps, { namespace, name: "owner" });
    await cluster.settle();
    expect(await cluster.get(secrets, { namespace, name: "owned" })).toBeUndefined();
  });

  it("is refused with advice when the environment names a cluster that can't be used", async () => {
    const folder = await mkdtemp(join(tmpdir(), "haversack-test-"));
    const refused = (environment: Record<string, string>): Promise<unknown> =>
      startCluster({ environment });
    await expect(refused({ HAVERSACK_TEST_CLUSTER: "1" })).rejects.toThrow(/Set KUBECONFIG/);
    await expect(refused({ KUBEBUILDER_ASSETS: folder })).rejects.toThrow(/has no etcd/);
    const path = join(folder, "config");
    const environment = { HAVERSACK_TEST_CLUSTER: "1", KUBECONFIG: path };
    await writeFile(path, "current-context: nowhere");
    await expect(refused(environment)).rejects.toThrow(/leads to no server/);
    await writeFile(
      path,
      JSON.stringify({
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
        clusters: [{ name: "k", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "u", user: { exec: { command: "login" } } }],
      }),
    );
    await expect(refused(environment)).rejects.toThrow(/logs in with a program/);
  });

  it("uses the cluster of KUBECONFIG when HAVERSACK_TEST_CLUSTER is 1", async () => {
    const served = await start({ server: { tls: true } });
    const path = join(await mkdtemp(join(tmpdir(), "haversack-test-")), "config");
    await writeFile(path, served.kubeconfig());
    const cluster = await startCluster({
      environment: { HAVERSACK_TEST_CLUSTER: "1", KUBECONFIG: path },
    });
    open.push(cluster);
    expect(cluster.type).toBe("existing");
    expect(cluster.server).toBeUndefined();
    const namespace = await cluster.namespace();
    await post(cluster.client, namespace, "a");
    await cluster.settle();
    expect(cluster.requests.writes).toBe(1);
    expect(await served.get(configMaps, { namespace, name: "a" })).toBeDefined();
    expect((await cluster.list(namespaces)).length).toBeGreaterThan(1);
  });

  it("shows optimistic locking to the code under test", async () => {
    const cluster = await start();
    const namespace = await cluster.namespace();
    await post(cluster.client, namespace, "a");
    const key = { namespace, name: "a" };
    await cluster.patch(configMaps, key, { data: { x: "1" } });
    const stale = cluster.client.request({
      method: "PUT",
      path: objectPath(configMaps, key),
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { ...key, resourceVersion: "1" },
      }),
    });
    await expect(stale).rejects.toThrow(ConflictError);
  });
});
