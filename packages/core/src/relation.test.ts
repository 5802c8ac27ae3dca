// SPDX-License-Identifier: Apache-2.0
// Relations: from a secondary to its primaries, and back (stage 3: mapping to primary).
import { describe, expect, it } from "@jest/globals";
import { defineKind } from "./kind.js";
import { secrets } from "./kinds/index.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import {
  byAnnotation,
  byFunction,
  byLabel,
  byPrimaryField,
  bySecondaryField,
  ownedBy,
  type RelationContext,
} from "./relation.js";

interface Database extends KubernetesObject {
  readonly spec: { readonly users: readonly string[] };
}
const databases = defineKind<Database>("example.com/v1", "Database");
const clusters = defineKind("example.com/v1", "Cluster", { scope: "Cluster" });
const database = (name: string, ...users: string[]): Database => ({
  metadata: { namespace: "prod", name, uid: `u-${name}` },
  spec: { users },
});
const within = (primaries: readonly KubernetesObject[] = []): RelationContext => ({
  primaryKind: databases,
  primaries: () => primaries,
});
const clusterWide: RelationContext = { primaryKind: clusters, primaries: () => [] };
const secondary = (
  metadata: Partial<KubernetesObject["metadata"]>,
  body = {},
): KubernetesObject => ({
  metadata: { namespace: "prod", name: "s", ...metadata },
  ...body,
});

describe("ownedBy()", () => {
  const ownerReferences = [
    { apiVersion: "example.com/v1", kind: "Database", name: "a", uid: "1", controller: true },
    { apiVersion: "example.com/v1", kind: "Database", name: "b", uid: "2" },
    { apiVersion: "example.com/v1", kind: "Cluster", name: "c", uid: "3", controller: true },
  ];

  it("leads to the owner of this very uid, in the secondary's namespace", () => {
    const primaries = ownedBy().toPrimaries(secondary({ ownerReferences }), within());
    expect(primaries).toEqual([{ namespace: "prod", name: "a", uid: "1" }]);
  });

  it("leads to every owner when any may count", () => {
    const primaries = ownedBy("any").toPrimaries(secondary({ ownerReferences }), within());
    expect(primaries.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("drops the namespace for an owner of cluster scope", () => {
    const primaries = ownedBy().toPrimaries(secondary({ ownerReferences }), clusterWide);
    expect(primaries).toEqual([{ name: "c", uid: "3" }]);
  });
});

describe("byLabel()", () => {
  const relation = byLabel("example.com/database");

  it("leads to the primary named in the label, in the same namespace", () => {
    const labels = { "example.com/database": "a" };
    expect(relation.toPrimaries(secondary({ labels }), within())).toEqual([
      { namespace: "prod", name: "a" },
    ]);
    expect(relation.toPrimaries(secondary({ labels }), clusterWide)).toEqual([{ name: "a" }]);
  });

  it("leads nowhere without the label, or with an empty one", () => {
    expect(relation.toPrimaries(secondary({}), within())).toEqual([]);
    const labels = { "example.com/database": "" };
    expect(relation.toPrimaries(secondary({ labels }), within())).toEqual([]);
  });

  it("asks the server by that label", () => {
    expect(relation.selector?.(database("a"), secrets)).toEqual({
      labelSelector: "example.com/database=a",
    });
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "does not take an inherited %s for a label or annotation",
    (name) => {
      const object = secondary({ labels: {}, annotations: {} });
      expect(byLabel(name).toPrimaries(object, within())).toEqual([]);
      expect(byAnnotation(name).toPrimaries(object, within())).toEqual([]);
      expect(bySecondaryField(name).toPrimaries(object, within())).toEqual([]);
    },
  );
});

describe("byAnnotation()", () => {
  const to = (value: string, context = within()) =>
    byAnnotation("for").toPrimaries(secondary({ annotations: { for: value } }), context);

  it.each([
    ["a", [{ namespace: "prod", name: "a" }]],
    ["test/a", [{ namespace: "test", name: "a" }]],
    ["", []],
    ["/", []],
    ["test/", []],
    ["/a", []],
    ["test/a/b", []],
  ])("reads %j", (value, expected) => {
    expect(to(value)).toEqual(expected);
  });

  it("knows no namespace for a primary of cluster scope", () => {
    expect(to("a", clusterWide)).toEqual([{ name: "a" }]);
    expect(to("test/a", clusterWide)).toEqual([]);
  });
});

describe("bySecondaryField()", () => {
  const relation = bySecondaryField("spec.clusterName");

  it("leads to the primary that the field names, and says what it reads", () => {
    const object = secondary({}, { spec: { clusterName: "a" } });
    expect(relation.toPrimaries(object, within())).toEqual([{ namespace: "prod", name: "a" }]);
    expect(relation.reads).toEqual(["spec.clusterName"]);
  });

  it.each([{}, { spec: null }, { spec: "x" }, { spec: { clusterName: 5 } }, { spec: [] }])(
    "leads nowhere from %j",
    (body) => {
      expect(relation.toPrimaries(secondary({}, body), within())).toEqual([]);
    },
  );
});

describe("byPrimaryField()", () => {
  const relation = byPrimaryField<Database>("spec.users", ({ spec }) => spec.users);

  it("leads to every primary that names the secondary, in its namespace", () => {
    const primaries = [
      database("a", "s"),
      database("b", "t"),
      database("c", "t", "s"),
      { ...database("d", "s"), metadata: { namespace: "test", name: "d" } },
    ];
    const found = relation.toPrimaries(secondary({}) as never, within(primaries));
    expect(found).toEqual([
      { namespace: "prod", name: "a" },
      { namespace: "prod", name: "c" },
    ]);
  });

  it("knows from the primary which secondaries it names, without the secondaries", () => {
    const keys = [
      { namespace: "prod", name: "s" },
      { namespace: "prod", name: "t" },
    ];
    expect(relation.toSecondaries?.(database("a", "s", "t"), secrets)).toEqual(keys);
    expect(relation.selector?.(database("a", "s", "t"), secrets)).toEqual({ keys });
  });
});

describe("byFunction()", () => {
  it("is the given rule under the given name", () => {
    const relation = byFunction("mine", ({ metadata }) => [{ name: metadata.name }]);
    expect(relation).toMatchObject({ type: "custom", name: "mine" });
    expect(relation.toPrimaries(secondary({}), within())).toEqual([{ name: "s" }]);
  });
});
