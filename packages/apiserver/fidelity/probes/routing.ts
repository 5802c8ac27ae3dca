// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.1: routing, content types, limits.
import { configMap, gizmoOf, widget } from "../objects.js";
import { get, post, probe, put, remove, send, setUp, type ProbeSection } from "../probe.js";

const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const yaml = { headers: { "content-type": "application/yaml" } };
const accept = (type: string): { headers: Record<string, string> } => ({
  headers: { accept: type },
});
const contentType = (type: string): { headers: Record<string, string> } => ({
  headers: { "content-type": type },
});
const widgetsPath = "/apis/lab.example.com/v1/namespaces/{ns}/widgets";

export const routing: ProbeSection = {
  id: "routing",
  title: "Routing, content types, limits",
  probes: [
    probe("unknown group", get("/apis/nope.example.com/v1/things")),
    probe("unknown group, one object", get("/apis/nope.example.com/v1/namespaces/{ns}/things/a")),
    probe("unknown version of a custom group", get("/apis/lab.example.com/v9/widgets")),
    probe("unknown resource of a custom group", get("/apis/lab.example.com/v1/nopes")),
    probe(
      "unknown resource of a custom group in a namespace",
      get("/apis/lab.example.com/v1/namespaces/{ns}/nopes"),
    ),
    probe("unknown resource of the core group", get("/api/v1/namespaces/{ns}/nopes")),
    probe("unknown resource of apps", get("/apis/apps/v1/namespaces/{ns}/nopes")),
    probe("unknown version of apps", get("/apis/apps/v7/deployments")),
    probe("unknown version of the core group", get("/api/v2/pods")),
    probe("a path outside the API", get("/nope")),
    probe("a path below a known one", get("/version/more")),
    probe("a namespace that is nowhere in the path", get("/api/v1/namespaces/{ns}/")),
    probe("object name with a slash at the end", get("cm/a/")),
    probe("an empty segment", get("/api/v1/namespaces/{ns}//configmaps")),
    probe("an encoded slash in a name", get("cm/a%2Fb")),
    probe("a name of one dot", get("cm/.")),
    probe("a name of two dots", get("cm/..")),
    probe("a percent sign in a name", get("cm/a%25b")),
    probe("an unknown subresource of a built-in kind", get("cm/a/nope")),
    probe(
      "an unknown subresource of a custom kind",
      setUp(post("wd", widget("a"))),
      get("wd/a/nope"),
    ),
    probe(
      "a subresource that the definition does not have",
      get("/apis/lab.example.com/v1/namespaces/{ns}/plains/a/status"),
    ),
    probe("scale of a kind without scale", get("/apis/lab.example.com/v1/gizmos/a/scale")),
    probe(
      "create of a namespaced custom kind without a namespace",
      post("/apis/lab.example.com/v1/widgets", widget("a")),
    ),
    probe(
      "create of a namespaced built-in kind without a namespace",
      post("/api/v1/configmaps", configMap("a")),
    ),
    probe("deletion of a cluster-wide collection", remove("/api/v1/configmaps")),
    probe(
      "deletion of a cluster-wide custom collection",
      remove("/apis/lab.example.com/v1/widgets"),
    ),
    probe("update of a collection", put("cm", configMap("a"))),
    probe("update of a custom collection", put("wd", widget("a"))),
    probe(
      "patch of a collection",
      send("PATCH", "cm", "{}", contentType("application/merge-patch+json")),
    ),
    probe(
      "patch of a custom collection",
      send("PATCH", "wd", "{}", contentType("application/merge-patch+json")),
    ),
    probe("create on an object", post("cm/a", configMap("a"))),
    probe("create on a custom object", post("wd/a", widget("a"))),
    probe(
      "create and delete on a custom status",
      setUp(post("wd", widget("a"))),
      post("wd/a/status", widget("a")),
      remove("wd/a/status"),
      post("wd/a/scale", widget("a")),
      remove("wd/a/scale"),
    ),
    probe(
      "create and delete on a built-in status",
      post("deploy/a/status", {}),
      remove("deploy/a/status"),
    ),
    probe(
      "a namespaced custom object without a namespace",
      get("/apis/lab.example.com/v1/widgets/a"),
    ),
    probe("a namespaced built-in object without a namespace", get("/api/v1/configmaps/a")),
    probe(
      "a cluster-wide kind inside a namespace",
      get("/apis/lab.example.com/v1/namespaces/{ns}/gizmos"),
      get("/api/v1/namespaces/{ns}/nodes"),
      post("/apis/lab.example.com/v1/namespaces/{ns}/gizmos", gizmoOf("a")),
    ),
    probe("unknown methods", send("FOO", "cm/a"), send("OPTIONS", "cm"), send("OPTIONS", "wd/a")),
    probe(
      "head",
      setUp(post("cm", configMap("a"))),
      send("HEAD", "cm/a"),
      send("HEAD", "cm/nope"),
      send("HEAD", "cm"),
      send("HEAD", "wd"),
    ),
    probe(
      "create with an unknown content type",
      post("cm", configMap("a"), contentType("text/plain")),
    ),
    probe(
      "create of a custom object with an unknown content type",
      post("wd", widget("a"), contentType("text/plain")),
    ),
    probe(
      "create of a custom object with protobuf",
      post("wd", "k8s", contentType("application/vnd.kubernetes.protobuf")),
    ),
    probe("create without a content type", post("cm", configMap("a"), contentType(""))),
    probe(
      "create with a charset",
      post("cm", configMap("a"), contentType("application/json; charset=utf-8")),
    ),
    probe(
      "update with an unknown content type",
      put("cm/a", configMap("a"), contentType("text/plain")),
    ),
    probe(
      "patch with an unknown content type",
      setUp(post("cm", configMap("a"))),
      send("PATCH", "cm/a", "{}", contentType("application/json")),
      send("PATCH", "cm/a", "{}", contentType("text/plain")),
      send("PATCH", "cm/a", "{}", contentType("")),
    ),
    probe(
      "patch of a custom object with an unknown content type",
      setUp(post("wd", widget("a"))),
      send("PATCH", "wd/a", "{}", contentType("application/json")),
      send("PATCH", "wd/a", "{}", contentType("application/strategic-merge-patch+json")),
      send("PATCH", "wd/nope", "{}", contentType("application/strategic-merge-patch+json")),
    ),
    probe("delete with an unknown content type", remove("cm/a", "{}", contentType("text/plain"))),
    probe(
      "an answer type that nobody speaks",
      setUp(post("cm", configMap("a"))),
      get("cm/a", accept("text/csv")),
      get("cm", accept("text/csv")),
      get("wd", accept("text/csv")),
      post("wd", widget("b"), accept("text/csv")),
    ),
    probe(
      "answer types with wildcards and weights",
      setUp(post("cm", configMap("a"))),
      get("cm/a", accept("*/*")),
      get("cm/a", accept("application/*")),
      get("cm/a", accept("text/csv, application/json;q=0.5")),
      get("cm/a", accept("application/json;q=0.1, application/yaml")),
    ),
    probe(
      "a table is not spoken in create",
      get("wd/nope", accept(table)),
      get("wd", accept("application/json;as=Table;v=v9;g=meta.k8s.io")),
      get("wd", accept("application/json;as=Nope;v=v1;g=meta.k8s.io")),
    ),
    probe(
      "YAML in and out",
      post("cm", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n", yaml),
      post(
        "wd",
        "apiVersion: lab.example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 2}\n",
        yaml,
      ),
      { ...get("wd/a", accept("application/yaml")), setUp: true },
    ),
    probe("malformed YAML", post("cm", "a: [b", yaml), post("wd", "a: [b", yaml)),
    probe(
      "pretty",
      setUp(post("cm", configMap("a"))),
      get("cm/a?pretty=true"),
      get("cm/a?pretty=false"),
    ),
    probe(
      "malformed JSON",
      post("cm", '{"apiVersion":'),
      post("wd", '{"apiVersion":'),
      post("cm", "no json"),
      post("wd", "no json"),
      post("cm", ""),
      post("wd", ""),
    ),
    probe(
      "JSON that is no object",
      post("cm", "[]"),
      post("wd", "[]"),
      post("cm", '"text"'),
      post("wd", "1"),
      post("cm", "null"),
      post("wd", "null"),
    ),
    probe(
      "missing kind",
      post("wd", { apiVersion: "lab.example.com/v1", metadata: { name: "a" } }),
      post("cm", { apiVersion: "v1", metadata: { name: "a" } }),
    ),
    probe(
      "missing API version",
      post("wd", { kind: "Widget", metadata: { name: "a" } }),
      post("cm", { kind: "ConfigMap", metadata: { name: "a" } }),
    ),
    probe("neither kind nor API version", post("cm", { metadata: { name: "a" } })),
    probe(
      "wrong API version",
      post("wd", { apiVersion: "other.example.com/v1", kind: "Widget", metadata: { name: "a" } }),
      post("wd", { apiVersion: "lab.example.com/v2", kind: "Widget", metadata: { name: "a" } }),
      post("cm", { apiVersion: "apps/v1", kind: "ConfigMap", metadata: { name: "a" } }),
      post("cm", { apiVersion: "a/b/c", kind: "ConfigMap", metadata: { name: "a" } }),
    ),
    probe(
      "wrong kind",
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Gadget", metadata: { name: "a" } }),
      post("cm", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
      post("cm", { apiVersion: "v1", kind: "Nope", metadata: { name: "a" } }),
    ),
    probe(
      "wrong types in a built-in kind",
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: 1 }),
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: 1 } }),
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: 1 } }),
      post("cm", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", labels: { a: 1 } },
      }),
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: [] }),
      post("secret", {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "a" },
        data: { k: "?" },
      }),
    ),
    probe(
      "wrong types in a custom kind's metadata",
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: { name: 1 } }),
      post("wd", {
        apiVersion: "lab.example.com/v1",
        kind: "Widget",
        metadata: { name: "a", labels: { a: 1 } },
      }),
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: "text" }),
    ),
    probe(
      "a body that is too large",
      post("cm", configMap("a", { data: { k: "x".repeat(3_200_000) } })),
    ),
    probe(
      "a ConfigMap of more than 1 MiB",
      post("cm", configMap("a", { data: { k: "x".repeat(1_048_577) } })),
    ),
    probe(
      "a Secret of more than 1 MiB",
      post("secret", {
        ...configMap("a"),
        kind: "Secret",
        data: { k: Buffer.alloc(1_048_577).toString("base64") },
      }),
    ),
    probe(
      "annotations that are too large",
      post("cm", configMap("a", {}, { annotations: { k: "x".repeat(262_144) } })),
    ),
    probe("the answer's type of an error", get("cm/nope", accept("application/yaml"))),
    probe(
      "discovery paths do not take writes",
      post("/api/v1", {}),
      remove("/apis/apps/v1"),
      put("/apis", {}),
    ),
    probe("health", get("/healthz"), get("/livez"), get("/readyz"), get("/healthz/ping")),
    probe("a watch by the old path", get("/api/v1/watch/namespaces/{ns}/nopes")),
    probe("the name in the path", get(`${widgetsPath}/A`), get(`${widgetsPath}/a_b`)),
  ],
};
