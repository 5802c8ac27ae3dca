// SPDX-License-Identifier: Apache-2.0
// Health and readiness with their reasons, over HTTP too; healing of informers (under every stage).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { InformerStatus } from "@haversack/core";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import {
  database,
  databaseDefinition,
  DatabaseReconciler,
  LogBook,
  type Work,
} from "../../test/databases.js";
import { Manager } from "../manager.js";
import type { ManagerOptions } from "../manager-options.js";
import { formatHealth, livenessOf, readinessOf, type HealthSubject } from "./health.js";
import { LoopLag } from "./loop-lag.js";

const well: HealthSubject = {
  nowMs: 1_000_000,
  ...{ state: "running", standing: "alone", informers: [], passes: [], queues: [], lagMs: 0 },
};

function informer(status: Partial<InformerStatus>): HealthSubject["informers"] {
  const none = { resourceVersion: undefined, staleSinceMs: undefined, problem: undefined };
  return [{ kind: "Pod", status: { state: "stale", ...none, ...status } }];
}

function problems(more: Partial<HealthSubject>): string[] {
  return readinessOf({ ...well, ...more })
    .filter(({ isWell }) => !isWell)
    .map(({ name, reason }) => `${name}: ${reason}`);
}

describe("readinessOf()", () => {
  it("is well when nothing is wrong", () => {
    expect(problems({})).toEqual([]);
    expect(formatHealth("readyz", readinessOf(well))).toContain(
      "[+] queues: nothing waits for long\n",
    );
    expect(formatHealth("readyz", readinessOf(well))).toContain("readyz passed\n");
  });

  it("names an informer that lags, since when and why; not one that lags a moment", () => {
    const lagging = informer({ staleSinceMs: 925_000, problem: "connection refused" });
    expect(problems({ informers: lagging })).toEqual([
      "informers: Pod is stale for 75 s: connection refused",
    ]);
    const informers = informer({ staleSinceMs: 999_000 });
    expect(problems({ informers })).toEqual([]);
    const [, check] = readinessOf({ ...well, informers });
    expect(check?.reason).toBe("0 of 1 in step; Pod is stale");
  });

  it("names a kind that is forbidden at once, and puts up with one that is absent", () => {
    const forbidden = informer({ state: "forbidden", staleSinceMs: 1_000_000, problem: "403" });
    expect(problems({ informers: forbidden })).toEqual(["informers: Pod is forbidden: 403"]);
    expect(problems({ informers: informer({ state: "absent", staleSinceMs: 0 }) })).toEqual([]);
  });

  it("names queues that do not move, stalls, and a start or stop under way", () => {
    expect(problems({ queues: [{ controller: "db", oldestWaitMs: 312_000 }] })).toEqual([
      "queues: db: one waits for 312 s",
    ]);
    expect(problems({ lagMs: 7_000 })).toEqual(["event-loop: it stood still for 7 s"]);
    expect(problems({ state: "starting" })).toEqual(["manager: starting, alone"]);
  });
});

describe("livenessOf()", () => {
  const ref = { group: "", kind: "Pod", namespace: "prod", name: "a" };
  const pass = { controller: "db", ref, startedAtMs: 0, abortedAtMs: undefined };

  it("does not call for a restart while a long pass may still go on, nor for a server that is away", () => {
    const informers = informer({ state: "syncing", staleSinceMs: 0 });
    const checks = livenessOf({ ...well, passes: [pass], informers });
    expect(checks.every(({ isWell }) => isWell)).toBe(true);
  });

  it("does for a pass that ignores its end", () => {
    const [check] = livenessOf({ ...well, passes: [{ ...pass, abortedAtMs: 880_000 }] });
    expect(check).toEqual({
      ...{ name: "passes", isWell: false },
      reason: "db Pod prod/a goes on although it was aborted 120 s ago",
    });
  });
});

