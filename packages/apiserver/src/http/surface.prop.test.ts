// SPDX-License-Identifier: Apache-2.0
// Whatever comes in, the server answers like an API server: never a fault of its own.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { configMap, configMaps, crdsPath, TestApi, widget, widgets } from "../../test/api.js";

const services = "/api/v1/namespaces/default/services";
const sets = "/apis/apps/v1/namespaces/default/statefulsets";
const pods = "/api/v1/namespaces/default/pods";
const paths = [
  ...[configMaps, `${configMaps}/a`, widgets, `${widgets}/a`, `${widgets}/a/status`],
  ...[`${widgets}/a/scale`, services, `${services}/s`, sets, pods, crdsPath, "/api/v1/namespaces"],
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/authorization.k8s.io/v1/subjectaccessreviews",
];
const kinds: Readonly<Record<string, string>> = {
  configmaps: "ConfigMap",
  widgets: "Widget",
  services: "Service",
  statefulsets: "StatefulSet",
  pods: "Pod",
  customresourcedefinitions: "CustomResourceDefinition",
  namespaces: "Namespace",
  clusterroles: "ClusterRole",
  subjectaccessreviews: "SubjectAccessReview",
};

/** apiVersion and kind that fit a path, so that bodies get past the first check. */
function typeOf(path: string): object {
  const parts = path.split("/");
  const plural =
    parts.find((part) => kinds[part] !== undefined && part !== "namespaces") ?? "namespaces";
  const apiVersion = parts[1] === "api" ? "v1" : `${parts[2]}/${parts[3]}`;
  return { apiVersion, kind: kinds[plural] };
}

const keys = fc.constantFrom(
  ...["metadata", "spec", "status", "data", "name", "namespace", "labels", "annotations", "ports"],
  ...["finalizers", "ownerReferences", "managedFields", "uid", "template", "containers", "items"],
  ...[
    "selector",
    "versions",
    "schema",
    "names",
    "size",
    "rules",
    "__proto__",
    "constructor",
    "free",
  ],
);
const { tree } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom("a", "s", "v1", "Namespaced", "1Gi"),
  ),
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 5 }),
  ),
}));
const object = fc.dictionary(keys, tree, { maxKeys: 5 });

const types = fc.constantFrom(
  ...["application/json", "application/yaml", "application/merge-patch+json"],
  ...["application/json-patch+json", "application/strategic-merge-patch+json"],
  ...["application/apply-patch+yaml", "text/plain", ""],
);
const query = fc.constantFrom(
  ...[
    "",
    "?fieldManager=m&force=true",
    "?fieldManager=m",
    "?dryRun=All",
    "?fieldValidation=Strict",
  ],
  ...[
    "?limit=x",
    "?limit=1&continue=e30",
    "?labelSelector=a%20in",
    "?fieldSelector=%3D",
    "?watch=0",
  ],
  ...["?resourceVersion=-1", "?propagationPolicy=Orphan", "?gracePeriodSeconds=x"],
);
const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE");

describe("the request surface", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
    await api.serveWidgets();
  });
  afterAll(() => api.close());

  const probe = async (verb: string, path: string, body: unknown, type: string): Promise<void> => {
    const bare = verb === "GET" ? undefined : body;
    const answer = await api.send(verb, path, bare, { type });
    const told = `${verb} ${path} ${type} ${JSON.stringify(body)}: ${answer.text.slice(0, 300)}`;
    expect({ told, internal: answer.text.includes("Internal error occurred") }).toEqual({
      told,
      internal: false,
    });
  };

  const seed = async (): Promise<void> => {
    await api.post(configMaps, configMap("a", { a: "b" }));
    await api.post(widgets, widget("a", { size: 1 }));
    const service = { metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } };
    await api.post(services, service);
  };

  it("answers objects of any shape without a fault of its own", async () => {
    const arbitrary = fc.tuple(method, fc.constantFrom(...paths), query, types, object);
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([verb, path, options, type, body]) => {
        await seed();
        await probe(verb, path + options, { ...typeOf(path), ...body }, type);
        await api.server.settle();
        await api.serveWidgets().catch(() => undefined);
      }),
      { numRuns: 1_500 },
    );
  }, 60_000);

  it("answers any patch without a fault of its own", async () => {
    const pointer = fc.constantFrom(
      "",
      "/",
      "/metadata",
      "/metadata/labels/a",
      "/spec/items/-",
      "/data/x",
      "/spec/items/0",
      "/a/b",
      "/metadata/finalizers",
    );
    const operation = fc.record({
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "x"),
      path: pointer,
      from: pointer,
      value: tree,
    });
    const arbitrary = fc.tuple(
      fc.constantFrom(`${configMaps}/a`, `${widgets}/a`, `${services}/s`),
      fc.array(operation, { maxLength: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([path, operations]) => {
        await seed();
        await probe("PATCH", path, operations, "application/json-patch+json");
        await api.server.settle();
      }),
      { numRuns: 700 },
    );
  }, 60_000);

  it("answers any bytes without a fault of its own", async () => {
    const arbitrary = fc.tuple(
      method,
      fc.constantFrom(...paths),
      types,
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, ([verb, path, type, body]) => probe(verb, path, body, type)),
      { numRuns: 700 },
    );
  }, 60_000);
});
