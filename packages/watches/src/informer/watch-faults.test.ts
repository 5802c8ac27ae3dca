// SPDX-License-Identifier: Apache-2.0
// Faults of a connection and what the informer makes of them (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import { ConnectionError } from "@haversack/core";
import { settle } from "../../test/informer/fake-clock.js";
import { configMap, given } from "../../test/informer/given.js";
import { bookmark, failure, line, ScriptedServer } from "../../test/informer/scripted-server.js";

const key = { namespace: "prod", name: "a" };

function reset(): Error {
  return new ConnectionError("EXP_CONNECTION", "socket hang up", "backoff", 0);
}

describe("informer on a faulty connection", () => {
  it("resumes from the last version after a connection reset, without a list", async () => {
    const { server, clock, lease, events } = await given({ objects: [configMap("a")] });
    server.open.cut(reset());
    server.put(configMap("a", { k: "missed" }), { silent: true });
    await settle();
    expect(lease.status.state).toBe("stale");
    expect(lease.status.staleSinceMs).toBe(0);
    await clock.advance(450);
    expect(lease.status.state).toBe("synced");
    expect(server.lists).toHaveLength(1);
    expect(server.watches.map(({ query }) => query["resourceVersion"])).toEqual(["101", "101"]);
    expect(events()).toEqual(["added a@101 initial", "modified a@102"]);
  });

  it("goes on after any number of failures, with growing pauses up to 30 s", async () => {
    const { server, clock, lease } = await given({ objects: [configMap("a")] });
    server.faults.watch = Array.from({ length: 12 }, () => failure(500));
    server.open.cut(reset());
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      await settle();
      const nextMs = clock.nextMs ?? 0;
      pauses.push(nextMs);
      await clock.advance(nextMs);
    }
    expect(pauses.slice(0, 4)).toEqual([450, 850, 1650, 3250]);
    expect(Math.max(...pauses)).toBe(15_050);
    await clock.advance(60_000);
    expect(lease.status.state).toBe("synced");
    server.put(configMap("a", { k: "v" }));
    await settle();
    expect(lease.get(key)?.data).toEqual({ k: "v" });
  });

  it("lists again after a first list that failed, and then watches", async () => {
    const server = new ScriptedServer();
    server.faults.list.push(failure(503), reset());
    const { clock, lease, events } = await given({ server, objects: [configMap("a")] });
    expect(lease.status.state).toBe("syncing");
    await clock.advance(2_000);
    expect(server.lists).toHaveLength(3);
    expect(server.watches).toHaveLength(1);
    expect(events()).toEqual(["added a@101 initial"]);
  });

  it("does not reconnect in a loop when the server closes every watch at once", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    for (let second = 0; second < 60; second++) {
      if (!server.open.isClosed) server.open.end();
      await clock.advance(1_000);
    }
    expect(server.watches.length).toBeLessThan(12);
    expect(server.lists).toHaveLength(1);
  });

  it("reconnects at once after a watch that ended in its time", async () => {
    const { server, clock, lease } = await given({ objects: [configMap("a")] });
    expect(server.watches[0]?.query["timeoutSeconds"]).toBe(450);
    await clock.advance(400_000);
    server.open.end();
    await settle();
    expect(server.watches).toHaveLength(2);
    expect(lease.status.state).toBe("synced");
  });

  it("asks for a watch of 5 to 10 minutes, evenly drawn", async () => {
    for (const [drawn, seconds] of [
      [0, 300],
      [0.999, 600],
    ] as const) {
      const { server } = await given({ pool: { random: () => drawn } });
      expect(server.watches[0]?.query["timeoutSeconds"]).toBe(seconds);
    }
  });

  it("throws a line away that was cut by the end of the stream, and resumes", async () => {
    const { server, clock, events, lease } = await given({ objects: [configMap("a")] });
    const whole = line("MODIFIED", server.put(configMap("a", { k: "v" }), { silent: true }));
    server.open.send(whole.slice(0, 40));
    server.open.end();
    await clock.advance(500);
    expect(server.lists).toHaveLength(1);
    expect(events()).toEqual(["added a@101 initial", "modified a@102"]);
    expect(lease.get(key)?.data).toEqual({ k: "v" });
  });

  it("joins a line from many chunks, cut anywhere, also within a character", async () => {
    const { server, lease } = await given({ objects: [configMap("a")] });
    const body = server.put(configMap("a", { k: "grüße 🦫" }), { silent: true });
    for (const byte of Buffer.from(line("MODIFIED", body))) server.open.send(Buffer.from([byte]));
    await settle();
    expect(lease.get(key)?.data).toEqual({ k: "grüße 🦫" });
  });

  it("repairs the cache by a new list after a line that cannot be read, and says so", async () => {
    const { server, clock, lease, logged, counts } = await given({ objects: [configMap("a")] });
    server.put(configMap("a", { k: "lost" }), { silent: true });
    server.open.send('{"type":"MODIFIED","object":{"metadata":{"name":"a","namespace":"prod"\n');
    await clock.advance(500);
    expect(counts.get("malformed")).toBe(1);
    expect(logged.find(({ level }) => level === "error")?.message).toContain('"a"');
    expect(server.lists).toHaveLength(2);
    expect(lease.get(key)?.data).toEqual({ k: "lost" });
    expect(lease.status.state).toBe("synced");
  });

  it("repairs the cache after a balanced line that is no JSON, without logging the body", async () => {
    const { server, clock, logged, lease } = await given({ objects: [configMap("a")] });
    server.put(configMap("a", { k: "v" }), { silent: true });
    const metadata = '"metadata":{"name":"a","namespace":"prod","uid":"u","resourceVersion":"102"}';
    server.open.send(`{"type":"MODIFIED","object":{${metadata},"data":{"password" "hunter2"}}}\n`);
    await clock.advance(500);
    expect(server.lists).toHaveLength(2);
    expect(lease.get(key)?.data).toEqual({ k: "v" });
    expect(logged.some(({ level, message }) => level === "error" && /prod\/a/.test(message))).toBe(
      true,
    );
    expect(JSON.stringify(logged)).not.toContain("hunter2");
  });

  it.each([
    ["an unknown type", '{"type":"RENAMED","object":{}}\n'],
    ["no object", '{"type":"ADDED"}\n'],
    ["two values", '{"type":"BOOKMARK","object":{}}{}\n'],
    ["HTML", "<html><body>502</body></html>\n"],
    ["an array", "[]\n"],
  ])("lists again after a line with %s", async (_what, text) => {
    const { server, clock, counts } = await given({ objects: [configMap("a")] });
    server.open.send(text);
    await clock.advance(500);
    expect(counts.get("malformed")).toBe(1);
    expect(server.lists).toHaveLength(2);
  });

  it("passes over blank lines, which proxies send to stay alive", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    server.open.send("\n\r\n  \n");
    await clock.advance(60_000);
    expect(server.seen).toHaveLength(2);
  });

  it("replaces a half-open watch within its length and margin, from the last version", async () => {
    const { server, clock, lease, counts } = await given({ objects: [configMap("a")] });
    const first = server.open;
    first.isDeaf = true;
    await clock.advance(464_000);
    expect(server.watches).toHaveLength(1);
    await clock.advance(2_000);
    expect(counts.get("stalls")).toBe(1);
    expect(first.isClosed).toBe(true);
    expect(server.watches).toHaveLength(2);
    expect(server.lists).toHaveLength(1);
    expect(lease.status.state).toBe("synced");
  });

  it("replaces a half-open watch within 150 s where the server sends bookmarks", async () => {
    const { server, clock, counts } = await given({ objects: [configMap("a")] });
    await clock.advance(60_000);
    server.open.send(bookmark(110));
    server.open.isDeaf = true;
    await clock.advance(149_000);
    expect(server.watches).toHaveLength(1);
    await clock.advance(2_000);
    expect(counts.get("stalls")).toBe(1);
    expect(server.watches.at(-1)?.query["resourceVersion"]).toBe("110");
  });

  it("keeps a quiet watch that still sends bookmarks", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    for (let minute = 1; minute <= 7; minute++) {
      await clock.advance(60_000);
      server.open.send(bookmark(110 + minute));
    }
    expect(server.seen).toHaveLength(2);
  });

  it("gives up an answer that never begins, and tries again", async () => {
    const server = new ScriptedServer();
    server.faults.list.push(() => new Promise(() => undefined));
    const { clock, lease } = await given({ server, objects: [configMap("a")] });
    await clock.advance(46_000);
    expect(server.lists).toHaveLength(2);
    expect(lease.status.state).toBe("synced");
  });

  it("lists when three watches in a row stay without a word, since the history may be another", async () => {
    const { server, clock } = await given({ objects: [configMap("a")] });
    server.open.send(bookmark(101));
    await clock.advance(4 * 160_000);
    expect(server.lists).toHaveLength(2);
  });

  it("stops for good: no request, no timer, no event after release", async () => {
    const { server, clock, lease, events } = await given({ objects: [configMap("a")] });
    const { open } = server;
    events();
    lease.release();
    lease.release();
    expect(lease.status.state).toBe("stopped");
    server.put(configMap("a", { k: "v" }));
    await clock.advance(3_600_000);
    expect(open.isClosed).toBe(true);
    expect(events()).toEqual([]);
    expect(server.seen).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it("opens no watch when it is released during a pause", async () => {
    const { server, clock, lease } = await given({ objects: [configMap("a")] });
    server.open.cut(reset());
    await settle();
    lease.release();
    await clock.advance(3_600_000);
    expect(server.watches).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
