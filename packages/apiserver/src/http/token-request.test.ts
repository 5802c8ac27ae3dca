// SPDX-License-Identifier: Apache-2.0
// Tokens of service accounts: who they are, how long, and only while their account is there.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMaps, TestApi } from "../../test/api.js";
import type { JsonObject } from "../index.js";
import { ManualClock } from "../../test/manual-clock.js";

const accounts = "/api/v1/namespaces/default/serviceaccounts";
const self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

describe("a token request", () => {
  let api: TestApi;
  const clock = new ManualClock();
  beforeAll(async () => {
    api = await TestApi.start({ rbac: true, clock });
    await api.post(accounts, { metadata: { name: "robot" } });
  });
  afterAll(() => api.close());

  const request = (spec: JsonObject = {}): JsonObject => ({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec,
  });

  const issue = async (): Promise<string> => {
    const { status, body } = await api.post(`${accounts}/robot/token`, request());
    expect(status).toBe(201);
    return String(body.status["token"]);
  };

  it("gives a token that is the account's, in the groups of service accounts", async () => {
    const token = await issue();
    const uid = api.server.get("serviceaccounts", "default", "robot")?.["metadata"] as JsonObject;
    const { body } = await api.post(self, {}, { token });
    expect(body.status["userInfo"]).toMatchObject({
      username: "system:serviceaccount:default:robot",
      uid: uid["uid"],
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
    const review = await api.post("/apis/authentication.k8s.io/v1/tokenreviews", {
      spec: { token },
    });
    expect(review.body.status["authenticated"]).toBe(true);
    expect((await api.get(configMaps, { token })).status).toBe(403);
  });

  it("refuses tokens that were changed, have ended, or outlive their account", async () => {
    const token = await issue();
    const [head, , signature] = token.split(".");
    const claims = Buffer.from(JSON.stringify({ sub: "system:admin", exp: 1e12 }));
    const forged = `${head}.${claims.toString("base64url")}.${signature}`;
    expect((await api.get(configMaps, { token: forged })).status).toBe(401);
    clock.advance(3_600_001);
    expect((await api.get(configMaps, { token })).status).toBe(401);
    const fresh = await issue();
    await api.delete(`${accounts}/robot`);
    expect((await api.get(configMaps, { token: fresh })).status).toBe(401);
    await api.post(accounts, { metadata: { name: "robot" } });
    expect((await api.get(configMaps, { token: fresh })).status).toBe(401);
  });

  it("asks for at least ten minutes, and for an account that is there", async () => {
    const short = await api.post(`${accounts}/robot/token`, request({ expirationSeconds: 5 }));
    expect([short.status, short.body.message]).toEqual([
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    ]);
    expect((await api.post(`${accounts}/nobody/token`, request())).status).toBe(404);
    expect((await api.get(`${accounts}/robot/token`)).status).toBe(405);
  });
});
