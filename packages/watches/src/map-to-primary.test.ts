// SPDX-License-Identifier: Apache-2.0
// From events to primaries: owners, labels, fields, before and after (stage 3: mapping to primary).
import { describe, expect, it } from "@jest/globals";
import {
  byAnnotation,
  byFunction,
  byLabel,
  byPrimaryField,
  bySecondaryField,
  defineKind,
  ownedBy,
  secrets,
  type Kind,
  type KubernetesObject,
  type Relation,
} from "@haversack/core";
import { database, databases, type Database } from "../test/fixtures.js";
import { event } from "../test/fake-informers.js";
import { fc } from "../test/property.js";
import { MapToPrimary } from "./map-to-primary.js";

const clusterWide = defineKind("example.com/v1", "Fleet", { scope: "Cluster" });

function owner(rest: object = {}): object {
  return {
    apiVersion: "example.com/v1",
    kind: "Database",
    name: "db",
    uid: "u1",
    controller: true,
    ...rest,
  };
}

function secret(ownerReferences: readonly object[], rest: object = {}): KubernetesObject {
  return { metadata: { namespace: "prod", name: "s", ownerReferences } as never, ...rest };
}

interface Mapped {
  readonly mapper: MapToPrimary;
  readonly failures: string[];
  names(old: KubernetesObject | undefined, after?: KubernetesObject): string[];
}

