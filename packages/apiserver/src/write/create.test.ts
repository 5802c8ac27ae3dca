// SPDX-License-Identifier: Apache-2.0
// Creating objects: identity, names, namespaces, dry run, field validation.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMap, configMaps, TestApi, widget, widgets } from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const namespaced = (name: string): string => `/api/v1/namespaces/${name}/configmaps`;

describe("create", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  it("gives identity, time, a rising global revision and a first generation", async () => {
    const first = await api.post(configMaps, configMap("id-1"));
    const second = await api.post(widgets, widget("id-2"));
    const { metadata } = second.body as { metadata: Dig };
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(metadata["uid"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);
    expect(metadata["creationTimestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(metadata["generation"]).toBe(1);
    expect(first.body["metadata"]["generation"]).toBeUndefined();
    const revision = (answer: { body: Dig }): number =>
      Number(answer.body["metadata"]["resourceVersion"]);
    expect(revision(second)).toBe(revision(first) + 1);
  });

  it("drops what only the server may say", async () => {
    const metadata = {
      uid: "x",
      generation: 9,
      selfLink: "/x",
      deletionTimestamp: "2020-01-01T00:00:00Z",
    };
    const { body } = await api.post(
      widgets,
      widget("mine", { size: 1 }, { metadata, status: { phase: "no" } }),
    );
    expect(body["metadata"]["uid"]).not.toBe("x");
    expect(body["metadata"]["generation"]).toBe(1);
    expect(body["metadata"]["deletionTimestamp"]).toBeUndefined();
    expect(body["status"]).toBeUndefined();
  });

  it("refuses a taken name, and says so when the holder is on its way out", async () => {
    await api.post(widgets, widget("taken", {}, { metadata: { finalizers: ["x.io/y"] } }));
    const again = await api.post(widgets, widget("taken"));
    expect([again.status, again.body["reason"], again.body["message"]]).toEqual([
      409,
      "AlreadyExists",
      'widgets.lab.example.com "taken" already exists',
    ]);
    await api.delete(`${widgets}/taken`);
    const late = await api.post(widgets, widget("taken"));
    expect(late.body["message"]).toBe(
      'object is being deleted: widgets.lab.example.com "taken" already exists',
    );
  });

  it("answers 500 without a reason when resourceVersion is set", async () => {
    const { status, body } = await api.post(
      configMaps,
      configMap("rv", {}, { resourceVersion: "1" }),
    );
    expect([status, body["reason"], body["message"]]).toEqual([
      500,
      undefined,
      "resourceVersion should not be set on objects to be created",
    ]);
  });

  it("wants the namespace to exist and to match the path", async () => {
    const missing = await api.post(namespaced("nope"), configMap("a"));
    expect([missing.status, missing.body["message"]]).toEqual([404, 'namespaces "nope" not found']);
    const other = await api.post(configMaps, configMap("a", {}, { namespace: "other" }));
    expect([other.status, other.body["message"]]).toEqual([
      400,
      "the namespace of the provided object does not match the namespace sent on the request",
    ]);
  });

  it("refuses new content in a terminating namespace with its cause", async () => {
    await api.post("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "going" },
    });
    await api.delete("/api/v1/namespaces/going");
    const { status, body } = await api.post(namespaced("going"), configMap("late"));
    expect([status, body["message"]]).toEqual([
      403,
      'configmaps "late" is forbidden: unable to create new content in namespace going because it is being terminated',
    ]);
    expect(body["details"]["causes"]).toEqual([
      {
        reason: "NamespaceTerminating",
        message: "namespace going is being terminated",
        field: "metadata.namespace",
      },
    ]);
  });

  it("wants a name or a generateName, and generates from the first 58 characters", async () => {
    const nameless = await api.post(configMaps, { ...configMap("x"), metadata: {} });
    expect([nameless.status, nameless.body["message"]]).toEqual([
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ]);
    const prefix = "p".repeat(70);
    const made = await api.post(configMaps, {
      ...configMap("x"),
      metadata: { generateName: prefix },
    });
    expect(made.body["metadata"]["name"]).toMatch(/^p{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("checks names by the grammar of the kind", async () => {
    const bad = await api.post(configMaps, configMap("Bad_Name"));
    expect(bad.body["message"]).toContain(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'",
    );
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "1a" },
      spec: { ports: [{ port: 1 }] },
    };
    const answer = await api.post("/api/v1/namespaces/default/services", service);
    expect(answer.body["message"]).toContain("a DNS-1035 label must consist of");
  });

  it("checks labels, annotations and finalizers", async () => {
    const labels = await api.post(configMaps, configMap("l", {}, { labels: { "a b": "c" } }));
    expect(labels.body["message"]).toContain(
      'metadata.labels: Invalid value: "a b": name part must consist of',
    );
    const annotations = { big: "x".repeat(262_145) };
    const large = await api.post(configMaps, configMap("l", {}, { annotations }));
    expect(large.body["message"]).toContain(
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    );
    const finalizers = ["unqualified"];
    const builtin = await api.post(configMaps, configMap("l", {}, { finalizers }));
    expect(builtin.body["message"]).toContain(
      "name is neither a standard finalizer name nor is it fully qualified",
    );
    const custom = await api.post(widgets, widget("f", {}, { metadata: { finalizers } }));
    expect(custom.status).toBe(201);
    expect(custom.headers.get("warning")).toContain("prefer a domain-qualified finalizer name");
  });

  it("checks owner references, and takes repeated ones once with a warning", async () => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u1" };
    const empty = await api.post(
      configMaps,
      configMap("o1", {}, { ownerReferences: [{ ...owner, uid: "" }] }),
    );
    expect(empty.body["message"]).toContain(
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    );
    const two = [
      { ...owner, controller: true },
      { ...owner, uid: "u2", controller: true },
    ];
    const controllers = await api.post(configMaps, configMap("o2", {}, { ownerReferences: two }));
    expect(controllers.body["message"]).toContain(
      "Only one reference can have Controller set to true",
    );
    const twice = await api.post(
      configMaps,
      configMap("o3", {}, { ownerReferences: [owner, owner] }),
    );
    expect(twice.body["metadata"]["ownerReferences"].length).toBe(1);
    expect(twice.headers.get("warning")).toContain("duplicate entries");
  });

  it("stores nothing on a dry run, and refuses other values of it", async () => {
    const before = api.server.revision;
    const dry = await api.post(`${configMaps}?dryRun=All`, configMap("dry"));
    expect(dry.status).toBe(201);
    expect(dry.body["metadata"]["uid"]).toBeDefined();
    expect(dry.body["metadata"]["resourceVersion"]).toBeUndefined();
    expect(api.server.revision).toBe(before);
    const some = await api.post(`${configMaps}?dryRun=Some`, configMap("dry"));
    expect([some.status, some.body["reason"]]).toEqual([422, "Invalid"]);
    expect(some.body["message"]).toContain(
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value',
    );
  });

  it("warns of unknown and repeated fields, refuses them when strict, is silent when told to", async () => {
    const body = widget("bogus", { size: 1, bogus: 2 });
    const warned = await api.post(widgets, body);
    expect(warned.headers.get("warning")).toBe('299 - "unknown field \\"spec.bogus\\""');
    expect(warned.body["spec"]["bogus"]).toBeUndefined();
    const strict = await api.post(
      `${widgets}?fieldValidation=Strict`,
      widget("bogus2", { bogus: 2 }),
    );
    expect(strict.status).toBe(400);
    expect(strict.body["message"]).toContain('strict decoding error: unknown field "spec.bogus"');
    const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"b"}}';
    const repeated = await api.post(`${configMaps}?fieldValidation=Strict`, twice);
    expect(repeated.body["message"]).toContain(
      'strict decoding error: duplicate field "metadata.name"',
    );
    const silent = await api.post(
      `${widgets}?fieldValidation=Ignore`,
      widget("bogus3", { bogus: 2 }),
    );
    expect([silent.status, silent.headers.get("warning")]).toEqual([201, null]);
  });

  it("refuses texts that are no time or no base64, and stores times in UTC", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const lease = (renewTime: string): object => ({ metadata: { name: "l" }, spec: { renewTime } });
    const short = await api.post(leases, lease("2026-01-01T00:00:00Z"));
    expect([short.status, short.body["message"]]).toEqual([
      400,
      'Lease in version "v1" cannot be handled as a Lease: parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ]);
    const made = await api.post(leases, lease("2026-01-01T01:00:00.123456+01:00"));
    expect(made.body.spec).toEqual({ renewTime: "2026-01-01T00:00:00.123456Z" });
    const secret = { metadata: { name: "bad" }, data: { a: "not base64!" } };
    const answer = await api.post("/api/v1/namespaces/default/secrets", secret);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3',
    ]);
  });

  it("refuses a ConfigMap with more than a MiB of data", async () => {
    const { status, body } = await api.post(
      configMaps,
      configMap("big", { a: "x".repeat(1_048_577) }),
    );
    expect([status, body["reason"]]).toEqual([422, "Invalid"]);
  });
});
