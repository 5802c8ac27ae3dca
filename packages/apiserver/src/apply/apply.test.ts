// SPDX-License-Identifier: Apache-2.0
// Server-side apply: ownership, conflicts, removal, list semantics, managedFields bookkeeping.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { applyPatch, configMap, configMaps, TestApi, widget, widgets } from "../../test/api.js";
import type { Answer, Dig } from "../../test/api.js";

describe("server-side apply", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  const apply = (name: string, spec: object, manager: string, force = false): Promise<Answer> =>
    api.apply(`${widgets}/${name}`, widget(name, spec as { size: number }), manager, force);
  const entry = (body: Dig, manager: string, operation = "Apply"): Dig | undefined =>
    (body["metadata"]["managedFields"] as unknown as Dig[]).find(
      (item) => String(item["manager"]) === manager && String(item["operation"]) === operation,
    );

  it("creates with 201, changes with 200, and records what was applied, not what was defaulted", async () => {
    const made = await apply("a1", { size: 1 }, "m1");
    expect([made.status, made.body["spec"]]).toEqual([201, { size: 1, color: "red" }]);
    expect(entry(made.body, "m1")?.["fieldsV1"]).toEqual({ "f:spec": { "f:size": {} } });
    const changed = await apply("a1", { size: 2 }, "m1");
    expect([changed.status, changed.body["metadata"]["generation"]]).toEqual([200, 2]);
  });

  it("writes nothing when nothing changes", async () => {
    await apply("a2", { size: 1 }, "m1");
    const before = api.server.revision;
    expect((await apply("a2", { size: 1 }, "m1")).status).toBe(200);
    expect(api.server.revision).toBe(before);
  });

  it("refuses to take a field from another manager, with every conflict as a cause", async () => {
    await apply("a3", { size: 1 }, "m1");
    const one = await apply("a3", { size: 2 }, "m2");
    expect([one.status, one.body["reason"], one.body["message"]]).toEqual([
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "m1": .spec.size',
    ]);
    expect(one.body["details"]["causes"]).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "m1"', field: ".spec.size" },
    ]);
    await apply("a3", { size: 1, code: "x" }, "m0");
    const two = await apply("a3", { size: 2 }, "m2");
    expect(two.body["message"]).toBe(
      'Apply failed with 2 conflicts: conflicts with "m0":\n- .spec.size\nconflicts with "m1":\n- .spec.size',
    );
  });

  it("names the version when the other manager wrote by update", async () => {
    await api.post(widgets, widget("a4", { size: 1 }));
    const answer = await apply("a4", { size: 2 }, "m1");
    expect(answer.body["message"]).toBe(
      'Apply failed with 1 conflict: conflict with "probe" using lab.example.com/v1: .spec.size',
    );
  });

  it("co-owns an equal value, and takes the field when forced", async () => {
    await apply("a5", { size: 1 }, "m1");
    const shared = await apply("a5", { size: 1 }, "m2");
    expect(shared.status).toBe(200);
    expect(entry(shared.body, "m1")).toBeDefined();
    const forced = await apply("a5", { size: 3 }, "m2", true);
    expect(forced.body["spec"]["size"]).toBe(3);
    expect(entry(forced.body, "m1")).toBeUndefined();
  });

  it("removes a field that its only owner no longer applies, and leaves shared ones", async () => {
    await apply("a6", { size: 1, code: "x", labels: { a: "1", b: "2" } }, "m1");
    await apply("a6", { code: "x" }, "m2");
    const { body } = await apply("a6", { size: 1, labels: { a: "1" } }, "m1");
    expect(body["spec"]).toEqual({ size: 1, code: "x", color: "red", labels: { a: "1" } });
    expect((await apply("a6", { size: 1 }, "m1")).body["spec"]["labels"]).toBeUndefined();
  });

  it("merges list maps by key, sets by value, and replaces atomic lists", async () => {
    await apply("a7", { items: [{ name: "a" }, { name: "b" }], tags: ["x"], plain: ["1"] }, "m1");
    const { body } = await apply("a7", { items: [{ name: "c", count: 1 }], tags: ["y"] }, "m2");
    expect((body["spec"]["items"] as unknown as Dig[]).map((item) => item["name"])).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(body["spec"]["tags"]).toEqual(["x", "y"]);
    expect(entry(body, "m2")?.["fieldsV1"]).toEqual({
      "f:spec": {
        "f:items": { 'k:{"name":"c"}': { ".": {}, "f:count": {}, "f:name": {} } },
        "f:tags": { 'v:"y"': {} },
      },
    });
    const less = await apply("a7", { items: [{ name: "b" }], tags: [], plain: ["2"] }, "m1");
    expect((less.body["spec"]["items"] as unknown as Dig[]).map((item) => item["name"])).toEqual([
      "b",
      "c",
    ]);
    expect([less.body["spec"]["tags"], less.body["spec"]["plain"]]).toEqual([["y"], ["2"]]);
  });

  it("owns an atomic map as a whole", async () => {
    await apply("a8", { whole: { a: "1" } }, "m1");
    const answer = await apply("a8", { whole: { b: "2" } }, "m2");
    expect(answer.body["message"]).toContain('conflict with "m1": .spec.whole');
  });

  it("wants a field manager, and refuses force, managedFields and unknown fields where they do not belong", async () => {
    const nameless = await api.send("PATCH", `${widgets}/a9`, widget("a9"), applyPatch);
    expect([nameless.status, nameless.body["message"]]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ]);
    const force = await api.patch(`${widgets}/a9?force=true`, {});
    expect(force.body["message"]).toContain(
      "force: Forbidden: may not be specified for non-apply patch",
    );
    const managers = await api.apply(
      `${widgets}/a9`,
      { ...widget("a9"), metadata: { name: "a9", managedFields: [{}] } },
      "m",
    );
    expect([managers.status, managers.body["message"]]).toEqual([
      400,
      "metadata.managedFields must be nil",
    ]);
    const unknown = await apply("a9", { nope: 1 }, "m");
    expect([unknown.status, unknown.body["reason"], unknown.body["message"]]).toEqual([
      500,
      undefined,
      "failed to create typed patch object (default/a9; lab.example.com/v1, Kind=Widget): .spec.nope: field not declared in schema",
    ]);
    const long = await apply("a9", {}, "m".repeat(129));
    expect(long.status).toBe(422);
  });

  it("refuses duplicate keys of a list map", async () => {
    const { status, body } = await apply("a10", { items: [{ name: "a" }, { name: "a" }] }, "m");
    expect(status).toBe(500);
    expect(body["message"]).toContain("failed to create typed patch object");
  });

  it("records status writes under their subresource, and needs the object to exist", async () => {
    await apply("a11", { size: 1 }, "m1");
    const status = { ...widget("a11", {}), status: { phase: "Up" } };
    const { body } = await api.apply(`${widgets}/a11/status`, status, "m1");
    expect(body["status"]).toEqual({ phase: "Up" });
    const entries = body["metadata"]["managedFields"].map((item) => [
      item["subresource"],
      item["fieldsV1"],
    ]);
    expect(entries).toContainEqual(["status", { "f:status": { "f:phase": {} } }]);
    expect(entries).toContainEqual([undefined, { "f:spec": { "f:size": {} } }]);
    expect((await api.apply(`${widgets}/missing/status`, status, "m1")).status).toBe(404);
  });

  it("honours a resourceVersion as a lock", async () => {
    await apply("a12", { size: 1 }, "m1");
    const body = widget("a12", { size: 2 }, { metadata: { resourceVersion: "1" } });
    expect((await api.apply(`${widgets}/a12`, body, "m1")).status).toBe(409);
  });

  it("takes owned fields from appliers that an update changes, and gives them to the updater", async () => {
    await apply("a13", { size: 1, code: "x" }, "m1");
    const { body } = await api.patch(`${widgets}/a13?fieldManager=other`, { spec: { size: 5 } });
    expect(entry(body, "m1")?.["fieldsV1"]).toEqual({ "f:spec": { "f:code": {} } });
    expect(entry(body, "other", "Update")?.["fieldsV1"]).toEqual({ "f:spec": { "f:size": {} } });
  });

  it("clears the bookkeeping with an empty entry and keeps what was there as set before the first apply", async () => {
    await api.post(widgets, widget("a14", { size: 1, code: "x" }));
    const cleared = await api.patch(`${widgets}/a14`, { metadata: { managedFields: [{}] } });
    expect(cleared.body["metadata"]["managedFields"]).toBeUndefined();
    const applied = await apply("a14", { size: 1 }, "m1");
    expect(entry(applied.body, "before-first-apply", "Update")).toBeDefined();
    expect(applied.body["spec"]["code"]).toBe("x");
  });

  it("folds the oldest of more than ten update managers", async () => {
    await api.post(configMaps, configMap("many", { first: "v" }));
    for (let index = 0; index < 12; index++) {
      await api.patch(`${configMaps}/many?fieldManager=m${index}`, {
        data: { [`k${index}`]: "v" },
      });
    }
    const { body } = await api.get(`${configMaps}/many`);
    const names = body["metadata"]["managedFields"].map((item) => String(item["manager"]));
    expect(names.length).toBe(10);
    expect(names).toContain("ancient-changes");
  });

  it("gives a creator the leaves of structs that are always there, and the whole of those that are not", async () => {
    const template = {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "1" } } }] },
    };
    const spec = { replicas: 1, selector: { matchLabels: { a: "b" } }, template };
    const path = "/apis/apps/v1/namespaces/default/deployments?fieldManager=creator";
    const { body } = await api.post(path, { metadata: { name: "made" }, spec });
    const fields = entry(body, "creator", "Update")?.fieldsV1 as unknown as Record<string, unknown>;
    expect(fields).toEqual({
      "f:spec": {
        "f:progressDeadlineSeconds": {},
        "f:replicas": {},
        "f:revisionHistoryLimit": {},
        "f:selector": {},
        "f:strategy": {
          "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} },
          "f:type": {},
        },
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': {
                ".": {},
                "f:image": {},
                "f:imagePullPolicy": {},
                "f:name": {},
                "f:resources": { "f:limits": { ".": {}, "f:cpu": {} } },
                "f:terminationMessagePath": {},
                "f:terminationMessagePolicy": {},
              },
            },
            "f:dnsPolicy": {},
            "f:restartPolicy": {},
            "f:schedulerName": {},
            "f:securityContext": {},
            "f:terminationGracePeriodSeconds": {},
          },
        },
      },
    });
    const custom = await api.post(`${widgets}?fieldManager=creator`, widget("made", { size: 1 }));
    expect(entry(custom.body, "creator", "Update")?.fieldsV1).toEqual({
      "f:spec": { ".": {}, "f:color": {}, "f:size": {} },
    });
  });

  it("merges finalizers as a set and owner references by uid, on custom objects too", async () => {
    const meta = (metadata: object): { [key: string]: unknown } =>
      widget("a15", { size: 1 }, { metadata });
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o" };
    const path = `${widgets}/a15`;
    await api.apply(
      path,
      meta({ finalizers: ["x.io/a"], ownerReferences: [{ ...owner, uid: "u1" }] }),
      "m1",
    );
    const more = meta({ finalizers: ["x.io/b"], ownerReferences: [{ ...owner, uid: "u2" }] });
    const { body } = await api.apply(path, more, "m2");
    expect(body["metadata"]["finalizers"]).toEqual(["x.io/a", "x.io/b"]);
    expect(body["metadata"]["ownerReferences"].map((item) => item["uid"])).toEqual(["u1", "u2"]);
    expect(entry(body, "m2")?.["fieldsV1"]["f:metadata"]).toEqual({
      "f:finalizers": { 'v:"x.io/b"': {} },
      "f:ownerReferences": { 'k:{"uid":"u2"}': {} },
    });
    await api.patch(path, { metadata: { finalizers: null, ownerReferences: null } });
  });

  it("merges a built-in kind by its merge keys", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments/web";
    const deployment = (containers: object[]): { [key: string]: unknown } => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers } },
      },
    });
    await api.apply(
      path,
      deployment([{ name: "c", image: "i:1", ports: [{ containerPort: 1 }] }]),
      "m1",
    );
    const { body } = await api.apply(
      path,
      deployment([{ name: "c", env: [{ name: "E", value: "v" }] }]),
      "m2",
    );
    const [container] = body["spec"]["template"]["spec"]["containers"] as unknown as Dig[];
    expect([container?.["image"], container?.["env"]]).toEqual([
      "i:1",
      [{ name: "E", value: "v" }],
    ]);
    expect(entry(body, "m1")).toMatchObject({
      fieldsV1: {
        "f:spec": {
          "f:template": {
            "f:spec": {
              "f:containers": {
                'k:{"name":"c"}': {
                  "f:ports": {
                    'k:{"containerPort":1,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
                  },
                },
              },
            },
          },
        },
      },
    });
  });
});
