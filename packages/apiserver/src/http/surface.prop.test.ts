// SPDX-License-Identifier: Apache-2.0
// Whatever comes in, the server answers like an API server: never a fault of its own.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  configMap,
  configMaps,
  crdsPath,
  TestApi,
  widget,
  widgetCrd,
  widgets,
} from "../../test/api.js";

/** Multiplies the number of cases. */
const scale = Number(process.env["HAVERSACK_FUZZ_SCALE"] ?? 1);
/** Printed with the tests; the same seed makes the same cases again. */
const seed = Number(process.env["HAVERSACK_FUZZ_SEED"] ?? Date.now() % 1_000_000);

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

const pod = {
  metadata: { labels: { a: "b" } },
  spec: {
    containers: [
      {
        name: "c",
        image: "i",
        env: [{ name: "E", value: "v" }],
        ports: [{ containerPort: 1 }],
        resources: { limits: { cpu: "1" } },
      },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
  },
};
const metadata = {
  name: "fuzz",
  labels: { a: "b" },
  finalizers: ["x.io/y"],
  ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u" }],
};

/** Valid objects to spoil, by the plural of their path. */
const valid: Readonly<Record<string, object>> = {
  configmaps: { metadata, data: { a: "b" }, binaryData: { c: "eA==" } },
  widgets: { metadata, spec: { size: 1, items: [{ name: "a" }], tags: ["x"], labels: { a: "b" } } },
  services: {
    metadata,
    spec: { type: "NodePort", ports: [{ name: "p", port: 1, nodePort: 30_100 }] },
  },
  statefulsets: {
    metadata,
    spec: { serviceName: "s", replicas: 1, selector: { matchLabels: { a: "b" } }, template: pod },
  },
  pods: { ...pod, metadata },
  customresourcedefinitions: { ...widgetCrd(), metadata: { name: "widgets.lab.example.com" } },
  namespaces: { metadata: { name: "fuzz" } },
  clusterroles: { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  subjectaccessreviews: {
    spec: { user: "u", resourceAttributes: { verb: "get", resource: "pods" } },
  },
};

/** Replaces the value at a random place of a copy. */
function spoil(value: unknown, turns: readonly number[], replacement: unknown): unknown {
  const [turn = 0, ...rest] = turns;
  if (turns.length === 0 || typeof value !== "object" || value === null) return replacement;
  const fields = Object.keys(value);
  const key = fields[turn % Math.max(1, fields.length)];
  if (key === undefined) return replacement;
  const changed = spoil((value as Record<string, unknown>)[key], rest, replacement);
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? changed : item));
  return { ...value, [key]: changed };
}

const types = fc.constantFrom(
  ...["application/json", "application/yaml", "application/merge-patch+json"],
  ...["application/json-patch+json", "application/strategic-merge-patch+json"],
  ...["application/apply-patch+yaml", "text/plain", ""],
  "application/vnd.kubernetes.protobuf",
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
/** Failures that the real server calls internal too. */
const real = /Internal error occurred: Object 'apiVersion' is missing/;

const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE");

describe(`the request surface (seed ${seed})`, () => {
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
    const internal = answer.text.includes("Internal error occurred") && !real.test(answer.text);
    expect({ told, internal }).toEqual({
      told,
      internal: false,
    });
  };

  const fill = async (): Promise<void> => {
    await api.post(configMaps, configMap("a", { a: "b" }));
    await api.post(widgets, widget("a", { size: 1 }));
    const service = { metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } };
    await api.post(services, service);
  };

  it("answers objects of any shape without a fault of its own", async () => {
    const arbitrary = fc.tuple(method, fc.constantFrom(...paths), query, types, object);
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([verb, path, options, type, body]) => {
        await fill();
        await probe(verb, path + options, { ...typeOf(path), ...body }, type);
        await api.server.settle();
        await api.serveWidgets().catch(() => undefined);
      }),
      { numRuns: 80 * scale, seed },
    );
  }, 600_000);

  it("answers valid objects with one spoilt place without a fault of its own", async () => {
    const collections = paths.filter((path) => !/\/(a|s)(\/|$)/.test(path));
    const turns = fc.array(fc.nat(20), { maxLength: 7 });
    const arbitrary = fc.tuple(fc.constantFrom(...collections), turns, tree, fc.boolean());
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([path, places, replacement, applies]) => {
        const plural = path.split("/").at(-1) ?? "";
        const base = { ...typeOf(path), ...valid[plural] } as { metadata?: { name: string } };
        const name = base.metadata?.name ?? "fuzz";
        const body = spoil(base, places, replacement);
        if (applies) {
          const query = "?fieldManager=m&force=true";
          await probe("PATCH", `${path}/${name}${query}`, body, "application/apply-patch+yaml");
        } else await probe("POST", path, body, "application/json");
        const merge = "application/merge-patch+json";
        await probe("PATCH", `${path}/${name}`, spoil(base, places, null), merge);
        await probe("DELETE", `${path}/${name}`, {}, "application/json");
        await api.patch(`${path}/${name}`, { metadata: { finalizers: null } });
        await api.server.settle();
        await api.serveWidgets().catch(() => undefined);
      }),
      { numRuns: 120 * scale, seed },
    );
  }, 600_000);

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
        await fill();
        await probe("PATCH", path, operations, "application/json-patch+json");
        await api.server.settle();
      }),
      { numRuns: 60 * scale, seed },
    );
  }, 600_000);

  it("answers any bytes without a fault of its own", async () => {
    const arbitrary = fc.tuple(
      method,
      fc.constantFrom(...paths),
      types,
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, ([verb, path, type, body]) => probe(verb, path, body, type)),
      { numRuns: 60 * scale, seed },
    );
  }, 600_000);
});
