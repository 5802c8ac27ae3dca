// SPDX-License-Identifier: Apache-2.0
// Faults on demand, over a socket and in process, and the request log.
import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ManualClock } from "../../test/manual-clock.js";
import { configMap, configMaps, TestApi } from "../../test/api.js";

describe("faults", () => {
  let api: TestApi;
  const clock = new ManualClock();
  beforeAll(async () => {
    api = await TestApi.start({ clock });
    await api.post(configMaps, configMap("a", { text: "x".repeat(1000) }));
  });
  afterEach(() => api.server.faults.clear());
  afterAll(() => api.close());

  const overSocket = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${api.server.token}` };
      const call = request(api.server.url + path, { headers, agent: false }, (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve(text));
        answer.on("error", reject);
      });
      call.on("error", reject).end();
    });

  it("answers a status so many times, to matching requests only", async () => {
    const handle = api.server.faults.add({
      match: { verb: "get", resource: "configmaps", name: "a" },
      times: 2,
      after: 1,
      fault: { type: "status", code: 429, retryAfterSeconds: 3 },
    });
    const codes: number[] = [];
    for (let index = 0; index < 5; index++) codes.push((await api.get(`${configMaps}/a`)).status);
    expect(codes).toEqual([200, 429, 429, 200, 200]);
    expect(handle.hits).toBe(2);
    expect((await api.get(configMaps)).status).toBe(200);
  });

  it("strikes by chance, the same requests for the same seed", async () => {
    const run = async (seed: number): Promise<string> => {
      const fault = { type: "status", code: 500 } as const;
      const handle = api.server.faults.add({ probability: 0.3, seed, fault });
      let codes = "";
      for (let n = 0; n < 100; n++)
        codes += (await api.get(`${configMaps}/a`)).status === 500 ? "x" : ".";
      expect(handle.hits).toBe(codes.replaceAll(".", "").length);
      handle.remove();
      return codes;
    };
    const [first, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(first.replaceAll(".", "").length).toBeGreaterThan(15);
    expect(first.replaceAll(".", "").length).toBeLessThan(45);
  });

  it("goes through a script once, for one client only", async () => {
    const handle = api.server.faults.add({
      match: { userAgent: "probe" },
      fault: [
        { type: "status", code: 429 },
        "none",
        { type: "status", code: 504 },
        { type: "delay", ms: 0 },
      ],
    });
    const codes: number[] = [];
    const other = { headers: { "user-agent": "other" } };
    for (let n = 0; n < 3; n++) {
      codes.push((await api.send("GET", `${configMaps}/a`, undefined, other)).status);
      codes.push((await api.get(`${configMaps}/a`)).status);
    }
    expect(codes).toEqual([200, 429, 200, 200, 200, 504]);
    expect(handle.hits).toBe(2);
  });

  it("tells Retry-After and the reason", async () => {
    api.server.faults.add({ fault: { type: "status", code: 429, retryAfterSeconds: 3 } });
    const { headers, body } = await api.get(`${configMaps}/a`);
    expect([headers.get("retry-after"), body["reason"]]).toEqual(["3", "TooManyRequests"]);
  });

  it("breaks the connection, in process and over a socket", async () => {
    api.server.faults.add({ fault: { type: "reset" } });
    await expect(api.get(`${configMaps}/a`)).rejects.toThrow("fetch failed");
    await expect(overSocket(`${configMaps}/a`)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("hangs until the caller gives up", async () => {
    api.server.faults.add({ fault: { type: "hang" } });
    const abort = new AbortController();
    const pending = api.server.fetch(`${configMaps}/a`, { signal: abort.signal });
    abort.abort(new Error("gave up"));
    await expect(pending).rejects.toThrow("gave up");
  });

  it("delays by the server's clock", async () => {
    api.server.faults.add({ fault: { type: "delay", ms: 700 } });
    let done = false;
    const pending = api.get(`${configMaps}/a`).then(({ status }) => {
      done = true;
      return status;
    });
    while (clock.pending === 0) await new Promise(setImmediate);
    clock.advance(699);
    await new Promise(setImmediate);
    expect(done).toBe(false);
    clock.advance(1);
    expect(await pending).toBe(200);
  });

  it("cuts a body short", async () => {
    api.server.faults.add({ fault: { type: "eof", afterBytes: 20 } });
    await expect(api.get(`${configMaps}/a`)).rejects.toThrow();
    await expect(overSocket(`${configMaps}/a`)).rejects.toThrow("aborted");
  });

  it("stores a write and loses its answer", async () => {
    api.server.faults.add({ match: { verb: "create" }, fault: { type: "commitThenReset" } });
    await expect(api.post(configMaps, configMap("lost"))).rejects.toThrow("fetch failed");
    expect(api.server.get("configmaps", "default", "lost")).toBeDefined();
  });

  it("ends a watch after so many events or in the middle of a line", async () => {
    api.server.faults.add({
      match: { verb: "watch" },
      times: 1,
      fault: { type: "eof", afterEvents: 1 },
    });
    const counted = await api.watch(`${configMaps}?watch=1`);
    expect((await counted.rest()).length).toBe(1);
    api.server.faults.add({
      match: { verb: "watch" },
      times: 1,
      fault: { type: "eof", afterBytes: 30 },
    });
    const cut = await api.watch(`${configMaps}?watch=1`);
    expect((await cut.response.status) === 200 && (await cut.rest()).length).toBe(0);
  });

  it("expires lists with 410 and watches in-band", async () => {
    api.server.faults.add({ fault: { type: "expired" } });
    expect((await api.get(configMaps)).status).toBe(410);
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=5`);
    expect((await watch.rest()).at(-1)).toMatchObject({ type: "ERROR", object: { code: 410 } });
  });

  it("freezes watches that are open already, and lets new ones live when it is taken back", async () => {
    const watch = await api.watch(`${configMaps}?watch=1&resourceVersion=${api.server.revision}`);
    const handle = api.server.faults.add({
      match: { verb: "watch" },
      fault: { type: "freezeWatches" },
    });
    await api.patch(`${configMaps}/a`, { data: { n: "frozen" } });
    handle.remove();
    const { revision } = api.server;
    const fresh = await api.watch(`${configMaps}?watch=1&resourceVersion=${revision}`);
    await api.patch(`${configMaps}/a`, { data: { n: "thawed" } });
    expect(await fresh.take(1)).toEqual(["MODIFIED a"]);
    const silent = await Promise.race([
      watch.next(),
      new Promise((go) => setImmediate(() => go("silent"))),
    ]);
    expect(silent).toBe("silent");
    watch.close();
    fresh.close();
  });
});

