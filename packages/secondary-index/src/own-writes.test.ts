// SPDX-License-Identifier: Apache-2.0
// Own writes in the index: seen at once, hidden at once, never resurrected (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import {
  byLabel,
  OwnWrites,
  services,
  type KubernetesObject,
  type WatchEvent,
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
const owners = [ownerOf("one", "u1")];

function setUp(...initial: KubernetesObject[]) {
  const index = new SecondaryIndex({ primaryKind: databases, kinds: { services } });
  const apply = (event: WatchEvent) => index.apply(services, event);
  for (const object of initial) apply(added(object, { isInitial: true }));
  index.markSynced(undefined, "100");
  const shown = () => index.of(one).services;
  const stored = (object: KubernetesObject) =>
    index.ownWrites.record({ kind: services, stored: object });
  const removed = ({ metadata }: KubernetesObject) =>
    index.ownWrites.record({
      kind: services,
      deleted: metadata,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    });
  return { index, apply, shown, stored, removed };
}

const at = (version: string, more: Partial<KubernetesObject["metadata"]> = {}) => {
  const object = secondary("a", { version, owners });
  return { ...object, metadata: { ...object.metadata, ...more } };
};

describe("own writes in the index", () => {
  it("shows an own create at once", () => {
    const { shown, stored } = setUp();
    stored(at("101"));
    expect(namesIn(shown())).toEqual(["a"]);
    expect(Object.isFrozen(shown()[0]?.metadata.ownerReferences)).toBe(true);
  });

  it("shows an own update at once, in a new snapshot", () => {
    const { shown, stored } = setUp(at("50"));
    const before = shown();
    stored(at("101", { labels: { v: "2" } }));
    expect(shown()).not.toBe(before);
    expect(shown()[0]?.metadata.labels).toEqual({ v: "2" });
  });

  it("shows an own change of owner at once, to both owners", () => {
    const { index, shown, stored } = setUp(at("50"));
    stored(at("101", { ownerReferences: [ownerOf("two", "u2")] }));
    expect(shown()).toHaveLength(0);
    expect(index.of(databaseRef("two", "u2")).services).toHaveLength(1);
  });

  it("hides an own delete at once", () => {
    const { index, apply, shown, removed } = setUp(at("50"));
    removed(at("50"));
    expect(shown()).toHaveLength(0);
    apply(deleted(at("102")));
    expect(shown()).toHaveLength(0);
    expect(index.size).toBe(0);
  });

  it("shows an object that is only terminating after an own delete", () => {
    const { shown, stored } = setUp(at("50"));
    stored(at("101", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["x/y"] }));
    expect(shown()[0]?.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
  });

  it("keeps a deleted object hidden when somebody changed it before it went", () => {
    const { apply, shown, removed } = setUp(at("50"));
    removed(at("50"));
    apply(modified(at("101")));
    expect(shown()).toHaveLength(0);
    apply(deleted(at("102")));
    apply(added(at("103", { uid: "again" })));
    expect(shown()[0]?.metadata.uid).toBe("again");
  });

  it("replaces the overlay by the event of equal version, without a new snapshot", () => {
    const { index, apply, shown, stored } = setUp();
    stored(at("101"));
    const before = index.of(one);
    apply(added(at("101")));
    expect(index.of(one)).toBe(before);
    apply(modified(at("102")));
    expect(shown()[0]?.metadata.resourceVersion).toBe("102");
  });

  it("keeps the overlay at an older event", () => {
    const { apply, shown, stored } = setUp(at("50"));
    stored(at("105"));
    const before = shown();
    apply(modified(at("103")));
    expect(shown()).toBe(before);
    expect(shown()[0]?.metadata.resourceVersion).toBe("105");
  });

  it("takes a foreign write between two own ones as older than the second", () => {
    const { apply, shown, stored } = setUp(at("50"));
    stored(at("101"));
    stored(at("103"));
    for (const version of ["101", "102"]) {
      apply(modified(at(version)));
      expect(shown()[0]?.metadata.resourceVersion).toBe("103");
    }
    apply(modified(at("104")));
    expect(shown()[0]?.metadata.resourceVersion).toBe("104");
  });

  it("keeps the newer of two parallel writes, whichever is answered first", () => {
    const { shown, stored } = setUp(at("50"));
    stored(at("103"));
    stored(at("102"));
    expect(shown()[0]?.metadata.resourceVersion).toBe("103");
  });

  it("takes no answer that is older than the cache, such as that of a write that changed nothing", () => {
    const { index, apply, shown, stored } = setUp(at("50"));
    apply(modified(at("105")));
    const before = shown();
    stored(at("105"));
    stored(at("104"));
    expect(shown()).toBe(before);
    expect(index.ownWrites.size).toBeLessThanOrEqual(1);
  });

  it("does not resurrect an object whose deletion was seen before the answer to our write", () => {
    const { apply, shown, stored } = setUp(at("50"));
    apply(modified(at("101")));
    apply(deleted(at("102")));
    stored(at("101"));
    expect(shown()).toHaveLength(0);
  });

  it("does not resurrect what we deleted when an earlier write is answered late", () => {
    const { apply, shown, stored, removed } = setUp(at("50"));
    removed(at("50"));
    stored(at("101"));
    expect(shown()).toHaveLength(0);
    apply(deleted(at("102")));
    expect(shown()).toHaveLength(0);
  });

  it("leaves no tombstone when the deletion was seen before the answer", () => {
    const { apply, index, shown, removed, stored } = setUp(at("50"));
    apply(deleted(at("102")));
    removed(at("50"));
    stored(at("103", { uid: "again" }));
    expect(shown()[0]?.metadata.uid).toBe("again");
    expect(index.size).toBe(1);
  });

  it("cleans a ghost on relist: created by us, deleted by another in a gap of the watch", () => {
    const { index, shown, stored } = setUp();
    stored(at("101"));
    expect(shown()).toHaveLength(1);
    index.markSynced(services, "110");
    expect(shown()).toHaveLength(0);
    expect(index.size).toBe(0);
  });

  it("keeps an own write that is newer than a relist", () => {
    const { index, shown, stored } = setUp();
    stored(at("120"));
    index.markSynced(services, "110");
    expect(shown()).toHaveLength(1);
  });

  it("keeps a tombstone when a relist was taken before the delete", () => {
    const { index, apply, shown, removed } = setUp(at("50"));
    removed(at("50"));
    index.markSynced(services, "101");
    expect(shown()).toHaveLength(0);
    apply(deleted(at("102")));
    expect(index.size).toBe(0);
  });

  it("shows the new object after a relist with another uid", () => {
    const { index, apply, shown, stored } = setUp(at("50"));
    stored(at("101"));
    apply(deleted(at("50"), { isRelist: true, synthetic: true }));
    apply(added(at("105", { uid: "again" }), { isRelist: true, synthetic: true }));
    index.markSynced(services, "110");
    expect(shown().map(({ metadata }) => metadata.uid)).toEqual(["again"]);
  });

  it("forgets its overlay when a relist shows that the server was set back", () => {
    const { index, apply, shown, stored } = setUp(at("50"));
    stored(at("101"));
    apply(modified(at("30"), { isRelist: true, synthetic: true }));
    index.markSynced(services, "40");
    expect(shown()[0]?.metadata.resourceVersion).toBe("30");
    stored(at("41"));
    expect(shown()[0]?.metadata.resourceVersion).toBe("41");
  });

  it("compares versions beyond 2^53 by length, then as text", () => {
    const { apply, shown, stored } = setUp(at("9"));
    stored(at("10000000000000000000"));
    apply(modified(at("9999999999999999999")));
    expect(shown()[0]?.metadata.resourceVersion).toBe("10000000000000000000");
    apply(modified(at("10000000000000000001")));
    expect(shown()[0]?.metadata.resourceVersion).toBe("10000000000000000001");
  });

  it.each(["0", "", "abc", "007"])(
    "fails open for the version %j: the cache is shown",
    (version) => {
      const { apply, shown, stored, removed } = setUp(at("opaque-1"));
      stored(at(version, { labels: { own: "yes" } }));
      expect(shown()[0]?.metadata.resourceVersion).toBe("opaque-1");
      removed(at(version));
      expect(shown()).toHaveLength(1);
      apply(deleted(at("opaque-2")));
      expect(shown()).toHaveLength(0);
    },
  );

  it("shows the cache where one side cannot be compared", () => {
    const { apply, shown, stored } = setUp();
    stored(at("101"));
    apply(added(at("opaque-2")));
    expect(shown()[0]?.metadata.resourceVersion).toBe("opaque-2");
  });

  it("drops what is known of an object whose write was not answered", () => {
    const { index, shown, stored } = setUp(at("50"));
    stored(at("101"));
    index.ownWrites.forget(services, { namespace: "prod", name: "a" });
    expect(shown()[0]?.metadata.resourceVersion).toBe("50");
  });

  it("takes writes of an overlay it was made with, those before it was made too", () => {
    const ownWrites = new OwnWrites();
    ownWrites.record({ kind: services, stored: at("101") });
    const index = new SecondaryIndex({ primaryKind: databases, kinds: { services }, ownWrites });
    index.markSynced(services, "100");
    expect(index.of(one).services[0]?.metadata.resourceVersion).toBe("101");
    ownWrites.record({ kind: services, stored: at("102") });
    expect(index.of(one).services[0]?.metadata.resourceVersion).toBe("102");
  });

  it("keeps an own write although another cache of the kind has seen it", () => {
    const ownWrites = new OwnWrites();
    const index = new SecondaryIndex({ primaryKind: databases, kinds: { services }, ownWrites });
    index.markSynced(undefined, "100");
    ownWrites.record({ kind: services, stored: at("101") });
    ownWrites.observe(services, added(at("101")));
    expect(ownWrites.size).toBe(0);
    expect(index.of(one).services).toHaveLength(1);
  });

  it("tells every owner of an own write", () => {
    const { index, stored } = setUp(at("50"));
    const told: string[] = [];
    index.subscribe(({ name }) => told.push(name));
    stored(at("101", { ownerReferences: [ownerOf("two", "u2")] }));
    expect(told.sort()).toEqual(["one", "two"]);
  });
});

