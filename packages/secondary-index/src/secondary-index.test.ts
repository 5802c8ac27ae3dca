// SPDX-License-Identifier: Apache-2.0
// The index by hand: relations, identity, order, what events do to it (stage 7: index).
import { describe, expect, it, jest } from "@jest/globals";
import {
  byAnnotation,
  byFunction,
  byLabel,
  byPrimaryField,
  bySecondaryField,
  configMaps,
  defineKind,
  IndexNotReadyError,
  ownedBy,
  podDisruptionBudgets,
  pods,
  secrets,
  services,
  silentLogger,
  statefulSets,
  type KubernetesObject,
} from "@haversack/core";
import {
  added,
  backups,
  changed,
  database,
  databaseRef,
  databases,
  deleted,
  modified,
  namesIn,
  ownerOf,
  secondary,
  type Database,
} from "../test/objects.js";
import { ownedThrough } from "./declaration.js";
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

describe("relations", () => {
  it("are a union in which each is remembered", () => {
    const relations = [ownedBy(), byLabel("database"), byAnnotation("database")];
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { services: { kind: services, by: relations } },
    });
    index.markSynced();
    const both = secondary("a", { owners: [ownerOf("one", "u1")], labels: { database: "one" } });
    const labelled = secondary("b", { labels: { database: "one" } });
    index.apply(services, added(both));
    index.apply(services, added(labelled));
    expect(namesIn(index.of(one).services)).toEqual(["a", "b"]);
    expect(index.relationsOf(one, "services", both)).toEqual([relations[0], relations[1]]);
    expect(index.relationsOf(one, "services", labelled)).toEqual([relations[1]]);
    expect(index.relationsOf(databaseRef("one", "u9"), "services", both)).toEqual([relations[1]]);
    const unlabelled = changed(both, { labels: {} });
    index.apply(services, modified(unlabelled));
    expect(index.relationsOf(one, "services", both)).toEqual([relations[0]]);
    expect(index.of(one).services[0]).toBe(unlabelled);
  });

  it("follow a field of the secondary", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { backups: { kind: backups, by: bySecondaryField("spec.databaseName") } },
    });
    index.markSynced();
    const backup = { ...secondary("b"), spec: { databaseName: "one" } };
    index.apply(backups, added(backup));
    expect(index.of(one).backups).toEqual([backup]);
    index.apply(backups, modified({ ...changed(backup), spec: { databaseName: "two" } }));
    expect(index.of(one).backups).toHaveLength(0);
    expect(index.of(two).backups).toHaveLength(1);
  });

  const users = byPrimaryField<Database>("spec.users", ({ spec }) => spec?.users ?? []);
  function usersIndex() {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { users: { kind: secrets, by: users } },
    });
    index.markSynced();
    return index;
  }

  it("show a new primary the secondaries it names at once", () => {
    const index = usersIndex();
    index.apply(secrets, added(secondary("s")));
    expect(index.of(one).users).toHaveLength(0);
    index.apply(databases, added(database("one", "u1", ["s", "later"])));
    expect(namesIn(index.of(one).users)).toEqual(["s"]);
    index.apply(secrets, added(secondary("later")));
    expect(namesIn(index.of(one).users)).toEqual(["later", "s"]);
  });

  it("drop the old secondary when a primary names another", () => {
    const index = usersIndex();
    index.apply(secrets, added(secondary("s")));
    index.apply(secrets, added(secondary("t")));
    const primary = database("one", "u1", ["s"]);
    index.apply(databases, added(primary));
    index.apply(databases, modified({ ...changed(primary), spec: { users: ["t"] } }));
    expect(namesIn(index.of(one).users)).toEqual(["t"]);
    index.apply(databases, deleted(primary));
    expect(index.of(one).users).toHaveLength(0);
  });

  it("share a secondary that two primaries name, in their own namespace only", () => {
    const index = usersIndex();
    index.apply(databases, added(database("one", "u1", ["s"])));
    index.apply(databases, added(database("two", "u2", ["s"])));
    index.apply(secrets, added(secondary("s")));
    index.apply(secrets, added(secondary("s", { namespace: "other", uid: "o" })));
    expect(index.of(one).users).toHaveLength(1);
    expect(index.of(two).users).toHaveLength(1);
    expect(index.primariesOf("users", secondary("s"))).toEqual([one, two]);
  });

  it("wait for the primaries before the first look-up when they depend on them", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { users: { kind: secrets, by: users } },
    });
    index.markSynced("users");
    expect(() => index.of(one)).toThrow(/databases/);
    index.markSynced(databases);
    expect(index.of(one).users).toHaveLength(0);
  });

  it("of one's own making see the primaries, and are asked again when those change", () => {
    const byCount = byFunction("all primaries with users", (_secondary, { primaries }) =>
      [...primaries()]
        .filter((each) => ((each as Database).spec?.users ?? []).length > 0)
        .map(({ metadata }) => metadata),
    );
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { secrets: { kind: secrets, by: byCount } },
    });
    index.markSynced();
    index.apply(secrets, added(secondary("s")));
    const primary = database("one", "u1", ["x"]);
    index.apply(databases, added(primary));
    expect(index.of(one).secrets).toHaveLength(1);
    index.apply(databases, modified({ ...changed(primary), spec: { users: [] } }));
    expect(index.of(one).secrets).toHaveLength(0);
  });

  it("that throw lead nowhere, are logged by name, and stop nothing", () => {
    const error = jest.fn();
    const index = new SecondaryIndex({
      primaryKind: databases,
      logger: { ...silentLogger, error },
      kinds: {
        services: {
          kind: services,
          by: [
            byFunction("broken", () => {
              throw new Error("boom");
            }),
            ownedBy(),
          ],
        },
      },
    });
    index.markSynced();
    index.apply(services, added(owned("a")));
    expect(namesIn(index.of(one).services)).toEqual(["a"]);
    expect(error.mock.calls[0]?.[0]).toMatch(/Service prod\/a@uid-a .*boom.*"broken"/);
  });

  it("of the primary that throw are logged by name, and stop nothing", () => {
    const error = jest.fn();
    const index = new SecondaryIndex({
      primaryKind: databases,
      logger: { ...silentLogger, error },
      kinds: {
        users: {
          kind: secrets,
          by: byPrimaryField<Database>("spec.users", ({ spec }) => {
            if (spec?.users?.includes("bad") === true) throw new Error("boom");
            return spec?.users ?? [];
          }),
        },
      },
    });
    index.markSynced();
    index.apply(secrets, added(secondary("s")));
    index.apply(databases, added(database("one", "u1", ["bad"])));
    index.apply(databases, added(database("two", "u2", ["s"])));
    expect(index.of(one).users).toHaveLength(0);
    expect(index.of(two).users).toHaveLength(1);
    expect(error.mock.calls[0]?.[0]).toMatch(/prod\/one/);
  });
});

