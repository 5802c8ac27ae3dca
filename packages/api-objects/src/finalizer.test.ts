// SPDX-License-Identifier: Apache-2.0
// Tests of the patches that add and remove a finalizer, and of races (stage 6).
import { describe, expect, it } from "@jest/globals";
import { configMaps, InvalidObjectError, type ConfigMap } from "@haversack/core";
import { ok, refusal, ScriptedClient } from "../test/scripted-client.js";
import { storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const path = "/api/v1/namespaces/prod/configmaps/a";
const uid = { op: "test", path: "/metadata/uid", value: "uid-a" };
const holding = (version: string, ...finalizers: string[]): ConfigMap =>
  storedConfigMap("a", version, {}, finalizers.length > 0 ? { finalizers } : {});

describe("addFinalizer()", () => {
  it("makes the list under the version in which there was none", async () => {
    const client = new ScriptedClient(ok(holding("11", "x/ours")));
    await rigOf(client).objects.addFinalizer(configMaps, holding("10"), "x/ours");
    expect(client.sent[0]?.json).toEqual([
      uid,
      { op: "test", path: "/metadata/resourceVersion", value: "10" },
      { op: "add", path: "/metadata/finalizers", value: ["x/ours"] },
    ]);
  });

  it("appends to a list whatever else changed", async () => {
    const client = new ScriptedClient(ok(holding("11", "x/theirs", "x/ours")));
    await rigOf(client).objects.addFinalizer(configMaps, holding("10", "x/theirs"), "x/ours");
    expect(client.sent[0]?.json).toEqual([
      uid,
      { op: "add", path: "/metadata/finalizers/-", value: "x/ours" },
    ]);
  });

  it("gives up at once on a name that the server refuses", async () => {
    const client = new ScriptedClient(refusal(422, "Invalid"), ok(holding("10")));
    const attempt = rigOf(client).objects.addFinalizer(configMaps, holding("10"), "not qualified");
    await expect(attempt).rejects.toThrow(InvalidObjectError);
    expect(client.lines).toEqual([`PATCH ${path}`, `GET ${path}`]);
  });
});

describe("removeFinalizer()", () => {
  it("tests the place before it removes it", async () => {
    const client = new ScriptedClient(ok(holding("11", "x/theirs")));
    await rigOf(client).objects.removeFinalizer(
      configMaps,
      holding("10", "x/theirs", "x/ours"),
      "x/ours",
    );
    expect(client.sent[0]?.json).toEqual([
      uid,
      { op: "test", path: "/metadata/finalizers/1", value: "x/ours" },
      { op: "remove", path: "/metadata/finalizers/1" },
    ]);
  });

  it.each([
    [409, "Conflict"],
    [422, "Invalid"],
  ])("tries again from the newest state after a %i", async (status, reason) => {
    const client = new ScriptedClient(
      refusal(status, reason),
      ok(holding("12", "x/ours")),
      ok(holding("13")),
    );
    const before = holding("10", "x/theirs", "x/ours");
    const after = await rigOf(client).objects.removeFinalizer(configMaps, before, "x/ours");
    expect(after?.metadata.resourceVersion).toBe("13");
    expect(client.sent[2]?.json).toMatchObject([uid, { path: "/metadata/finalizers/0" }, {}]);
  });

  it.each([
    ["gone", [refusal(404, "NotFound")]],
    ["gone at the second look", [refusal(409, "Conflict"), refusal(404, "NotFound")]],
  ])("is content when the object is %s", async (_title, replies) => {
    const client = new ScriptedClient(...replies);
    const attempt = rigOf(client).objects.removeFinalizer(
      configMaps,
      holding("10", "x/ours"),
      "x/ours",
    );
    expect(await attempt).toBeUndefined();
  });

  it("leaves it to the queue after five lost races", async () => {
    const client = new ScriptedClient();
    for (let at = 0; at < 5; at += 1) {
      client.extend(refusal(409, "Conflict"), ok(holding(`${20 + at}`, "x/ours")));
    }
    const attempt = rigOf(client).objects.removeFinalizer(
      configMaps,
      holding("10", "x/ours"),
      "x/ours",
    );
    await expect(attempt).rejects.toMatchObject({ code: "EXP_CONFLICT" });
    expect(client.lines.filter((line) => line.startsWith("PATCH"))).toHaveLength(5);
  });
});
