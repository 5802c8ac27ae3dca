// SPDX-License-Identifier: Apache-2.0
// Answers other than 200 and what the informer makes of them (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import { settle } from "../../test/informer/fake-clock.js";
import { FakeStream } from "../../test/informer/fake-stream.js";
import { configMap, given } from "../../test/informer/given.js";
import { failure, line, ScriptedServer } from "../../test/informer/scripted-server.js";

const status = (code: number, reason: string): string =>
  line("ERROR", { kind: "Status", code, reason, message: "because" } as never);

describe("informer on error answers", () => {
  it("waits as long as a 429 asks, and resumes the watch without a list", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    server.faults.watch.push(failure(429, 7_000), failure(429, 7_000), failure(429, 7_000));
    server.open.end();
    await clock.advance(450);
    expect(server.watches).toHaveLength(2);
    await clock.advance(6_999);
    expect(server.watches).toHaveLength(2);
    await clock.advance(60_000);
    expect(server.watches).toHaveLength(5);
    expect(server.lists).toHaveLength(1);
  });

  it("waits as long as a 429 in the stream asks, without a list", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    const details = { retryAfterSeconds: 5 };
    server.open.send(line("ERROR", { kind: "Status", code: 429, details } as never));
    await clock.advance(4_999);
    expect(server.watches).toHaveLength(1);
    await clock.advance(2_000);
    expect(server.watches).toHaveLength(2);
    expect(server.lists).toHaveLength(1);
  });

  it("honours Retry-After on a list", async () => {
    const server = new ScriptedServer();
    server.faults.list.push(failure(429, 9_000));
    const { clock } = await given({ server });
    await clock.advance(8_999);
    expect(server.lists).toHaveLength(1);
    await clock.advance(2_000);
    expect(server.lists).toHaveLength(2);
  });

  it("lists at once after a 410 in the stream, and tells the exact difference", async () => {
    const server = new ScriptedServer();
    const old = [configMap("same"), configMap("changed"), configMap("gone"), configMap("reborn")];
    const { clock, events, lease } = await given({ server, objects: old });
    events();
    server.put(configMap("changed", { k: "v" }), { silent: true });
    server.remove(configMap("gone"), { silent: true });
    server.remove(configMap("reborn"), { silent: true });
    server.put(configMap("reborn"), { silent: true });
    server.put(configMap("new"), { silent: true });
    server.open.send(status(410, "Expired"));
    await settle();
    expect(events().sort()).toEqual([
      "added new@109 relist synthetic",
      "added reborn@108 relist synthetic",
      "deleted gone@103 relist synthetic",
      "deleted reborn@104 relist synthetic",
      "modified changed@105 relist synthetic",
    ]);
    expect(lease.size).toBe(4);
    expect(clock.nextMs).toBeGreaterThan(1_000);
  });

  it("lists at once after a 410 as HTTP status", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(450);
    expect(server.lists).toHaveLength(2);
    expect(server.watches).toHaveLength(3);
  });

  it("does not list in a loop when every version is expired at once", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    server.faults.watch = Array.from({ length: 1_000 }, () => failure(410));
    server.open.end();
    await clock.advance(60_000);
    expect(server.lists.length).toBeLessThan(14);
  });

  it("serves the old state until the new list is complete, and then the new one whole", async () => {
    const server = new ScriptedServer();
    const names = ["a", "b", "c", "d"];
    const setting = await given({
      server,
      objects: names.map((name) => configMap(name)),
      pool: { pageSize: 2 },
    });
    for (const name of names) server.put(configMap(name, { k: "new" }), { silent: true });
    const seen: string[] = [];
    const look = (): void => {
      const values = [...setting.lease.values()].map(({ data }) => data?.["k"] ?? "old");
      seen.push(values.join(" "));
    };
    setting.lease.subscribe({ stage: "index", onEvent: look });
    await settle();
    seen.length = 0;
    const page2 = { hold: (): void => undefined };
    server.faults.list.push("none", async (request) => {
      await new Promise<void>((resolve) => (page2.hold = resolve));
      return server.stream(request);
    });
    server.open.send(status(410, "Expired"));
    await settle();
    look();
    expect(seen).toEqual(["old old old old"]);
    page2.hold();
    await settle();
    expect(seen.slice(1)).toEqual(Array(4).fill("new new new new"));
  });

  it("begins the list anew when its continue token expires, and keeps the old state", async () => {
    const server = new ScriptedServer();
    const objects = ["a", "b", "c", "d", "e"].map((name) => configMap(name));
    server.faults.list.push("none", failure(410));
    const { lease, events } = await given({ server, objects, pool: { pageSize: 2 } });
    expect(lease.size).toBe(5);
    expect(events()).toHaveLength(5);
    expect(server.lists.map(({ query }) => query["continue"])).toEqual([
      undefined,
      "105:2",
      undefined,
      "105:2",
      "105:4",
    ]);
  });

  it("asks for the list in one piece when its tokens keep expiring", async () => {
    const server = new ScriptedServer();
    for (let attempt = 0; attempt < 3; attempt++) server.faults.list.push("none", failure(410));
    const objects = ["a", "b", "c"].map((name) => configMap(name));
    const { lease } = await given({ server, objects, pool: { pageSize: 2 } });
    expect(lease.size).toBe(3);
    expect(server.lists.at(-1)?.query["limit"]).toBeUndefined();
  });

  it("degrades to forbidden when the right is taken away, keeps its cache and recovers", async () => {
    const { server, clock, lease, told } = await given({ objects: [configMap("a")] });
    server.faults.watch = Array.from({ length: 3 }, () => failure(403));
    server.open.end();
    await clock.advance(500);
    expect(lease.status.state).toBe("forbidden");
    expect(lease.status.problem).toContain("Grant the right");
    expect(lease.size).toBe(1);
    await clock.advance(66_000);
    expect(server.watches).toHaveLength(3);
    await clock.advance(140_000);
    expect(lease.status.state).toBe("synced");
    expect(server.lists).toHaveLength(1);
    const states = told.flatMap((entry) => ("status" in entry ? [entry.status.state] : []));
    expect(states).toEqual(["synced", "forbidden", "synced"]);
  });

  it("settles those who wait when the kind is forbidden from the start", async () => {
    const server = new ScriptedServer();
    server.faults.list = [failure(403)];
    const { lease, clock, told } = await given({ server, objects: [configMap("a")] });
    await lease.whenSynced();
    expect(lease.status.state).toBe("forbidden");
    await clock.advance(70_000);
    expect(lease.status.state).toBe("synced");
    expect(told.at(-1)).toEqual({ synced: "101", isRelist: false });
  });

  it("tries again soon after a 401, since credentials are renewed by themselves", async () => {
    const { server, clock, lease } = await given({ objects: [configMap("a")] });
    server.faults.watch = [failure(401)];
    server.open.end();
    await clock.advance(500);
    expect(lease.status.state).toBe("forbidden");
    await clock.advance(2_000);
    expect(lease.status.state).toBe("synced");
  });

  it("waits for a kind that is not served yet and takes it up when it appears", async () => {
    const server = new ScriptedServer();
    server.isServed = false;
    const { lease, clock, events, told } = await given({ server });
    await lease.whenSynced();
    expect(lease.status.state).toBe("absent");
    await clock.advance(60_000);
    expect(server.lists.length).toBeLessThan(8);
    server.isServed = true;
    server.put(configMap("a"), { silent: true });
    await clock.advance(11_000);
    expect(lease.status.state).toBe("synced");
    expect(events()).toEqual(["added a@101 initial"]);
    expect(told.at(-1)).toEqual({ synced: "101", isRelist: false });
  });

  it("empties the cache with deletions when the kind is removed, and resumes on its return", async () => {
    const { server, lease, clock, events } = await given({ objects: [configMap("a")] });
    events();
    server.isServed = false;
    server.open.end();
    await clock.advance(500);
    expect(lease.status.state).toBe("absent");
    expect(events()).toEqual(["deleted a@101 relist synthetic"]);
    expect(lease.size).toBe(0);
    server.isServed = true;
    await clock.advance(11_000);
    expect(events()).toEqual(["added a@101 relist synthetic"]);
  });

  it("looks for an absent kind at once when asked to", async () => {
    const server = new ScriptedServer();
    server.isServed = false;
    const { lease, pool } = await given({ server });
    server.isServed = true;
    pool.rediscover();
    await settle();
    expect(lease.status.state).toBe("synced");
  });

  it("lists when the server cannot decode a stored object, and drops that object", async () => {
    const { server, events, clock } = await given({ objects: [configMap("a"), configMap("bad")] });
    events();
    server.objects.delete("prod/bad");
    server.open.send(status(500, "StorageReadError"));
    await clock.advance(500);
    expect(events()).toEqual(["deleted bad@102 relist synthetic"]);
  });

  it("resumes after an internal error in the stream; the third in a row leads to a list", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    for (let time = 0; time < 3; time++) {
      expect(server.lists).toHaveLength(1);
      server.open.send(status(500, "InternalError"));
      await clock.advance(5_000);
    }
    expect(server.lists).toHaveLength(2);
  });

  it("goes on trying with a selector that the server refuses, and tells why", async () => {
    const server = new ScriptedServer();
    server.faults.list = Array.from({ length: 3 }, () => failure(400));
    const { lease, clock } = await given({ server });
    expect(lease.status).toMatchObject({ state: "syncing", problem: expect.any(String) });
    await clock.advance(10_000);
    expect(lease.status.state).toBe("synced");
  });
});

describe("informer on a page that is no list", () => {
  it.each([
    ["a Status", '{"kind":"Status","code":410,"reason":"Expired"}'],
    ["a line of a watch", '{"type":"ERROR","object":{"kind":"Status","code":410}}'],
  ])("tells nothing as deleted when a later page is %s", async (_what, text) => {
    const server = new ScriptedServer();
    const objects = ["a", "b", "c"].map((name) => configMap(name));
    const setting = await given({ server, objects, pool: { pageSize: 2 } });
    setting.events();
    const broken = new FakeStream();
    broken.send(text);
    broken.end();
    server.faults.list.push("none", () => Promise.resolve(broken));
    server.open.send(status(410, "Expired"));
    await settle();
    expect(setting.lease.size).toBe(3);
    await setting.clock.advance(2_000);
    expect(setting.events()).toEqual([]);
    expect(setting.lease.status.state).toBe("synced");
  });
});
