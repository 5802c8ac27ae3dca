// SPDX-License-Identifier: Apache-2.0
// Events of one object never go back in time (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import type { ConfigMap, WatchEvent } from "@haversack/core";
import { settle } from "../../test/informer/fake-clock.js";
import { configMap, given, type Setting } from "../../test/informer/given.js";
import { bookmark, failure, line, ScriptedServer } from "../../test/informer/scripted-server.js";

const key = { namespace: "prod", name: "a" };

function at(version: number | string, more: object = {}): ReturnType<typeof configMap> {
  const metadata = { uid: "u1", resourceVersion: String(version), ...more };
  return configMap("a", { at: String(version) }, metadata);
}

/** One object `a` at version 101 with uid u1. */
async function givenObject(): Promise<Setting<ConfigMap>> {
  const setting = await given({ objects: [configMap("a", { at: "101" }, { uid: "u1" })] });
  setting.events();
  return setting;
}

async function send(setting: Setting<ConfigMap>, ...lines: string[]): Promise<string[]> {
  for (const text of lines) setting.server.open.send(text);
  await settle();
  return setting.events();
}

describe("informer event order", () => {
  it("drops an event that is older than the cache", async () => {
    const setting = await givenObject();
    const told = await send(setting, line("MODIFIED", at(112)), line("MODIFIED", at(111)));
    expect(told).toEqual(["modified a@112"]);
    expect(setting.lease.get(key)?.metadata.resourceVersion).toBe("112");
    expect(setting.lease.status.resourceVersion).toBe("112");
    expect(setting.counts.get("stale_events")).toBe(1);
  });

  it("does not bring a deleted object back with a late event", async () => {
    const setting = await givenObject();
    const told = await send(setting, line("DELETED", at(113)), line("MODIFIED", at(112)));
    expect(told).toEqual(["modified a@113 synthetic", "deleted a@113"]);
    expect(setting.lease.get(key)).toBeUndefined();
  });

  it("does not bring an object back whose deletion overtook its creation", async () => {
    const setting = await givenObject();
    const other = configMap("b", {}, { uid: "u2", resourceVersion: "120" });
    const gone = configMap("b", {}, { uid: "u2", resourceVersion: "121" });
    expect(await send(setting, line("DELETED", gone), line("ADDED", other))).toEqual([]);
  });

  it("passes over a late deletion of an object's former self", async () => {
    const setting = await givenObject();
    const told = await send(
      setting,
      line("ADDED", at(115, { uid: "u2" })),
      line("DELETED", at(113)),
    );
    expect(told).toEqual(["deleted a@101 synthetic", "added a@115"]);
    expect(setting.lease.get(key)?.metadata.uid).toBe("u2");
  });

  it("tells an event once that arrives twice", async () => {
    const setting = await givenObject();
    const text = line("MODIFIED", at(112));
    expect(await send(setting, text, text, text)).toEqual(["modified a@112"]);
    const gone = line("DELETED", at(113, { labels: {} }));
    expect((await send(setting, gone, gone)).filter((told) => told.startsWith("del"))).toHaveLength(
      1,
    );
  });

  it("tells a changed uid as a deletion and an addition, in the watch and after a gap", async () => {
    const setting = await givenObject();
    expect(await send(setting, line("MODIFIED", at(112, { uid: "u2" })))).toEqual([
      "deleted a@101 synthetic",
      "added a@112 synthetic",
    ]);
    setting.server.version = 120;
    setting.server.objects.set("prod/a", at(118, { uid: "u3" }));
    setting.server.faults.watch.push(failure(410));
    setting.server.open.end();
    await setting.clock.advance(450);
    expect(setting.events()).toEqual([
      "deleted a@112 relist synthetic",
      "added a@118 relist synthetic",
    ]);
  });

  it("compares versions by length first, beyond what a number can hold", async () => {
    const setting = await givenObject();
    const told = await send(
      setting,
      line("MODIFIED", at("99999999999999999998")),
      line("MODIFIED", at("99999999999999999997")),
      line("MODIFIED", at("100000000000000000000")),
      line("MODIFIED", at("9")),
    );
    expect(told).toEqual(["modified a@99999999999999999998", "modified a@100000000000000000000"]);
  });

  it("takes events in the order of arrival where versions cannot be compared", async () => {
    const setting = await givenObject();
    const told = await send(
      setting,
      line("MODIFIED", at("x-2")),
      line("MODIFIED", at("x-1")),
      line("MODIFIED", at("x-1")),
      line("MODIFIED", at("007")),
    );
    expect(told).toEqual(["modified a@x-2", "modified a@x-1", "modified a@007"]);
  });

  it("tells what an object was, as the event before told what it became", async () => {
    const setting = await givenObject();
    const first = setting.lease.get(key);
    await send(setting, line("MODIFIED", at(112)), line("MODIFIED", at(113)));
    const events = setting.told.flatMap((told) => ("event" in told ? [told.event] : []));
    const [initial, second, third] = events as [WatchEvent, WatchEvent, WatchEvent];
    expect(initial.new).toBe(first);
    expect(second.old).toBe(initial.new);
    expect(third.old).toBe(second.new);
  });

  it("tells a change that only the deletion shows before the deletion", async () => {
    const setting = await givenObject();
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "o1" };
    const last = { ...at(113, { ownerReferences: [owner] }), data: { at: "101" } };
    expect(await send(setting, line("DELETED", last))).toEqual([
      "modified a@113 synthetic",
      "deleted a@113",
    ]);
  });

  it("tells a deletion alone when nothing else has changed, with the deletion's version", async () => {
    const setting = await givenObject();
    const metadata = { deletionTimestamp: "2026-08-01T10:00:00Z", finalizers: [] };
    const last = { ...at(113, metadata), data: { at: "101" } };
    expect(await send(setting, line("DELETED", last))).toEqual(["deleted a@113"]);
  });

  it("tells an unknown object's change as an addition", async () => {
    const setting = await givenObject();
    const other = configMap("b", {}, { uid: "u9", resourceVersion: "130" });
    expect(await send(setting, line("MODIFIED", other))).toEqual(["added b@130 synthetic"]);
  });

  it("brings an object back that enters the selector again", async () => {
    const setting = await givenObject();
    const told = await send(
      setting,
      line("DELETED", { ...at(112), data: { at: "101" } }),
      line("ADDED", at(113)),
    );
    expect(told).toEqual(["deleted a@112", "added a@113"]);
  });

  it("moves its version on with bookmarks and tells nobody", async () => {
    const setting = await givenObject();
    expect(await send(setting, bookmark(150))).toEqual([]);
    expect(setting.lease.status.resourceVersion).toBe("150");
    setting.server.open.end();
    await setting.clock.advance(450);
    expect(setting.server.watches.at(-1)?.query["resourceVersion"]).toBe("150");
  });

  it("lists after a stream that went back in time, since it may have lost events, too", async () => {
    const setting = await givenObject();
    await send(setting, line("MODIFIED", at(112)), line("MODIFIED", at(111)));
    setting.server.version = 112;
    setting.server.objects.set("prod/a", at(112));
    setting.server.open.end();
    await setting.clock.advance(450);
    expect(setting.server.lists).toHaveLength(2);
    expect(setting.events()).toEqual([]);
  });
});

