// SPDX-License-Identifier: Apache-2.0
// Who may speak for whom, who may grant what, and users that are known by a certificate.
import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMaps, TestApi } from "../../test/api.js";
import type { JsonObject, KeyPair } from "../index.js";

const group = "rbac.authorization.k8s.io";
const rbac = `/apis/${group}/v1`;
const jane = { token: "jane-token" };
const self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** A cluster role that jane has. */
async function allow(api: TestApi, name: string, rules: JsonObject[]): Promise<void> {
  const made = await api.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
  const bound = await api.post(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: group, kind: "ClusterRole", name },
    subjects: [{ apiGroup: group, kind: "User", name: "jane" }],
  });
  expect([made.status, bound.status]).toEqual([201, 201]);
}

const start = (): Promise<TestApi> =>
  TestApi.start({ rbac: true, tokens: [{ token: "jane-token", user: "jane" }] });

describe("impersonation", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await start();
  });
  afterAll(() => api.close());

  it("takes name, groups, uid and extra data, whose keys are percent-encoded", async () => {
    const headers = {
      "impersonate-user": "bob",
      "impersonate-group": "dev",
      "impersonate-uid": "42",
      "impersonate-extra-example.com%2fscope": "read",
    };
    const { body } = await api.post(self, {}, { headers });
    expect(body.status["userInfo"]).toEqual({
      username: "bob",
      uid: "42",
      groups: ["dev", "system:authenticated"],
      extra: { "example.com/scope": ["read"] },
    });
  });

  it("puts service accounts into their groups", async () => {
    const headers = { "impersonate-user": "system:serviceaccount:kube-system:robot" };
    const { body } = await api.post(self, {}, { headers });
    expect(body.status["userInfo"]).toMatchObject({
      groups: [
        "system:serviceaccounts",
        "system:serviceaccounts:kube-system",
        "system:authenticated",
      ],
    });
  });

  it("asks for the right to each part", async () => {
    await allow(api, "as-bob", [
      { apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] },
    ]);
    const as = (headers: Record<string, string>): Promise<string> =>
      api.post(self, {}, { ...jane, headers }).then(({ body }) => String(body.message ?? "ok"));
    const bob = { "impersonate-user": "bob" };
    expect(await as(bob)).toBe("ok");
    expect(await as({ "impersonate-user": "root" })).toBe(
      'users "root" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect(await as({ ...bob, "impersonate-group": "dev" })).toContain(
      'resource "groups" in API group ""',
    );
    expect(await as({ ...bob, "impersonate-uid": "1" })).toContain(
      'resource "uids" in API group "authentication.k8s.io"',
    );
    expect(await as({ ...bob, "impersonate-extra-scope": "x" })).toContain(
      'resource "userextras/scope" in API group "authentication.k8s.io"',
    );
    expect(await as({ "impersonate-user": "system:serviceaccount:default:robot" })).toBe(
      'serviceaccounts "robot" is forbidden: User "jane" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "default"',
    );
  });

  it("is refused without a user, before anything else, in plain text", async () => {
    const answer = await api.get(configMaps, { headers: { "impersonate-group": "x" } });
    expect([answer.status, answer.text]).toEqual([
      500,
      `Internal Server Error: "${configMaps}": requested [{Group  x    }] without impersonating a user\n`,
    ]);
  });
});

