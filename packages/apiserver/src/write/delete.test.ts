// SPDX-License-Identifier: Apache-2.0
// Deletion: answers, finalizers, preconditions, propagation, and the garbage collector in step mode.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMap, configMaps, TestApi, widget, widgets } from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const hold = { metadata: { finalizers: ["x.io/hold"] } };

describe("delete", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  it("answers a Success Status with the uid when nothing is left", async () => {
    const made = await api.post(widgets, widget("d1"));
    const { status, body } = await api.delete(`${widgets}/d1`);
    expect([status, body]).toEqual([
      200,
      {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: {
          name: "d1",
          group: "lab.example.com",
          kind: "widgets",
          uid: made.body["metadata"]["uid"],
        },
      },
    ]);
    expect((await api.delete(`${widgets}/d1`)).status).toBe(404);
  });

  it("marks an object with finalizers once, and lets it go with the last one", async () => {
    await api.post(widgets, widget("d2", { size: 1 }, hold));
    const first = await api.delete(`${widgets}/d2`);
    const { metadata } = first.body as { metadata: Dig };
    expect(metadata["deletionTimestamp"]).toBeDefined();
    expect([metadata["deletionGracePeriodSeconds"], metadata["generation"]]).toEqual([0, 2]);
    const second = await api.delete(`${widgets}/d2`);
    expect(second.body["metadata"]["resourceVersion"]).toBe(metadata["resourceVersion"]);
    const more = await api.patch(`${widgets}/d2`, {
      metadata: { finalizers: ["x.io/hold", "x.io/b"] },
    });
    expect(more.body["message"]).toContain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/b"}',
    );
    const watch = await api.watch(`${widgets}?watch=1&resourceVersion=${api.server.revision}`);
    const gone = await api.patch(`${widgets}/d2`, { metadata: { finalizers: null } });
    expect(gone.body["metadata"]["resourceVersion"]).toBe(metadata["resourceVersion"]);
    const event = await watch.next();
    expect([event?.["type"], Number(event?.["object"]["metadata"]["resourceVersion"])]).toEqual([
      "DELETED",
      api.server.revision,
    ]);
    watch.close();
    expect((await api.get(`${widgets}/d2`)).status).toBe(404);
  });

  it("checks the preconditions against the record", async () => {
    const made = await api.post(widgets, widget("d3"));
    const uid = String(made.body["metadata"]["uid"]);
    const wrong = await api.delete(`${widgets}/d3`, { preconditions: { uid: "zz" } });
    expect([wrong.status, wrong.body["message"]]).toEqual([
      409,
      `Operation cannot be fulfilled on Widget.lab.example.com "d3": the UID in the precondition (zz) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    ]);
    const old = await api.delete(`${widgets}/d3`, { preconditions: { resourceVersion: "1" } });
    expect(old.status).toBe(409);
    expect((await api.delete(`${widgets}/d3`, { preconditions: { uid } })).status).toBe(200);
  });

  it("refuses unknown policies and both kinds of policy at once", async () => {
    await api.post(widgets, widget("d4"));
    const unknown = await api.delete(`${widgets}/d4?propagationPolicy=Maybe`);
    expect([unknown.status, unknown.body["message"]]).toEqual([
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Maybe": supported values: "Foreground", "Background", "Orphan", "nil"',
    ]);
    const both = await api.delete(`${widgets}/d4`, {
      propagationPolicy: "Orphan",
      orphanDependents: true,
    });
    expect(both.status).toBe(422);
    const before = api.server.revision;
    expect((await api.delete(`${widgets}/d4?dryRun=All`)).status).toBe(200);
    expect(api.server.revision).toBe(before);
  });

  it("returns the object of kinds that do so even when it is gone", async () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 1 }] },
    };
    await api.post("/api/v1/namespaces/default/services", service);
    const { body } = await api.delete("/api/v1/namespaces/default/services/s");
    expect([body["kind"], body["metadata"]["name"]]).toEqual(["Service", "s"]);
  });

  it("orphans the pods of a Job by default and warns of it", async () => {
    const spec = {
      template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
    };
    const jobs = "/apis/batch/v1/namespaces/default/jobs";
    await api.post(jobs, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec });
    const answer = await api.delete(`${jobs}/j`);
    expect(answer.headers.get("warning")).toContain("child pods are preserved by default");
    expect(answer.body["metadata"]["finalizers"]).toEqual(["orphan"]);
    await api.server.settle();
    expect((await api.get(`${jobs}/j`)).status).toBe(404);
  });

  it("deletes a collection by selector and answers what it deleted", async () => {
    for (const [name, labels] of [
      ["c1", { x: "1" }],
      ["c2", { x: "1" }],
      ["c3", {}],
    ] as const) {
      await api.post(configMaps, configMap(name, {}, { labels }));
    }
    const { body } = await api.delete(`${configMaps}?labelSelector=x=1`);
    expect(body["items"].map((item) => item["metadata"]["name"])).toEqual(["c1", "c2"]);
    expect(api.server.list("configmaps", "default").length).toBe(1);
  });

  it("protects the default namespaces", async () => {
    const { status, body } = await api.delete("/api/v1/namespaces/kube-system");
    expect([status, body["message"]]).toEqual([
      403,
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    ]);
  });
});

describe("garbage collection", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  const owner = async (name: string, more: object = {}): Promise<object> => {
    const { body } = await api.post(
      widgets,
      widget(name, { size: 1 }, more as { [key: string]: unknown }),
    );
    const uid = body["metadata"]["uid"];
    return { apiVersion: "lab.example.com/v1", kind: "Widget", name, uid };
  };
  const child = (name: string, owners: object[], more: object = {}): Promise<unknown> =>
    api.post(configMaps, configMap(name, {}, { ownerReferences: owners, ...more }));
  const exists = (name: string): boolean =>
    api.server.get("configmaps", "default", name) !== undefined;

  it("deletes a child when all its owners are gone, and only drops a lost one before that", async () => {
    const a = await owner("own-a");
    const b = await owner("own-b");
    await child("shared", [a, b]);
    await api.delete(`${widgets}/own-a`);
    await api.server.settle();
    const left = api.server.get("configmaps", "default", "shared") as unknown as Dig;
    expect(left["metadata"]["ownerReferences"].map((item) => item["name"])).toEqual(["own-b"]);
    await api.delete(`${widgets}/own-b`);
    expect(exists("shared")).toBe(true);
    await api.server.settle();
    expect(exists("shared")).toBe(false);
  });

  it("goes by uid: a new owner of the same name does not save the child", async () => {
    const old = await owner("again");
    await child("by-uid", [old]);
    await api.delete(`${widgets}/again`);
    await owner("again");
    await api.server.settle();
    expect(exists("by-uid")).toBe(false);
  });

  it("deletes a child whose owner never was", async () => {
    await child("foundling", [
      { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "no-such-uid" },
    ]);
    await api.server.settle();
    expect(exists("foundling")).toBe(false);
  });

  it("counts an owner in another namespace as absent and says so in an Event", async () => {
    const ref = await owner("elsewhere");
    await api.post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "far" },
    });
    await api.post(
      "/api/v1/namespaces/far/configmaps",
      configMap("stray", {}, { ownerReferences: [ref] }),
    );
    await api.server.settle();
    expect(api.server.get("configmaps", "far", "stray")).toBeUndefined();
    expect(api.server.list("events", "far").map((event) => event["reason"])).toEqual([
      "OwnerRefInvalidNamespace",
    ]);
  });

  it("holds a foreground deletion for blocking children only", async () => {
    const ref = await owner("front");
    await child("blocks", [{ ...ref, blockOwnerDeletion: true }], { finalizers: ["x.io/hold"] });
    await child("free", [ref], { finalizers: ["x.io/hold"] });
    const answer = await api.delete(`${widgets}/front?propagationPolicy=Foreground`);
    expect(answer.body["metadata"]["finalizers"]).toEqual(["foregroundDeletion"]);
    await api.server.settle();
    expect((await api.get(`${widgets}/front`)).status).toBe(200);
    await api.patch(`${configMaps}/blocks`, { metadata: { finalizers: null } });
    await api.server.settle();
    expect((await api.get(`${widgets}/front`)).status).toBe(404);
    expect(exists("free")).toBe(true);
  });

  it("takes the owner from the children when orphaning", async () => {
    const ref = await owner("parent");
    await child("kept", [ref]);
    await api.delete(`${widgets}/parent?propagationPolicy=Orphan`);
    await api.server.settle();
    const kept = api.server.get("configmaps", "default", "kept") as unknown as Dig;
    expect(kept["metadata"]["ownerReferences"]).toBeUndefined();
    expect((await api.get(`${widgets}/parent`)).status).toBe(404);
  });

  it("deletes a grandchild too", async () => {
    const ref = await owner("top");
    await child("middle", [ref]);
    const middle = api.server.get("configmaps", "default", "middle") as unknown as Dig;
    const uid = middle["metadata"]["uid"];
    await child("bottom", [{ apiVersion: "v1", kind: "ConfigMap", name: "middle", uid }]);
    await api.delete(`${widgets}/top`);
    await api.server.settle();
    expect([exists("middle"), exists("bottom")]).toEqual([false, false]);
  });

  it("empties a terminating namespace, names what holds it, and lets it go", async () => {
    await api.post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "tmp" },
    });
    await api.post(
      "/api/v1/namespaces/tmp/configmaps",
      configMap("held", {}, { finalizers: ["x.io/hold"] }),
    );
    await api.post("/api/v1/namespaces/tmp/configmaps", configMap("loose"));
    const deleted = await api.delete("/api/v1/namespaces/tmp");
    expect(deleted.body["status"]["phase"]).toBe("Terminating");
    await api.server.settle();
    const { body } = await api.get("/api/v1/namespaces/tmp");
    expect(body["status"]["conditions"].map((item) => item["type"])).toEqual([
      "NamespaceDeletionDiscoveryFailure",
      "NamespaceDeletionGroupVersionParsingFailure",
      "NamespaceDeletionContentFailure",
      "NamespaceContentRemaining",
      "NamespaceFinalizersRemaining",
    ]);
    await api.patch("/api/v1/namespaces/tmp/configmaps/held", { metadata: { finalizers: null } });
    await api.server.settle();
    expect((await api.get("/api/v1/namespaces/tmp")).status).toBe(404);
  });
});
