// SPDX-License-Identifier: Apache-2.0
// What is handed out: all kinds, frozen, in order, the same object when unchanged (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import { configMaps, defineKind, IndexNotReadyError, pods, services } from "@haversack/core";
import {
  added,
  backups,
  database,
  databaseRef,
  databases,
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

describe("SecondaryIndex.of()", () => {
  it("has every declared kind, even when empty", () => {
    const found = servicesIndex().of(one);
    expect(Object.keys(found)).toEqual(["services", "configMaps"]);
    expect(found.services).toHaveLength(0);
    expect(found.services.available).toBe(true);
  });

  it("finds only what the primary controls", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    index.apply(services, added(owned("b", ownerOf("two", "u2"))));
    index.apply(services, added(owned("c", ownerOf("one", "u1", { controller: false }))));
    index.apply(services, added(secondary("d")));
    expect(namesIn(index.of(one).services)).toEqual(["a"]);
    expect(namesIn(index.of(two).services)).toEqual(["b"]);
  });

  it("hands out the informer's own objects, frozen lists and a frozen snapshot", () => {
    const index = servicesIndex();
    const object = owned("a");
    index.apply(services, added(object));
    const found = index.of(one);
    expect(found.services[0]).toBe(object);
    expect(Object.isFrozen(found) && Object.isFrozen(found.services)).toBe(true);
    expect(() => (found.services as unknown as unknown[]).push(1)).toThrow(TypeError);
    expect(found.services.map((each) => each.metadata.name)).toEqual(["a"]);
    expect(Array.isArray(found.services) && JSON.parse(JSON.stringify(found))).toEqual({
      services: [object],
      configMaps: [],
    });
  });

  it("orders by namespace and name, whatever the order of arrival", () => {
    const nodes = defineKind("v1", "Node", { scope: "Cluster" });
    const index = new SecondaryIndex({ primaryKind: nodes, kinds: { pods } });
    const owner = ownerOf("n1", "u1", { apiVersion: "v1", kind: "Node" });
    const names = [
      ["b", "x"],
      ["a", "y"],
      ["a", "b"],
      ["b", "a"],
      ["A", "z"],
    ] as const;
    for (const [namespace, name] of names.slice(0, 3)) {
      index.apply(pods, added(secondary(name, { namespace, uid: name, owners: [owner] })));
    }
    index.markSynced();
    for (const [namespace, name] of names.slice(3)) {
      index.apply(pods, added(secondary(name, { namespace, uid: name, owners: [owner] })));
    }
    const { pods: found } = index.of({ group: "", kind: "Node", name: "n1" });
    expect(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      "A/z",
      "a/b",
      "a/y",
      "b/a",
      "b/x",
    ]);
    expect(found.named("y", "a")?.metadata.name).toBe("y");
    expect(found.named("x")?.metadata.namespace).toBe("b");
    expect(found.named("y", "b")).toBeUndefined();
  });

  it("is the same object until one of this primary's secondaries changes", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    const before = index.of(one);
    expect(index.of(database("one", "u1"))).toBe(before);
    index.apply(services, added(owned("b", ownerOf("two", "u2"))));
    index.apply(services, added(secondary("nobody's")));
    expect(index.of(one)).toBe(before);
    index.apply(configMaps, added(owned("c")));
    const after = index.of(one);
    expect(after).not.toBe(before);
    expect(after.services).toBe(before.services);
    expect(before.configMaps).toHaveLength(0);
  });

  it("is the same object after a resync or a relist that found nothing new", () => {
    const index = servicesIndex();
    const object = owned("a");
    index.apply(services, added(object));
    const before = index.of(one);
    index.apply(services, modified(object, { type: "resynced", isResync: true }));
    index.apply(services, modified({ ...object }, { isRelist: true }));
    index.markSynced(services, "5");
    expect(index.of(one)).toBe(before);
  });

  it("throws IndexNotReadyError until every declared kind had a complete list", () => {
    const index = new SecondaryIndex({ primaryKind: databases, kinds: { services, configMaps } });
    index.markSynced("services");
    expect(() => index.of(one)).toThrow(IndexNotReadyError);
    expect(() => index.of(one)).toThrow(/configMaps/);
    index.markSynced("configMaps");
    expect(index.of(one).configMaps.synced).toBe(true);
  });

  it("has a kind that is not served as not available, and notices when it is", () => {
    const index = new SecondaryIndex({ primaryKind: databases, kinds: { services, backups } });
    const status = { resourceVersion: undefined, staleSinceMs: undefined, problem: undefined };
    index.markSynced("services");
    index.report("backups", { state: "absent", ...status });
    const before = index.of(one);
    expect([before.backups.available, before.backups.synced]).toEqual([false, false]);
    expect(before.services.available).toBe(true);
    index.report("backups", { state: "syncing", ...status });
    expect(index.of(one)).toBe(before);
    index.markSynced("backups");
    expect(index.of(one).backups.available).toBe(true);
    expect(index.of(one).services).toBe(before.services);
    index.report("backups", { state: "forbidden", ...status });
    expect([index.of(one).backups.available, index.of(one).backups.synced]).toEqual([false, true]);
  });

  it("tells since when a kind may lag without making new snapshots", () => {
    const index = servicesIndex();
    index.apply(services, added(owned("a")));
    const before = index.of(one);
    const status = { resourceVersion: "5", problem: undefined };
    index.report("services", { state: "stale", staleSinceMs: 1234, ...status });
    expect(index.of(one)).toBe(before);
    expect(before.services.staleSinceMs).toBe(1234);
    index.report("services", { state: "synced", staleSinceMs: undefined, ...status });
    expect(before.services.staleSinceMs).toBeUndefined();
  });
});
