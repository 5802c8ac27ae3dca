// SPDX-License-Identifier: Apache-2.0
// get and list: revisions, selectors, paging, tables, metadata only.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ManualClock } from "../../test/manual-clock.js";
import { configMap, configMaps, TestApi, widget, widgets } from "../../test/api.js";
import type { Answer, Dig } from "../../test/api.js";

const names = (answer: Answer): unknown[] =>
  answer.body["items"].map((item) => item["metadata"]["name"]);

describe("get and list", () => {
  let api: TestApi;
  const clock = new ManualClock();
  beforeAll(async () => {
    api = await TestApi.start({ clock });
    await api.serveWidgets();
    for (const [name, labels] of [
      ["c", { app: "x", tier: "1" }],
      ["a", { app: "x" }],
      ["b", { app: "y" }],
      ["d", {}],
    ] as const) {
      await api.post(configMaps, configMap(name, {}, { labels }));
    }
  });
  afterAll(() => api.close());

  it("lists by key under the store's revision, also when there is nothing", async () => {
    const list = await api.get(configMaps);
    expect(names(list)).toEqual(["a", "b", "c", "d"]);
    expect(list.body["metadata"]["resourceVersion"]).toBe(String(api.server.revision));
    const empty = await api.get("/api/v1/namespaces/default/secrets");
    expect(empty.body["metadata"]["resourceVersion"]).toBe(String(api.server.revision));
    expect(empty.body["items"]).toEqual([]);
  });

  it("leaves kind and apiVersion out of built-in items and keeps them in custom ones", async () => {
    await api.post(widgets, widget("w"));
    const builtin = await api.get(configMaps);
    const custom = await api.get(widgets);
    expect(Object.keys(builtin.body["items"][0] ?? {})).not.toContain("kind");
    expect(custom.body["items"][0]).toMatchObject({
      kind: "Widget",
      apiVersion: "lab.example.com/v1",
    });
    expect(custom.body["metadata"]["continue"]).toBe("");
  });

  const selectors: [string, string[]][] = [
    ["app=x", ["a", "c"]],
    ["app==x,tier=1", ["c"]],
    ["app!=x", ["b", "d"]],
    ["app in (x, y)", ["a", "b", "c"]],
    ["app notin (x)", ["b", "d"]],
    ["app", ["a", "b", "c"]],
    ["!app", ["d"]],
    ["constructor", []],
  ];
  it.each(selectors)("selects by labels: %s", async (selector, expected) => {
    const list = await api.get(`${configMaps}?labelSelector=${encodeURIComponent(selector)}`);
    expect(names(list)).toEqual(expected);
  });

  it("refuses selectors it cannot parse or does not support", async () => {
    const bad = await api.get(`${configMaps}?labelSelector=${encodeURIComponent("a in x")}`);
    expect(bad.status).toBe(400);
    expect(bad.body["message"]).toContain("unable to parse requirement: ");
    const field = await api.get(`${configMaps}?fieldSelector=data.a=b`);
    expect([field.status, field.body["message"]]).toEqual([
      400,
      '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ]);
    const custom = await api.get(`${widgets}?fieldSelector=spec.size=1`);
    expect(custom.body["message"]).toBe("field label not supported: spec.size");
    expect(names(await api.get(`${configMaps}?fieldSelector=metadata.name=b`))).toEqual(["b"]);
    expect(names(await api.get(`${configMaps}?fieldSelector=metadata.name!=b`))).toEqual([
      "a",
      "c",
      "d",
    ]);
  });

  it("pages through a snapshot that later writes do not change", async () => {
    const first = await api.get(`${configMaps}?limit=2`);
    expect([names(first), first.body["metadata"]["remainingItemCount"]]).toEqual([["a", "b"], 2]);
    await api.post(configMaps, configMap("bb"));
    await api.delete(`${configMaps}/d`);
    const token = encodeURIComponent(String(first.body["metadata"]["continue"]));
    const second = await api.get(`${configMaps}?limit=2&continue=${token}`);
    expect(names(second)).toEqual(["c", "d"]);
    expect(second.body["metadata"]["resourceVersion"]).toBe(
      first.body["metadata"]["resourceVersion"],
    );
    expect(second.body["metadata"]["continue"]).toBeUndefined();
    await api.delete(`${configMaps}/bb`);
    await api.post(configMaps, configMap("d"));
  });

  it("refuses continue with a revision, garbage tokens, and tokens older than a compaction", async () => {
    const page = await api.get(`${configMaps}?limit=1`);
    const token = encodeURIComponent(String(page.body["metadata"]["continue"]));
    const both = await api.get(`${configMaps}?continue=${token}&resourceVersion=5`);
    expect([both.status, both.body["message"]]).toEqual([
      400,
      "specifying resource version is not allowed when using continue",
    ]);
    expect((await api.get(`${configMaps}?continue=%%%`)).status).toBe(400);
    await api.patch(`${configMaps}/a`, { data: { x: "1" } });
    api.server.compact();
    const old = await api.get(`${configMaps}?limit=1&continue=${token}`);
    expect([old.status, old.body["reason"]]).toEqual([410, "Expired"]);
    const fresh = encodeURIComponent(String(old.body["metadata"]["continue"]));
    expect(names(await api.get(`${configMaps}?continue=${fresh}`))).toEqual(["b", "c", "d"]);
  });

  it("obeys resourceVersionMatch", async () => {
    const { revision } = api.server;
    await api.patch(`${configMaps}/a`, { data: { y: "1" } });
    const exact = await api.get(
      `${configMaps}?resourceVersion=${revision}&resourceVersionMatch=Exact`,
    );
    expect(exact.body["metadata"]["resourceVersion"]).toBe(String(revision));
    const [first] = exact.body["items"] as unknown as Dig[];
    expect(first?.["data"]?.["y"]).toBeUndefined();
    const bare = await api.get(`${configMaps}?resourceVersionMatch=Exact`);
    expect(bare.body["message"]).toContain(
      "resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
    expect(
      (await api.get(`${configMaps}?resourceVersion=1&resourceVersionMatch=Some`)).status,
    ).toBe(422);
    const old = await api.get(`${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`);
    expect([old.status, old.body["message"]]).toEqual([
      410,
      "The resourceVersion for the provided list is too old.",
    ]);
    const full = await api.get(`${configMaps}?resourceVersion=0&limit=1`);
    expect(names(full).length).toBe(4);
  });

  it("waits three seconds for a future revision, then answers 504", async () => {
    const wanted = api.server.revision + 100;
    const pending = api.get(`${configMaps}/a?resourceVersion=${wanted}`);
    while (clock.pending === 0) await new Promise(setImmediate);
    clock.advance(3_000);
    const { status, body, headers } = await pending;
    expect([status, body["reason"], body["message"], headers.get("retry-after")]).toEqual([
      504,
      "Timeout",
      `Timeout: Too large resource version: ${wanted}, current: ${api.server.revision}`,
      "1",
    ]);
    const text = await api.get(`${configMaps}/a?resourceVersion=x`);
    expect([text.status, text.body["reason"]]).toEqual([500, undefined]);
  });

  it("answers tables with the kind's columns", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await api.get(widgets, { headers: { accept } });
    expect(body["kind"]).toBe("Table");
    expect(body["columnDefinitions"].map((column) => column["name"])).toEqual(["Name", "Size"]);
    const [row] = body["rows"] as unknown as Dig[];
    expect(row?.["cells"]).toEqual(["w", 1]);
    expect(row?.["object"]["kind"]).toBe("PartialObjectMetadata");
  });

  it("answers metadata only", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const { body } = await api.get(configMaps, { headers: { accept } });
    expect(body["kind"]).toBe("PartialObjectMetadataList");
    expect(Object.keys(body["items"][0] ?? {})).toEqual(["kind", "apiVersion", "metadata"]);
  });
});
