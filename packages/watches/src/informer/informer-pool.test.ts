// SPDX-License-Identifier: Apache-2.0
// Sharing, leases, replay and reports of the informer pool (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import {
  configMaps,
  ConfigurationError,
  InvalidNameError,
  namespaces,
  secrets,
  type InformerHandler,
  type ConfigMap,
} from "@haversack/core";
import { settle } from "../../test/informer/fake-clock.js";
import { configMap, describe as say, given } from "../../test/informer/given.js";
import { FakeStream } from "../../test/informer/fake-stream.js";
import { failure, ScriptedServer } from "../../test/informer/scripted-server.js";
import { defaultTuning, InformerPool } from "./index.js";

const key = { namespace: "prod", name: "a" };

function recorder(
  stage: "index" | "enqueue",
  into: string[],
  name = "",
): InformerHandler<ConfigMap> {
  return {
    stage,
    onEvent: (event) => void into.push(`${name}${say(event)}`),
    onSynced: (version, isRelist) =>
      void into.push(`${name}synced ${version}${isRelist ? " relist" : ""}`),
  };
}

describe("InformerPool", () => {
  it("tells the first list as initial events and then the watch's events", async () => {
    const { server, lease, events, told } = await given({
      objects: [configMap("a"), configMap("b")],
    });
    expect(events()).toEqual(["added a@101 initial", "added b@102 initial"]);
    expect(told.at(-1)).toEqual({ synced: "102", isRelist: false });
    server.put(configMap("a", { k: "v" }));
    server.remove(configMap("b"));
    await settle();
    expect(events()).toEqual(["modified a@103", "deleted b@104"]);
    expect(lease.get(key)?.data).toEqual({ k: "v" });
    expect(lease.get({ namespace: "prod", name: "b" })).toBeUndefined();
    expect(lease.size).toBe(1);
    expect(lease.status).toEqual({
      state: "synced",
      resourceVersion: "104",
      staleSinceMs: undefined,
      problem: undefined,
    });
  });

  it("shares one informer among equal wishes, whatever their order and owner", async () => {
    const { server, pool } = await given();
    const options = { namespaces: ["a", "b"], projection: { keep: "metadata" } } as const;
    const first = pool.acquire(configMaps, { ...options, wantedBy: "x" });
    pool.acquire(configMaps, { ...options, namespaces: ["b", "a", "b"], wantedBy: "y" });
    await settle();
    expect(server.lists).toHaveLength(3);
    expect(first.status.state).toBe("synced");
  });

  it.each([
    ["label selector", { labelSelector: "a=b" }],
    ["field selector", { fieldSelector: "metadata.name=a" }],
    ["namespace", { namespaces: ["prod"] }],
    ["projection", { projection: { keep: "metadata" } }],
    ["paths", { projection: { keep: "paths", paths: ["data"] } }],
    ["managedFields", { managedFields: true }],
  ] as const)("starts another informer for another %s", async (_what, options) => {
    const { server, pool } = await given();
    pool.acquire(configMaps, options);
    await settle();
    expect(server.lists).toHaveLength(2);
    expect(server.lists[1]?.query["labelSelector"]).toBe((options as never)["labelSelector"]);
    expect(server.watches[1]?.query["fieldSelector"]).toBe((options as never)["fieldSelector"]);
  });

  it("stops with the last holder, and starts anew for the next", async () => {
    const { server, pool, lease } = await given({ objects: [configMap("a")] });
    const second = pool.acquire(configMaps);
    lease.release();
    expect(server.open.isClosed).toBe(false);
    expect(second.status.state).toBe("synced");
    second.release();
    expect(server.open.isClosed).toBe(true);
    const third = pool.acquire(configMaps);
    await third.whenSynced();
    expect(third.size).toBe(1);
    await settle();
    expect(server.watches.filter(({ stream }) => stream?.isClosed === false)).toHaveLength(1);
  });

  it("tells a late handler the whole cache as initial events before anything else", async () => {
    const { server, pool } = await given({ objects: [configMap("a"), configMap("b")] });
    const heard: string[] = [];
    const late = pool.acquire(configMaps);
    late.subscribe(recorder("index", heard));
    server.put(configMap("a", { k: "v" }));
    await late.whenSynced();
    expect(heard.slice(0, 3)).toEqual(["added a@101 initial", "added b@102 initial", "synced 102"]);
    await settle();
    expect(heard.slice(3)).toEqual(["modified a@103"]);
  });

  it("replays to a handler that joins within an event, without losing or doubling one", async () => {
    const { server, lease } = await given({ objects: [configMap("a")] });
    const heard: string[] = [];
    let hasJoined = false;
    lease.subscribe({
      stage: "index",
      onEvent: (event) => {
        if (hasJoined || event.isInitial) return;
        hasJoined = true;
        lease.subscribe(recorder("enqueue", heard));
      },
    });
    await settle();
    server.put(configMap("b"));
    server.put(configMap("c"));
    await settle();
    expect(heard.filter((text) => text.startsWith("added")).sort()).toHaveLength(3);
    expect(new Set(heard).size).toBe(heard.length);
  });

  it("has called all index handlers before the first enqueue handler, whoever joined first", async () => {
    const { server, lease } = await given();
    const heard: string[] = [];
    lease.subscribe(recorder("enqueue", heard, "queue "));
    lease.subscribe(recorder("index", heard, "index1 "));
    lease.subscribe(recorder("index", heard, "index2 "));
    await settle();
    heard.length = 0;
    server.put(configMap("a"));
    await settle();
    expect(heard).toEqual(["index1 added a@101", "index2 added a@101", "queue added a@101"]);
  });

  it("keeps index before enqueue on a new list, its end included", async () => {
    const { server, clock, lease } = await given({ objects: [configMap("a")] });
    const heard: string[] = [];
    lease.subscribe(recorder("enqueue", heard, "queue "));
    lease.subscribe(recorder("index", heard, "index "));
    await settle();
    heard.length = 0;
    server.remove(configMap("a"), { silent: true });
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(500);
    expect(heard).toEqual([
      "index deleted a@101 relist synthetic",
      "queue deleted a@101 relist synthetic",
      "index synced 102 relist",
      "queue synced 102 relist",
    ]);
  });

  it("shields handlers from one that throws, rejects or throws nothing, and names the object", async () => {
    const { server, lease, events, logged } = await given();
    const fail = [
      () => {
        throw new Error("sync");
      },
      () => Promise.reject(new Error("async")),
      () => {
        throw undefined;
      },
    ];
    for (const onEvent of fail) lease.subscribe({ stage: "index", onEvent: onEvent as () => void });
    lease.subscribe({
      stage: "index",
      onEvent: () => undefined,
      onSynced: () => {
        throw new Error("synced");
      },
      onStatus: () => {
        throw new Error("status");
      },
    });
    await settle();
    server.put(configMap("a"));
    await settle();
    expect(events()).toEqual(["added a@101"]);
    const failures = logged.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(failures.filter((text) => text.includes("ConfigMap prod/a"))).toHaveLength(3);
    expect(lease.status.state).toBe("synced");
  });

  it("tells nothing more to a handler that left, also within an event", async () => {
    const { server, lease } = await given();
    const heard: string[] = [];
    const leaving = lease.subscribe(recorder("enqueue", heard));
    lease.subscribe({ stage: "index", onEvent: () => leaving.unsubscribe() });
    await settle();
    heard.length = 0;
    server.put(configMap("a"));
    await settle();
    expect(heard).toEqual([]);
  });

  it("frees those who wait when the informer is released before its first list", async () => {
    const server = new ScriptedServer();
    server.faults.list.push(() => new Promise(() => undefined));
    const { lease } = await given({ server });
    const waiting = lease.whenSynced();
    lease.release();
    await waiting;
    expect(lease.status.state).toBe("stopped");
  });

  it("watches each namespace by itself and is synced when all are", async () => {
    const server = new ScriptedServer();
    server.faults.list.push(failure(503));
    const heard: string[] = [];
    const { pool, clock, lease } = await given({
      server,
      options: { namespaces: ["prod", "test"] },
    });
    lease.subscribe(recorder("index", heard));
    expect(lease.status.state).toBe("syncing");
    await clock.advance(1_000);
    expect(lease.status.state).toBe("synced");
    expect(heard).toEqual(["synced 100"]);
    expect(server.lists.map(({ request }) => request.path).slice(0, 2)).toEqual([
      "/api/v1/namespaces/prod/configmaps",
      "/api/v1/namespaces/test/configmaps",
    ]);
    pool.close();
  });

  it("gives as its version the one that all namespaces have reached", async () => {
    const server = new ScriptedServer();
    const { lease } = await given({ server, options: { namespaces: ["prod", "test"] } });
    const [first] = server.watches;
    const metadata = { uid: "u", resourceVersion: "200" };
    first?.stream?.send(
      `${JSON.stringify({ type: "ADDED", object: configMap("a", {}, metadata) })}\n`,
    );
    await settle();
    expect(lease.size).toBe(1);
    expect(lease.status.resourceVersion).toBe("100");
  });

  it("passes over namespaces for a kind that has none", async () => {
    const { pool, server } = await given();
    pool.acquire(namespaces, { namespaces: ["prod"] });
    await settle();
    expect(server.lists.at(-1)?.request.path).toBe("/api/v1/namespaces");
  });

  it("refuses options that cannot work", async () => {
    const { pool } = await given();
    expect(() => pool.acquire(configMaps, { namespaces: [] })).toThrow(ConfigurationError);
    expect(() => pool.acquire(configMaps, { namespaces: [".."] })).toThrow(InvalidNameError);
    const paths = { keep: "paths", paths: ["spec..x"] } as const;
    expect(() => pool.acquire(configMaps, { projection: paths })).toThrow(ConfigurationError);
    expect(pool.report()).toHaveLength(1);
  });

  it("reports who wants what, how much it holds and what is wrong with it", async () => {
    const { pool } = await given({ objects: [configMap("a")] });
    pool.acquire(configMaps, { wantedBy: "operator" });
    pool.acquire(configMaps, { wantedBy: "operator" });
    const [report] = pool.report();
    expect(report).toMatchObject({ kind: "ConfigMap", objects: 1, bodyBytes: undefined });
    expect([...(report?.wantedBy ?? [])]).toEqual([
      ["test", 1],
      ["operator", 2],
    ]);
  });

  it("resyncs the whole cache when asked to, and never when not", async () => {
    const { clock, events } = await given({
      objects: [configMap("a")],
      pool: { resyncPeriodMs: 60_000 },
    });
    events();
    await clock.advance(125_000);
    expect(events()).toEqual([
      "resynced a@101 resync synthetic",
      "resynced a@101 resync synthetic",
    ]);
    expect(defaultTuning.resyncPeriodMs).toBeUndefined();
  });

  it("closes everything at once", async () => {
    const { pool, lease, clock, server } = await given();
    pool.acquire(secrets);
    await settle();
    pool.close();
    pool.close();
    await settle();
    expect(lease.status.state).toBe("stopped");
    expect(clock.pending).toBe(0);
    expect(server.watches.every(({ stream }) => stream?.isClosed)).toBe(true);
  });

  it("works with the defaults of a runtime's undefined options", () => {
    const pool = new InformerPool({ client: new ScriptedServer(), resyncPeriodMs: undefined });
    expect(pool.report()).toEqual([]);
  });
});

