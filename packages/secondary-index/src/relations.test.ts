// SPDX-License-Identifier: Apache-2.0
// How secondaries belong: unions of relations, also those that primaries state (stage 7: index).
import { describe, expect, it, jest } from "@jest/globals";
import {
  byAnnotation,
  byFunction,
  byLabel,
  byPrimaryField,
  bySecondaryField,
  ownedBy,
  secrets,
  services,
  silentLogger,
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
import { SecondaryIndex } from "./secondary-index.js";

const one = databaseRef("one", "u1");
const two = databaseRef("two", "u2");
const owned = (name: string, owner = ownerOf("one", "u1")) => secondary(name, { owners: [owner] });

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
