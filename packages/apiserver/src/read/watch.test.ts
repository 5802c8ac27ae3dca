// SPDX-License-Identifier: Apache-2.0
// Watches: order, starting points, selector transitions, bookmarks, ends, slow readers.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ManualClock } from "../../test/manual-clock.js";
import { configMap, configMaps, crdsPath, TestApi, widget, widgets } from "../../test/api.js";

describe("watch", () => {
  let api: TestApi;
  const clock = new ManualClock();
  beforeAll(async () => {
    api = await TestApi.start({ clock, watchWindow: 20 });
    await api.serveWidgets();
    await api.post(configMaps, configMap("b"));
    await api.post(configMaps, configMap("a"));
  });
  afterAll(() => api.close());

  const since = (): string => `watch=1&resourceVersion=${api.server.revision}`;

  it("starts with ADDED for everything in key order, then follows", async () => {
    const watch = await api.watch(`${configMaps}?watch=1`);
    expect(await watch.take(2)).toEqual(["ADDED a", "ADDED b"]);
    await api.patch(`${configMaps}/a`, { data: { n: "1" } });
    expect(await watch.take(1)).toEqual(["MODIFIED a"]);
    watch.close();
  });

  it("replays only what came after a revision, with each event's own revision", async () => {
    const { revision } = api.server;
    await api.post(configMaps, configMap("c"));
    await api.patch(`${configMaps}/c`, { data: { n: "1" } });
    await api.delete(`${configMaps}/c`);
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${revision}`);
    for (const [index, type] of ["ADDED", "MODIFIED", "DELETED"].entries()) {
      const event = await watch.next();
      expect(event?.["type"]).toBe(type);
      expect(event?.["object"]["metadata"]["resourceVersion"]).toBe(String(revision + index + 1));
    }
    watch.close();
  });

  it("sees objects enter and leave its selection, leaving with their old labels and the new revision", async () => {
    const watch = await api.watch(`${configMaps}?${since()}&labelSelector=pick=yes`);
    await api.patch(`${configMaps}/a`, { metadata: { labels: { pick: "yes" } } });
    await api.patch(`${configMaps}/b`, { data: { not: "seen" } });
    await api.patch(`${configMaps}/a`, { metadata: { labels: { pick: "no" } } });
    expect(await watch.take(1)).toEqual(["ADDED a"]);
    const left = await watch.next();
    expect([left?.["type"], left?.["object"]["metadata"]["labels"]]).toEqual([
      "DELETED",
      { pick: "yes" },
    ]);
    expect(left?.["object"]["metadata"]["resourceVersion"]).toBe(String(api.server.revision));
    watch.close();
  });

  it("answers a too old revision with 200, one in-band ERROR, and the end", async () => {
    const start = api.server.revision;
    for (let index = 0; index < 25; index++) {
      await api.patch(`${configMaps}/a`, { data: { n: `x${index}` } });
    }
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${start}`);
    expect(watch.response.status).toBe(200);
    const events = await watch.rest();
    expect(events.length).toBe(1);
    expect(events[0]).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    expect(String(events[0]?.["object"]["message"])).toMatch(
      /^too old resource version: \d+ \(\d+\)$/,
    );
  });

  it("answers a compacted revision the same way", async () => {
    const start = api.server.revision;
    await api.patch(`${configMaps}/a`, { data: { n: "compact" } });
    api.server.compact();
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${start}`);
    expect((await watch.rest()).map((event) => event["type"])).toEqual(["ERROR"]);
  });

  it("is silent about a future revision until it is reached", async () => {
    const ahead = api.server.revision + 2;
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${ahead}`);
    for (const n of ["f1", "f2", "f3"]) await api.patch(`${configMaps}/a`, { data: { n } });
    const event = await watch.next();
    expect(event?.["object"]["data"]["n"]).toBe("f3");
    watch.close();
  });

  it("ends cleanly when its time is up", async () => {
    const watch = await api.watch(`${configMaps}?${since()}&timeoutSeconds=5`);
    clock.advance(5_000);
    expect(await watch.rest()).toEqual([]);
  });

  it("sends bookmarks once a minute and before its time is up", async () => {
    const watch = await api.watch(
      `${configMaps}?${since()}&timeoutSeconds=90&allowWatchBookmarks=true`,
    );
    clock.advance(60_000);
    const bookmark = await watch.next();
    expect(bookmark).toEqual({
      type: "BOOKMARK",
      object: {
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: { resourceVersion: String(api.server.revision) },
      },
    });
    clock.advance(28_000);
    expect((await watch.next())?.["type"]).toBe("BOOKMARK");
    clock.advance(2_000);
    expect(await watch.rest()).toEqual([]);
  });

  it("streams a list and marks its end", async () => {
    const query =
      "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    const watch = await api.watch(`${configMaps}?${query}`);
    expect(await watch.take(2)).toEqual(["ADDED a", "ADDED b"]);
    const end = await watch.next();
    expect(end?.["object"]["metadata"]["annotations"]).toEqual({
      "k8s.io/initial-events-end": "true",
    });
    watch.close();
    const bare = await api.get(`${configMaps}?watch=1&sendInitialEvents=true`);
    expect([bare.status, bare.body["message"]]).toEqual([
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ]);
  });

  it("answers 500 for a revision that is no number", async () => {
    expect((await api.get(`${configMaps}?watch=1&resourceVersion=x`)).status).toBe(500);
  });

  it("takes the legacy watch path and a single name", async () => {
    const path = configMaps.replace("/api/v1/", "/api/v1/watch/");
    const watch = await api.watch(`${path}?resourceVersion=${api.server.revision}`);
    const one = await api.watch(`${path}/b?resourceVersion=${api.server.revision}`);
    await api.patch(`${configMaps}/a`, { data: { n: "l1" } });
    await api.patch(`${configMaps}/b`, { data: { n: "l1" } });
    expect(await watch.take(2)).toEqual(["MODIFIED a", "MODIFIED b"]);
    expect(await one.take(1)).toEqual(["MODIFIED b"]);
    watch.close();
    one.close();
  });

  it("sends metadata only to watchers that ask for it", async () => {
    const headers = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
    const response = await api.server.fetch(`${configMaps}?watch=1&timeoutSeconds=1`, {
      headers: { ...headers, authorization: `Bearer ${api.server.token}` },
    });
    clock.advance(1_000);
    const [line = ""] = (await response.text()).split("\n");
    expect(JSON.parse(line)).toMatchObject({
      type: "ADDED",
      object: { kind: "PartialObjectMetadata" },
    });
  });

  it("tells watchers of a CRD's end: DELETED for each object, then the end; afterwards 404", async () => {
    await api.post(widgets, widget("last"));
    const watch = await api.watch(`${widgets}?${since()}`);
    await api.delete(`${crdsPath}/widgets.lab.example.com`);
    await api.server.settle();
    expect((await watch.rest()).map((event) => event["type"])).toEqual(["DELETED"]);
    expect((await api.get(widgets)).status).toBe(404);
  });
});