describe("the request log", () => {
  it("counts by verb, watches apart, and tells subscribers", async () => {
    const api = await TestApi.start();
    const seen: string[] = [];
    const stop = api.server.requests.subscribe(({ verb, resource, name }) => {
      seen.push([verb, resource, name].filter((part) => part !== undefined).join(" "));
    });
    await api.post(configMaps, configMap("a"));
    await api.apply(`${configMaps}/a`, configMap("a", { x: "1" }), "m");
    const watch = await api.watch(`${configMaps}?watch=1`);
    stop();
    await api.get(configMaps);
    expect(seen).toEqual(["create configmaps", "apply configmaps a", "watch configmaps"]);
    const { requests } = api.server;
    expect([requests.count, requests.watches, requests.activeWatches]).toEqual([3, 1, 1]);
    expect(requests.all()[1]).toMatchObject({
      userAgent: "probe/1.0",
      fieldManager: "m",
      status: 200,
    });
    expect(requests.watchEvents).toBe(1);
    expect(requests.watchBytes).toBeGreaterThan(200);
    requests.reset();
    expect(requests.watchBytes).toBe(0);
    expect([requests.count, requests.watches, requests.activeWatches]).toEqual([0, 0, 1]);
    watch.close();
    expect(requests.activeWatches).toBe(0);
    await api.close();
  });

  it("counts no reads of the store and no work of controllers", async () => {
    const api = await TestApi.start();
    await api.post(configMaps, configMap("a"));
    api.server.requests.reset();
    await api.server.settle();
    const stored = api.server.get("configmaps", "default", "a");
    expect(Object.isFrozen(stored)).toBe(true);
    expect(api.server.requests.count).toBe(0);
    await api.close();
  });
});