describe("LoopLag", () => {
  it("shows how late its timer was, a stall that still lasts included", async () => {
    const clock = new FakeClock();
    let heldMs = 0;
    const lag = new LoopLag({
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs() + heldMs,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    });
    lag.start();
    await clock.advance(5_000);
    expect(lag.longestMs).toBe(0);
    heldMs = 4_000;
    expect(lag.longestMs).toBeGreaterThanOrEqual(3_000);
    await clock.advance(1_000);
    expect(lag.longestMs).toBe(4_000);
    lag.stop();
    clock.assertNoTimers();
  });
});

describe("a manager's endpoints", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let log: LogBook;
  const managers: Manager[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    log = new LogBook();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of managers.splice(0)) void each.stopNow();
    await clock.advance(10_000);
    await cluster.close();
  });

  async function start(work?: Work, options: Partial<ManagerOptions> = {}): Promise<Manager> {
    const http = { port: 0, host: "127.0.0.1" };
    const made = new Manager({
      ...{ client: cluster.client, clock, logger: log, signals: false, http, ...options },
    }).add(new DatabaseReconciler(work));
    managers.push(made);
    await made.start();
    await clock.settle(); // The watches are open.
    return made;
  }

  async function get(manager: Manager, path: string, method = "GET"): Promise<[number, string]> {
    const answer = await fetch(`http://127.0.0.1:${manager.port}${path}`, { method });
    return [answer.status, await answer.text()];
  }

  it("answer with a line for each thing that was looked at, and nothing else", async () => {
    const manager = await start();
    const [status, text] = await get(manager, "/readyz?verbose");
    expect(status).toBe(200);
    expect(text).toContain("[+] manager: running, alone\n[+] informers: 2 in step\n");
    expect((await get(manager, "/livez"))[0]).toBe(200);
    expect((await get(manager, "/healthz"))[1]).toContain("healthz passed");
    expect((await get(manager, "/metrics"))[0]).toBe(404);
    expect((await get(manager, "/etc/passwd"))[0]).toBe(404);
    expect((await get(manager, "/readyz", "POST"))[0]).toBe(405);
  });

  it("say 503 and why while the API server is away, and 200 again after it", async () => {
    const manager = await start();
    const fault = cluster.faults.add({ fault: { type: "reset" } });
    cluster.faults.cutStreams();
    await clock.advance(61_000);
    const [status, text] = await get(manager, "/readyz");
    expect(status).toBe(503);
    expect(text).toMatch(/\[-\] informers: .*Database.example.com is stale for \d+ s: /);
    expect((await get(manager, "/livez"))[0]).toBe(200);
    fault.remove();
    await clock.advance(60_000);
    expect((await get(manager, "/readyz"))[0]).toBe(200);
  });

  it("say that a pass is stuck once it has ignored its end for long", async () => {
    const manager = await start(() => new Promise(() => undefined));
    await cluster.apply(database("db"));
    await cluster.settle();
    await clock.advance(300_000);
    expect((await get(manager, "/livez"))[0]).toBe(200);
    await clock.advance(121_000);
    const [status, text] = await get(manager, "/livez");
    expect(status).toBe(503);
    expect(text).toContain("[-] passes: database Database.example.com default/db@");
  });

  it("heal an informer that lags for too long, over a new list", async () => {
    await start();
    const before = cluster.requests.count({ verb: "list" });
    const fault = cluster.faults.add({
      match: { verb: "watch" },
      fault: { type: "status", code: 429, retryAfterSeconds: 3600 },
    });
    cluster.faults.cutStreams();
    await clock.advance(119_000);
    fault.remove(); // The server would have it wait for an hour.
    expect(cluster.requests.count({ verb: "list" })).toBe(before);
    await clock.advance(32_000);
    expect(cluster.requests.count({ verb: "list" })).toBeGreaterThan(before);
    expect(log.at("warn").join()).toContain("listing anew what has lagged too long");
    expect(managers[0]?.health().ready.every(({ isWell }) => isWell)).toBe(true);
  });

  it("refuse a port that is taken", async () => {
    const first = await start();
    const taken = { http: { port: first.port ?? 0, host: "127.0.0.1" } };
    await expect(start(undefined, taken)).rejects.toThrow("cannot serve health and metrics");
  });
});
