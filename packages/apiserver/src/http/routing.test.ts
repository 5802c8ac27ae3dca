// SPDX-License-Identifier: Apache-2.0
// Routing, content types and limits, with the API server's own texts.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  configMap,
  configMaps,
  jsonPatch,
  strategicPatch,
  TestApi,
  widget,
  widgets,
} from "../../test/api.js";

describe("routing", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  it("answers a plain page for unknown groups and for unknown resources of a custom group", async () => {
    for (const path of [
      "/apis/nope.example.com/v1/things",
      "/apis/lab.example.com/v1/gadgets",
      "/nope",
    ]) {
      const answer = await api.get(path);
      expect([answer.status, answer.text]).toEqual([404, "404 page not found\n"]);
    }
  });

  it("answers a Status for unknown resources of a built-in group", async () => {
    const { status, body } = await api.get("/api/v1/namespaces/default/gadgets");
    expect(status).toBe(404);
    expect(body["message"]).toBe("the server could not find the requested resource");
  });

  it("refuses to create a custom object outside a namespace with a page, a built-in one with 405", async () => {
    const custom = await api.post("/apis/lab.example.com/v1/widgets", widget("a"));
    expect([custom.status, custom.text]).toEqual([404, "404 page not found\n"]);
    const { status, body } = await api.delete("/api/v1/configmaps");
    expect([status, body["reason"]]).toEqual([405, "MethodNotAllowed"]);
  });

  it("names the resource when a subresource does not take the verb", async () => {
    await api.post(widgets, widget("verbs"));
    const { status, body } = await api.delete(`${widgets}/verbs/status`);
    expect([status, body["message"]]).toEqual([
      405,
      'delete is not supported on resources of kind "widgets.lab.example.com"',
    ]);
  });

  it("wants a name for PUT on a collection", async () => {
    const { status, body } = await api.put(widgets, widget("a"));
    expect([status, body["message"]]).toEqual([400, "name must be provided"]);
  });

  it("refuses strategic merge patches of custom objects and foreign content types with 415", async () => {
    await api.post(widgets, widget("media"));
    const patched = await api.patch(`${widgets}/media`, {}, strategicPatch);
    expect([patched.status, patched.body["reason"]]).toEqual([415, "UnsupportedMediaType"]);
    const posted = await api.post(configMaps, "x", { type: "text/plain" });
    expect(posted.status).toBe(415);
    expect(posted.body["message"]).toContain("the body of the request was in an unknown format");
  });

  it("refuses an Accept header it cannot serve with 406", async () => {
    const { status, body } = await api.get(configMaps, { headers: { accept: "text/csv" } });
    expect([status, body["reason"]]).toEqual([406, "NotAcceptable"]);
    expect(body["message"]).toBe("406: Not Acceptable");
    const custom = await api.get(widgets, { headers: { accept: "text/csv" } });
    expect(custom.body["message"]).toContain("only the following media types are accepted");
  });

  it("reads and writes YAML", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yam}\ndata: {a: b}\n";
    const headers = { accept: "application/yaml" };
    const answer = await api.post(configMaps, yaml, { type: "application/yaml", headers });
    expect(answer.status).toBe(201);
    expect(answer.text).toContain("kind: ConfigMap");
  });

  it("refuses bodies above 3 MiB with 413", async () => {
    const { status, body } = await api.post(configMaps, "x".repeat(3_145_729));
    expect([status, body["message"]]).toEqual([413, "Request entity too large: limit is 3145728"]);
  });

  it("gets the refusal of a large body out over a socket", async () => {
    const answer = await fetch(api.server.url + configMaps, {
      method: "POST",
      headers: { authorization: `Bearer ${api.server.token}`, "content-type": "application/json" },
      body: "x".repeat(4_000_000),
    });
    expect(answer.status).toBe(413);
  });

  it("says what is wrong with a body that is no object of the kind", async () => {
    const broken = await api.post(configMaps, "{");
    expect(broken.body["message"]).toContain(
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ",
    );
    const kindless = await api.post(widgets, { apiVersion: "lab.example.com/v1" });
    expect(kindless.body["message"]).toContain("Object 'Kind' is missing in");
    const version = await api.post(widgets, { ...widget("a"), apiVersion: "a/b" });
    expect(version.body["message"]).toBe(
      "the API version in the data (a/b) does not match the expected API version (lab.example.com/v1)",
    );
    const kind = await api.post(widgets, { ...widget("a"), kind: "Gadget" });
    expect([kind.status, kind.body["message"]]).toEqual([
      422,
      'Gadget.lab.example.com "a" is invalid: kind: Invalid value: "Gadget": must be Widget',
    ]);
  });

  it("takes a built-in object without apiVersion and kind, as its path says them", async () => {
    const { status, body } = await api.post(configMaps, { metadata: { name: "bare" } });
    expect([status, body["kind"], body["apiVersion"]]).toEqual([201, "ConfigMap", "v1"]);
  });

  it("tells the field of a value with the wrong type in a built-in object", async () => {
    const body = { ...configMap("typed"), data: { a: 1 } };
    const answer = await api.post(configMaps, body);
    expect(answer.status).toBe(400);
    expect(answer.body["message"]).toContain(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field',
    );
  });

  it("refuses bodies that nest too deep instead of overflowing", async () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    expect((await api.post(configMaps, deep)).status).toBe(400);
    const body = `{"apiVersion":"lab.example.com/v1","kind":"Widget","metadata":{"name":"deep"},"spec":{"free":${'{"a":'.repeat(900)}1${"}".repeat(900)}}}`;
    expect((await api.post(widgets, body)).status).toBe(201);
  });

  it("answers HEAD like GET without a body, and adds the API's headers", async () => {
    await api.post(configMaps, configMap("head"));
    const answer = await api.send("HEAD", `${configMaps}/head`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("audit-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get("cache-control")).toBe("no-cache, private");
    expect((await api.send("OPTIONS", configMaps)).status).toBe(405);
  });

  it("keeps keys such as __proto__ and constructor as data and changes no prototype", async () => {
    const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"p","constructor":"c"}}`;
    const created = await api.post(configMaps, body);
    expect(created.text).toContain('"data":{"__proto__":"p","constructor":"c"}');
    const patch = `{"data":{"__proto__":"q"}}`;
    const patched = await api.patch(`${configMaps}/proto`, patch);
    expect(patched.text).toContain('"data":{"__proto__":"q","constructor":"c"}');
    const ops = `[{"op":"add","path":"/data/__proto__","value":"r"}]`;
    expect((await api.patch(`${configMaps}/proto`, ops, jsonPatch)).text).toContain(
      '"__proto__":"r"',
    );
    expect(({} as Record<string, unknown>)["r"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("takes an encoded dot segment as a name, not as a step up", async () => {
    const path = "/api/v1/namespaces/default/configmaps/%2e%2e";
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${api.server.token}` };
      const call = request(api.server.url + path, { method: "DELETE", path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      call.on("error", reject).end();
    });
    expect(status).toBe(400);
    expect(api.server.get("namespaces", undefined, "default")).toBeDefined();
  });
});
