// SPDX-License-Identifier: Apache-2.0
// Deletes, finalizers, owners and Kubernetes Events against the embedded API server (stage 6).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  configMaps,
  ConflictError,
  coreEvents,
  NotFoundError,
  objectPath,
  OwnershipError,
  services,
  TerminalError,
  type ConfigMap,
  type CoreEvent,
} from "@haversack/core";
import { startEmbedded, type EmbeddedRig } from "./embedded-rig.js";
import { database, databases, defineDatabases, type Database } from "./databases.js";

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

describe("delete() on a server", () => {
  it("deletes the very object and hides it at once", async () => {
    const { objects, runtime } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    await objects.delete(configMaps, object);
    expect(live()).toBeUndefined();
    expect(runtime.ownWrites.newest(configMaps, key, object)).toBeUndefined();
    await objects.delete(configMaps, object);
  });

  it("spares a namesake that came after it", async () => {
    const { objects } = rig.process();
    const { object: first } = await objects.apply(configMaps, configMap({ a: "1" }));
    await objects.delete(configMaps, first);
    await objects.apply(configMaps, configMap({ a: "2" }));
    await objects.delete(configMaps, first);
    expect(live().data).toEqual({ a: "2" });
  });

  it("shows an object that waits for a finalizer as terminating, and deletes it no second time", async () => {
    const { objects, runtime } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    const held = await objects.addFinalizer(configMaps, object, "example.com/hold");
    await objects.delete(configMaps, held);
    const seen = runtime.ownWrites.newest(configMaps, key, held);
    expect(seen?.metadata.deletionTimestamp).toBeDefined();
    rig.requests();
    await objects.delete(configMaps, held);
    expect(rig.requests()).toEqual([]);
  });

  it("refuses when the content it was decided on has changed", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    await objects.apply(configMaps, configMap({ a: "2" }));
    const resourceVersion = object.metadata.resourceVersion ?? "";
    const attempt = objects.delete(configMaps, object, { resourceVersion });
    await expect(attempt).rejects.toThrow(ConflictError);
    expect(live()).toBeDefined();
  });

  it("takes a Service, which answers with itself, for gone", async () => {
    const { objects, runtime } = rig.process();
    const service = { metadata: key, spec: { ports: [{ port: 80 }] } };
    const { object } = await objects.apply(services, service);
    await objects.delete(services, object);
    expect(runtime.ownWrites.newest(services, key, object)).toBeUndefined();
  });

  it("settles a lost answer", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    rig.server.faults.add({
      match: { verb: "delete" },
      times: 1,
      fault: { type: "commitThenReset" },
    });
    await objects.delete(configMaps, object);
    expect(live()).toBeUndefined();
  });
});