describe("a watcher that does not read", () => {
  it("holds up nobody and is dropped when too much waits for it", async () => {
    const api = await TestApi.start({ maxWaitingEvents: 50 });
    const path = `${configMaps}?watch=1&resourceVersion=${api.server.revision}`;
    const slow = await api.watch(path);
    const quick = await api.watch(path);
    const data = { text: "x".repeat(50_000) };
    for (let index = 0; index < 60; index++) {
      await api.post(configMaps, configMap(`o${index}`, data));
      expect(await quick.take(1)).toEqual([`ADDED o${index}`]);
    }
    await expect(slow.rest()).rejects.toThrow();
    expect(api.server.requests.activeWatches).toBe(1);
    await api.close();
  });

  it("is dropped when what waits for it is too long, though it is few", async () => {
    const api = await TestApi.start({ maxWaitingBytes: 1_000_000 });
    const slow = await api.watch(`${configMaps}?watch=1&resourceVersion=${api.server.revision}`);
    const data = { text: "x".repeat(200_000) };
    for (let index = 0; index < 8; index++)
      await api.post(configMaps, configMap(`o${index}`, data));
    expect(api.server.requests.activeWatches).toBe(0);
    await expect(slow.rest()).rejects.toThrow();
    await api.close();
  });

  it("takes no more of the memory than that while it reads now and then", async () => {
    const api = await TestApi.start({ maxWaitingBytes: 1_000_000 });
    const slow = await api.watch(`${configMaps}?watch=1&resourceVersion=${api.server.revision}`);
    const data = { text: "x".repeat(200_000) };
    for (let index = 0; index < 20; index++) {
      await api.post(configMaps, configMap(`o${index}`, data));
      if (index % 3 === 2) expect((await slow.take(3)).length).toBe(3);
    }
    expect(await slow.take(2)).toEqual(["ADDED o18", "ADDED o19"]);
    slow.close();
    await api.close();
  });
});
