// SPDX-License-Identifier: Apache-2.0
// Kinds: one line each, and what can't be one (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import { defineKind, groupOf } from "./kind.js";
import * as builtIn from "./kinds/index.js";

describe("defineKind()", () => {
  it("takes group, version and plural from one line", () => {
    expect(defineKind("psmdb.percona.com/v1", "PerconaServerMongoDB")).toMatchObject({
      group: "psmdb.percona.com",
      version: "v1",
      apiVersion: "psmdb.percona.com/v1",
      kind: "PerconaServerMongoDB",
      plural: "perconaservermongodbs",
      namespaced: true,
    });
  });

  it.each([
    ["Policy", "policies"],
    ["Ingress", "ingresses"],
    ["Box", "boxes"],
    ["Batch", "batches"],
    ["Gateway", "gateways"],
    ["Database", "databases"],
  ])("makes of %s the plural %s", (kind, plural) => {
    expect(defineKind("example.com/v1", kind).plural).toBe(plural);
  });

  it("takes another plural and cluster scope", () => {
    const kind = defineKind("v1", "Endpoints", { plural: "endpoints", scope: "Cluster" });
    expect([kind.group, kind.plural, kind.namespaced]).toEqual(["", "endpoints", false]);
  });

  it("cannot be changed, and is the same kind under another type", () => {
    const kind = defineKind("v1", "Thing");
    expect(Object.isFrozen(kind)).toBe(true);
    expect(kind.as<{ metadata: { name: string } }>()).toBe(kind);
  });

  it.each([
    ["", "Thing", {}],
    ["/v1", "Thing", {}],
    ["example.com/", "Thing", {}],
    ["example.com/v1/x", "Thing", {}],
    ["../v1", "Thing", {}],
    ["Example.com/v1", "Thing", {}],
    ["v1", "", {}],
    ["v1", "Thing/x", {}],
    ["v1", "..", {}],
    ["v1", "Thing", { plural: ".." }],
    ["v1", "Thing", { plural: "a/b" }],
    ["v1", "Thing", { plural: "" }],
  ])("refuses %j %j %j", (apiVersion, kind, options) => {
    expect(() => defineKind(apiVersion, kind, options)).toThrow(
      expect.objectContaining({ code: "EXP_CONFIGURATION", retry: "never" }),
    );
  });
});

describe("groupOf()", () => {
  it.each([
    ["v1", ""],
    ["apps/v1", "apps"],
    ["example.com/v1beta1", "example.com"],
    ["", undefined],
    ["/v1", undefined],
    ["apps/", undefined],
    ["a/b/c", undefined],
    ["a//c", undefined],
    ["/", undefined],
  ])("of %j is %j", (apiVersion, group) => {
    expect(groupOf(apiVersion)).toBe(group);
  });
});

describe("built-in kinds", () => {
  // Names and scopes as `kubectl api-resources` prints them.
  it.each([
    [builtIn.namespaces, "v1", "namespaces", false],
    [builtIn.nodes, "v1", "nodes", false],
    [builtIn.persistentVolumeClaims, "v1", "persistentvolumeclaims", true],
    [builtIn.networkPolicies, "networking.k8s.io/v1", "networkpolicies", true],
    [builtIn.ingresses, "networking.k8s.io/v1", "ingresses", true],
    [builtIn.podDisruptionBudgets, "policy/v1", "poddisruptionbudgets", true],
    [builtIn.statefulSets, "apps/v1", "statefulsets", true],
    [builtIn.leases, "coordination.k8s.io/v1", "leases", true],
    [
      builtIn.customResourceDefinitions,
      "apiextensions.k8s.io/v1",
      "customresourcedefinitions",
      false,
    ],
  ])("%# are served where the API server serves them", (kind, apiVersion, plural, namespaced) => {
    expect([kind.apiVersion, kind.plural, kind.namespaced]).toEqual([
      apiVersion,
      plural,
      namespaced,
    ]);
  });

  it("are each declared once", () => {
    const keys = Object.values(builtIn).map((kind) => `${kind.apiVersion} ${kind.plural}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
