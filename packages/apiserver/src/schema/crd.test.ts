// SPDX-License-Identifier: Apache-2.0
// Custom resource definitions and their objects: establishing, pruning, defaults, validation texts,
// ratcheting, versions.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { crdsPath, TestApi, widget, widgetCrd, widgets } from "../../test/api.js";
import type { Answer } from "../../test/api.js";
import type { JsonObject } from "../index.js";

const texts = (answer: Answer): unknown[] =>
  answer.body.details.causes.map((cause) => `${String(cause.field)}: ${String(cause.message)}`);

describe("a custom resource definition", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.close());

  const spec = (crd: JsonObject): JsonObject => crd["spec"] as JsonObject;

  it("is served only once it is established, and then tells so", async () => {
    const made = await api.post(crdsPath, widgetCrd());
    expect([made.status, made.body["status"]?.["conditions"] ?? null]).toEqual([201, null]);
    expect((await api.post(widgets, widget("early"))).text).toBe("404 page not found\n");
    await api.server.settle();
    const { body } = await api.get(`${crdsPath}/widgets.lab.example.com`);
    expect(
      body.status.conditions.map((item) => `${String(item.type)} ${String(item.reason)}`),
    ).toEqual(["NamesAccepted NoConflicts", "Established InitialNamesAccepted"]);
    expect(body.status).toMatchObject({
      storedVersions: ["v1"],
      acceptedNames: { plural: "widgets", singular: "widget", listKind: "WidgetList" },
    });
    expect((await api.post(widgets, widget("late"))).status).toBe(201);
    const settled = api.server.revision;
    await api.server.settle();
    expect(api.server.revision).toBe(settled);
  });

  const refused: [string, (crd: JsonObject) => void, string][] = [
    [
      "a name that is not plural.group",
      (crd) => ((crd["metadata"] as JsonObject)["name"] = "x.y"),
      'metadata.name: Invalid value: "x.y": must be spec.names.plural+"."+spec.group',
    ],
    [
      "a missing schema",
      (crd) => delete ((spec(crd)["versions"] as JsonObject[])[0] as JsonObject)["schema"],
      "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    ],
    [
      "two storage versions",
      (crd) => {
        const [version] = spec(crd)["versions"] as JsonObject[];
        spec(crd)["versions"] = [version, { ...version, name: "v2" }];
      },
      "must have exactly one version marked as storage version",
    ],
    [
      "a schema node without a type",
      (crd) => {
        const [version] = spec(crd)["versions"] as JsonObject[];
        (version as JsonObject)["schema"] = {
          openAPIV3Schema: { type: "object", properties: { spec: { properties: {} } } },
        };
      },
      "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
    ],
    [
      "an unapproved kubernetes.io group",
      (crd) => {
        spec(crd)["group"] = "lab.kubernetes.io";
        (crd["metadata"] as JsonObject)["name"] = "widgets.lab.kubernetes.io";
      },
      "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation",
    ],
  ];
  it.each(refused)("is refused with %s", async (_title, change, text) => {
    const crd = widgetCrd();
    change(crd);
    const { status, body } = await api.post(crdsPath, crd);
    expect(status).toBe(422);
    expect(body.message).toContain(text);
  });

  it("is deleted after its objects, whose finalizers hold it", async () => {
    await api.post(
      widgets,
      widget("held", { size: 1 }, { metadata: { finalizers: ["x.io/hold"] } }),
    );
    await api.delete(`${crdsPath}/widgets.lab.example.com`);
    await api.server.settle();
    const { body } = await api.get(`${crdsPath}/widgets.lab.example.com`);
    expect(body.status.conditions.map((item) => item.type)).toContain("Terminating");
    expect((await api.get(`${widgets}/late`)).status).toBe(404);
    await api.patch(`${widgets}/held`, { metadata: { finalizers: null } });
    await api.server.settle();
    expect((await api.get(`${crdsPath}/widgets.lab.example.com`)).status).toBe(404);
    expect((await api.get(widgets)).status).toBe(404);
  });

  it("gets its names only when no other one of its group has them", async () => {
    const own = await TestApi.start();
    await own.serveWidgets();
    const second = widgetCrd();
    second["metadata"] = { name: "gadgets.lab.example.com" };
    const names = { plural: "gadgets", singular: "gadget", kind: "Widget", listKind: "GadgetList" };
    spec(second)["names"] = names;
    expect((await own.post(crdsPath, second)).status).toBe(201);
    await own.server.settle();
    const path = `${crdsPath}/gadgets.lab.example.com`;
    const { body } = await own.get(path);
    expect(
      body.status.conditions.map((item) => `${String(item.reason)}: ${String(item.message)}`),
    ).toEqual([
      'KindConflict: "Widget" is already in use',
      "NotAccepted: not all names are accepted",
    ]);
    expect(body.status["acceptedNames"]).toMatchObject({ plural: "gadgets", kind: "" });
    const gadgets = widgets.replace("widgets", "gadgets");
    expect((await own.get(gadgets)).status).toBe(404);
    await own.delete(`${crdsPath}/widgets.lab.example.com`);
    await own.server.settle();
    expect((await own.get(gadgets)).status).toBe(200);
    await own.close();
  });

  it("serves several versions of one object, rewriting apiVersion", async () => {
    const crd = widgetCrd();
    const [version] = spec(crd)["versions"] as JsonObject[];
    spec(crd)["versions"] = [version, { ...version, name: "v2", storage: false }];
    await api.post(crdsPath, crd);
    await api.server.settle();
    await api.post(widgets.replace("v1", "v2"), {
      ...widget("two"),
      apiVersion: "lab.example.com/v2",
    });
    const [one, two] = [
      await api.get(`${widgets}/two`),
      await api.get(`${widgets.replace("v1", "v2")}/two`),
    ];
    expect([one.body.apiVersion, two.body.apiVersion]).toEqual([
      "lab.example.com/v1",
      "lab.example.com/v2",
    ]);
    expect(two.body.metadata.uid).toBe(one.body.metadata.uid);
  });
});

