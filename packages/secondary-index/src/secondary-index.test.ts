// SPDX-License-Identifier: Apache-2.0
// The index by hand: identity, owners, what events do to it (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import {
  byLabel,
  configMaps,
  ownedBy,
  pods,
  services,
  type KubernetesObject,
} from "@haversack/core";
import {
  added,
  changed,
  database,
  databaseRef,
  databases,
  deleted,
  modified,
  namesIn,
  ownerOf,
  secondary,
} from "../test/objects.js";
import { SecondaryIndex } from "./secondary-index.js";

const one = databaseRef("one", "u1");
const two = databaseRef("two", "u2");
const owned = (name: string, owner = ownerOf("one", "u1")) => secondary(name, { owners: [owner] });

function servicesIndex() {
  const index = new SecondaryIndex({ primaryKind: databases, kinds: { services, configMaps } });
  index.markSynced();
  return index;
}

describe("SecondaryIndex.apply()", () => {
  it("removes old links on update without an old object", () => {
    const index = servicesIndex();
    const object = owned("a");
    index.apply(services, added(object));
    index.apply(services, modified(changed(object, { ownerReferences: [ownerOf("two", "u2")] })));
    expect(index.of(one).services).toHaveLength(0);
    expect(namesIn(index.of(two).services)).toEqual(["a"]);
  });

  it("deletes by what was entered, not by the final state that an event carries", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    index.apply(services, deleted(owned("a", ownerOf("two", "u2")), { synthetic: true }));
    expect(index.of(one).services).toHaveLength(0);
    expect(index.size).toBe(0);
  });

  it("drops an object that leaves the selector, which arrives as a deletion", () => {
    const index = servicesIndex();
    const object = owned("a");
    index.apply(services, added(object));
    index.apply(services, deleted(changed(object, { labels: { app: "other" } })));
    expect(index.of(one).services).toHaveLength(0);
  });

  it("gives an object with two owners to both", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { services: { kind: services, by: ownedBy("any") } },
    });
    index.markSynced();
    const other = ownerOf("two", "u2", { controller: false });
    const object = secondary("a", { owners: [ownerOf("one", "u1"), other] });
    index.apply(services, added(object));
    expect(index.of(one).services[0]).toBe(object);
    expect(index.of(two).services[0]).toBe(object);
    index.apply(services, modified(changed(object, { ownerReferences: [other] })));
    expect(index.of(one).services).toHaveLength(0);
    expect(index.of(two).services).toHaveLength(1);
  });

  it("holds a secondary that arrives before its primary", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    index.apply(databases, added(database("one", "u1")));
    expect(namesIn(index.of(database("one", "u1")).services)).toEqual(["a"]);
  });

  it("starts empty for a primary that was created again", () => {
    const index = servicesIndex();
    index.apply(databases, added(database("one", "u1")));
    index.apply(services, added(owned("a")));
    expect(index.of(databaseRef("one")).services).toHaveLength(1);
    index.apply(
      databases,
      modified({
        ...database("one", "u9"),
        metadata: { ...database("one", "u9").metadata, resourceVersion: "9" },
      }),
    );
    expect(index.of(databaseRef("one")).services).toHaveLength(0);
    expect(index.of(databaseRef("one", "u9")).services).toHaveLength(0);
    expect(index.of(databaseRef("one", "u1")).services).toHaveLength(1);
    index.apply(services, added(owned("b", ownerOf("one", "u9"))));
    expect(namesIn(index.of(databaseRef("one", "u9")).services)).toEqual(["b"]);
  });

  it("keeps the new primary's snapshot while its predecessor's secondaries are collected", () => {
    const index = servicesIndex();
    const old = owned("old");
    index.apply(services, added(old));
    index.apply(services, added(owned("b", ownerOf("one", "u9"))));
    const before = index.of(databaseRef("one", "u9"));
    index.apply(services, deleted(old));
    expect(index.of(databaseRef("one", "u9"))).toBe(before);
  });

  it("replaces an object that comes back with another uid, with or without a deletion between", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    const again = secondary("a", { uid: "new", version: "5", owners: [ownerOf("two", "u2")] });
    index.apply(services, modified(again, { isRelist: true }));
    expect(index.of(one).services).toHaveLength(0);
    expect(index.of(two).services[0]).toBe(again);
  });

  it("ignores the late end of an earlier namesake", () => {
    const index = servicesIndex();
    const old = owned("a");
    const again = secondary("a", { uid: "new", version: "5", owners: [ownerOf("one", "u1")] });
    index.apply(services, added(again));
    index.apply(services, deleted(old));
    expect(index.of(one).services[0]).toBe(again);
  });

  it("ignores an older state that arrives late, but believes a relist", () => {
    const index = servicesIndex();
    const object = secondary("a", { version: "10", owners: [ownerOf("one", "u1")] });
    index.apply(services, added(object));
    const older = secondary("a", { version: "9", owners: [ownerOf("two", "u2")] });
    index.apply(services, modified(older));
    expect(index.of(one).services[0]).toBe(object);
    index.apply(services, modified(older, { isRelist: true, synthetic: true }));
    expect(index.of(two).services[0]).toBe(older);
  });

  it("keeps the same name apart in two kinds and in two namespaces", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    index.apply(configMaps, added(owned("a")));
    index.apply(
      services,
      added(secondary("a", { namespace: "test", uid: "t", owners: [ownerOf("one", "u1")] })),
    );
    expect(index.of(one).services).toHaveLength(1);
    expect(index.of(databaseRef("one", "u1", "test")).services).toHaveLength(1);
    index.apply(configMaps, deleted(owned("a")));
    expect(index.of(one).services).toHaveLength(1);
  });

  it("empties a namespace that is watched no more", () => {
    const index = servicesIndex();
    const gone = secondary("a", { namespace: "test", uid: "t", owners: [ownerOf("one", "u1")] });
    index.apply(services, added(gone));
    index.apply(services, added(owned("a")));
    index.apply(services, deleted(gone, { isRelist: true, synthetic: true }));
    expect(index.of(databaseRef("one", "u1", "test")).services).toHaveLength(0);
    expect(index.size).toBe(1);
  });

  it("passes over malformed and foreign owner references and counts the ones behind them", () => {
    const index = servicesIndex();
    const owners = [
      ownerOf("one", "u1", { apiVersion: "a/b/c" }),
      ownerOf("one", "u1", { kind: "Other" }),
      ownerOf("one", "u1", { apiVersion: "example.com/v1alpha1" }),
      ownerOf("one", "u1"),
    ];
    index.apply(services, added(secondary("a", { owners })));
    expect(namesIn(index.of(one).services)).toEqual(["a"]);
  });

  it("survives names and labels such as __proto__ and constructor", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { constructor: { kind: services, by: byLabel("constructor") } },
    });
    index.markSynced();
    const labels = JSON.parse('{"constructor": "__proto__", "__proto__": "x"}') as Record<
      string,
      string
    >;
    index.apply(services, added(secondary("__proto__", { labels })));
    index.apply(services, added(secondary("plain", { labels: {} })));
    expect(namesIn(index.of(databaseRef("__proto__")).constructor)).toEqual(["__proto__"]);
    expect(index.of(databaseRef("constructor")).constructor).toHaveLength(0);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("handles a thousand owner references on one object", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { services: { kind: services, by: ownedBy("any") } },
    });
    index.markSynced();
    const owners = Array.from({ length: 1000 }, (_, i) =>
      ownerOf(`d${i}`, `u${i}`, { controller: false }),
    );
    const object = secondary("a", { owners });
    index.apply(services, added(object));
    expect(index.of(databaseRef("d999", "u999")).services).toHaveLength(1);
    index.apply(services, modified(changed(object, { ownerReferences: owners.slice(1) })));
    expect(index.of(databaseRef("d0", "u0")).services).toHaveLength(0);
    expect(index.of(databaseRef("d1", "u1")).services).toHaveLength(1);
  });

  it("refuses a name that was not declared", () => {
    expect(() => servicesIndex().apply("pods", added(owned("a")))).toThrow(/services, configMaps/);
  });
});

describe("SecondaryIndex.subscribe()", () => {
  it("tells once per event of every primary that gained, lost or changed a secondary", () => {
    const index = servicesIndex();
    const told: string[] = [];
    const subscription = index.subscribe(({ name }) => told.push(name));
    const object = owned("a");
    index.apply(services, added(object));
    index.apply(services, modified(changed(object, { ownerReferences: [ownerOf("two", "u2")] })));
    index.apply(services, added(secondary("nobody's")));
    expect(told.splice(0).sort()).toEqual(["one", "one", "two"]);
    subscription.unsubscribe();
    index.apply(services, deleted(object));
    expect(told).toEqual([]);
  });

  it("shows the new state to whoever is told", () => {
    const index = servicesIndex();
    const seen: KubernetesObject[][] = [];
    index.subscribe((ref) => seen.push([...index.of(ref).services]));
    const object = owned("a");
    index.apply(services, added(object));
    expect(seen).toEqual([[object]]);
  });
});
