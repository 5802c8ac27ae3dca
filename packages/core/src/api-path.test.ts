// SPDX-License-Identifier: Apache-2.0
// Paths: what they lead to, and which names can never stand in one (the API server's edge).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { objectPath, resourcePath } from "./api-path.js";
import { namespaces, pods, statefulSets } from "./kinds/index.js";

describe("resourcePath()", () => {
  it.each([
    [resourcePath(pods), "/api/v1/pods"],
    [resourcePath(pods, { namespace: "prod" }), "/api/v1/namespaces/prod/pods"],
    [resourcePath(pods, { namespace: "prod", name: "a" }), "/api/v1/namespaces/prod/pods/a"],
    [
      resourcePath(statefulSets, { namespace: "prod", name: "db", subresource: "status" }),
      "/apis/apps/v1/namespaces/prod/statefulsets/db/status",
    ],
    [resourcePath(namespaces, { name: "prod" }), "/api/v1/namespaces/prod"],
    [resourcePath(namespaces, { namespace: "ignored", name: "prod" }), "/api/v1/namespaces/prod"],
    [objectPath(pods, { namespace: "n", name: "a" }, "log"), "/api/v1/namespaces/n/pods/a/log"],
    [
      resourcePath(pods, { namespace: "n", name: "system:a b?c#d" }),
      "/api/v1/namespaces/n/pods/system%3Aa%20b%3Fc%23d",
    ],
  ])("gives %s", (path, expected) => {
    expect(path).toBe(expected);
  });

  it("refuses a name without a namespace, which would address another object", () => {
    expect(() => resourcePath(pods, { name: "a" })).toThrow(
      expect.objectContaining({ code: "EXP_INVALID_NAME", retry: "never" }),
    );
  });

  it.each(["", ".", "..", "a/b", "/", "../..", "%2e%2e", "a%2fb", "\ud800", "a\udc00b"])(
    "refuses %j as name, namespace and subresource",
    (hostile) => {
      for (const target of [
        { namespace: "n", name: hostile },
        { namespace: hostile, name: "a" },
        { namespace: hostile },
        { namespace: "n", name: "a", subresource: hostile },
      ]) {
        expect(() => resourcePath(pods, target)).toThrow(
          expect.objectContaining({ code: "EXP_INVALID_NAME" }),
        );
      }
    },
  );

  it("names the object and the offending part", () => {
    expect(() => resourcePath(pods, { namespace: "n", name: ".." })).toThrow(
      /Pod n\/\.\..*name "\.\."/s,
    );
  });

  it("never leads elsewhere, whatever the name, once a URL has been made of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (name) => {
        let path: string;
        try {
          path = resourcePath(pods, { namespace: "n", name });
        } catch (error) {
          expect(error).toMatchObject({ code: "EXP_INVALID_NAME" });
          return;
        }
        const { pathname, search, hash } = new URL(path, "https://127.0.0.1");
        expect([pathname, search, hash]).toEqual([path, "", ""]);
        expect(path.startsWith("/api/v1/namespaces/n/pods/")).toBe(true);
        expect(decodeURIComponent(path.split("/")[6] ?? "")).toBe(name);
        expect(path.split("/")).toHaveLength(7);
      }),
      { numRuns: 500 },
    );
  });
});
