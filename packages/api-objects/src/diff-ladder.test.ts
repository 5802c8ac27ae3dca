// SPDX-License-Identifier: Apache-2.0
// Tests of the diff ladder: what is sent, rung by rung (stage 6).
import { describe, expect, it } from "@jest/globals";
import { configMaps, deployments, secrets, type ConfigMap, type Deployment } from "@haversack/core";
import { created, ok, refusal, ScriptedClient } from "../test/scripted-client.js";
import { applied, configMap, stored, storedConfigMap } from "../test/samples.js";
import { rigOf } from "../test/scripted-runtime.js";

const path = "/api/v1/namespaces/prod/configmaps/a";
const ownsSize = applied("tester", { "f:data": { "f:size": {} } });

/** A rig whose first apply has been answered with version 10. */
async function afterFirstApply(data: Record<string, string> = { size: "3" }) {
  const client = new ScriptedClient(created(storedConfigMap("a", "10", data)));
  const rig = rigOf(client);
  rig.cache.hold(configMaps);
  await rig.objects.apply(configMaps, configMap("a", data));
  return { client, ...rig };
}

describe("the diff ladder", () => {
  it("creates what is absent with one server-side apply", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "10", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    const result = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(result).toMatchObject({ outcome: "created", requests: 1 });
    expect(client.lines).toEqual([`PATCH ${path}`]);
    expect(client.sent[0]).toMatchObject({
      contentType: "application/apply-patch+yaml",
      query: { fieldManager: "tester", force: true },
      json: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", namespace: "prod" },
        data: { size: "3" },
      },
    });
  });

  it("sends nothing on rung 1: same declaration, same live version", async () => {
    const { client, objects } = await afterFirstApply();
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second).toMatchObject({ outcome: "unchanged", requests: 0 });
    expect(client.lines).toHaveLength(1);
  });

  it("sends nothing when another field of the live object changed", async () => {
    const { client, objects, cache } = await afterFirstApply();
    const labelled = storedConfigMap("a", "11", { size: "3" }, { labels: { by: "other" } });
    cache.hold(configMaps, labelled);
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second.object).toBe(labelled);
    expect(client.lines).toHaveLength(1);
  });

  it("writes on a changed declaration without asking first", async () => {
    const { client, objects } = await afterFirstApply();
    client.extend(ok(storedConfigMap("a", "11", { size: "4" })));
    const second = await objects.apply(configMaps, configMap("a", { size: "4" }));
    expect(second).toMatchObject({ outcome: "updated", requests: 1 });
    expect(client.lines).toEqual([`PATCH ${path}`, `PATCH ${path}`]);
  });

  it("writes when a field is no longer declared, although the rest is live", async () => {
    const { client, objects } = await afterFirstApply({ size: "3", mode: "x" });
    client.extend(ok(storedConfigMap("a", "11", { size: "3" })));
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second.outcome).toBe("updated");
    expect(client.sent[1]?.json).toMatchObject({ data: { size: "3" } });
  });

  it("repairs drift with a dry run and a write", async () => {
    const { client, objects, cache } = await afterFirstApply();
    cache.hold(configMaps, storedConfigMap("a", "11", { size: "tampered" }));
    client.extend(
      ok(storedConfigMap("a", "11", { size: "3" })),
      ok(storedConfigMap("a", "12", { size: "3" })),
    );
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second).toMatchObject({ outcome: "updated", requests: 2 });
    expect(client.lines.slice(1)).toEqual([`PATCH ${path} dryRun`, `PATCH ${path}`]);
  });

  it("asks once about a mismatch that the server insists on, then never again", async () => {
    const { client, objects, cache } = await afterFirstApply();
    const rewritten = storedConfigMap("a", "11", { size: "three" });
    cache.hold(configMaps, rewritten);
    client.extend(ok(rewritten));
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second).toMatchObject({ outcome: "unchanged", requests: 1 });
    cache.hold(configMaps, { ...rewritten, metadata: stored("a", "12", { labels: { x: "y" } }) });
    const third = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(third).toMatchObject({ outcome: "unchanged", requests: 0 });
  });

  it("learns what the server makes of a write from its answer", async () => {
    const client = new ScriptedClient(created(storedConfigMap("a", "10", { size: "mutated" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, configMap("a", { size: "3" }));
    cache.hold(configMaps, storedConfigMap("a", "20", { size: "mutated" }, { labels: { n: "1" } }));
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second).toMatchObject({ outcome: "unchanged", requests: 0 });
  });

  it("asks again about a learned difference when the generation changed", async () => {
    const live = (version: string, generation: number): Deployment => ({
      metadata: stored("a", version, { generation }),
      spec: { replicas: 9, selector: {}, template: { spec: { containers: [] } } },
    });
    const desired: Deployment = {
      metadata: { name: "a", namespace: "prod" },
      spec: { replicas: 3, selector: {}, template: { spec: { containers: [] } } },
    };
    const client = new ScriptedClient(created(live("10", 1)));
    const { objects, cache } = rigOf(client);
    cache.hold(deployments);
    await objects.apply(deployments, desired);
    cache.hold(deployments, live("11", 1));
    expect((await objects.apply(deployments, desired)).requests).toBe(0);
    cache.hold(deployments, live("12", 2));
    client.extend(ok(live("12", 2)));
    expect((await objects.apply(deployments, desired)).requests).toBe(1);
    cache.hold(deployments, live("13", 2));
    expect((await objects.apply(deployments, desired)).requests).toBe(0);
  });

  it("asks again after an hour where a kind has no generation to go by", async () => {
    const mutated = (version: string): ConfigMap => storedConfigMap("a", version, { size: "x" });
    const client = new ScriptedClient(created(mutated("10")));
    const { objects, cache, clock } = rigOf(client);
    cache.hold(configMaps);
    await objects.apply(configMaps, configMap("a", { size: "3" }));
    clock.nowMs += 3_600_001;
    cache.hold(configMaps, mutated("11"));
    client.extend(ok(mutated("11")));
    expect((await objects.apply(configMaps, configMap("a", { size: "3" }))).requests).toBe(1);
  });

  it("takes a re-created object of the same name for another one", async () => {
    const { client, objects, cache } = await afterFirstApply();
    const recreated = storedConfigMap("a", "20", { size: "3" }, { uid: "uid-new" });
    cache.hold(configMaps, recreated);
    client.extend(
      ok({ ...recreated, metadata: { ...recreated.metadata, managedFields: [ownsSize] } }),
    );
    expect((await objects.apply(configMaps, configMap("a", { size: "3" }))).requests).toBe(1);
  });

  it("remembers no more objects than allowed, and asks about those it forgot", async () => {
    const client = new ScriptedClient();
    const { objects, cache } = rigOf(client, { maxRememberedObjects: 1 });
    cache.hold(configMaps);
    for (const name of ["a", "b"]) {
      client.extend(created(storedConfigMap(name, "10", { size: "3" })));
      await objects.apply(configMaps, configMap(name, { size: "3" }));
    }
    expect((await objects.apply(configMaps, configMap("b", { size: "3" }))).requests).toBe(0);
    client.extend(ok(storedConfigMap("a", "10", { size: "3" }, { managedFields: [ownsSize] })));
    expect((await objects.apply(configMaps, configMap("a", { size: "3" }))).requests).toBe(1);
  });

  it("writes at once when the dry run itself is refused", async () => {
    const { client, objects, cache } = await afterFirstApply();
    cache.hold(configMaps, storedConfigMap("a", "11", { size: "x" }));
    client.extend(
      refusal(400, "BadRequest", "admission webhook does not support dry run"),
      ok(storedConfigMap("a", "12", { size: "3" })),
    );
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second.outcome).toBe("updated");
  });
});