describe("informer on lists that are not the newest", () => {
  it("refuses a list that is older than what it has seen, and asks for one that is not", async () => {
    const server = new ScriptedServer();
    const { clock, lease, events, counts } = await given({
      server,
      objects: [configMap("a", { k: "1" })],
    });
    const stale = configMap("a", { k: "1" }, { uid: "u1", resourceVersion: "101" });
    server.put(configMap("a", { k: "2" }));
    await settle();
    events();
    const { version } = server;
    const fresh = server.objects.get("prod/a");
    server.version = 101;
    server.objects.set("prod/a", stale);
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(450);
    expect(counts.get("stale_lists")).toBe(1);
    expect(lease.get({ namespace: "prod", name: "a" })?.data).toEqual({ k: "2" });
    server.version = version;
    if (fresh !== undefined) server.objects.set("prod/a", fresh);
    await clock.advance(5_000);
    expect(server.lists.at(-1)?.query).toMatchObject({
      resourceVersion: "102",
      resourceVersionMatch: "NotOlderThan",
    });
    expect(events()).toEqual([]);
    expect(lease.status.state).toBe("synced");
  });

  it("takes an older list in the end: the server was restored from a backup", async () => {
    const server = new ScriptedServer(1_000);
    const objects = [configMap("kept", { k: "new" }), configMap("later")];
    const { clock, lease, events, logged } = await given({ server, objects });
    events();
    const metadata = { uid: server.objects.get("prod/kept")?.metadata.uid, resourceVersion: "400" };
    server.restore(500, [
      configMap("kept", { k: "old" }, metadata),
      configMap("back", {}, { uid: "b", resourceVersion: "450" }),
    ]);
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(120_000);
    expect(events().sort()).toEqual([
      "added back@450 relist synthetic",
      "deleted later@1002 relist synthetic",
      "modified kept@400 relist synthetic",
    ]);
    expect(lease.status).toMatchObject({ state: "synced", resourceVersion: "500" });
    expect(logged.some(({ message }) => message.includes("went back"))).toBe(true);
    server.put(configMap("kept", { k: "newer" }, metadata));
    await settle();
    expect(events()).toEqual(["modified kept@501"]);
  });

  it("notices by a bookmark that history was replaced", async () => {
    const server = new ScriptedServer(1_000);
    const { clock, lease } = await given({ server, objects: [configMap("a")] });
    server.restore(500, []);
    server.open.send(bookmark(500));
    await clock.advance(120_000);
    expect(lease.status).toMatchObject({ state: "synced", resourceVersion: "500" });
    expect(lease.size).toBe(0);
  });

  it("does not take an object of a list that is older than the cached one", async () => {
    const server = new ScriptedServer();
    const { clock, lease, events } = await given({ server, objects: [configMap("a", { k: "v" })] });
    events();
    const uid = server.objects.get("prod/a")?.metadata.uid;
    server.objects.set("prod/a", configMap("a", {}, { uid, resourceVersion: "99" }));
    server.version = 140;
    server.faults.watch.push(failure(410));
    server.open.end();
    await clock.advance(450);
    expect(events()).toEqual([]);
    expect(lease.get({ namespace: "prod", name: "a" })?.data).toEqual({ k: "v" });
  });
});
