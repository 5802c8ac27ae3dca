// SPDX-License-Identifier: Apache-2.0
// The OpenAPI v2 document: complete, in v2's own words, and the same in its protobuf form.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { TestApi } from "../../test/api.js";
import type { Dig } from "../../test/api.js";
import { ProtobufReader } from "./protobuf-reader.js";

type Message = Map<number, (Message | string)[]>;

/** The fields of a message; those in `nested` (a path of numbers) are messages themselves. */
function read(bytes: Buffer, nested: ReadonlySet<string>, path = ""): Message {
  const reader = new ProtobufReader(bytes);
  const fields: Message = new Map();
  while (!reader.isDone) {
    const tag = Number(reader.varint());
    const number = tag >>> 3;
    const below = `${path}/${number}`;
    const list = fields.get(number) ?? [];
    fields.set(number, list);
    if ((tag & 7) === 0) list.push(String(reader.varint()));
    else {
      const chunk = reader.chunk();
      list.push(nested.has(below) ? read(chunk, nested, below) : chunk.toString("utf8"));
    }
  }
  return fields;
}

describe("/openapi/v2", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  const definitions = async (): Promise<Record<string, Dig>> =>
    (await api.get("/openapi/v2")).body["definitions"] as unknown as Record<string, Dig>;

  it("defines every kind, and refers to nothing that it does not define", async () => {
    const all = await definitions();
    const text = JSON.stringify(all);
    const refs = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref]) => String(ref));
    expect(refs.length).toBeGreaterThan(100);
    for (const ref of refs) expect(Object.keys(all)).toContain(ref.replace("#/definitions/", ""));
    expect(text).not.toMatch(/"(allOf|oneOf|anyOf)"/);
    const kinds = Object.values(all)
      .flatMap((item) => (item["x-kubernetes-group-version-kind"] ?? []) as unknown as Dig[])
      .map((item) => String(item["kind"]));
    for (const kind of ["Pod", "Deployment", "Widget", "Lease"]) expect(kinds).toContain(kind);
  });

  it("tells what can be tried without being stored", async () => {
    const { body } = await api.get("/openapi/v2");
    const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
    const patch = (body["paths"] as unknown as Record<string, Dig>)[path]?.["patch"];
    expect(patch?.["parameters"]?.[0]?.["name"]).toBe("dryRun");
  });

  it("says the same in protobuf", async () => {
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const authorization = `Bearer ${api.server.token}`;
    const answer = await api.server.fetch("/openapi/v2", { headers: { accept, authorization } });
    expect(answer.headers.get("content-type")).toBe(accept.replace("@", "."));
    const nested = new Set(["/9", "/9/1", "/9/1/2", "/9/1/2/25", "/9/1/2/25/1"]);
    const document = read(Buffer.from(await answer.arrayBuffer()), nested);
    const named = (document.get(9)?.[0] as Message).get(1) as Message[];
    const names = named.map((item) => String(item.get(1)?.[0]));
    expect(names).toEqual(Object.keys(await definitions()));
    const deployment = named[names.findIndex((name) => name.endsWith("apps.v1.Deployment"))];
    const schema = deployment?.get(2)?.[0] as Message;
    const properties = (schema.get(25)?.[0] as Message).get(1) as Message[];
    expect(properties.map((item) => item.get(1)?.[0])).toContain("spec");
  });

  it("follows what is served", async () => {
    await api.delete(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.lab.example.com",
    );
    await api.server.settle();
    expect(JSON.stringify(await definitions())).not.toContain("Widget");
  });
});
