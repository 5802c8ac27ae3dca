// SPDX-License-Identifier: Apache-2.0
// Updates: optimistic locking, generation, the status split, no-op writes, rules of single kinds.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMap, configMaps, TestApi, widget, widgets } from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const modified =
  "the object has been modified; please apply your changes to the latest version and try again";

describe("update", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  const make = async (name: string, spec = { size: 1 }): Promise<Dig> =>
    (await api.post(widgets, widget(name, spec))).body;

  it("refuses a stale resourceVersion with 409 on object, status and patch", async () => {
    const old = await make("stale");
    await api.patch(`${widgets}/stale`, { spec: { size: 2 } });
    const text = `Operation cannot be fulfilled on widgets.lab.example.com "stale": ${modified}`;
    const lock = { metadata: { resourceVersion: old["metadata"]["resourceVersion"] } };
    for (const answer of [
      await api.put(`${widgets}/stale`, old),
      await api.put(`${widgets}/stale/status`, old),
      await api.patch(`${widgets}/stale`, { ...lock, spec: { size: 3 } }),
    ]) {
      expect([answer.status, answer.body["reason"], answer.body["message"]]).toEqual([
        409,
        "Conflict",
        text,
      ]);
    }
  });

  it("wants a resourceVersion for PUT of custom objects and Leases, not of ConfigMaps", async () => {
    await make("lockless");
    const custom = await api.put(`${widgets}/lockless`, widget("lockless", { size: 2 }));
    expect([custom.status, custom.body["message"]]).toEqual([
      422,
      'widgets.lab.example.com "lockless" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ]);
    await api.post(configMaps, configMap("lockless"));
    expect(
      (await api.put(`${configMaps}/lockless`, configMap("lockless", { a: "b" }))).status,
    ).toBe(200);
  });

  it("creates a missing Lease on PUT and nothing else", async () => {
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" } };
    expect((await api.put(`${leases}/l`, lease)).status).toBe(201);
    expect((await api.put(`${configMaps}/absent`, configMap("absent"))).status).toBe(404);
  });

  it("stores nothing and tells no watcher when nothing changes", async () => {
    const object = await make("noop");
    const before = api.server.revision;
    const put = await api.put(`${widgets}/noop`, object);
    const patched = await api.patch(`${widgets}/noop`, { spec: { size: 1 } });
    const statusOnly = await api.put(`${widgets}/noop`, { ...object, status: { phase: "x" } });
    expect([put.status, patched.status, statusOnly.status]).toEqual([200, 200, 200]);
    expect(api.server.revision).toBe(before);
    expect(put.body["metadata"]["resourceVersion"]).toBe(object["metadata"]["resourceVersion"]);
  });

  it("raises the generation for changes of spec, not of metadata or status", async () => {
    await make("gen");
    const generation = async (body: unknown, path = ""): Promise<unknown> =>
      (await api.patch(`${widgets}/gen${path}`, body)).body["metadata"]["generation"];
    expect(await generation({ metadata: { labels: { a: "b" } } })).toBe(1);
    expect(await generation({ status: { phase: "Up" } }, "/status")).toBe(1);
    expect(await generation({ spec: { size: 2 } })).toBe(2);
  });

  it("ignores status on the object, and everything else on /status", async () => {
    await make("split");
    const main = await api.patch(`${widgets}/split`, {
      status: { phase: "no" },
      spec: { size: 2 },
    });
    expect(main.body["status"]).toBeUndefined();
    const change = { status: { phase: "Up" }, spec: { size: 9 }, metadata: { labels: { a: "b" } } };
    const { body } = await api.patch(`${widgets}/split/status`, change);
    expect([body["status"], body["spec"]["size"], body["metadata"]["labels"]]).toEqual([
      { phase: "Up" },
      2,
      undefined,
    ]);
    const wrong = await api.patch(`${widgets}/split/status`, { status: { size: "x" } });
    expect(wrong.status).toBe(422);
  });

  it("refuses a name or uid that is not the object's", async () => {
    const object = await make("ids");
    const name = await api.put(`${widgets}/ids`, {
      ...object,
      metadata: { ...object["metadata"], name: "other" },
    });
    expect([name.status, name.body["message"]]).toEqual([
      400,
      "the name of the object (other) does not match the name on the URL (ids)",
    ]);
    const uid = await api.put(`${widgets}/ids`, {
      ...object,
      metadata: { ...object["metadata"], uid: "zz" },
    });
    expect([uid.status, uid.body["reason"]]).toEqual([409, "Conflict"]);
    expect(uid.body["message"]).toContain(
      `Precondition failed: UID in precondition: zz, UID in object meta: ${String(object["metadata"]["uid"])}`,
    );
  });

  it("refuses changes of uid and deletionTimestamp by patch", async () => {
    await make("immutable");
    const { status, body } = await api.patch(`${widgets}/immutable`, {
      metadata: { uid: "other" },
    });
    expect(status).toBe(422);
    expect(body["message"]).toContain('metadata.uid: Invalid value: "other": field is immutable');
  });

  it("refuses a patch that changes the kind", async () => {
    await make("kind");
    await api.post(configMaps, configMap("kind"));
    const custom = await api.patch(`${widgets}/kind`, { kind: "Gadget" });
    expect([custom.status, custom.body["message"]]).toEqual([
      422,
      'Gadget.lab.example.com "kind" is invalid: kind: Invalid value: "Gadget": must be Widget',
    ]);
    expect((await api.patch(`${configMaps}/kind`, { kind: "Secret" })).status).toBe(422);
    const nulled = await api.patch(`${configMaps}/kind`, { kind: null, data: { a: "b" } });
    expect(nulled.body["kind"]).toBe("ConfigMap");
  });

  it("lets only the allowed fields of a StatefulSet's spec change", async () => {
    const path = "/apis/apps/v1/namespaces/default/statefulsets";
    const template = {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    const spec = { serviceName: "s", selector: { matchLabels: { a: "b" } }, template };
    await api.post(path, {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "s" },
      spec,
    });
    expect((await api.patch(`${path}/s`, { spec: { replicas: 3 } })).status).toBe(200);
    const refused = await api.patch(`${path}/s`, { spec: { serviceName: "other" } });
    expect(refused.status).toBe(422);
    expect(refused.body["message"]).toMatch(
      /spec: Forbidden: updates to statefulset spec for fields other than 'replicas'/,
    );
    const labels = { spec: { template: { metadata: { labels: { a: "c" } } } } };
    expect((await api.patch(`${path}/s`, labels)).body["message"]).toContain(
      "`selector` does not match template `labels`",
    );
  });

  it("freezes immutable ConfigMaps and folds stringData of Secrets", async () => {
    await api.post(configMaps, { ...configMap("frozen", { a: "1" }), immutable: true });
    const { status, body } = await api.patch(`${configMaps}/frozen`, { data: { a: "2" } });
    expect(status).toBe(422);
    expect(body["message"]).toContain(
      "data: Forbidden: field is immutable when `immutable` is set",
    );
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: "b" },
    };
    const made = await api.post("/api/v1/namespaces/default/secrets", secret);
    expect([made.body["data"], made.body["stringData"], made.body["type"]]).toEqual([
      { a: "Yg==" },
      undefined,
      "Opaque",
    ]);
  });

  it("keeps the cluster IP and node ports of a Service that an update does not name", async () => {
    const path = "/api/v1/namespaces/default/services";
    const service = (annotations: object): object => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "lb", annotations },
      spec: { type: "LoadBalancer", selector: { a: "b" }, ports: [{ name: "p", port: 80 }] },
    });
    const made = (await api.post(path, service({}))).body["spec"];
    const kept = (await api.put(`${path}/lb`, service({ x: "y" }))).body["spec"];
    expect(made["clusterIP"]).toMatch(/^10\.96\./);
    expect(made["ports"][0]?.["nodePort"]).toBeGreaterThanOrEqual(30_000);
    expect(kept).toEqual(made);
    const moved = await api.patch(`${path}/lb`, { spec: { clusterIP: "10.96.9.9" } });
    expect(moved.status).toBe(422);
  });

  it("scales through the subresource, raising the parent's generation", async () => {
    await make("scaled", { size: 3 });
    const scale = await api.get(`${widgets}/scaled/scale`);
    expect([scale.body["kind"], scale.body["spec"]]).toEqual(["Scale", { replicas: 3 }]);
    const changed = await api.put(`${widgets}/scaled/scale`, {
      ...scale.body,
      spec: { replicas: 5 },
    });
    expect(changed.body["spec"]).toEqual({ replicas: 5 });
    expect((await api.put(`${widgets}/scaled/scale`, scale.body)).status).toBe(409);
    expect((await api.patch(`${widgets}/scaled/scale`, { spec: { replicas: -1 } })).status).toBe(
      422,
    );
    const object = await api.get(`${widgets}/scaled`);
    expect([object.body["spec"]["size"], object.body["metadata"]["generation"]]).toEqual([5, 2]);
  });
});
