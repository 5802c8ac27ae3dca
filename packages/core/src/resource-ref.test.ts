// SPDX-License-Identifier: Apache-2.0
// References: identity as text, and back (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import { defineKind } from "./kind.js";
import { formatRef, kindKey, objectKey, parseRef, refKey, refOf } from "./resource-ref.js";

const databases = defineKind("example.com/v1", "Database");

describe("refOf()", () => {
  it("names the very object by uid, without the version of its kind", () => {
    const metadata = { namespace: "prod", name: "db", uid: "u1", resourceVersion: "7" };
    expect(refOf(databases, { metadata })).toEqual({
      group: "example.com",
      kind: "Database",
      namespace: "prod",
      name: "db",
      uid: "u1",
    });
  });

  it("leaves out what an object does not have", () => {
    const ref = refOf(databases, { metadata: { name: "db" } });
    expect(Object.keys(ref)).toEqual(["group", "kind", "name"]);
  });
});

describe("keys", () => {
  it.each([
    [kindKey({ group: "", kind: "Pod" }), "Pod"],
    [kindKey({ group: "apps", kind: "Pod" }), "Pod.apps"],
    [objectKey({ name: "a" }), "a"],
    [objectKey({ namespace: "", name: "a" }), "a"],
    [objectKey({ namespace: "n", name: "a" }), "n/a"],
    [
      refKey({ group: "apps", kind: "StatefulSet", namespace: "n", name: "a" }),
      "StatefulSet.apps n/a",
    ],
  ])("%j is %j", (key, expected) => {
    expect(key).toBe(expected);
  });

  it("leave the uid out, so that a namesake has the same key", () => {
    const ref = { group: "", kind: "Pod", name: "a" };
    expect(refKey({ ...ref, uid: "1" })).toBe(refKey({ ...ref, uid: "2" }));
  });
});

describe("parseRef()", () => {
  it.each([
    "",
    "Pod",
    "Pod ",
    " a",
    "Pod n/",
    "Pod /a",
    "Pod a/b/c",
    "Pod a@",
    "Pod a b",
    ".g a",
    "Pod. a",
  ])("gives undefined for %j", (text) => {
    expect(parseRef(text)).toBeUndefined();
  });

  it("reads a name that holds a blank or an @, as names of roles may", () => {
    const ref = { group: "rbac.authorization.k8s.io", kind: "Role", namespace: "n", name: "a b@c" };
    expect(formatRef(ref)).toBe("Role.rbac.authorization.k8s.io n/a%20b%40c");
    expect(parseRef(formatRef(ref))).toEqual(ref);
  });
});
