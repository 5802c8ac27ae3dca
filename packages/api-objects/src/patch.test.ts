// SPDX-License-Identifier: Apache-2.0
// Tests of what patches put on the wire, and of lost answers (stage 6).
import { describe, expect, it } from "@jest/globals";
import { configMaps, MalformedObjectError, secrets, TimeoutError } from "@haversack/core";
import { lost, ok, refusal, ScriptedClient } from "../test/scripted-client.js";
import { owner, stored, storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const before = storedConfigMap("a", "10", { size: "3" });
const after = storedConfigMap("a", "11", { size: "4" });
const path = "/api/v1/namespaces/prod/configmaps/a";

describe("mergePatch()", () => {
  it("names the very object by uid, and the version when asked", async () => {
    const client = new ScriptedClient(ok(after));
    const { objects, runtime } = rigOf(client);
    const patch = { data: { size: "4" } };
    const result = await objects.mergePatch(configMaps, before, patch, { resourceVersion: "10" });
    expect(result).toMatchObject({
      outcome: "updated",
      requests: 1,
      object: { data: { size: "4" } },
    });
    expect(client.sent[0]).toMatchObject({
      line: `PATCH ${path}`,
      contentType: "application/merge-patch+json",
      query: { fieldManager: "tester" },
      json: { data: { size: "4" }, metadata: { uid: "uid-a", resourceVersion: "10" } },
    });
    expect(runtime.ownWrites.newest(configMaps, before.metadata, before)).toBe(result.object);
  });

  it.each([
    ["a value that stands", { data: { size: "3" } }],
    ["removing what is not there", { data: { gone: null }, spec: null }],
    ["an empty patch", {}],
    ["an empty map over one", { data: {} }],
  ])("sends nothing for %s", async (_title, patch) => {
    const { objects } = rigOf(new ScriptedClient());
    const result = await objects.mergePatch(configMaps, before, patch);
    expect(result).toMatchObject({ outcome: "unchanged", requests: 0 });
  });

  it("judges by the newest known state, not by a stale one that is handed in", async () => {
    const client = new ScriptedClient(ok(storedConfigMap("a", "12", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, after);
    const result = await objects.mergePatch(configMaps, before, { data: { size: "3" } });
    expect(result.outcome).toBe("updated");
  });

  it("adds an owner to the references that stand, under the version they stood in", async () => {
    const client = new ScriptedClient(ok(after));
    const { objects } = rigOf(client);
    await objects.mergePatch(configMaps, before, { data: { size: "4" } }, { owner });
    expect(client.sent[0]?.json).toMatchObject({
      metadata: { resourceVersion: "10", ownerReferences: [{ uid: "uid-db" }] },
    });
  });

  it("refuses an object without uid", async () => {
    const { objects } = rigOf(new ScriptedClient());
    const bare = { metadata: { name: "a", namespace: "prod" } };
    const attempt = objects.mergePatch(configMaps, bare, { data: { a: "1" } });
    await expect(attempt).rejects.toThrow(MalformedObjectError);
  });
});

describe("jsonPatch()", () => {
  it("begins with a test of the uid and the version", async () => {
    const client = new ScriptedClient(ok(after));
    const { objects } = rigOf(client);
    await objects.jsonPatch(configMaps, before, after, { resourceVersion: "10" });
    expect(client.sent[0]?.json).toEqual([
      { op: "test", path: "/metadata/uid", value: "uid-a" },
      { op: "test", path: "/metadata/resourceVersion", value: "10" },
      { op: "replace", path: "/data/size", value: "4" },
    ]);
  });

  it("sends nothing for differences that only the server or the status subresource writes", async () => {
    const { objects } = rigOf(new ScriptedClient());
    const changed = {
      ...before,
      metadata: stored("a", "99", { generation: 7, managedFields: [] }),
      status: { phase: "x" },
    };
    const result = await objects.jsonPatch(configMaps, before, changed);
    expect(result).toEqual({ object: before, outcome: "unchanged", requests: 0 });
  });

  it.each([
    ["succeeds when it had been taken in", ok(after), undefined],
    ["rejects as unknown when it had not", ok(before), TimeoutError],
    [
      "rejects as unknown when the object was re-created",
      ok({ ...after, metadata: stored("b", "12") }),
      TimeoutError,
    ],
  ])("%s, after a lost answer", async (_title, reply, error) => {
    const { objects } = rigOf(new ScriptedClient(lost, reply));
    const attempt = objects.jsonPatch(configMaps, before, after);
    if (error === undefined) expect((await attempt).outcome).toBe("updated");
    else await expect(attempt).rejects.toThrow(error);
  });

  it("keeps a Secret's new values out of errors", async () => {
    const secret = { metadata: stored("a", "10"), data: { p: "b2xk" } };
    const client = new ScriptedClient(refusal(422, "Invalid", 'Invalid value: "canary-new"'));
    const { objects } = rigOf(client);
    const changed = { ...secret, stringData: { p: "canary-new" } };
    const error = await objects
      .jsonPatch(secrets, secret, changed)
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, String((error as Error).cause)])).not.toContain("canary");
  });
});