describe("ownedThrough()", () => {
  const setOwner = (name: string, uid = `uid-${name}`) =>
    ownerOf(name, uid, { apiVersion: "apps/v1", kind: "StatefulSet" });
  const budget = (name: string, owner: string) => secondary(name, { owners: [setOwner(owner)] });
  const throughKinds = {
    statefulSets,
    budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
  };
  function throughIndex() {
    const index = new SecondaryIndex({ primaryKind: databases, kinds: throughKinds });
    index.markSynced();
    return index;
  }

  it("leads through the owner to the primary, in either order of arrival", () => {
    for (const order of [0, 1]) {
      const index = throughIndex();
      const steps = [
        () => index.apply(statefulSets, added(owned("set"))),
        () => index.apply(podDisruptionBudgets, added(budget("pdb", "set"))),
      ];
      steps[order]?.();
      steps[1 - order]?.();
      expect(namesIn(index.of(one).budgets)).toEqual(["pdb"]);
      expect(index.of(databaseRef("one", "u9")).budgets).toHaveLength(0);
    }
  });

  it("moves with the owner, and goes with it", () => {
    const index = throughIndex();
    const set = owned("set");
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    index.apply(statefulSets, added(set));
    const moved = changed(set, { ownerReferences: [ownerOf("two", "u2")] });
    index.apply(statefulSets, modified(moved));
    expect(index.of(one).budgets).toHaveLength(0);
    expect(namesIn(index.of(two).budgets)).toEqual(["pdb"]);
    index.apply(statefulSets, deleted(moved));
    expect(index.of(two).budgets).toHaveLength(0);
    index.apply(statefulSets, added(changed(moved)));
    expect(index.of(two).budgets).toHaveLength(1);
  });

  it("does not take a namesake of the owner for it", () => {
    const index = throughIndex();
    index.apply(
      statefulSets,
      added(secondary("set", { uid: "other", owners: [ownerOf("one", "u1")] })),
    );
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    expect(index.of(one).budgets).toHaveLength(0);
  });

  it("keeps the snapshot when the owner changes in what does not matter", () => {
    const index = throughIndex();
    const set = owned("set");
    index.apply(statefulSets, added(set));
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    const before = index.of(one);
    index.apply(statefulSets, modified(changed(set)));
    expect(index.of(one)).not.toBe(before);
    expect(index.of(one).budgets).toBe(before.budgets);
  });

  it("leads through several owners in a row", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { ...throughKinds, pods: { kind: pods, by: ownedThrough("budgets") } },
    });
    index.markSynced();
    const owner = ownerOf("pdb", "uid-pdb", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
    });
    index.apply(pods, added(secondary("pod", { owners: [owner] })));
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    index.apply(statefulSets, added(owned("set")));
    expect(namesIn(index.of(one).pods)).toEqual(["pod"]);
    index.apply(statefulSets, deleted(owned("set")));
    expect(index.of(one).pods).toHaveLength(0);
  });

  it.each([
    ["an undeclared name", { pods: { kind: pods, by: ownedThrough("sets") } }],
    ["itself", { pods: { kind: pods, by: ownedThrough("pods") } }],
    [
      "a circle",
      {
        pods: { kind: pods, by: ownedThrough("services") },
        services: { kind: services, by: ownedThrough("pods") },
      },
    ],
  ])("refuses %s", (_title, kinds) => {
    expect(() => new SecondaryIndex({ primaryKind: databases, kinds })).toThrow(
      expect.objectContaining({ code: "EXP_CONFIGURATION" }),
    );
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
