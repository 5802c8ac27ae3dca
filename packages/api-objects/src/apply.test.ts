// SPDX-License-Identifier: Apache-2.0
// Tests of apply: options, owners, lost answers, fights and secrets (stage 6).
import { describe, expect, it } from "@jest/globals";
import {
  configMaps,
  ConflictError,
  InvalidNameError,
  isExpansionError,
  MalformedObjectError,
  OwnershipError,
  secrets,
  TimeoutError,
  type ConfigMap,
} from "@haversack/core";
import { FieldFightError } from "./write-loops.js";
import { created, lost, ok, refusal, ScriptedClient } from "../test/scripted-client.js";
import { applied, configMap, owner, stored, storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const desired = configMap("a", { size: "3" });
const key = { namespace: "prod", name: "a" };
const managedFields = [applied("tester", { "f:data": { "f:size": {} } })];

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("apply()", () => {
  it("makes its answer visible before its promise resolves, frozen and without managedFields", async () => {
    const client = new ScriptedClient(
      created(storedConfigMap("a", "10", { size: "3" }, { managedFields })),
    );
    const { objects, runtime, cache } = rigOf(client);
    cache.hold(configMaps);
    const seen: unknown[] = [];
    runtime.ownWrites.subscribe(() => seen.push("recorded"));
    const { object } = await objects
      .apply(configMaps, desired)
      .finally(() => seen.push("resolved"));
    expect(seen).toEqual(["recorded", "resolved"]);
    expect(runtime.ownWrites.newest(configMaps, key, undefined)).toBe(object);
    expect(object.metadata.managedFields).toBeUndefined();
    expect(Object.isFrozen(object.data)).toBe(true);
  });

  it("compares with its own newer write while the cache lags", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "10", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, desired);
    expect((await objects.apply(configMaps, desired)).requests).toBe(0);
  });

  it("does not send what only the server writes, nor status", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "10", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    const read = storedConfigMap("a", "9", { size: "3" }, { managedFields, generation: 4 });
    await objects.apply(configMaps, { ...read, status: { phase: "x" } } as ConfigMap);
    expect(client.sent[0]?.json).toEqual({ apiVersion: "v1", kind: "ConfigMap", ...desired });
  });

  it("says 'unchanged' when the server found nothing to change", async () => {
    const live = storedConfigMap("a", "10", { size: "3" }, { managedFields: [applied("x", {})] });
    const client = new ScriptedClient(ok(live));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, live);
    expect(await objects.apply(configMaps, desired)).toMatchObject({
      outcome: "unchanged",
      requests: 1,
    });
  });

  it("passes force: false on, and a conflict comes back with the object's reference", async () => {
    const client = new ScriptedClient(refusal(409, "Conflict", "Apply failed with 1 conflict"));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    const error = await rejection(objects.apply(configMaps, desired, { force: false }));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: "EXP_CONFLICT", ref: { kind: "ConfigMap", ...key } });
    expect(client.sent[0]?.query).toMatchObject({ force: false });
  });

  it("sends the version that the write depends on", async () => {
    const client = new ScriptedClient(ok(storedConfigMap("a", "10", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, desired, { resourceVersion: "9" });
    expect(client.sent[0]?.json).toMatchObject({ metadata: { resourceVersion: "9" } });
  });

  it.each([
    ["no name", { metadata: { namespace: "prod" } }, MalformedObjectError],
    ["no namespace", { metadata: { name: "a" } }, InvalidNameError],
    ["a hostile name", { metadata: { name: "..", namespace: "prod" } }, InvalidNameError],
    ["nothing at all", undefined, MalformedObjectError],
  ])("refuses an object with %s before any request", async (_title, object, error) => {
    const client = new ScriptedClient();
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await expect(objects.apply(configMaps, object as ConfigMap)).rejects.toThrow(error);
    expect(client.lines).toEqual([]);
  });

  it("refuses 5,000 levels with an error that names the object", async () => {
    let deep: unknown = "end";
    for (let level = 0; level < 5_000; level += 1) deep = [deep];
    const { objects } = rigOf(new ScriptedClient());
    const object = { ...desired, extra: deep } as ConfigMap;
    const error = await rejection(objects.apply(configMaps, object));
    expect(error).toMatchObject({ code: "EXP_MALFORMED_OBJECT", ref: key });
  });
});

describe("apply() with an owner", () => {
  it("declares the controller reference with the object", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "10", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, desired, { owner });
    expect(client.sent[0]?.json).toMatchObject({
      metadata: { ownerReferences: [{ kind: "Database", uid: "uid-db", controller: true }] },
    });
  });

  it("refuses an object that the cache knows to be another controller's", async () => {
    const ownerReferences = [
      { apiVersion: "v1", kind: "Other", name: "o", uid: "uid-o", controller: true },
    ];
    const client = new ScriptedClient();
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, storedConfigMap("a", "10", { size: "3" }, { ownerReferences }));
    await expect(objects.apply(configMaps, desired, { owner })).rejects.toThrow(OwnershipError);
    expect(client.lines).toEqual([]);
  });

  it("says so, too, when only the server knew of the other controller", async () => {
    const ownerReferences = [
      { apiVersion: "v1", kind: "Other", name: "o", uid: "uid-o", controller: true },
    ];
    const client = new ScriptedClient(
      refusal(422, "Invalid", "Only one reference can have Controller set to true"),
      ok(storedConfigMap("a", "10", {}, { ownerReferences })),
    );
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await expect(objects.apply(configMaps, desired, { owner })).rejects.toThrow(OwnershipError);
  });
});