describe("a custom object", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  it("loses fields that its schema does not have, but for those that may be anything", async () => {
    const spec = {
      nope: 1,
      free: { a: { b: 1 } },
      labels: { any: "thing" },
      items: [{ name: "x", nope: 1 }],
    };
    const { body } = await api.post(widgets, widget("pruned", spec));
    expect(body.spec).toEqual({
      color: "red",
      free: { a: { b: 1 } },
      labels: { any: "thing" },
      items: [{ name: "x", count: 3 }],
    });
  });

  it("is selected by the fields that its definition offers", async () => {
    const own = await TestApi.start();
    await own.serveWidgets((version) => {
      version["selectableFields"] = [{ jsonPath: ".spec.color" }];
    });
    await own.post(widgets, widget("red"));
    await own.post(widgets, widget("green", { color: "green" }));
    const { body } = await own.get(`${widgets}?fieldSelector=spec.color=green`);
    expect(body.items.map((item) => item.metadata.name)).toEqual(["green"]);
    await own.close();
  });

  it("gets defaults for absent fields and for null where null is not allowed", async () => {
    const { body } = await api.post(widgets, widget("nulls", { color: null, note: null }));
    expect(body.spec).toEqual({ color: "red", note: null });
  });

  const invalid: [string, JsonObject, string, string?][] = [
    [
      "a maximum",
      { size: 11 },
      "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10",
    ],
    [
      "a minimum",
      { size: -1 },
      "spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0",
      ".spec.size: Invalid value: -1: should be a non-negative integer",
    ],
    [
      "an enumeration",
      { color: "blue" },
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
    ],
    [
      "a type",
      { size: "x" },
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
      ".spec.size: Invalid value: 0: .spec.size accessor error: x is of the type string, expected int64",
    ],
    [
      "a pattern",
      { code: "A" },
      "spec.code: Invalid value: \"A\": spec.code in body should match '^[a-z]+$'",
    ],
    ["a length", { code: "abcdef" }, "spec.code: Too long: may not be more than 5 bytes"],
    [
      "a size",
      { items: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }] },
      "spec.items: Too many: 4: must have at most 3 items",
    ],
    ["a required field", { items: [{}] }, "spec.items[0].name: Required value"],
    [
      "unique keys",
      { items: [{ name: "a" }, { name: "a" }] },
      'spec.items[1]: Duplicate value: {"name":"a"}',
    ],
    ["unique values", { tags: ["a", "a"] }, 'spec.tags[1]: Duplicate value: "a"'],
    [
      "int-or-string",
      { port: true },
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
    ],
  ];
  it.each(invalid)("is refused when it breaks %s", async (_title, spec, ...wanted) => {
    const answer = await api.post(widgets, widget("invalid", spec));
    expect([answer.status, answer.body.reason]).toEqual([422, "Invalid"]);
    expect(texts(answer)).toEqual(wanted);
  });

  it("keeps an invalid value that was there before the rule, as long as it does not change", async () => {
    await api.post(widgets, widget("ratchet", { size: 9, code: "abc" }));
    const crd = (await api.get(`${crdsPath}/widgets.lab.example.com`)).body;
    const change = [
      {
        op: "replace",
        path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/maximum",
        value: 5,
      },
    ];
    const type = "application/json-patch+json";
    expect(
      (await api.patch(`${crdsPath}/${String(crd.metadata.name)}`, change, { type })).status,
    ).toBe(200);
    await api.server.settle();
    expect((await api.patch(`${widgets}/ratchet`, { spec: { code: "abd" } })).status).toBe(200);
    expect((await api.patch(`${widgets}/ratchet`, { spec: { size: 8 } })).status).toBe(422);
  });
});