describe("own writes under a selection or a projection", () => {
  function selective() {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: {
        labelled: { kind: services, labelSelector: "app=db", namespaces: ["prod"] },
        refs: { kind: services, retain: "refs", by: byLabel("app") },
      },
    });
    index.markSynced(undefined, "100");
    return index;
  }

  it("are hidden when the informer would not deliver them", () => {
    const index = selective();
    const record = (object: KubernetesObject) =>
      index.ownWrites.record({ kind: services, stored: object });
    record(at("101", { labels: { app: "other" } }));
    record(at("102", { namespace: "test", labels: { app: "db" } }));
    expect(index.of(one).labelled).toHaveLength(0);
    record(at("103", { labels: { app: "db" } }));
    expect(index.of(one).labelled).toHaveLength(1);
    index.apply("labelled", added(at("103", { labels: { app: "db" } })));
    record(at("104", { labels: { app: "other" } }));
    expect(index.of(one).labelled).toHaveLength(0);
  });

  it("keep metadata only, without managedFields, when refs are kept", () => {
    const index = selective();
    const metadata = { labels: { app: "one" }, managedFields: [{ manager: "x" }] };
    const object = { ...at("101", metadata), kind: "Service", spec: { ports: [] } };
    index.ownWrites.record({ kind: services, stored: object });
    const { managedFields: _fields, ...kept } = object.metadata;
    expect(index.of(one).refs).toEqual([{ kind: "Service", metadata: kept }]);
    expect(_fields).toHaveLength(1);
  });

  it("of a primary change what it names at once", () => {
    const named = new SecondaryIndex({
      primaryKind: databases,
      kinds: {
        users: {
          kind: services,
          by: {
            type: "primary-field",
            name: "spec.users",
            toPrimaries: () => [],
            toSecondaries: (primary) =>
              ((primary as ReturnType<typeof database>).spec?.users ?? []).map((name) => ({
                namespace: primary.metadata.namespace,
                name,
              })),
          },
        },
      },
    });
    named.markSynced(undefined, "100");
    named.apply(services, added(secondary("s")));
    named.apply(databases, added(database("one", "u1")));
    const after = { ...changed(database("one", "u1", ["s"]), { resourceVersion: "101" }) };
    named.ownWrites.record({ kind: databases, stored: after });
    expect(namesIn(named.of(one).users)).toEqual(["s"]);
  });
});