function mapping(
  relations: readonly Relation[],
  primaryKind: Kind<KubernetesObject> = databases,
  primaries: readonly KubernetesObject[] = [],
): Mapped {
  const failures: string[] = [];
  const mapper = new MapToPrimary(
    primaryKind,
    secrets,
    relations,
    () => primaries,
    (relation, object, problem) =>
      failures.push(`${relation.name} ${object.metadata.name}: ${String(problem)}`),
  );
  const names: Mapped["names"] = (old, after) =>
    mapper
      .primariesOf(event({ type: "modified", old, new: after }))
      .map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`));
  return { mapper, failures, names };
}

describe("MapToPrimary by owner reference", () => {
  it("compares group and kind and ignores the version, served or not", () => {
    const { names } = mapping([ownedBy()]);
    expect(names(secret([owner({ apiVersion: "example.com/v1alpha7" })]))).toEqual(["prod/db"]);
    expect(names(secret([owner({ apiVersion: "other.com/v1" })]))).toEqual([]);
    expect(names(secret([owner({ kind: "Backup" })]))).toEqual([]);
  });

  it("does not let a malformed reference hide later ones", () => {
    const { names, failures } = mapping([ownedBy()]);
    const references = [
      owner({ apiVersion: "a/b/c" }),
      owner({ apiVersion: undefined }),
      owner({ name: undefined }),
      owner({ name: "" }),
      owner({ name: "good" }),
    ];
    expect(names(secret(references))).toEqual(["prod/good"]);
    expect(failures).toHaveLength(2);
  });

  it("follows the controller only, unless any owner counts", () => {
    const object = secret([owner({ controller: false, name: "a" }), owner({ name: "b" })]);
    expect(mapping([ownedBy()]).names(object)).toEqual(["prod/b"]);
    expect(mapping([ownedBy("any")]).names(object)).toEqual(["prod/a", "prod/b"]);
  });

  it("wakes the old and the new owner, each once", () => {
    const { names } = mapping([ownedBy("any")]);
    const before = secret([owner({ name: "a" }), owner({ name: "b" })]);
    const after = secret([owner({ name: "b" }), owner({ name: "c" }), owner({ name: "c" })]);
    expect(names(before, after).sort()).toEqual(["prod/a", "prod/b", "prod/c"]);
    expect(names(before, undefined).sort()).toEqual(["prod/a", "prod/b"]);
    expect(names(undefined, after).sort()).toEqual(["prod/b", "prod/c"]);
  });

  it("drops the namespace for owners of cluster scope", () => {
    const { names } = mapping([ownedBy()], clusterWide);
    expect(names(secret([owner({ kind: "Fleet" })]))).toEqual(["db"]);
  });

  it("passes over a reference from cluster scope to a namespaced owner", () => {
    const { names, failures } = mapping([ownedBy()]);
    const object = { metadata: { name: "volume", ownerReferences: [owner()] } } as never;
    expect(names(object)).toEqual([]);
    expect(failures).toHaveLength(1);
  });

  it("finds nobody without a reference", () => {
    expect(mapping([ownedBy()]).names(secret([]))).toEqual([]);
    expect(mapping([ownedBy()]).names({ metadata: { name: "s" } })).toEqual([]);
  });

  it("wakes a namesake of the owner: it may wait for the name to be free", () => {
    const primary = database("db", {}, { uid: "u2" });
    const { names } = mapping([ownedBy()], databases, [primary]);
    expect(names(secret([owner({ uid: "u1" })]))).toEqual(["prod/db"]);
  });

  it("reads the core group's apiVersion", () => {
    const configMap = defineKind("v1", "ConfigMap");
    const { names } = mapping([ownedBy()], configMap);
    expect(names(secret([owner({ apiVersion: "v1", kind: "ConfigMap" })]))).toEqual(["prod/db"]);
  });
});

describe("MapToPrimary by other relations", () => {
  it("follows labels, annotations and fields", () => {
    const object: KubernetesObject = {
      metadata: {
        namespace: "prod",
        name: "s",
        labels: { db: "by-label" },
        annotations: { db: "other/by-annotation" },
      },
      ...{ spec: { db: { name: "by-field" } } },
    };
    expect(mapping([byLabel("db")]).names(object)).toEqual(["prod/by-label"]);
    expect(mapping([byAnnotation("db")]).names(object)).toEqual(["other/by-annotation"]);
    expect(mapping([bySecondaryField("spec.db.name")]).names(object)).toEqual(["prod/by-field"]);
  });

  it("joins several relations, each primary once", () => {
    const object = secret([owner({ name: "a" })]);
    const labelled = { metadata: { ...object.metadata, labels: { x: "a", y: "b" } } };
    const { names } = mapping([ownedBy(), byLabel("x"), byLabel("y")]);
    expect(names(labelled)).toEqual(["prod/a", "prod/b"]);
  });

  it("reports a relation that throws by the object's name; the others still count", () => {
    const broken = byFunction("broken", () => {
      throw new Error("no such field");
    });
    const { names, failures } = mapping([broken, ownedBy()]);
    expect(names(secret([owner()]))).toEqual(["prod/db"]);
    expect(failures).toEqual(["broken s: Error: no such field"]);
  });

  it("survives relations that return garbage", () => {
    const garbage = [undefined, 7, [null], [{ name: 7 }], [{ namespace: 1, name: "x" }]];
    for (const value of garbage) {
      const { names, failures } = mapping([byFunction("garbage", () => value as never), ownedBy()]);
      expect(names(secret([owner()]))).toEqual(["prod/db"]);
      expect(failures).toHaveLength(1);
    }
  });

  it("keeps thousands of primaries of one secondary apart, each once", () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      namespace: "prod",
      name: `db-${index % 2500}`,
    }));
    const { names } = mapping([byFunction("many", () => many)]);
    expect(new Set(names(secret([]))).size).toBe(2500);
    expect(names(secret([]))).toHaveLength(2500);
  });
});

describe("MapToPrimary by the primary's field", () => {
  const bySecret = byPrimaryField<Database>("spec.secret", ({ spec }) =>
    spec.secret === undefined ? [] : [spec.secret],
  );
  const naming = (name: string, secretName: string | undefined): Database =>
    database(name, secretName === undefined ? {} : { secret: secretName });
  const named: KubernetesObject = { metadata: { namespace: "prod", name: "s" } };

  it("looks a secondary up among what primaries name now", () => {
    const { mapper, names } = mapping([bySecret as Relation]);
    const feed = (old: Database | undefined, after: Database | undefined): void =>
      mapper.observePrimary(event({ type: "modified", old, new: after }));
    feed(undefined, naming("a", "s"));
    feed(undefined, naming("b", "s"));
    feed(undefined, naming("c", "other"));
    expect(names(named)).toEqual(["prod/a", "prod/b"]);
    feed(naming("a", "s"), naming("a", "other"));
    expect(names(named)).toEqual(["prod/b"]);
    feed(naming("b", "stale state"), undefined);
    expect(names(named)).toEqual([]);
  });

  it("equals the walk over all primaries, whatever happened to them", () => {
    const step = fc.record({
      name: fc.constantFrom("a", "b", "c", "__proto__"),
      secret: fc.constantFrom("s", "t", "constructor", undefined),
      gone: fc.boolean(),
    });
    const law = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const primaries = new Map<string, Database>();
      const { mapper } = mapping([bySecret as Relation]);
      for (const { name, secret: secretName, gone } of steps) {
        const old = primaries.get(name);
        const after = gone ? undefined : naming(name, secretName);
        if (old === undefined && after === undefined) continue;
        if (after === undefined) primaries.delete(name);
        else primaries.set(name, after);
        mapper.observePrimary(event({ type: "modified", old, new: after }));
      }
      for (const name of ["s", "t", "constructor"]) {
        const object = { metadata: { namespace: "prod", name } };
        const context = { primaryKind: databases, primaries: () => primaries.values() };
        const walked = bySecret.toPrimaries(object, context).map((key) => key.name);
        const found = mapper.primariesOf(event({ type: "added", old: undefined, new: object }));
        expect(found.map((key) => key.name).sort()).toEqual(walked.sort());
      }
    });
    fc.assert(law);
  });

  it("reports a primary whose names cannot be read, and goes on", () => {
    const { mapper, failures, names } = mapping([bySecret as Relation]);
    mapper.observePrimary(event({ type: "added", old: undefined, new: naming("a", "s") }));
    const broken = { ...naming("b", "s"), spec: undefined } as never;
    mapper.observePrimary(event({ type: "added", old: undefined, new: broken }));
    expect(failures).toHaveLength(1);
    expect(names(named)).toEqual(["prod/a"]);
  });
});
