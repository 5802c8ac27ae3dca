// SPDX-License-Identifier: Apache-2.0
// Tests of Kubernetes Events: counting, combining, throttling, never failing (stage 6).
import { describe, expect, it } from "@jest/globals";
import { configMaps, namespaces, type ApiRequest, type EventNote } from "@haversack/core";
import { created, ok, refusal, ScriptedClient, type Reply } from "../test/scripted-client.js";
import { stored, storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const object = storedConfigMap("a", "10", {});
const note: EventNote = { type: "Warning", reason: "Failed", message: "no space" };

/** Takes every write, as a server would. */
const willing = (request: ApiRequest): Reply => (request.method === "POST" ? created({}) : ok({}));

function willingClient(requests = 500): ScriptedClient {
  return new ScriptedClient(...Array.from({ length: requests }, () => willing));
}

describe("event()", () => {
  it("writes a core/v1 Event about the object, once", async () => {
    const client = willingClient();
    await rigOf(client).objects.event(configMaps, object, note);
    expect(client.lines).toEqual(["POST /api/v1/namespaces/prod/events"]);
    expect(client.sent[0]?.json).toMatchObject({
      involvedObject: { kind: "ConfigMap", name: "a", namespace: "prod", uid: "uid-a" },
      type: "Warning",
      reason: "Failed",
      message: "no space",
      action: "Reconcile",
      reportingComponent: "tester",
      firstTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
    });
  });

  it("counts a repeat with a patch", async () => {
    const client = willingClient();
    const { objects, clock } = rigOf(client);
    await objects.event(configMaps, object, note);
    clock.nowMs += 1_000;
    await objects.event(configMaps, object, note);
    expect(client.sent[1]).toMatchObject({
      method: "PATCH",
      json: { count: 2, lastTimestamp: "2026-01-01T00:00:01Z" },
    });
  });

  it("counts repeats that come in while one is being written", async () => {
    const client = willingClient();
    const { objects } = rigOf(client);
    await Promise.all(Array.from({ length: 5 }, () => objects.event(configMaps, object, note)));
    expect(client.sent.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
    expect(client.sent[1]?.json).toMatchObject({ count: 5 });
  });

  it("sends 25 requests in a burst, then one in five minutes, and loses no count", async () => {
    const client = willingClient();
    const { objects, clock } = rigOf(client);
    for (let at = 0; at < 100; at += 1) await objects.event(configMaps, object, note);
    expect(client.sent).toHaveLength(25);
    clock.nowMs += 300_000;
    await objects.event(configMaps, object, note);
    expect(client.sent).toHaveLength(26);
    expect(client.sent[25]?.json).toMatchObject({ count: 101 });
  });

  it("combines ever new messages of one reason after ten", async () => {
    const client = willingClient();
    const { objects } = rigOf(client);
    for (let at = 0; at < 13; at += 1) {
      await objects.event(configMaps, object, { ...note, message: `try ${at}` });
    }
    const bodies = client.sent.map(({ json }) => json as { message?: string; count: number });
    expect(bodies.filter((body) => body.message?.startsWith("(combined"))).toHaveLength(1);
    expect(bodies.at(-1)).toMatchObject({ count: 3 });
  });

  it("counts on from what an earlier process wrote", async () => {
    const client = new ScriptedClient(
      refusal(409, "AlreadyExists"),
      ok({ metadata: stored("e", "5"), count: 7 }),
      ok({}),
    );
    await rigOf(client).objects.event(configMaps, object, note);
    expect(client.sent[2]).toMatchObject({ method: "PATCH", json: { count: 8 } });
  });

  it("writes about a cluster-scoped object into the namespace default", async () => {
    const client = willingClient();
    await rigOf(client).objects.event(namespaces, { metadata: { name: "n", uid: "u" } }, note);
    expect(client.lines).toEqual(["POST /api/v1/namespaces/default/events"]);
  });

  it.each<[string, Reply]>([
    ["a forbidden write", refusal(403, "Forbidden", "note: canary")],
    ["a server error", refusal(500, "InternalError")],
  ])("never throws, on %s", async (_title, reply) => {
    const { objects, logs } = rigOf(new ScriptedClient(reply));
    await objects.event(configMaps, object, { ...note, message: "canary" });
    expect(logs.lines).toHaveLength(1);
    expect(logs.lines[0]).toContain("Failed");
    expect(logs.lines[0]).not.toContain("canary");
  });

  it("never throws for an object that is none", async () => {
    const { objects } = rigOf(new ScriptedClient());
    await objects.event(configMaps, {} as never, note);
  });
});
