// SPDX-License-Identifier: Apache-2.0
// Secrets leave text; what helps a reader stays.
import { describe, expect, it } from "@jest/globals";
import { redact, secretsOf } from "./redact.js";

describe("redact()", () => {
  it.each([
    ["eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl expired", "<token> expired"],
    ["sent Bearer canary-123/x=", "sent Bearer <secret>"],
    ["Authorization: Basic Y2FuYXJ5", "Authorization: Basic <secret>"],
    ["get https://bob:canary@host/x failed", "get https://<credentials>@host/x failed"],
    ['{"token": "canary" }', '{"token": <secret> }'],
    ["id-token=canary, x", "id-token=<secret>, x"],
    ["password: 'canary is long'", "password: <secret>"],
    ["client_secret=canary", "client_secret=<secret>"],
  ])("takes the secret out of %j", (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    "Unable to locate credentials. Run aws sso login",
    "the token expired at 2026-01-01",
    "cannot read /var/run/secrets/kubernetes.io/serviceaccount/token",
  ])("leaves %j as it is", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("takes known secrets out wherever they stand", () => {
    expect(redact("x canary y", ["canary"])).toBe("x <secret> y");
  });
});

describe("secretsOf()", () => {
  it("knows a token, and the parts of basic auth", () => {
    expect(secretsOf("Bearer canary")).toEqual(["canary"]);
    const basic = Buffer.from("bob:canary").toString("base64");
    expect(secretsOf(`Basic ${basic}`)).toEqual([basic, "bob:canary", "canary"]);
    expect(secretsOf(undefined)).toEqual([]);
  });
});
