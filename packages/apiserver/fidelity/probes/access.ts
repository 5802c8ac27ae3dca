// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.12: who one is and what one may do.
import * as o from "../objects.js";
import {
  get,
  mergePatch,
  post,
  probe,
  put,
  remove,
  send,
  setUp,
  until,
  type ProbeSection,
  type RequestOptions,
  type RequestStep,
  type Step,
} from "../probe.js";

const jane = { headers: { "impersonate-user": "jane" } };
const bob = { headers: { "impersonate-user": "bob", "impersonate-group": "{ns}-team" } };
const anonymous = { token: "" };
const authorization = "/apis/authorization.k8s.io/v1";
const rbac = { apiGroup: "rbac.authorization.k8s.io" };
const review = (
  kind: string,
  spec: Record<string, unknown>,
  options: RequestOptions = {},
): RequestStep =>
  post(
    `${authorization}/${kind.toLowerCase()}s`,
    { apiVersion: "authorization.k8s.io/v1", kind, spec },
    options,
  );
const allow = (verbs: string[], resources: string[], groups = [""]): Step[] => [
  setUp(post("role", o.role("r", { rules: [{ apiGroups: groups, resources, verbs }] }))),
  setUp(
    post(
      "rb",
      o.roleBinding("r", {
        roleRef: { ...rbac, kind: "Role", name: "r" },
        subjects: [
          { ...rbac, kind: "User", name: "jane" },
          { ...rbac, kind: "Group", name: "{ns}-team" },
        ],
      }),
    ),
  ),
  until("rb/r", 200),
];

