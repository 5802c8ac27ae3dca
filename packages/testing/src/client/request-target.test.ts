// SPDX-License-Identifier: Apache-2.0
// targetOf(): every verb and every form of path.
import { describe, expect, it } from "@jest/globals";
import type { ApiRequest } from "@haversack/core";
import { isWrite, targetOf } from "./request-target.js";

const brief = (request: ApiRequest): string => {
  const { verb, resource, namespace = "-", name = "-" } = targetOf(request);
  return `${verb} ${resource} ${namespace} ${name}`;
};

describe("targetOf()", () => {
  it.each([
    ["GET", "/api/v1/namespaces/prod/pods", {}, "list pods prod -"],
    ["GET", "/api/v1/pods", { watch: true }, "watch pods - -"],
    ["GET", "/api/v1/pods", { watch: "1" }, "watch pods - -"],
    ["GET", "/api/v1/pods", { watch: "false" }, "list pods - -"],
    ["HEAD", "/apis/apps/v1/namespaces/prod/statefulsets/db", {}, "get statefulsets.apps prod db"],
    ["POST", "/apis/apps/v1/namespaces/prod/statefulsets", {}, "create statefulsets.apps prod -"],
    ["PUT", "/api/v1/namespaces/prod/pods/a/status", {}, "update pods/status prod a"],
    ["DELETE", "/api/v1/namespaces/prod/pods/a", {}, "delete pods prod a"],
    ["DELETE", "/api/v1/namespaces/prod/pods", {}, "deletecollection pods prod -"],
    ["GET", "/api/v1/namespaces", {}, "list namespaces - -"],
    ["GET", "/api/v1/namespaces/prod", {}, "get namespaces - prod"],
    ["PUT", "/api/v1/namespaces/prod/finalize", {}, "update namespaces/finalize - prod"],
    ["GET", "/api/v1/namespaces/prod/configmaps/a%3Ab", {}, "get configmaps prod a:b"],
    ["GET", "/api/v1/nodes/n1", {}, "get nodes - n1"],
    ["GET", "/version", {}, "list  - -"],
    ["GET", "/apis/apps/v1", {}, "list  - -"],
  ] as const)("reads %s %s %j as %s", (method, path, query, expected) => {
    expect(brief({ method, path, query })).toBe(expected);
  });

  it("tells apply from patch, and dry runs from writes", () => {
    const patch = { method: "PATCH", path: "/api/v1/namespaces/prod/pods/a" } as const;
    const contentType = "application/apply-patch+yaml";
    const query = { fieldManager: "me" };
    const apply = targetOf({ ...patch, contentType, query });
    expect([apply.verb, apply.fieldManager, isWrite(apply)]).toEqual(["apply", "me", true]);
    expect(targetOf(patch).verb).toBe("patch");
    const dryRun = targetOf({ ...patch, contentType, query: { ...query, dryRun: "All" } });
    expect([dryRun.isDryRun, isWrite(dryRun)]).toEqual([true, false]);
    expect(isWrite(targetOf({ method: "GET", path: patch.path }))).toBe(false);
  });
});