describe("apply() when the answer is lost", () => {
  it("reads the object and succeeds when the write had been taken in", async () => {
    const client = new ScriptedClient(
      lost,
      ok(storedConfigMap("a", "10", { size: "3" }, { managedFields })),
    );
    const { objects, runtime, cache } = rigOf(client);
    cache.hold(configMaps);
    const result = await objects.apply(configMaps, desired);
    expect(result).toMatchObject({ outcome: "created", requests: 2 });
    expect(runtime.ownWrites.newest(configMaps, key, undefined)).toBe(result.object);
    expect((await objects.apply(configMaps, desired)).requests).toBe(0);
  });

  it.each([
    ["it had not been", ok(storedConfigMap("a", "9", { size: "1" }, { managedFields }))],
    ["there is nothing", refusal(404, "NotFound")],
    ["the object cannot be read", refusal(403, "Forbidden")],
  ])("rejects as unknown when %s", async (_title, reply) => {
    const { objects, runtime, cache } = rigOf(new ScriptedClient(lost, reply));
    cache.hold(configMaps);
    const error = await rejection(objects.apply(configMaps, desired));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ outcome: "unknown" });
    expect(runtime.ownWrites.size).toBe(0);
  });

  it("forgets its older write, so that readers fall back to the cache", async () => {
    const client = new ScriptedClient(
      created(storedConfigMap("a", "10", { size: "3" })),
      lost,
      refusal(503, "ServiceUnavailable"),
    );
    const { objects, runtime, cache } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, desired);
    await rejection(objects.apply(configMaps, configMap("a", { size: "4" })));
    expect(runtime.ownWrites.size).toBe(0);
  });
});

describe("apply() against another writer", () => {
  it("is held back after ten repairs in a row, names the field, and goes on a minute later", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "100", { size: "3" })));
    const { objects, cache, clock, logs } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, desired);
    const flip = async (at: number): Promise<unknown> => {
      cache.hold(configMaps, storedConfigMap("a", `${101 + at * 2}`, { size: "theirs" }));
      client.extend(ok(storedConfigMap("a", `${101 + at * 2}`, { size: "3" })));
      client.extend(ok(storedConfigMap("a", `${102 + at * 2}`, { size: "3" })));
      return rejection(objects.apply(configMaps, desired));
    };
    for (let at = 0; at < 10; at += 1) expect(await flip(at)).toBeUndefined();
    cache.hold(configMaps, storedConfigMap("a", "121", { size: "theirs" }));
    client.extend(ok(storedConfigMap("a", "121", { size: "3" })));
    const theirs = [applied("their-operator", { "f:data": { "f:size": {} } })];
    client.extend(ok(storedConfigMap("a", "121", {}, { managedFields: theirs })));
    const error = await rejection(objects.apply(configMaps, desired));
    expect(error).toBeInstanceOf(FieldFightError);
    expect(error).toMatchObject({
      paths: ["/data/size"],
      managers: ["their-operator"],
      retry: { afterMs: 60_000 },
    });
    expect(logs.lines.filter((line) => line.includes("held back"))).toHaveLength(1);
    clock.nowMs += 60_000;
    expect(await flip(20)).toBeUndefined();
  });
});

describe("apply() of what differs each pass", () => {
  it("warns once, naming the field, and goes on", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "100", { at: "0" })));
    const { objects, cache, logs } = rigOf(client);
    cache.hold(configMaps);
    for (let at = 0; at < 15; at += 1) {
      client.extend(ok(storedConfigMap("a", `${101 + at}`, { at: `${at}` })));
      await objects.apply(configMaps, configMap("a", { at: `${at}` }));
    }
    expect(client.lines).toHaveLength(15);
    expect(logs.lines).toHaveLength(1);
    expect(logs.lines[0]).toContain("/data/at");
  });
});

describe("apply() behind a proxy", () => {
  it("does not quote an answer that is no JSON", async () => {
    const client = new ScriptedClient();
    client.request = () =>
      Promise.resolve({
        status: 200,
        headers: {},
        body: new TextEncoder().encode("<html>canary</html>"),
      });
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    const error = await rejection(objects.apply(configMaps, desired));
    expect(error).toMatchObject({ code: "EXP_SERVER", retry: "backoff", ref: key });
    expect(String(error)).not.toContain("canary");
  });
});

describe("apply() of a Secret", () => {
  const secret = {
    metadata: { name: "a", namespace: "prod" },
    stringData: { password: "canary-hunter2" },
  };

  it("keeps values out of errors, their causes and logs", async () => {
    const encoded = Buffer.from("canary-hunter2").toString("base64");
    const words = `data: Invalid value: "canary-hunter2" (${encoded})`;
    const client = new ScriptedClient(refusal(422, "Invalid", words));
    const { objects, cache, logs } = rigOf(client);
    cache.hold(secrets);
    const error = await rejection(objects.apply(secrets, secret));
    if (!isExpansionError(error)) throw new Error("no typed error");
    const shown = [String(error), JSON.stringify(error), String(error.cause), ...logs.lines];
    shown.push(JSON.stringify((error as unknown as { body: unknown }).body));
    expect(shown.join("\n")).not.toMatch(/canary|hunter2/);
    expect(shown.join("\n")).not.toContain(encoded);
    expect(error.message).toContain("Secret prod/a");
  });

  it("sends data, not stringData, so that the server files the ownership where it stores", async () => {
    const client = new ScriptedClient(created({ ...secret, metadata: stored("a", "10") }));
    const { objects, cache } = rigOf(client);
    cache.hold(secrets);
    await objects.apply(secrets, secret);
    expect(client.sent[0]?.json).toMatchObject({ data: { password: "Y2FuYXJ5LWh1bnRlcjI=" } });
    expect(client.sent[0]?.json).not.toHaveProperty("stringData");
  });
});
