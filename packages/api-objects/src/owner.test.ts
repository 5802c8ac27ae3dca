// SPDX-License-Identifier: Apache-2.0
// Tests of owner references and names (stage 6).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  configMaps,
  defineKind,
  namespaces,
  OwnershipError,
  type KubernetesObject,
  type OwnerReference,
} from "@haversack/core";
import { deterministicName, ensureOwner } from "./owner.js";
import { configMap, owner } from "../test/samples.js";

const databases = defineKind("example.com/v1", "Database");
const reference: OwnerReference = {
  apiVersion: "example.com/v1",
  kind: "Database",
  name: "db",
  uid: "uid-db",
  controller: true,
  blockOwnerDeletion: true,
};
const base = configMap("a", {});

function owned(...ownerReferences: OwnerReference[]): typeof base {
  return { ...base, metadata: { ...base.metadata, ownerReferences } };
}

describe("ensureOwner()", () => {
  it("sets a controller reference once", () => {
    const once = ensureOwner(configMaps, base, owner);
    expect(once.metadata.ownerReferences).toEqual([reference]);
    expect(ensureOwner(configMaps, once, owner)).toBe(once);
    expect(base.metadata.ownerReferences).toBeUndefined();
  });

  it.each<[string, Partial<OwnerReference>]>([
    ["uid of a re-created owner", { uid: "uid-before" }],
    ["apiVersion", { apiVersion: "example.com/v1beta1" }],
    ["missing block of the owner's deletion", { blockOwnerDeletion: false }],
  ])("brings the %s up to date instead of adding a second reference", (_title, before) => {
    const result = ensureOwner(configMaps, owned({ ...reference, ...before }), owner);
    expect(result.metadata.ownerReferences).toEqual([reference]);
  });

  it("keeps references of others and their order", () => {
    const other = { ...reference, kind: "Other", uid: "uid-o", controller: false };
    const result = ensureOwner(configMaps, owned({ ...reference, uid: "old" }, other), owner);
    expect(result.metadata.ownerReferences).toEqual([reference, other]);
  });

  it("tells groups with the same kind and name apart", () => {
    const namesake = { ...reference, apiVersion: "other.com/v1", uid: "uid-o", controller: false };
    const result = ensureOwner(configMaps, owned(namesake), owner);
    expect(result.metadata.ownerReferences).toEqual([namesake, reference]);
  });

  it("owns beside a controller in mode 'owner', and not instead of it", () => {
    const theirs = { ...reference, kind: "Other", uid: "uid-o" };
    const result = ensureOwner(configMaps, owned(theirs), owner, { mode: "owner" });
    expect(result.metadata.ownerReferences).toHaveLength(2);
    expect(result.metadata.ownerReferences?.[1]).not.toHaveProperty("controller");
    expect(() => ensureOwner(configMaps, owned(theirs), owner)).toThrow(OwnershipError);
  });

  it("takes the kind of an owner from a list from the option", () => {
    const bare = { metadata: owner.metadata };
    expect(() => ensureOwner(configMaps, base, bare)).toThrow(OwnershipError);
    const result = ensureOwner(configMaps, base, bare, { ownerKind: databases });
    expect(result.metadata.ownerReferences).toEqual([reference]);
  });

  const elsewhere: KubernetesObject = {
    ...owner,
    metadata: { ...owner.metadata, namespace: "other" },
  };
  const nameless: KubernetesObject = { ...owner, metadata: { name: "db", namespace: "prod" } };

  it("refuses an owner in another namespace", () => {
    expect(() => ensureOwner(configMaps, base, elsewhere)).toThrow(OwnershipError);
  });

  it("refuses a namespaced owner of a cluster-scoped object, and an owner without uid", () => {
    const namespace = { metadata: { name: "n" } };
    expect(() => ensureOwner(namespaces, namespace, owner)).toThrow(OwnershipError);
    expect(() => ensureOwner(configMaps, base, nameless)).toThrow(OwnershipError);
  });

  it("takes a cluster-scoped owner for objects of any scope", () => {
    const cluster = { ...owner, metadata: { name: "db", uid: "uid-db" } };
    expect(ensureOwner(configMaps, base, cluster).metadata.ownerReferences).toHaveLength(1);
    const namespace: KubernetesObject = { metadata: { name: "n" } };
    expect(ensureOwner(namespaces, namespace, cluster).metadata.ownerReferences).toHaveLength(1);
  });

  it("says in the error what to do and carries the object's reference", () => {
    let thrown: unknown;
    try {
      ensureOwner(configMaps, base, elsewhere);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "EXP_OWNERSHIP", retry: "never", ref: { name: "a" } });
  });
});

describe("deterministicName()", () => {
  const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,250}[a-z0-9])?$/);

  it("is a valid label of at most 63 characters, the same every time", () => {
    fc.assert(
      fc.property(name, fc.string(), (ownerName, role) => {
        const made = deterministicName(ownerName, role);
        expect(made).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        expect(deterministicName({ metadata: { name: ownerName } }, role)).toBe(made);
      }),
    );
  });

  it("differs for every owner and role, also where the readable part is the same", () => {
    expect(deterministicName("a-b", "c")).not.toBe(deterministicName("a", "b-c"));
    const long = "x".repeat(200);
    expect(deterministicName(long, "a")).not.toBe(deterministicName(long, "b"));
  });

  it("stays the same in later versions", () => {
    expect(deterministicName("my-db", "config")).toBe("my-db-config-25a6a169");
  });
});