export const access: ProbeSection = {
  id: "access",
  title: "Authentication and authorisation",
  probes: [
    probe(
      "no credentials",
      get("cm", anonymous),
      get("wd/a", anonymous),
      post("cm", o.configMap("a"), anonymous),
      get("/apis/nope.example.com/v1/x", anonymous),
      get("/metrics", anonymous),
      get("/nope", anonymous),
      get("/healthz", anonymous),
      get("/version", { ...anonymous, pick: () => "" }),
      get("/api", anonymous),
    ),
    probe(
      "a bad token",
      get("cm", { token: "bad" }),
      get("/healthz", { token: "bad" }),
      get("/nope", { token: "bad" }),
    ),
    probe(
      "other credentials",
      get("cm", { token: "", headers: { authorization: "Basic YTpi" } }),
      get("cm", { token: "", headers: { authorization: "Bearer" } }),
      get("cm", { token: "", headers: { authorization: "Bearer " } }),
    ),
    probe(
      "reading without a right",
      get("cm", jane),
      get("cm/a", jane),
      get("wd", jane),
      get("wd/a", jane),
      get("cm?watch=1", jane),
      get("/api/v1/configmaps", jane),
      get("/apis/lab.example.com/v1/widgets", jane),
      get("gz/a", jane),
      get("node/a", jane),
      get("ns/x", jane),
      get("ns", jane),
    ),
    probe(
      "writing without a right",
      post("cm", o.configMap("a"), jane),
      put("cm/a", o.configMap("a"), jane),
      mergePatch("cm/a", {}, jane),
      remove("cm/a", undefined, jane),
      remove("cm", undefined, jane),
      mergePatch("wd/a/status", {}, jane),
      get("wd/a/scale", jane),
      post("gz", o.gizmoOf("a"), jane),
      post("wd", o.widget("a"), jane),
      post("ns", o.namespace("x"), jane),
    ),
    probe(
      "paths without a right",
      get("/metrics", jane),
      get("/nope", jane),
      get("/apis/nope.example.com/v1/x", jane),
      get("/api/v1/nopes", jane),
      post("/healthz", {}, jane),
      get("/healthz", jane),
      get("/version", { ...jane, pick: () => "" }),
      get("/apis/lab.example.com/v1", { ...jane, pick: () => "" }),
    ),
    probe(
      "a right to read",
      ...allow(["get", "list"], ["configmaps"]),
      get("cm", { ...jane, pick: () => "" }),
      get("cm/nope", jane),
      post("cm", o.configMap("a"), jane),
      get("secret", jane),
      get("/api/v1/namespaces/default/configmaps", jane),
    ),
    probe(
      "a right by a group",
      ...allow(["*"], ["*"], ["*"]),
      post("cm", o.configMap("a"), bob),
      get("cm/a", { headers: { "impersonate-user": "bob" } }),
    ),
    probe(
      "a right to a subresource",
      ...allow(["get", "patch"], ["widgets/status"], ["lab.example.com"]),
      setUp(post("wd", o.widget("a"))),
      mergePatch("wd/a/status", { status: { phase: "x" } }, jane),
      mergePatch("wd/a", {}, jane),
      get("wd/a/status", { ...jane, pick: () => "" }),
    ),
    probe(
      "a right to one name",
      setUp(
        post(
          "role",
          o.role("r", {
            rules: [
              {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["a"],
                verbs: ["get", "list"],
              },
            ],
          }),
        ),
      ),
      setUp(
        post(
          "rb",
          o.roleBinding("r", {
            roleRef: { ...rbac, kind: "Role", name: "r" },
            subjects: [{ ...rbac, kind: "User", name: "jane" }],
          }),
        ),
      ),
      until("rb/r", 200),
      get("cm/a", jane),
      get("cm/b", jane),
      get("cm", jane),
      get("cm?fieldSelector=metadata.name=a", { ...jane, pick: () => "" }),
    ),
    probe(
      "a binding to a role that is not there",
      setUp(
        post(
          "rb",
          o.roleBinding("r", {
            roleRef: { ...rbac, kind: "Role", name: "nope" },
            subjects: [{ ...rbac, kind: "User", name: "jane" }],
          }),
        ),
      ),
      until("rb/r", 200),
      get("cm", jane),
    ),
    probe(
      "no more rights than one has",
      ...allow(["create"], ["roles", "rolebindings"], ["rbac.authorization.k8s.io"]),
      post(
        "role",
        o.role("big", { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] }),
        jane,
      ),
      post(
        "rb",
        o.roleBinding("big", {
          roleRef: { ...rbac, kind: "ClusterRole", name: "cluster-admin" },
          subjects: [],
        }),
        jane,
      ),
    ),
    probe(
      "impersonation without a right",
      setUp(post("cm", o.configMap("a"))),
      get("cm", { headers: { "impersonate-group": "x" } }),
      get("cm/a", { headers: { "impersonate-user": "system:serviceaccount:{ns}:s" } }),
    ),
    probe(
      "who may do what",
      review("SelfSubjectAccessReview", {
        resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" },
      }),
      review(
        "SelfSubjectAccessReview",
        { resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } },
        jane,
      ),
      review(
        "SelfSubjectAccessReview",
        { nonResourceAttributes: { verb: "get", path: "/healthz" } },
        jane,
      ),
      review("SelfSubjectAccessReview", {}),
      review("SelfSubjectAccessReview", { resourceAttributes: {}, nonResourceAttributes: {} }),
    ),
    probe(
      "who else may do what",
      review("SubjectAccessReview", {
        user: "jane",
        resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" },
      }),
      review("SubjectAccessReview", {
        user: "x",
        groups: ["system:masters"],
        resourceAttributes: { verb: "delete", resource: "nodes" },
      }),
      review("SubjectAccessReview", { resourceAttributes: { verb: "get" } }),
      review("SubjectAccessReview", { user: "jane", resourceAttributes: { verb: "get" } }, jane),
    ),
    probe(
      "who may do what in a namespace",
      post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "LocalSubjectAccessReview",
        metadata: { namespace: "{ns}" },
        spec: {
          user: "jane",
          resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" },
        },
      }),
      post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "LocalSubjectAccessReview",
        spec: {
          user: "jane",
          resourceAttributes: { verb: "get", resource: "pods", namespace: "other" },
        },
      }),
    ),
    probe(
      "rules of oneself",
      ...allow(["get"], ["configmaps"]),
      review("SelfSubjectRulesReview", { namespace: "{ns}" }, { ...jane, pick: rulesOf }),
      review("SelfSubjectRulesReview", {}, jane),
    ),
    probe(
      "reviews are not read",
      get(`${authorization}/selfsubjectaccessreviews`),
      get(`${authorization}/subjectaccessreviews/a`),
      send("PUT", `${authorization}/selfsubjectaccessreviews/a`, {}),
    ),
    probe(
      "tokens",
      post("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token: "bad" },
      }),
      post("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: {},
      }),
    ),
  ],
};

function rulesOf(body: unknown): unknown {
  const { status } = body as {
    status: { incomplete: boolean; resourceRules: { resources: string[] }[] };
  };
  return {
    incomplete: status.incomplete,
    rules: status.resourceRules.filter(({ resources }) => resources.includes("configmaps")),
  };
}