describe("granting rights", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await start();
    await allow(api, "writer", [
      { apiGroups: [group], resources: ["roles", "rolebindings"], verbs: ["create", "patch"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
    ]);
  });
  afterAll(() => api.close());

  const roles = `${rbac}/namespaces/default/roles`;
  const bindings = `${rbac}/namespaces/default/rolebindings`;
  const role = (name: string, ...rules: JsonObject[]): JsonObject => ({
    metadata: { name },
    rules,
  });
  const get = (resource: string): JsonObject => ({
    apiGroups: [""],
    resources: [resource],
    verbs: ["get"],
  });
  const binding = (name: string, kind: string, roleName: string): JsonObject => ({
    metadata: { name },
    roleRef: { apiGroup: group, kind, name: roleName },
    subjects: [],
  });

  it("is limited to what one holds", async () => {
    expect((await api.post(roles, role("small", get("configmaps")), jane)).status).toBe(201);
    const big = await api.post(roles, role("big", get("secrets"), get("configmaps")), jane);
    expect([big.status, big.body.message]).toEqual([
      403,
      'roles.rbac.authorization.k8s.io "big" is forbidden: user "jane" (groups=["system:authenticated"]) ' +
        "is attempting to grant RBAC permissions not currently held:\n" +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    ]);
    const wider = [{ op: "add", path: "/rules/0/verbs/-", value: "delete" }];
    const type = "application/json-patch+json";
    expect((await api.patch(`${roles}/small`, wider, { ...jane, type })).status).toBe(403);
    const labelled = { metadata: { labels: { a: "b" } } };
    expect(
      (
        await api.patch(`${roles}/small`, labelled, {
          ...jane,
          type: "application/merge-patch+json",
        })
      ).status,
    ).toBe(200);
  });

  it("by a binding asks for what the role holds, or for the right to bind it", async () => {
    const admin = await api.post(bindings, binding("admins", "ClusterRole", "cluster-admin"), jane);
    expect(admin.body.message).toContain(
      '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    );
    expect((await api.post(bindings, binding("smalls", "Role", "small"), jane)).status).toBe(201);
    expect((await api.post(bindings, binding("nopes", "Role", "nope"), jane)).status).toBe(404);
    await allow(api, "binder", [
      { apiGroups: [group], resources: ["clusterroles"], verbs: ["bind"] },
    ]);
    const bound = await api.post(bindings, binding("admins", "ClusterRole", "cluster-admin"), jane);
    expect(bound.status).toBe(201);
  });

  it("by a role that is not there is told to whom it should have helped", async () => {
    const subjects = [{ apiGroup: group, kind: "User", name: "jane" }];
    await api.post(bindings, { ...binding("lost", "Role", "lost"), subjects });
    const answer = await api.get("/api/v1/namespaces/default/secrets", jane);
    expect(answer.body.message).toBe(
      'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace ' +
        '"default": RBAC: role.rbac.authorization.k8s.io "lost" not found',
    );
  });
});

interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

/** A request over TLS with a client certificate. */
function send(url: string, ca: string, { cert, key }: KeyPair): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { ca, cert, key, method: "POST", headers, agent: false } as const;
    const sent = request(`${url}${self}`, options, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as JsonObject }),
      );
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }));
  });
}

describe("client certificates", () => {
  it("name a user and groups when the server's CA signed them, and nobody when another did", async () => {
    const api = await TestApi.start({ tls: true });
    const other = await TestApi.start({ tls: true });
    const { url, ca = "" } = api.server;
    const mine = await api.server.clientCertificate("carol", ["dev", "ops"]);
    const { status, body } = await send(url, ca, mine);
    expect([status, body["status"]]).toEqual([
      201,
      { userInfo: { username: "carol", groups: ["dev", "ops", "system:authenticated"] } },
    ]);
    expect(api.server.kubeconfig(mine)).toContain("client-certificate-data: ");
    const foreign = await send(url, ca, await other.server.clientCertificate("carol", ["dev"]));
    expect([foreign.status, foreign.body["message"]]).toEqual([401, "Unauthorized"]);
    await Promise.all([api.close(), other.close()]);
  });

  it("are not issued by a server without a CA", async () => {
    const api = await TestApi.start();
    await expect(api.server.clientCertificate("carol")).rejects.toThrow("Start it with tls: true.");
    await api.close();
  });
});

describe("an access review", () => {
  it("tells by which binding something is allowed", async () => {
    const api = await start();
    await allow(api, "reader", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]);
    const ask = async (spec: JsonObject): Promise<unknown> => {
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      return (await api.post(path, { spec }, jane)).body.status;
    };
    expect(await ask({ resourceAttributes: { verb: "get", resource: "pods" } })).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "reader" of ClusterRole "reader" to User "jane"',
    });
    expect(await ask({ nonResourceAttributes: { verb: "get", path: "/healthz" } })).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to ' +
        'Group "system:authenticated"',
    });
    expect(await ask({ resourceAttributes: { verb: "list", resource: "pods" } })).toEqual({
      allowed: false,
    });
    await api.close();
  });
});