describe("the diff ladder after a restart", () => {
  it("takes managedFields from one GET when the cache has none, and then knows", async () => {
    const live = storedConfigMap("a", "10", { size: "3" });
    const client = new ScriptedClient(
      ok({ ...live, metadata: { ...live.metadata, managedFields: [ownsSize] } }),
    );
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, live);
    const first = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(first).toMatchObject({ outcome: "unchanged", requests: 1 });
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second.requests).toBe(0);
    expect(client.lines).toEqual([`GET ${path}`]);
  });

  it("sends nothing when the cache keeps managedFields", async () => {
    const client = new ScriptedClient();
    const { objects, cache } = rigOf(client);
    cache.hold(
      configMaps,
      storedConfigMap("a", "10", { size: "3" }, { managedFields: [ownsSize] }),
    );
    const first = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(first).toMatchObject({ outcome: "unchanged", requests: 0 });
  });

  it("removes a field that we own and no longer declare", async () => {
    const owns = applied("tester", { "f:data": { "f:size": {}, "f:old": {} } });
    const live = storedConfigMap("a", "10", { size: "3", old: "x" }, { managedFields: [owns] });
    const client = new ScriptedClient(ok(storedConfigMap("a", "11", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, live);
    const first = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(first).toMatchObject({ outcome: "updated", requests: 1 });
  });

  it("leaves a field alone that another manager owns", async () => {
    const theirs = applied("other", { "f:data": { "f:old": {} } });
    const live = storedConfigMap(
      "a",
      "10",
      { size: "3", old: "x" },
      { managedFields: [ownsSize, theirs] },
    );
    const { objects, cache } = rigOf(new ScriptedClient());
    cache.hold(configMaps, live);
    const first = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(first.outcome).toBe("unchanged");
  });

  it("takes ownership of an object that somebody else made the same", async () => {
    const theirs = { ...applied("kubectl", { "f:data": { "f:size": {} } }), operation: "Update" };
    const live = storedConfigMap("a", "10", { size: "3" }, { managedFields: [theirs] });
    const client = new ScriptedClient(ok(storedConfigMap("a", "11", { size: "3" })));
    const { objects, cache } = rigOf(client);
    cache.hold(configMaps, live);
    const first = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(first).toMatchObject({ outcome: "updated", requests: 1 });
  });

  it("reads the object first where no cache covers the kind", async () => {
    const live = storedConfigMap("a", "10", { size: "3" }, { managedFields: [ownsSize] });
    const client = new ScriptedClient(ok(live), ok(live));
    const { objects } = rigOf(client);
    expect((await objects.apply(configMaps, configMap("a", { size: "3" }))).requests).toBe(1);
    expect((await objects.apply(configMaps, configMap("a", { size: "3" }))).requests).toBe(1);
    expect(client.lines).toEqual([`GET ${path}`, `GET ${path}`]);
  });

  it("forgets on demand, as when another process may have written under its name", async () => {
    const { client, objects } = await afterFirstApply();
    objects.forget();
    client.extend(ok(storedConfigMap("a", "10", { size: "3" }, { managedFields: [ownsSize] })));
    const second = await objects.apply(configMaps, configMap("a", { size: "3" }));
    expect(second).toMatchObject({ outcome: "unchanged", requests: 1 });
  });
});

