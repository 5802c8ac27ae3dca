// SPDX-License-Identifier: Apache-2.0
// Authentication and authorisation, with the API server's own texts.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMap, configMaps, TestApi } from "../../test/api.js";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const jane = { token: "jane-token" };

describe("authentication", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start({
      rbac: true,
      tokens: [{ token: "jane-token", user: "jane", groups: ["dev"] }],
    });
  });
  afterAll(() => api.close());

  it("refuses a wrong token with 401, and anonymous requests with 403 before any 404", async () => {
    const wrong = await api.get(configMaps, { token: "wrong" });
    expect([wrong.status, wrong.body["reason"], wrong.body["message"]]).toEqual([
      401,
      "Unauthorized",
      "Unauthorized",
    ]);
    const nobody = await api.get("/apis/nope.io/v1/things", { token: "" });
    expect([nobody.status, nobody.body["message"]]).toEqual([
      403,
      'things.nope.io is forbidden: User "system:anonymous" cannot list resource "things" in API group "nope.io" at the cluster scope',
    ]);
  });

  it("says who may not do what, where", async () => {
    const list = await api.get(configMaps, jane);
    expect([list.status, list.body["message"]]).toEqual([
      403,
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"',
    ]);
    const one = await api.get(`${configMaps}/a`, jane);
    expect(one.body["message"]).toContain(
      'configmaps "a" is forbidden: User "jane" cannot get resource',
    );
    const path = await api.get("/metrics", jane);
    expect(path.body["message"]).toBe('forbidden: User "jane" cannot get path "/metrics"');
    expect((await api.get("/version", { token: "" })).status).toBe(200);
  });

  it("obeys roles and bindings: verbs, names, subresources, groups", async () => {
    const rules = [
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["patch"] },
    ];
    await api.post(`${rbac}/namespaces/default/roles`, { metadata: { name: "r" }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" };
    const subjects = [{ kind: "Group", name: "dev" }];
    await api.post(`${rbac}/namespaces/default/rolebindings`, {
      metadata: { name: "b" },
      roleRef,
      subjects,
    });
    await api.post(configMaps, configMap("a"));
    await api.post(configMaps, configMap("b"));
    expect((await api.get(configMaps, jane)).status).toBe(200);
    const merge = { ...jane, type: "application/merge-patch+json" };
    expect((await api.patch(`${configMaps}/a`, { data: { x: "1" } }, merge)).status).toBe(200);
    expect((await api.patch(`${configMaps}/b`, { data: { x: "1" } }, merge)).status).toBe(403);
    expect((await api.get("/api/v1/configmaps", jane)).status).toBe(403);
    expect((await api.post(configMaps, configMap("c"), jane)).status).toBe(403);
  });
});

describe("reviews and impersonation", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start({
      rbac: true,
      tokens: [{ token: "jane-token", user: "jane", uid: "7" }],
    });
  });
  afterAll(() => api.close());

  it("answer who may do what, and store nothing", async () => {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const resourceAttributes = { verb: "get", resource: "pods", namespace: "default" };
    const before = api.server.revision;
    const jane = await api.post(path, { spec: { user: "jane", resourceAttributes } });
    expect([jane.status, jane.body.status.allowed]).toEqual([201, false]);
    const groups = ["system:masters"];
    const admin = await api.post(path, { spec: { user: "root", groups, resourceAttributes } });
    expect(admin.body.status.allowed).toBe(true);
    const self = path.replace("/subject", "/selfsubject");
    expect((await api.post(self, { spec: { resourceAttributes } })).body.status.allowed).toBe(true);
    expect(api.server.revision).toBe(before);
    expect((await api.get(path)).status).toBe(405);
  });

  it("tell the user of a token and of the request", async () => {
    const tokens = "/apis/authentication.k8s.io/v1/tokenreviews";
    const { body } = await api.post(tokens, { spec: { token: "jane-token" } });
    expect(body.status).toMatchObject({
      authenticated: true,
      user: { username: "jane", uid: "7" },
    });
    expect((await api.post(tokens, { spec: { token: "no" } })).body.status).toMatchObject({
      user: {},
    });
    const self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const headers = { "impersonate-user": "bob", "impersonate-group": "dev" };
    const answer = await api.post(self, {}, { headers });
    expect(answer.body.status).toEqual({
      userInfo: { username: "bob", groups: ["dev", "system:authenticated"] },
    });
  });

  it("let only those impersonate who may", async () => {
    const headers = { "impersonate-user": "root" };
    const { status, body } = await api.get(configMaps, { token: "jane-token", headers });
    expect(status).toBe(403);
    expect(body.message).toContain(
      'User "jane" cannot impersonate resource "users" in API group ""',
    );
  });
});

describe("anonymous requests", () => {
  it("are refused with 401 when told so, and are the administrator's when told so", async () => {
    const closed = await TestApi.start({ anonymous: "unauthorized" });
    expect((await closed.get(configMaps, { token: "" })).status).toBe(401);
    await closed.close();
    const open = await TestApi.start({ anonymous: "admin" });
    expect((await open.get(configMaps, { token: "" })).status).toBe(200);
    await open.close();
  });
});
