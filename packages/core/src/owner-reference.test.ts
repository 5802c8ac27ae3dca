// SPDX-License-Identifier: Apache-2.0
// Owner references: which of them count (stage 3: mapping to primary).
import { describe, expect, it } from "@jest/globals";
import { defineKind } from "./kind.js";
import { nodes } from "./kinds/index.js";
import type { KubernetesObject, OwnerReference } from "./kubernetes-object.js";
import { isControlledBy, ownersOfKind } from "./owner-reference.js";

const databases = defineKind("example.com/v1", "Database");
const reference = (more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "example.com/v1",
  kind: "Database",
  name: "db",
  uid: "u1",
  controller: true,
  ...more,
});
const owned = (...ownerReferences: OwnerReference[]): KubernetesObject => ({
  metadata: { name: "a", ownerReferences },
});
const uids = (object: KubernetesObject, mode?: "controller" | "any") =>
  ownersOfKind(object, databases, mode).map(({ uid }) => uid);

describe("ownersOfKind()", () => {
  it("compares group and kind, and ignores the version, also one no longer served", () => {
    expect(uids(owned(reference({ apiVersion: "example.com/v1alpha1" })))).toEqual(["u1"]);
    expect(uids(owned(reference({ apiVersion: "other.com/v1" })))).toEqual([]);
    expect(uids(owned(reference({ kind: "Databases" })))).toEqual([]);
  });

  it("reads the core group", () => {
    const object = owned(reference({ apiVersion: "v1", kind: "Node" }));
    expect(ownersOfKind(object, nodes)).toHaveLength(1);
    expect(ownersOfKind(owned(reference({ apiVersion: "x/v1", kind: "Node" })), nodes)).toEqual([]);
  });

  it("counts the controller only, unless asked for any", () => {
    const object = owned(reference({ controller: false }), reference({ uid: "u2" }));
    const { controller: _absent, ...plain } = reference({ uid: "u3" });
    expect(_absent).toBe(true);
    expect(uids(object)).toEqual(["u2"]);
    expect(uids(object, "any")).toEqual(["u1", "u2"]);
    expect(uids(owned(plain))).toEqual([]);
  });

  it.each(["a/b/c", "", "/v1", "example.com/", undefined, 7])(
    "passes over the malformed apiVersion %j and counts the references behind it",
    (apiVersion) => {
      const malformed = { ...reference({ uid: "bad" }), apiVersion } as unknown as OwnerReference;
      expect(uids(owned(malformed, reference()))).toEqual(["u1"]);
    },
  );

  it("gives none for an object without references", () => {
    expect(uids({ metadata: { name: "a" } })).toEqual([]);
    expect(uids(owned())).toEqual([]);
  });
});

describe("isControlledBy()", () => {
  it("goes by uid: a namesake is not the owner", () => {
    const object = owned(reference());
    expect(isControlledBy(object, databases, { metadata: { name: "db", uid: "u1" } })).toBe(true);
    expect(isControlledBy(object, databases, { metadata: { name: "db", uid: "u2" } })).toBe(false);
    const other = owned(reference({ controller: false }));
    expect(isControlledBy(other, databases, { metadata: { name: "db", uid: "u1" } })).toBe(false);
  });
});
