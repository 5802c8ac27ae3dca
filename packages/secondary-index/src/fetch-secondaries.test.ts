// SPDX-License-Identifier: Apache-2.0
// Reading all secondaries from the server, without watches (stage 7: index).
import { describe, expect, it, jest } from "@jest/globals";
import {
  byFunction,
  byLabel,
  byPrimaryField,
  bySecondaryField,
  defineKind,
  errorFromStatus,
  objectKey,
  ownedBy,
  podDisruptionBudgets,
  secrets,
  services,
  silentLogger,
  statefulSets,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type ObjectsApi,
} from "@haversack/core";
import {
  backups,
  database,
  databases,
  namesIn,
  ownerOf,
  secondary,
  type Database,
} from "../test/objects.js";
import { ownedThrough, type SecondaryDeclarations } from "./declaration.js";
import { SecondaryIndex } from "./secondary-index.js";

/** Serves fixed objects, honours namespace and `key=value` selectors, and writes down requests. */
function serving(world: readonly (readonly [Kind, KubernetesObject])[], failing = new Map()) {
  const requests: string[] = [];
  const objects = {
    get: (kind: Kind, key: ObjectKey) => {
      requests.push(`GET ${kind.plural} ${objectKey(key)}`);
      const found = world.find(
        ([its, { metadata }]) => its === kind && objectKey(metadata) === objectKey(key),
      );
      return Promise.resolve(found?.[1]);
    },
    list: (kind: Kind, options: ListOptions = {}) => {
      const { namespace = "*", labelSelector } = options;
      requests.push(`LIST ${kind.plural} ${namespace} ${labelSelector ?? ""}`.trim());
      if (failing.has(kind)) return Promise.reject(failing.get(kind) as Error);
      const [label = "", value] = labelSelector?.split(",")[0]?.split("=") ?? [];
      const found = world.filter(
        ([its, { metadata }]) =>
          its === kind &&
          (namespace === "*" || metadata.namespace === namespace) &&
          (labelSelector === undefined || metadata.labels?.[label] === value),
      );
      return Promise.resolve(found.map(([, object]) => object));
    },
  } as unknown as Pick<ObjectsApi, "get" | "list">;
  return { objects, requests };
}

function indexOver<const D extends SecondaryDeclarations>(
  kinds: D,
  objects: Pick<ObjectsApi, "get" | "list">,
) {
  return new SecondaryIndex({ primaryKind: databases, kinds, objects, logger: silentLogger });
}

const primary = database("one", "u1", ["s", "missing"]);
const mine = { owners: [ownerOf("one", "u1")] };

