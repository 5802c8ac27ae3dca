// SPDX-License-Identifier: Apache-2.0
// The fault model, rows about watches and lists: what the whole path does when the stream goes wrong.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  compareVersions,
  configMaps,
  customResourceDefinitions,
  secrets,
  type InformerLease,
  type WatchEvent,
} from "haversack";
import { compareHistories, recordHistory } from "../src/index.js";
import { shop, shopDefinition, shops, type Shop } from "./shop-operator.js";
import { Stage, type StageOptions } from "./stage.js";

const open: Stage[] = [];
const stage = async (options: StageOptions = {}): Promise<Stage> => {
  const made = new Stage(options);
  open.push(made);
  return made.open();
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const shopsOnly = { resource: "shops" };
const blue = shop("a", { color: "blue" });
const isBlue = async (at: Stage): Promise<boolean> => (await at.status("a"))?.color === "blue";

/** Everything an informer of shops tells from now on. */
function eventsOf(at: Stage): { events: WatchEvent<Shop>[]; lease: InformerLease<Shop> } {
  const lease = at.informers.acquire(shops);
  const events: WatchEvent<Shop>[] = [];
  const onEvent = (event: WatchEvent<Shop>): void => {
    if (!event.isInitial) events.push(event); // What it is told on joining is no news.
  };
  lease.subscribe({ stage: "enqueue", onEvent });
  return { events, lease };
}
const brief = ({ type, old, new: now, isRelist }: WatchEvent<Shop>): string =>
  `${type} ${(now ?? old)?.metadata.name ?? ""}${isRelist ? " relist" : ""}`;

describe("Row 1: the API server restarts", () => {
  it("resumes every watch once per backoff, lists nothing, and creates nothing twice", async () => {
    const at = await stage();
    const history = await recordHistory(at.cluster.admin, [configMaps, secrets]);
    at.cluster.requests.reset();
    const down = at.cluster.faults.add({ match: { verb: "watch" }, fault: { type: "reset" } });
    expect(at.cluster.faults.cutStreams()).toBe(4);
    await at.advance(20_000);
    // 4 streams; doubling from 400 ms with the middle of the jitter: at most 6 tries in 20 s each.
    expect(down.hits).toBeGreaterThanOrEqual(4);
    expect(down.hits).toBeLessThanOrEqual(24);
    await at.cluster.apply(blue);
    down.remove();
    await at.advance(30_000);
    expect(at.cluster.requests.count({ verb: "list" })).toBe(0);
    expect(at.cluster.requests.watches).toBe(4);
    expect(await isBlue(at)).toBe(true);
    expect(compareHistories(new Map(), history.counts())).toEqual([]);
    history.close();
  });
});

describe("Row 2: a watch ends in the middle of a line", () => {
  it("drops the half line, resumes, and loses no event", async () => {
    const at = await stage();
    at.cluster.faults.add({
      match: shopsOnly,
      times: 1,
      fault: { type: "eof", afterLines: 1, inLine: true },
    });
    at.cluster.faults.cutStreams(shopsOnly);
    await at.advance(2_000);
    at.cluster.requests.reset();
    for (const name of ["b", "c", "d"]) await at.cluster.apply(shop(name));
    await at.advance(2_000);
    expect(at.cluster.requests.count({ verb: "list" })).toBe(0);
    for (const name of ["b", "c", "d"]) expect(await at.status(name)).toBeDefined();
    expect(at.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("Row 3: a connection is half-open", () => {
  it("says that the cache lags, notices in bounded time, and takes in what was missed", async () => {
    const at = await stage();
    const { lease } = eventsOf(at);
    await at.advance(120_000); // The server's bookmarks are known by now.
    at.cluster.faults.freezeStreams(shopsOnly);
    const frozenMs = at.clock.monotonicMs();
    await at.cluster.apply(blue);
    while (!(await isBlue(at)) && at.clock.monotonicMs() - frozenMs < 1_000_000) {
      await at.advance(5_000);
    }
    // Bookmarks come once a minute; 150 s of silence are the bound.
    expect(at.clock.monotonicMs() - frozenMs).toBeLessThanOrEqual(160_000);
    expect(lease.status).toMatchObject({ state: "synced", staleSinceMs: undefined });
    lease.release();
  });
});

describe("Row 4: 410", () => {
  /** While the watch is down: one shop goes, one is made anew, one changes, one comes. */
  const missed = async (at: Stage): Promise<void> => {
    await at.cluster.remove(shops, { namespace: "prod", name: "gone" });
    await at.cluster.remove(shops, { namespace: "prod", name: "anew" });
    await at.cluster.apply([shop("anew"), blue, shop("new")]);
    at.cluster.server?.compact();
  };
  const diff = ["deleted gone", "deleted anew", "added anew", "modified a", "added new"];

  it.each([
    ["inside a stream that ends", { type: "expired" }],
    ["inside a stream that stays open", { type: "expired", staysOpen: true }],
    ["as the answer", { type: "status", code: 410 }],
  ] as const)("lists again and tells the exact difference (%s)", async (_, fault) => {
    const at = await stage({ given: [shop("a"), shop("gone"), shop("anew"), shop("same")] });
    const { events, lease } = eventsOf(at);
    const down = at.cluster.faults.add({ match: shopsOnly, fault: { type: "reset" } });
    at.cluster.faults.cutStreams(shopsOnly);
    await missed(at);
    events.length = 0;
    expect(lease.get({ namespace: "prod", name: "gone" })).toBeDefined(); // Old state until the swap.
    expect(lease.status.state).toBe("stale");
    down.remove();
    at.cluster.faults.add({ match: { ...shopsOnly, verb: "watch" }, times: 1, fault });
    at.cluster.requests.reset();
    await at.clock.advance(10_000);
    const told = events.filter(({ isRelist }) => isRelist).map(brief);
    expect([...told].sort()).toEqual(diff.map((line) => `${line} relist`).sort());
    expect(told.indexOf("deleted anew relist")).toBeLessThan(told.indexOf("added anew relist"));
    expect(at.cluster.requests.count({ verb: "list", resource: "shops.example.com" })).toBe(1);
    await at.cluster.settle();
    expect(await at.status("anew")).toBeDefined();
    lease.release();
  });
});

describe("Row 5: 410 in the middle of a paged list", () => {
  it("starts the list over and never shows a part of it", async () => {
    const given = ["a", "b", "c", "d", "e"].map((name) => shop(name));
    const at = await stage({ given, pageSize: 2 });
    const { lease } = eventsOf(at);
    at.cluster.faults.add({
      match: { ...shopsOnly, verb: "watch" },
      times: 1,
      fault: { type: "expired" },
    });
    at.cluster.faults.add({
      match: { ...shopsOnly, verb: "list" },
      after: 1,
      times: 1,
      fault: { type: "expired" },
    });
    const sizes = new Set<number>();
    const lookEachTurn = at.clock.addIdleProbe(() => {
      sizes.add(lease.size);
      return true;
    });
    at.cluster.faults.cutStreams(shopsOnly);
    await at.advance(10_000);
    lookEachTurn.unsubscribe();
    expect(at.cluster.faults.hits.map(({ target }) => target.verb)).toEqual(["watch", "list"]);
    expect([...sizes]).toEqual([5]);
    await at.cluster.apply(blue);
    await at.advance(1_000);
    expect(await isBlue(at)).toBe(true);
    lease.release();
  });
});

describe("Row 5b: a page whose answer is no list", () => {
  it.each([
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code: 410 },
    { type: "ERROR", object: { kind: "Status", code: 410 } },
    {},
  ])("is asked for again; no object is told as deleted (%j)", async (body) => {
    const given = ["a", "b", "c", "d", "e"].map((name) => shop(name));
    const at = await stage({ given, pageSize: 2 });
    const { events, lease } = eventsOf(at);
    const { cluster } = at;
    const page = Buffer.from(JSON.stringify(body));
    cluster.faults.add({
      match: { ...shopsOnly, verb: "watch" },
      times: 1,
      fault: { type: "expired" },
    });
    cluster.faults.add({
      match: { ...shopsOnly, verb: "list" },
      after: 1,
      times: 1,
      fault: { type: "answer", body: page },
    });
    cluster.faults.cutStreams(shopsOnly);
    await at.advance(60_000);
    expect(cluster.faults.hits.map(({ target }) => target.verb)).toEqual(["watch", "list"]);
    expect(events.map(brief)).toEqual([]);
    expect([lease.size, lease.status.state]).toEqual([5, "synced"]);
    lease.release();
  });
});

describe("Row 6: 429 with Retry-After", () => {
  it("waits as long as asked on a watch, without a new list", async () => {
    const at = await stage();
    at.cluster.requests.reset();
    const busy = at.cluster.faults.add({
      match: { ...shopsOnly, verb: "watch" },
      times: 3,
      fault: { type: "status", code: 429, retryAfterSeconds: 10 },
    });
    const startMs = at.clock.monotonicMs();
    at.cluster.faults.cutStreams(shopsOnly);
    await at.cluster.apply(blue);
    while (!(await isBlue(at)) && at.clock.monotonicMs() < 200_000) await at.advance(500);
    expect(busy.hits).toBe(3);
    expect(at.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(30_000);
    expect(at.clock.monotonicMs() - startMs).toBeLessThanOrEqual(36_000);
    expect(at.cluster.requests.count({ verb: "list" })).toBe(0);
  });

  it("waits as long as asked on the first list", async () => {
    const at = await stage({ isStarted: false });
    const busy = at.cluster.faults.add({
      match: { ...shopsOnly, verb: "list" },
      times: 1,
      fault: { type: "status", code: 429, retryAfterSeconds: 20 },
    });
    await at.start();
    await at.advance(19_999);
    expect(at.passes).toEqual([]);
    await at.advance(2_000);
    expect(busy.hits).toBe(1);
    expect(at.passes.length).toBeGreaterThan(0);
  });

  it("waits as long as asked with a write, and keeps the other primaries going", async () => {
    const at = await stage({ shops: { watches: { workers: 2 } } });
    const busy = at.cluster.faults.add({
      match: { isWrite: true, name: "b" },
      times: 1,
      fault: { type: "status", code: 429, retryAfterSeconds: 15 },
    });
    await at.cluster.apply([shop("b"), shop("c")]);
    await at.advance(1_000);
    expect(await at.status("c")).toBeDefined();
    expect(await at.status("b")).toBeUndefined();
    await at.advance(13_000);
    expect(await at.status("b")).toBeUndefined();
    await at.advance(5_000);
    expect(busy.hits).toBe(1);
    expect(await at.status("b")).toBeDefined();
  });
});

describe("Row 8: a list is older than what was seen", () => {
  it("refuses to go back and asks again", async () => {
    const at = await stage();
    const path = "/apis/example.com/v1/shops";
    const old = await at.cluster.admin.request({ method: "GET", path });
    await at.cluster.apply([blue, shop("new")]);
    await at.advance(1_000);
    const mark = at.passes.length;
    at.cluster.faults.add({
      match: { ...shopsOnly, verb: "watch" },
      times: 1,
      fault: { type: "expired" },
    });
    const stale = at.cluster.faults.add({
      match: { ...shopsOnly, verb: "list" },
      times: 2,
      fault: { type: "answer", body: old.body },
    });
    at.cluster.faults.cutStreams(shopsOnly);
    await at.advance(120_000);
    expect(stale.hits).toBe(2);
    const { lease } = eventsOf(at);
    expect(lease.get({ namespace: "prod", name: "a" })?.spec.color).toBe("blue");
    expect(lease.get({ namespace: "prod", name: "new" })).toBeDefined();
    expect(at.passesSince(mark)).toEqual([]);
    let newest = "1";
    for (const { primary } of at.passes.filter((pass) => pass.primary.metadata.name === "a")) {
      const { resourceVersion = "" } = primary.metadata;
      expect(compareVersions(resourceVersion, newest)).toBeGreaterThanOrEqual(0);
      newest = resourceVersion;
    }
    lease.release();
  });
});

describe("Rows 10 and 11: repeated and reordered events", () => {
  const run = async (fault?: { type: "duplicate" } | { type: "reorder"; window: number }) => {
    const at = await stage();
    if (fault !== undefined) at.cluster.faults.add({ match: { verb: "watch" }, fault });
    at.cluster.faults.cutStreams();
    await at.advance(2_000);
    const mark = at.passes.length;
    for (const color of ["blue", "red", "green"]) {
      for (const name of ["a", "b"]) await at.cluster.apply(shop(name, { color }));
      await at.advance(1_000);
    }
    await at.advance(10_000);
    const { lease } = eventsOf(at);
    for (const object of await at.cluster.list(shops)) {
      expect(lease.get(object.metadata)?.metadata.resourceVersion).toBe(
        object.metadata.resourceVersion,
      );
      expect((object as Shop).status?.color).toBe("green");
    }
    lease.release();
    return at.passesSince(mark).length;
  };

  it("makes no more passes for repeated events than for single ones", async () => {
    expect(await run({ type: "duplicate" })).toBeLessThanOrEqual(await run());
  });

  it("keeps the newest state when events come in the wrong order", async () => {
    await run({ type: "reorder", window: 4 });
  });

  it("does not bring an object back whose last change comes after its deletion", async () => {
    const at = await stage();
    at.cluster.faults.add({ match: { verb: "watch" }, fault: { type: "reorder", window: 2 } });
    at.cluster.faults.cutStreams();
    await at.advance(2_000);
    const { lease } = eventsOf(at);
    await at.cluster.apply(blue);
    await at.cluster.remove(shops, { namespace: "prod", name: "a" });
    await at.advance(10_000);
    expect(lease.get({ namespace: "prod", name: "a" })).toBeUndefined();
    expect(await at.cluster.list(configMaps, { namespace: "prod" })).toEqual([]);
    lease.release();
  });
});

describe("Row 26: a right is revoked in flight", () => {
  it("loses the one kind, says so, goes on with the others, and comes back", async () => {
    const at = await stage();
    const revoked = at.cluster.faults.add({
      match: { resource: "secrets", verb: ["list", "watch"] },
      fault: { type: "status", code: 403 },
    });
    at.cluster.faults.cutStreams({ resource: "secrets" });
    await at.advance(5_000);
    expect(at.informers.acquire(secrets).status).toMatchObject({ state: "forbidden" });
    expect(at.logged.map(({ message }) => message).join()).toMatch(/secrets.*Grant the right/s);
    await at.cluster.apply([blue, shop("b", { color: "green" })]);
    await at.advance(5_000);
    expect(await isBlue(at)).toBe(true);
    expect(revoked.hits).toBeLessThanOrEqual(3);
    revoked.remove();
    await at.advance(120_000);
    expect(at.informers.acquire(secrets).status.state).toBe("synced");
    expect(await at.status("b")).toMatchObject({ color: "green" });
  });
});

describe("Row 27: a definition goes and comes back", () => {
  it("empties the cache, crashes nothing, and resumes by itself", async () => {
    const at = await stage({ given: [shop("a"), shop("b")] });
    await at.cluster.remove(customResourceDefinitions, { name: "shops.example.com" });
    await at.cluster.settle();
    await at.advance(60_000);
    const { lease } = eventsOf(at);
    expect([lease.status.state, lease.size]).toEqual(["absent", 0]);
    expect(await at.cluster.list(configMaps, { namespace: "prod" })).toEqual([]);
    await at.cluster.apply([shopDefinition, shop("a", { color: "blue" })]);
    await at.advance(30_000);
    expect(lease.status.state).toBe("synced");
    expect(await isBlue(at)).toBe(true);
    lease.release();
  });
});
