// SPDX-License-Identifier: Apache-2.0
// Writes against the embedded API server: drift, other managers, removal, patches, lost answers (stage 6).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  AlreadyExistsError,
  configMaps,
  ConflictError,
  deployments,
  NotFoundError,
  secrets,
  services,
  type ConfigMap,
  type Deployment,
} from "@haversack/core";
import { startEmbedded, type EmbeddedRig } from "./embedded-rig.js";
import { database, databases, defineDatabases } from "./databases.js";

const key = { namespace: "prod", name: "a" };
const configMap = (data: Record<string, string>): ConfigMap => ({ metadata: key, data });

let rig: EmbeddedRig;
beforeEach(async () => {
  rig = await startEmbedded();
});
afterEach(() => rig.close());

function live(): ConfigMap {
  return rig.server.get("configmaps", "prod", "a") as unknown as ConfigMap;
}

describe("apply() on a server", () => {
  it("repairs what another writer changed, and leaves alone what it added", async () => {
    const { objects } = rig.process();
    await objects.apply(configMaps, configMap({ size: "3" }));
    const other = rig.process({ fieldManager: "other" }).objects;
    await other.mergePatch(configMaps, live(), { data: { size: "9", extra: "theirs" } });
    rig.requests();
    expect((await objects.apply(configMaps, configMap({ size: "3" }))).outcome).toBe("updated");
    expect(rig.requests()).toEqual(["apply configmaps dryRun", "apply configmaps"]);
    expect(live().data).toEqual({ size: "3", extra: "theirs" });
    expect((await objects.apply(configMaps, configMap({ size: "3" }))).requests).toBe(0);
  });

  it("shares an object between two field managers, each removing only its own", async () => {
    const [one, two] = [rig.process().objects, rig.process({ fieldManager: "second" }).objects];
    await one.apply(configMaps, configMap({ a: "1", c: "1" }));
    await two.apply(configMaps, configMap({ b: "2" }));
    await one.apply(configMaps, configMap({ a: "1" }));
    expect(live().data).toEqual({ a: "1", b: "2" });
    rig.requests();
    await one.apply(configMaps, configMap({ a: "1" }));
    await two.apply(configMaps, configMap({ b: "2" }));
    expect(rig.requests()).toEqual([]);
  });

  it("surfaces a conflict when it may not force, and takes the field when it may", async () => {
    const [one, two] = [rig.process().objects, rig.process({ fieldManager: "second" }).objects];
    await one.apply(configMaps, configMap({ a: "1" }));
    const gentle = two.apply(configMaps, configMap({ a: "2" }), { force: false });
    await expect(gentle).rejects.toThrow(ConflictError);
    expect(live().data).toEqual({ a: "1" });
    await two.apply(configMaps, configMap({ a: "2" }));
    expect(live().data).toEqual({ a: "2" });
  });

  it("removes after a restart what it owned and no longer declares", async () => {
    await rig.process().objects.apply(configMaps, configMap({ a: "1", old: "x" }));
    const { objects } = rig.process();
    rig.requests();
    expect((await objects.apply(configMaps, configMap({ a: "1" }))).outcome).toBe("updated");
    expect(rig.requests()).toEqual(["get configmaps", "apply configmaps"]);
    expect(live().data).toEqual({ a: "1" });
  });

  it("removes a container's field after a restart, inside keyed lists", async () => {
    const deployment = (args?: string[]): Deployment => ({
      metadata: key,
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: {
          metadata: { labels: { app: "a" } },
          spec: {
            containers: [{ name: "m", image: "i", ...(args === undefined ? {} : { args }) }],
          },
        },
      },
    });
    await rig.process().objects.apply(deployments, deployment(["--old"]));
    const { object, outcome } = await rig.process().objects.apply(deployments, deployment());
    expect(outcome).toBe("updated");
    expect(object.spec?.template.spec.containers[0]).not.toHaveProperty("args");
  });

  it("holds a version the write depends on against the server's", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    const stale = object.metadata.resourceVersion ?? "";
    await objects.apply(configMaps, configMap({ a: "2" }));
    const options = { resourceVersion: stale };
    const late = objects.apply(configMaps, configMap({ a: "3" }), options);
    await expect(late).rejects.toThrow(ConflictError);
  });

  it("keeps keys such as __proto__ through apply, patch and read", async () => {
    const { objects } = rig.process();
    const data = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const { object } = await objects.apply(configMaps, configMap(data));
    expect(JSON.stringify((await objects.mustGet(configMaps, key)).data)).toBe(
      JSON.stringify(data),
    );
    const changed = { ...object, data: JSON.parse('{"__proto__":"z"}') as typeof data };
    const patched = await objects.jsonPatch(configMaps, object, changed);
    expect(JSON.stringify(patched.object.data)).toBe('{"__proto__":"z"}');
    const merge = JSON.parse('{"data":{"__proto__":"z"}}') as object;
    expect((await objects.mergePatch(configMaps, patched.object, merge)).requests).toBe(0);
  });

  it("settles a lost answer by reading: once stored, never twice", async () => {
    const { objects, runtime } = rig.process();
    rig.server.faults.add({
      match: { verb: "apply" },
      times: 1,
      fault: { type: "commitThenReset" },
    });
    const result = await objects.apply(configMaps, configMap({ a: "1" }));
    expect(result.outcome).toBe("created");
    expect(runtime.ownWrites.newest(configMaps, key, undefined)).toBe(result.object);
    rig.requests();
    await objects.apply(configMaps, configMap({ a: "1" }));
    expect(rig.requests()).toEqual([]);
  });
});