describe("InformerPool.peek()", () => {
  it("knows what a synced informer of whole objects covers", async () => {
    const { pool } = await given({ objects: [configMap("a")] });
    expect(pool.peek(configMaps, key)).toMatchObject({
      known: true,
      object: { metadata: { name: "a" } },
    });
    expect(pool.peek(configMaps, { ...key, name: "no" })).toEqual({
      known: true,
      object: undefined,
    });
    expect(pool.peek(secrets, key)).toEqual({ known: false, object: undefined });
  });

  it.each([
    ["it has a selector", { labelSelector: "x" }],
    ["it watches another namespace", { namespaces: ["other"] }],
  ] as const)("does not know that an object is missing when %s", async (_why, options) => {
    const { pool } = await given({ options });
    expect(pool.peek(configMaps, key).known).toBe(false);
  });

  it.each([
    ["metadata", { keep: "metadata" }],
    ["paths", { keep: "paths", paths: ["data"] }],
  ] as const)("knows nothing from an informer that keeps %s", async (_what, projection) => {
    const { pool } = await given({ objects: [configMap("a")], options: { projection } });
    expect(pool.peek(configMaps, key).known).toBe(false);
  });

  it("knows nothing while the cache may lag", async () => {
    const { pool, server } = await given({ objects: [configMap("a")] });
    server.open.cut(new Error("cut"));
    await settle();
    expect(pool.peek(configMaps, key).known).toBe(false);
  });
});

describe("informer back-pressure", () => {
  it("takes no further chunk while a handler is being told the cache", async () => {
    const server = new ScriptedServer();
    const open = new FakeStream();
    server.faults.watch.push(() => Promise.resolve(open));
    const objects = Array.from({ length: 50 }, (_, index) => configMap(`o${index}`));
    let nowMs = 0;
    const clock = {
      now: () => nowMs,
      monotonicMs: () => (nowMs += 10), // Every look at the clock finds a slice used up.
      setTimer: () => ({ cancel: () => undefined }),
    };
    const { lease } = await given({ server, objects, pool: { clock } });
    await lease.whenSynced();
    let heard = 0;
    lease.subscribe({ stage: "index", onEvent: () => void heard++ });
    const before = open.taken;
    for (let chunk = 0; chunk < 20; chunk++) open.send("\n");
    const taken: number[] = [];
    while (heard < 50) {
      taken.push(open.taken - before);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken.length).toBeGreaterThan(40); // It gave way to others all the time.
    expect(Math.max(...taken)).toBeLessThanOrEqual(1);
    await settle();
    lease.release();
  });
});
