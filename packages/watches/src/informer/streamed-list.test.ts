// SPDX-License-Identifier: Apache-2.0
// Initial state from the watch itself, and the fall-back to pages (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import { ConnectionError } from "@haversack/core";
import { FakeStream } from "../../test/informer/fake-stream.js";
import { settle } from "../../test/informer/fake-clock.js";
import { configMap, given } from "../../test/informer/given.js";
import { bookmark, failure, line, ScriptedServer } from "../../test/informer/scripted-server.js";

const pool = { initialList: "streamed" } as const;

describe("informer with streamed initial state", () => {
  it("takes the state from the watch: no list, one watch", async () => {
    const server = new ScriptedServer();
    server.streamsInitial = true;
    const { lease, events, told } = await given({
      server,
      pool,
      objects: [configMap("a"), configMap("b")],
    });
    expect(server.lists).toHaveLength(0);
    expect(server.watches[0]?.query).toMatchObject({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      resourceVersion: undefined,
    });
    expect(events()).toEqual(["added a@101 initial", "added b@102 initial"]);
    expect(told.at(-1)).toEqual({ synced: "102", isRelist: false });
    server.put(configMap("a", { k: "v" }));
    await settle();
    expect(events()).toEqual(["modified a@103"]);
    expect(lease.status.state).toBe("synced");
    expect(server.watches).toHaveLength(1);
  });

  it("throws an initial state away that breaks off, and shows nothing of it", async () => {
    const server = new ScriptedServer();
    server.streamsInitial = true;
    const broken = new FakeStream();
    server.faults.watch.push(() => Promise.resolve(broken));
    const { lease, events, clock } = await given({ server, pool, objects: [configMap("a")] });
    const ghost = configMap("ghost", {}, { uid: "g", resourceVersion: "7" });
    broken.send(line("ADDED", ghost));
    await settle();
    expect(lease.size).toBe(0);
    broken.cut(new ConnectionError("EXP_CONNECTION", "reset", "backoff", 0));
    await clock.advance(500);
    expect(events()).toEqual(["added a@101 initial"]);
  });

  it("takes changes in that arrive before the initial state is complete", async () => {
    const server = new ScriptedServer();
    const open = new FakeStream();
    server.faults.watch.push(() => Promise.resolve(open));
    const { events } = await given({ server, pool });
    const at = (name: string, version: number): ReturnType<typeof configMap> =>
      configMap(name, {}, { uid: name, resourceVersion: String(version) });
    open.send(line("ADDED", at("a", 1)) + line("ADDED", at("b", 2)) + line("ADDED", at("c", 3)));
    open.send(line("MODIFIED", at("a", 4)) + line("DELETED", at("b", 5)));
    open.send(bookmark(5, { "k8s.io/initial-events-end": "true" }));
    await settle();
    expect(events()).toEqual(["added a@4 initial", "added c@3 initial"]);
  });

  it("resumes after the initial state like any watch", async () => {
    const server = new ScriptedServer();
    server.streamsInitial = true;
    const { clock } = await given({ server, pool, objects: [configMap("a")] });
    server.open.cut(new ConnectionError("EXP_CONNECTION", "reset", "backoff", 0));
    await clock.advance(500);
    expect(server.watches[1]?.query).toMatchObject({ resourceVersion: "101" });
    expect(server.lists).toHaveLength(0);
  });

  it("lists in pages where the server refuses the option", async () => {
    const server = new ScriptedServer();
    const { lease } = await given({ server, pool, objects: [configMap("a")] });
    expect(server.seen.map(({ verb }) => verb)).toEqual(["watch", "list", "watch"]);
    expect(lease.size).toBe(1);
  });

  it("lists in pages where the server never ends the initial state", async () => {
    const server = new ScriptedServer();
    server.faults.watch.push(() => Promise.resolve(new FakeStream()));
    const { lease, clock } = await given({ server, pool, objects: [configMap("a")] });
    await clock.advance(31_000);
    expect(server.seen.map(({ verb }) => verb)).toEqual(["watch", "list", "watch"]);
    expect(lease.status.state).toBe("synced");
  });

  it("takes a new state from the stream after a 410", async () => {
    const server = new ScriptedServer();
    server.streamsInitial = true;
    const { clock, events } = await given({ server, pool, objects: [configMap("a")] });
    server.remove(configMap("a"), { silent: true });
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(500);
    expect(events()).toEqual(["added a@101 initial", "deleted a@101 relist synthetic"]);
    expect(server.lists).toHaveLength(0);
  });
});