describe("create() on a server", () => {
  const draft = { metadata: { name: "a", namespace: "prod" }, stringData: { password: "r4nd0m" } };

  it("says whose the existing object is", async () => {
    await defineDatabases(rig);
    const { objects } = rig.process();
    const { object: mine } = await objects.apply(databases, database("mine"));
    const { object: other } = await objects.apply(databases, database("other"));
    await objects.create(secrets, draft, { owner: mine });
    const ours = objects.create(secrets, draft, { owner: mine });
    await expect(ours).rejects.toMatchObject({ code: "EXP_ALREADY_EXISTS", owner: "ours" });
    const foreign = objects.create(secrets, draft, { owner: other });
    await expect(foreign).rejects.toMatchObject({ owner: "foreign" });
    await expect(objects.create(secrets, draft)).rejects.toBeInstanceOf(AlreadyExistsError);
  });

  it("settles a lost answer by the content that only it can have sent", async () => {
    const { objects } = rig.process();
    rig.server.faults.add({
      match: { verb: "create" },
      times: 1,
      fault: { type: "commitThenReset" },
    });
    const secret = await objects.create(secrets, draft);
    expect(secret.data).toEqual({ password: Buffer.from("r4nd0m").toString("base64") });
  });

  it("lets the server make the name from a prefix", async () => {
    const { objects, runtime } = rig.process();
    const made = await objects.create(configMaps, {
      metadata: { generateName: "job-", namespace: "prod" },
    });
    expect(made.metadata.name).toMatch(/^job-.{5}$/);
    expect(runtime.ownWrites.newest(configMaps, made.metadata, undefined)).toBe(made);
  });
});

describe("patches on a server", () => {
  it("send only what changes, and nothing when nothing does", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    const merged = await objects.mergePatch(configMaps, object, {
      metadata: { labels: { x: "y" } },
      data: { b: "2" },
    });
    expect(merged.object).toMatchObject({
      metadata: { labels: { x: "y" } },
      data: { a: "1", b: "2" },
    });
    rig.requests();
    const again = await objects.mergePatch(configMaps, merged.object, {
      data: { b: "2", c: null },
    });
    const same = await objects.jsonPatch(configMaps, merged.object, { ...merged.object });
    expect([again.outcome, same.outcome]).toEqual(["unchanged", "unchanged"]);
    expect(rig.requests()).toEqual([]);
  });

  it("never reach a namesake", async () => {
    const { objects } = rig.process({ cached: false });
    const { object: first } = await objects.apply(configMaps, configMap({ a: "1" }));
    await objects.delete(configMaps, first);
    await objects.apply(configMaps, configMap({ a: "2" }));
    const merge = objects.mergePatch(configMaps, first, { data: { a: "hit" } });
    await expect(merge).rejects.toMatchObject({ code: expect.stringMatching(/CONFLICT|INVALID/) });
    const patch = objects.jsonPatch(configMaps, first, { ...first, data: { a: "hit" } });
    await expect(patch).rejects.toMatchObject({ code: expect.stringMatching(/CONFLICT|INVALID/) });
    expect(live().data).toEqual({ a: "2" });
  });

  it("refuse to touch a list that has shifted", async () => {
    await defineDatabases(rig);
    const { objects } = rig.process({ cached: false });
    const ports = (...numbers: number[]): object => ({
      spec: { ports: numbers.map((port) => ({ name: `p${port}`, port })) },
    });
    const { object } = await objects.apply(services, { metadata: key, ...ports(1, 2, 3) });
    await objects.apply(services, { metadata: key, ...ports(2, 3) });
    const [, ...rest] = object.spec?.ports ?? [];
    const changed = { ...object, spec: { ...object.spec, ports: rest } };
    const attempt = objects.jsonPatch(services, object, changed);
    await expect(attempt).rejects.toMatchObject({ code: "EXP_INVALID" });
  });
});

describe("lists on a server", () => {
  it("come page by page, complete, with apiVersion and kind", async () => {
    const { objects } = rig.process({ pageSizeObjects: 2 });
    for (const name of ["a", "b", "c", "d", "e"]) {
      await objects.apply(configMaps, {
        metadata: { name, namespace: "prod", labels: { n: name } },
      });
    }
    rig.requests();
    const found = await objects.list(configMaps, { namespace: "prod", labelSelector: "n" });
    expect(found.map((each) => each.metadata.name)).toEqual(["a", "b", "c", "d", "e"]);
    expect(found[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(rig.requests()).toEqual(["list configmaps", "list configmaps", "list configmaps"]);
  });

  it("begin anew when the server forgot the first page's moment", async () => {
    const { objects } = rig.process({ pageSizeObjects: 2 });
    for (const name of ["a", "b", "c"]) {
      await objects.apply(configMaps, { metadata: { name, namespace: "prod" } });
    }
    rig.server.faults.add({
      match: { verb: "list", resource: "configmaps" },
      after: 1,
      times: 1,
      fault: { type: "expired" },
    });
    const found = await objects.list(configMaps, { namespace: "prod" });
    expect(found.map((each) => each.metadata.name)).toEqual(["a", "b", "c"]);
  });

  it("answer undefined or NotFoundError for what is absent", async () => {
    const { objects } = rig.process();
    expect(await objects.get(configMaps, key)).toBeUndefined();
    const error = await objects.mustGet(configMaps, key).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ ref: { kind: "ConfigMap", ...key } });
  });
});