describe("SecondaryIndex.fetch()", () => {
  it("lists each kind once, in the primary's namespace, and keeps what belongs", async () => {
    const { objects, requests } = serving([
      [services, secondary("b", mine)],
      [services, secondary("a", mine)],
      [services, secondary("namesake's", { owners: [ownerOf("one", "u0")] })],
      [services, secondary("elsewhere", { ...mine, namespace: "test" })],
      [backups, { ...secondary("x"), spec: { databaseName: "one" } } as KubernetesObject],
      [backups, { ...secondary("y"), spec: { databaseName: "two" } } as KubernetesObject],
    ]);
    const found = await indexOver(
      {
        services,
        backups: { kind: backups, by: [ownedBy(), bySecondaryField("spec.databaseName")] },
      },
      objects,
    ).fetch(primary);
    expect(requests).toEqual(["LIST services prod", "LIST backups prod"]);
    expect(namesIn(found.services)).toEqual(["a", "b"]);
    expect(namesIn(found.backups)).toEqual(["x"]);
    expect(Object.isFrozen(found) && Object.isFrozen(found.services)).toBe(true);
    expect([found.services.available, found.services.synced]).toEqual([true, true]);
    expect(found.services.named("b")?.metadata.name).toBe("b");
  });

  it("asks by label where it can, and by name for what the primary names", async () => {
    const { objects, requests } = serving([
      [services, secondary("a", { labels: { database: "one" } })],
      [services, secondary("b", { labels: { database: "two" } })],
      [services, secondary("c", mine)],
      [secrets, secondary("s")],
    ]);
    const found = await indexOver(
      {
        services: { kind: services, by: [byLabel("database"), ownedBy()] },
        users: {
          kind: secrets,
          by: byPrimaryField<Database>("spec.users", ({ spec }) => spec?.users ?? []),
        },
      },
      objects,
    ).fetch(primary);
    expect(requests.sort()).toEqual([
      "GET secrets prod/missing",
      "GET secrets prod/s",
      "LIST services prod",
      "LIST services prod database=one",
    ]);
    expect(namesIn(found.services)).toEqual(["a", "c"]);
    expect(namesIn(found.users)).toEqual(["s"]);
  });

  it("reads what is owned through another kind with one list of each", async () => {
    const through = (uid: string) => ({
      owners: [ownerOf("set", uid, { apiVersion: "apps/v1", kind: "StatefulSet" })],
    });
    const { objects, requests } = serving([
      [statefulSets, secondary("set", mine)],
      [podDisruptionBudgets, secondary("pdb", through("uid-set"))],
      [podDisruptionBudgets, secondary("old", through("uid-gone"))],
    ]);
    const found = await indexOver(
      { budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") }, statefulSets },
      objects,
    ).fetch(primary);
    expect(requests.sort()).toEqual(["LIST poddisruptionbudgets prod", "LIST statefulsets prod"]);
    expect(namesIn(found.budgets)).toEqual(["pdb"]);
  });

  it("has a kind that is not served, or not allowed, as not available", async () => {
    const attempt = { attempt: "LIST" };
    const failing = new Map<Kind, Error>([
      [backups, errorFromStatus(404, undefined, attempt)],
      [secrets, errorFromStatus(403, undefined, attempt)],
    ]);
    const { objects } = serving([[services, secondary("a", mine)]], failing);
    const found = await indexOver({ backups, secrets, services }, objects).fetch(primary);
    expect([found.backups.available, found.secrets.available]).toEqual([false, false]);
    expect(namesIn(found.services)).toEqual(["a"]);
  });

  it("rejects when the server fails in another way", async () => {
    const failing = new Map([[services, errorFromStatus(500, undefined, { attempt: "LIST" })]]);
    const { objects } = serving([], failing);
    await expect(indexOver({ services }, objects).fetch(primary)).rejects.toMatchObject({
      code: "EXP_SERVER",
    });
  });

  it("keeps metadata only when refs are kept, and honours a label selector", async () => {
    const labelled = { ...mine, labels: { app: "db" } };
    const { objects, requests } = serving([
      [secrets, { ...secondary("a", labelled), data: { x: "eA==" } } as KubernetesObject],
      [secrets, secondary("b", mine)],
    ]);
    const found = await indexOver(
      { secrets: { kind: secrets, retain: "refs", labelSelector: "app=db" } },
      objects,
    ).fetch(primary);
    expect(requests).toEqual(["LIST secrets prod app=db"]);
    expect(found.secrets).toEqual([secondary("a", labelled)]);
  });

  it("lists all namespaces, or those declared, for a primary of cluster scope", async () => {
    const clusters = defineKind<Database>("example.com/v1", "Database", { scope: "Cluster" });
    const { objects, requests } = serving([
      [services, secondary("a", mine)],
      [services, secondary("a", { ...mine, namespace: "test" })],
    ]);
    const one = { metadata: { name: "one", uid: "u1" } };
    const all = new SecondaryIndex({ primaryKind: clusters, kinds: { services }, objects });
    expect((await all.fetch(one)).services).toHaveLength(2);
    const some = new SecondaryIndex({
      primaryKind: clusters,
      kinds: { services },
      namespaces: ["prod", "other"],
      objects,
    });
    expect((await some.fetch(one)).services).toHaveLength(1);
    expect(requests).toEqual(["LIST services *", "LIST services prod", "LIST services other"]);
  });

  it("logs a relation that throws by name and goes on", async () => {
    const error = jest.fn();
    const { objects } = serving([[services, secondary("a")]]);
    const broken = byFunction("broken", () => {
      throw new Error("boom");
    });
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { services: { kind: services, by: broken } },
      objects,
      logger: { ...silentLogger, error },
    });
    expect((await index.fetch(primary)).services).toHaveLength(0);
    expect(error.mock.calls[0]?.[0]).toMatch(/prod\/a .*"broken"/);
  });

  it("shows the same as the index after events", async () => {
    const world = ["c", "a", "b"].map((name) => secondary(name, name === "b" ? {} : mine));
    const { objects } = serving(world.map((object) => [services, object] as const));
    const index = indexOver({ services }, objects);
    for (const object of world) {
      index.apply(services, {
        type: "added",
        old: undefined,
        new: object,
        isInitial: true,
        isRelist: false,
        isResync: false,
        synthetic: false,
      });
    }
    index.markSynced();
    expect(await index.fetch(primary)).toEqual(index.of(primary));
  });

  it("says what is missing when it has nothing to read with", async () => {
    const index = new SecondaryIndex({ primaryKind: databases, kinds: { services } });
    await expect(index.fetch(primary)).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
  });
});
