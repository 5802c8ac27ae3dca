// SPDX-License-Identifier: Apache-2.0
// Tests of what a delete puts on the wire and what it leaves visible (stage 6).
import { describe, expect, it } from "@jest/globals";
import { configMaps, ConflictError, pods, TimeoutError } from "@haversack/core";
import { remains } from "./delete.js";
import { lost, ok, refusal, ScriptedClient, type Reply } from "../test/scripted-client.js";
import { stored, storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const object = storedConfigMap("a", "10", { size: "3" });
const path = "/api/v1/namespaces/prod/configmaps/a";
const success = ok({ kind: "Status", status: "Success", details: { uid: "uid-a" } });
const terminating = storedConfigMap(
  "a",
  "11",
  {},
  {
    deletionTimestamp: "2026-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 0,
    finalizers: ["x/y"],
  },
);

describe("delete()", () => {
  it("carries the uid as a precondition, and the version and propagation when asked", async () => {
    const client = new ScriptedClient(success);
    const { objects } = rigOf(client);
    await objects.delete(configMaps, object, { resourceVersion: "10", propagation: "Foreground" });
    expect(client.sent[0]).toMatchObject({
      line: `DELETE ${path}`,
      json: {
        kind: "DeleteOptions",
        preconditions: { uid: "uid-a", resourceVersion: "10" },
        propagationPolicy: "Foreground",
      },
    });
  });

  it("leaves a tombstone when the object is gone, and the object when it is terminating", async () => {
    const { objects, runtime } = rigOf(new ScriptedClient(success, ok(terminating)));
    await objects.delete(configMaps, object);
    expect(runtime.ownWrites.newest(configMaps, object.metadata, object)).toBeUndefined();
    const other = rigOf(new ScriptedClient(ok(terminating)));
    await other.objects.delete(configMaps, object);
    const seen = other.runtime.ownWrites.newest(configMaps, object.metadata, object);
    expect(seen?.metadata.deletionTimestamp).toBeDefined();
  });

  it("looks the uid up for an object that has none", async () => {
    const client = new ScriptedClient(ok(object), success);
    const { objects } = rigOf(client);
    await objects.delete(configMaps, { metadata: { name: "a", namespace: "prod" } });
    expect(client.lines).toEqual([`GET ${path}`, `DELETE ${path}`]);
    expect(client.sent[1]?.json).toMatchObject({ preconditions: { uid: "uid-a" } });
  });

  const recreated = ok({ ...object, metadata: stored("b", "20") });
  it.each<[string, Reply[], number]>([
    ["is gone", [refusal(404, "NotFound")], 1],
    ["was re-created", [refusal(409, "Conflict"), recreated], 2],
    ["went between conflict and look", [refusal(409, "Conflict"), refusal(404, "NotFound")], 2],
    ["was deleted by the request whose answer was lost", [lost, refusal(404, "NotFound")], 2],
    ["is terminating by the request whose answer was lost", [lost, ok(terminating)], 2],
  ])("is content when the object %s", async (_title, replies, requests) => {
    const client = new ScriptedClient(...replies);
    await rigOf(client).objects.delete(configMaps, object);
    expect(client.lines).toHaveLength(requests);
  });

  it("rejects when the object stands as it was", async () => {
    const conflict = rigOf(new ScriptedClient(refusal(409, "Conflict"), ok(object)));
    const options = { resourceVersion: "9" };
    await expect(conflict.objects.delete(configMaps, object, options)).rejects.toThrow(
      ConflictError,
    );
    const unknown = rigOf(new ScriptedClient(lost, ok(object)));
    await expect(unknown.objects.delete(configMaps, object)).rejects.toThrow(TimeoutError);
  });
});

describe("remains()", () => {
  const time = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  it.each([
    ["an object without a deletion time", {}, {}, false],
    ["one that waits for a finalizer", { ...time, finalizers: ["x/y"] }, {}, true],
    ["a Pod with grace", { ...time, deletionGracePeriodSeconds: 30 }, {}, true],
    ["a Pod without grace", { ...time, deletionGracePeriodSeconds: 0 }, {}, false],
    [
      "a Namespace that is emptied",
      time,
      { kind: "Namespace", spec: { finalizers: ["kubernetes"] } },
      true,
    ],
  ])("says of %s whether it stays", (_title, metadata, fields, expected) => {
    expect(remains({ kind: pods.kind, metadata: stored("a", "1", metadata), ...fields })).toBe(
      expected,
    );
  });
});
