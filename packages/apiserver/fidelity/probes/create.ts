// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.2: create, names, metadata, dry runs.
import * as o from "../objects.js";
import {
  get,
  post,
  probe,
  put,
  remove,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const held = { finalizers: ["example.com/hold"] };
const long = (length: number): string => "a".repeat(length);
const uid = "11111111-2222-3333-4444-555555555555";
const named = (name: string): RequestStep[] => [
  post("cm", o.configMap(name)),
  post("wd", o.widget(name)),
];
const labelled = (labels: Record<string, string>): RequestStep =>
  post("cm", o.configMap("a", {}, { labels }));
const annotated = (annotations: Record<string, string>): RequestStep =>
  post("cm", o.configMap("a", {}, { annotations }));
const owned = (...ownerReferences: unknown[]): RequestStep[] => [
  post("cm", o.configMap("a", {}, { ownerReferences })),
  post("wd", o.widget("a", {}, { ownerReferences })),
];

export const create: ProbeSection = {
  id: "create",
  title: "Create",
  probes: [
    probe("a ConfigMap", post("cm", o.configMap("a", { data: { k: "v" } })), get("cm/a")),
    probe(
      "a ConfigMap with binary data",
      post("cm", o.configMap("a", { binaryData: { k: "AAE=" } })),
    ),
    probe("a Widget", post("wd", o.widget("a")), get("wd/a")),
    probe(
      "a kind without subresources",
      post("pl", o.plainOf("a", { spec: { size: 1 }, status: { phase: "x" } })),
    ),
    probe(
      "a cluster-wide object",
      post("gz", o.gizmoOf("{ns}", { spec: { any: [1, { x: null }] } })),
      get("gz/{ns}"),
    ),
    probe(
      "a name that is taken",
      setUp(post("cm", o.configMap("a"))),
      post("cm", o.configMap("a")),
    ),
    probe(
      "a custom name that is taken",
      setUp(post("wd", o.widget("a"))),
      post("wd", o.widget("a")),
    ),
    probe(
      "a name that is being deleted",
      setUp(post("cm", o.configMap("a", {}, held))),
      remove("cm/a"),
      post("cm", o.configMap("a")),
    ),
    probe(
      "a custom name that is being deleted",
      setUp(post("wd", o.widget("a", {}, held))),
      remove("wd/a"),
      post("wd", o.widget("a")),
    ),
    probe(
      "a version that may not be sent",
      post("cm", o.configMap("a", {}, { resourceVersion: "1" })),
      post("wd", o.widget("a", {}, { resourceVersion: "1" })),
      post("cm", o.configMap("b", {}, { resourceVersion: "0" })),
      post("cm", o.configMap("c", {}, { resourceVersion: "x" })),
    ),
    probe(
      "fields that only the server sets",
      post(
        "wd",
        o.widget(
          "a",
          {},
          {
            uid,
            generation: 7,
            creationTimestamp: "2001-01-01T00:00:00Z",
            deletionTimestamp: "2001-01-01T00:00:00Z",
            deletionGracePeriodSeconds: 3,
            selfLink: "/x",
          },
        ),
      ),
      post(
        "cm",
        o.configMap("a", {}, { uid, generation: 7, creationTimestamp: "2001-01-01T00:00:00Z" }),
      ),
    ),
    probe(
      "status is dropped",
      post("wd", o.widgetOf("a", { status: { phase: "x" } })),
      get("wd/a/status"),
    ),
    probe(
      "status of a built-in kind is dropped",
      post("deploy", { ...o.deployment("a"), status: { replicas: 3 } }),
    ),
    probe(
      "another namespace in the body",
      post("cm", o.configMap("a", {}, { namespace: "other" })),
      post("wd", o.widget("a", {}, { namespace: "other" })),
      post("cm", o.configMap("b", {}, { namespace: "{ns}" })),
    ),
    probe(
      "a namespace in a cluster-wide object",
      post("gz", o.gizmoOf("{ns}", {}, { namespace: "other" })),
      post("ns", o.namespace("{ns}-b", {}, { namespace: "other" })),
    ),
    probe(
      "a namespace that does not exist",
      post("/api/v1/namespaces/nope-{ns}/configmaps", o.configMap("a")),
      post("/apis/lab.example.com/v1/namespaces/nope-{ns}/widgets", o.widget("a")),
      get("/api/v1/namespaces/nope-{ns}/configmaps"),
      get("/api/v1/namespaces/nope-{ns}/configmaps/a"),
    ),
    probe(
      "neither name nor generateName",
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: {} }),
      post("cm", { apiVersion: "v1", kind: "ConfigMap" }),
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: {} }),
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget" }),
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: { name: "" } }),
      post("wd", { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: null }),
    ),
    probe(
      "generateName",
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } }),
      post("wd", { ...o.widget(""), metadata: { generateName: "made-" } }),
      post("cm", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: `${long(70)}-` },
      }),
      post("cm", o.configMap("wins", {}, { generateName: "made-" })),
      post("cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "Bad_" } }),
    ),
    probe("a name in capitals", ...named("Aa")),
    probe("a name with an underscore", ...named("a_b")),
    probe("a name that begins with a dash", ...named("-a")),
    probe("a name with a slash", ...named("a/b")),
    probe("a name with a percent sign", ...named("a%b")),
    probe("names of dots", ...named("."), ...named("..")),
    probe("a name with two dots", ...named("a..b")),
    probe("a name that is too long", ...named(long(254))),
    probe("the longest name", ...named(long(253))),
    probe("a name that is a number", ...named("1")),
    probe(
      "names of namespaces",
      post("ns", o.namespace("a.b")),
      post("ns", o.namespace("A")),
      post("ns", o.namespace(long(64))),
    ),
    probe(
      "names of Services",
      post("svc", o.service("1a", { spec: { ports: [{ port: 80 }] } })),
      post("svc", o.service("a.b", { spec: { ports: [{ port: 80 }] } })),
      post("svc", o.service("a_b", { spec: { ports: [{ port: 80 }] } })),
    ),
    probe(
      "names of roles",
      post("role", o.role("a:b", { rules: [] })),
      post("role", o.role("a/b", { rules: [] })),
      post("role", o.role("..", { rules: [] })),
      post("role", o.role("Aa_%", { rules: [] })),
    ),
    probe("names of pods", post("pod", o.pod("Aa")), post("pod", o.pod("a.b"))),
    probe(
      "names of StatefulSets",
      post("sts", o.statefulSet("A")),
      post("sts", o.statefulSet("a.b")),
    ),
    probe(
      "label keys",
      labelled({ "a b": "c" }),
      labelled({ "/a": "c" }),
      labelled({ "a/": "c" }),
      labelled({ "A.b/c": "c" }),
    ),
    probe("a long label key", labelled({ [long(64)]: "c" }), labelled({ [`${long(254)}/a`]: "c" })),
    probe("an empty label key", labelled({ "": "c" })),
    probe(
      "label values",
      labelled({ a: "b c" }),
      labelled({ a: long(64) }),
      labelled({ a: "-" }),
      labelled({ a: "" }),
    ),
    probe(
      "annotation keys",
      annotated({ "a b": "c" }),
      annotated({ "A/b": "c" }),
      annotated({ "": "c" }),
    ),
    probe(
      "labels and annotations of a Widget",
      post("wd", o.widget("a", {}, { labels: { "a b": "c d" }, annotations: { "x y": "" } })),
    ),
    probe(
      "finalizers",
      post("cm", o.configMap("a", {}, { finalizers: ["plain"] })),
      post(
        "cm",
        o.configMap("b", {}, { finalizers: ["kubernetes", "orphan", "foregroundDeletion"] }),
      ),
      post("cm", o.configMap("c", {}, { finalizers: ["a/b/c"] })),
      post("cm", o.configMap("d", {}, { finalizers: ["bad name"] })),
      post("wd", o.widget("c", {}, { finalizers: ["a/b/c"] })),
      post("wd", o.widget("d", {}, { finalizers: ["bad name"] })),
      post("cm", o.configMap("e", {}, { finalizers: ["example.com/a", "example.com/a"] })),
      post("cm", o.configMap("f", {}, { finalizers: [] })),
    ),
    probe(
      "an unqualified finalizer of a Widget",
      post("wd", o.widget("a", {}, { finalizers: ["plain"] })),
    ),
    probe("an owner", ...owned(o.owner("ConfigMap", "o", uid))),
    probe("an owner without a uid", ...owned(o.owner("ConfigMap", "o", ""))),
    probe(
      "an owner without an API version",
      ...owned({ ...o.owner("ConfigMap", "o", uid), apiVersion: "" }),
    ),
    probe(
      "an owner with a bad API version",
      ...owned({ ...o.owner("ConfigMap", "o", uid), apiVersion: "a/b/c" }),
    ),
    probe("an owner without kind and name", ...owned({ apiVersion: "v1", uid })),
    probe("an owner that is an Event", ...owned(o.owner("Event", "o", uid))),
    probe(
      "two controllers",
      ...owned(
        o.owner("ConfigMap", "o", uid, { controller: true }),
        o.owner("ConfigMap", "p", uid.replace("1", "2"), { controller: true }),
      ),
    ),
    probe(
      "the same owner twice",
      ...owned(o.owner("ConfigMap", "o", uid), o.owner("ConfigMap", "o", uid)),
    ),
    probe(
      "one uid under two names",
      ...owned(o.owner("ConfigMap", "o", uid), o.owner("ConfigMap", "p", uid)),
    ),
    probe(
      "a dry run",
      post("cm?dryRun=All", o.configMap("a")),
      get("cm/a"),
      post("wd?dryRun=All", o.widget("a")),
      get("wd/a"),
      setUp(post("wd", o.widget("b"))),
      post("wd?dryRun=All", o.widget("b")),
      post("wd?dryRun=All", o.widget("c", { size: 99 })),
    ),
    probe(
      "an unknown dry run",
      post("cm?dryRun=Some", o.configMap("a")),
      post("wd?dryRun=Some", o.widget("a")),
      put("wd/a?dryRun=Some", o.widget("a")),
      remove("cm/a?dryRun=Some"),
    ),
    probe("an empty dry run", post("cm?dryRun=", o.configMap("a"))),
    probe(
      "a field manager",
      post("cm?fieldManager=me", o.configMap("a")),
      post(`cm?fieldManager=${long(129)}`, o.configMap("b")),
      post("cm?fieldManager=%01", o.configMap("c")),
      post(`wd?fieldManager=${long(129)}`, o.widget("b")),
    ),
    probe(
      "the default field manager",
      post("cm", o.configMap("a"), { headers: { "user-agent": "my-operator/v1 (linux)" } }),
      post("cm", o.configMap("b"), { headers: { "user-agent": "plain" } }),
      post("cm", o.configMap("c"), { headers: { "user-agent": "" } }),
    ),
    probe("unknown fields of a built-in kind", post("cm", o.configMap("a", { bogus: 1 }))),
    probe("unknown fields of a Widget", post("wd", o.widget("a", { bogus: 1 }))),
    probe("managedFields that are sent", post("cm", o.configMap("a", {}, { managedFields: [] }))),
    probe(
      "a clusterName and other metadata",
      post("cm", o.configMap("a", {}, { bogus: "x", annotations: { a: "1" } })),
      post("wd", o.widget("a", {}, { bogus: "x" })),
    ),
    probe(
      "keys that are special in JavaScript",
      post(
        "cm",
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"constructor":"x","toString":"y"}}',
      ),
      post(
        "wd",
        '{"apiVersion":"lab.example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"free":{"__proto__":{"a":1},"constructor":2}}}',
      ),
      post(
        "cm",
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"},"data":{"__proto__":"x"}}',
      ),
    ),
    probe(
      "nulls",
      post("cm", o.configMap("a", { data: null }, { labels: null })),
      post("cm", o.configMap("b", { data: { a: null } })),
    ),
    probe(
      "keys of a ConfigMap",
      post("cm", o.configMap("a", { data: { "a b": "" } })),
      post("cm", o.configMap("b", { data: { "..": "" } })),
      post("cm", o.configMap("c", { data: { a: "1" }, binaryData: { a: "AA==" } })),
      post("cm", o.configMap("d", { data: { [long(254)]: "" } })),
    ),
  ],
};