describe("finalizers on a server", () => {
  beforeEach(() => defineDatabases(rig));

  async function databaseWith(...finalizers: string[]): Promise<Database> {
    const { objects } = rig.process({ fieldManager: "user" });
    const { object } = await objects.apply(databases, {
      ...database(),
      metadata: { name: "db", namespace: "prod", finalizers },
    });
    return object;
  }

  it("are added beside others and removed alone, each by one request, repeated by none", async () => {
    const { objects } = rig.process();
    const made = await databaseWith("example.com/theirs");
    const added = await objects.addFinalizer(databases, made, "example.com/ours");
    expect(added.metadata.finalizers).toEqual(["example.com/theirs", "example.com/ours"]);
    rig.requests();
    await objects.addFinalizer(databases, made, "example.com/ours");
    expect(rig.requests()).toEqual([]);
    const removed = await objects.removeFinalizer(databases, added, "example.com/ours");
    expect(removed?.metadata.finalizers).toEqual(["example.com/theirs"]);
    rig.requests();
    await objects.removeFinalizer(databases, added, "example.com/ours");
    expect(rig.requests()).toEqual([]);
  });

  it("survive a list that others changed meanwhile, whatever state was handed in", async () => {
    const { objects } = rig.process({ cached: false });
    const stale = await databaseWith();
    const now = await databaseWith("example.com/first", "example.com/second");
    const added = await objects.addFinalizer(databases, stale, "example.com/ours");
    expect(added.metadata.finalizers).toHaveLength(3);
    await databaseWith("example.com/second");
    const removed = await objects.removeFinalizer(databases, now, "example.com/second");
    expect(removed?.metadata.finalizers).toEqual(["example.com/ours"]);
  });

  it("refuse to be added while the object is being deleted", async () => {
    const { objects } = rig.process({ cached: false });
    const made = await databaseWith("example.com/theirs");
    await objects.delete(databases, made);
    const attempt = objects.addFinalizer(databases, made, "example.com/ours");
    await expect(attempt).rejects.toThrow(TerminalError);
  });

  it("let the object go with the last one, which counts as gone", async () => {
    const { objects, runtime } = rig.process({ cached: false });
    const made = await databaseWith("example.com/ours");
    await objects.delete(databases, made);
    expect(await objects.removeFinalizer(databases, made, "example.com/ours")).toBeUndefined();
    expect(runtime.ownWrites.newest(databases, made.metadata, made)).toBeUndefined();
    expect(await objects.removeFinalizer(databases, made, "example.com/ours")).toBeUndefined();
    const late = objects.addFinalizer(databases, made, "example.com/more");
    await expect(late).rejects.toThrow(NotFoundError);
  });

  it("settle a lost answer in either direction", async () => {
    const { objects } = rig.process();
    const made = await databaseWith("example.com/theirs");
    const loseNext = (): void => {
      rig.server.faults.add({
        match: { verb: "patch" },
        times: 1,
        fault: { type: "commitThenReset" },
      });
    };
    loseNext();
    const added = await objects.addFinalizer(databases, made, "example.com/ours");
    expect(added.metadata.finalizers).toContain("example.com/ours");
    loseNext();
    const removed = await objects.removeFinalizer(databases, added, "example.com/ours");
    expect(removed?.metadata.finalizers).toEqual(["example.com/theirs"]);
  });
});

describe("owners on a server", () => {
  it("take a secondary with them, and a re-created owner takes it over", async () => {
    await defineDatabases(rig);
    const { objects } = rig.process();
    const { object: first } = await objects.apply(databases, database());
    await objects.apply(configMaps, configMap({ a: "1" }), { owner: first });
    await objects.delete(databases, first);
    const { object: second } = await objects.apply(databases, database());
    await objects.apply(configMaps, configMap({ a: "1" }), { owner: second });
    expect(live().metadata.ownerReferences).toMatchObject([{ uid: second.metadata.uid }]);
    await objects.delete(databases, second);
    await rig.server.settle();
    expect(live()).toBeUndefined();
  });

  it("are refused when another has the object already", async () => {
    await defineDatabases(rig);
    const { objects } = rig.process();
    const { object: one } = await objects.apply(databases, database("one"));
    const { object: two } = await objects.apply(databases, database("two"));
    await objects.apply(configMaps, configMap({ a: "1" }), { owner: one });
    const attempt = objects.apply(configMaps, configMap({ a: "1" }), { owner: two });
    await expect(attempt).rejects.toThrow(OwnershipError);
  });
});

describe("Kubernetes Events on a server", () => {
  const note = { type: "Normal", reason: "Created", message: "made it" } as const;
  const events = (): readonly CoreEvent[] => rig.server.list("events", "prod") as never;

  it("are counted, not repeated, also across a restart", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    for (let at = 0; at < 3; at += 1) await objects.event(configMaps, object, note);
    await rig.process().objects.event(configMaps, object, note);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({ count: 4, reason: "Created", message: "made it" });
  });

  it("start anew when the server has let the old one go", async () => {
    const { objects } = rig.process();
    const { object } = await objects.apply(configMaps, configMap({ a: "1" }));
    await objects.event(configMaps, object, note);
    const path = objectPath(coreEvents, events()[0]?.metadata as { name: string });
    await rig.client.request({ method: "DELETE", path });
    await objects.event(configMaps, object, note);
    expect(events()).toHaveLength(1);
  });
});