describe("what the ladder compares", () => {
  it("takes a Secret's stringData for the data the server makes of it", async () => {
    const live = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: stored("a", "10", {
        managedFields: [applied("tester", { "f:data": { "f:password": {} } })],
      }),
      data: { password: "aHVudGVyMg==" },
    };
    const { objects, cache } = rigOf(new ScriptedClient());
    cache.hold(secrets, live);
    const result = await objects.apply(secrets, {
      metadata: { name: "a", namespace: "prod" },
      stringData: { password: "hunter2" },
    });
    expect(result).toMatchObject({ outcome: "unchanged", requests: 0 });
  });

  it("handles a ConfigMap whose keys are __proto__ and constructor", async () => {
    const data = JSON.parse('{"__proto__":"a","constructor":"b","toJSON":"c"}') as Record<
      string,
      string
    >;
    const { client, objects, cache } = await afterFirstApply(data);
    expect(JSON.stringify((client.sent[0]?.json as ConfigMap).data)).toBe(
      JSON.stringify({ ...data }),
    );
    cache.hold(configMaps, storedConfigMap("a", "11", data, { labels: { x: "y" } }));
    expect((await objects.apply(configMaps, configMap("a", data))).requests).toBe(0);
    const drifted = JSON.parse('{"__proto__":"z","constructor":"b","toJSON":"c"}') as typeof data;
    cache.hold(configMaps, storedConfigMap("a", "12", drifted));
    client.extend(ok(storedConfigMap("a", "12", data)), ok(storedConfigMap("a", "13", data)));
    expect((await objects.apply(configMaps, configMap("a", data))).outcome).toBe("updated");
    expect(({} as { a?: string }).a).toBeUndefined();
  });

  it("bounds the work for an object of 1.4 MB", async () => {
    const data = Object.fromEntries(
      Array.from({ length: 1400 }, (_, at) => [`key-${at}`, "x".repeat(1000)]),
    );
    const { client, objects, cache } = await afterFirstApply(data);
    cache.hold(configMaps, storedConfigMap("a", "11", data, { labels: { x: "y" } }));
    const startedMs = performance.now();
    expect((await objects.apply(configMaps, configMap("a", data))).requests).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(client.lines).toHaveLength(1);
  });
});
