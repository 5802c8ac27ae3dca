// SPDX-License-Identifier: Apache-2.0
// One suite for every engine, each with its guests awake and with them asleep between any two turns.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import {
  configMaps,
  type KubernetesObject,
  type Logger,
  type SecondaryKinds,
  type SecondaryList,
  type SecondarySnapshot,
  type SubRequest,
} from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../test/binary.js";
import { conflict, MemoryObjects } from "../test/memory-objects.js";
import type { BuiltGuest } from "./build/build-guest.js";
import { SandboxHost } from "./host/sandbox-host.js";
import { classEngine } from "./turn/class.js";
import { embeddedEngine } from "./turn/embedded.js";
import type { Engine } from "./turn/engine.js";
import { poolEngine } from "./turn/pool.js";
import { wasmerEngine } from "./turn/wasmer.js";
import type { RunOrder } from "./wake/open-runs.js";

const engines: readonly [string, () => Engine, sleeps: boolean][] = [
  ["class", classEngine, false],
  ["embedded", embeddedEngine, false],
  ["embedded, asleep between any two turns", embeddedEngine, true],
  ["pool", () => poolEngine({ workers: 1 }), false],
  ["pool, asleep between any two turns", () => poolEngine({ workers: 1 }), true],
  ["wasmer", wasmer, false],
  ["wasmer, asleep between any two turns", wasmer, true],
];

/** One engine for the whole suite: starting the SDK takes most of a second. */
const shared = wasmerEngine();
function wasmer(): Engine {
  return { ...shared, close: () => Promise.resolve() };
}
afterAll(() => shared.close());

let built: BuiltGuest;
beforeAll(async () => void (built = await buildTestGuest("conformance")), 60_000);

const primary: KubernetesObject = {
  apiVersion: "example.com/v1",
  kind: "Database",
  metadata: {
    name: "orders",
    namespace: "prod",
    uid: "uid-1",
    annotations: { text: "ä€😀\u0000" },
  },
};
const ref = {
  group: "example.com",
  kind: "Database",
  name: "orders",
  namespace: "prod",
  uid: "uid-1",
};

describe.each(engines)("a guest under %s", (_name, engine, sleeps) => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const hibernation = { idleMs: sleeps ? 0 : Infinity, awakeBeforeTimerMs: 0 };
  const running: SandboxHost[] = [];
  let objects = new MemoryObjects();

  const begin = async (): Promise<SandboxHost> => {
    const host = new SandboxHost({ engine: engine(), clock, logger, hibernation });
    running.push(host);
    clock.addIdleProbe(() => host.isQuiet);
    await host.start({
      ...{ name: "suite", file: built, limits: { turnMs: 20_000 } }, // On a busy machine as well.
      policy: {
        rules: [{ kinds: [configMaps], verbs: ["get", "list", "create", "patch", "delete"] }],
      },
    });
    objects = new MemoryObjects();
    lines.length = 0;
    return host;
  };
  afterEach(async () => {
    for (const host of running.splice(0)) await host.close();
  });

  const order = (name: string, more: Partial<RunOrder> = {}): RunOrder => ({
    ...{ name, phase: "reconcile", ref, primary, attempt: 2, reasons: [{ source: "test" }] },
    ...{ signal: new AbortController().signal, fieldManager: "db" },
    target: { objects: objects.as("db"), homes: ["prod"] },
    ...more,
  });
  const said = async (name: string, more?: Partial<RunOrder>, afterMs = 0): Promise<unknown> => {
    const host = running[0] ?? (await begin());
    const run = host.guest("suite").run(order(name, more));
    run.catch(() => undefined);
    await clock.advance(afterMs);
    const result = await run;
    return result.kind === "halt" ? JSON.parse(result.because) : result;
  };

  it("returns what its part returns", async () => {
    expect(await said("nothing")).toEqual({ kind: "done" });
    expect(await said("requeue")).toEqual({ kind: "requeue", afterMs: 1500, priority: 2 });
    expect(await said("nothing", { phase: "cleanup" })).toBe("orders");
  });

  it("is given the request as it is", async () => {
    expect(await said("request", { scheduledTime: "2026-01-01T00:00:00Z" })).toEqual({
      ...{ ref, primary, attempt: 2, reasons: [{ source: "test" }], name: "request" },
      ...{ scheduledTime: "2026-01-01T00:00:00Z", isFrozen: true },
    });
  });

  it("reads and writes objects through its host", async () => {
    await begin();
    expect(await said("objects")).toEqual({
      ...{ before: null, outcome: "created", data: { a: "1" }, listed: 1, after: null },
    });
    expect(objects.asked).toEqual([
      "get configmaps prod/made as db",
      "apply configmaps prod/made as db",
      "mustGet configmaps prod/made as db",
      "list configmaps prod/* as db",
      "delete configmaps prod/made as db",
      "get configmaps prod/made as db",
    ]);
  });

  it("has several calls under way at one time", async () => {
    expect(await said("concurrent")).toEqual([null, null, null]);
  });

  it("ends with the error it threw", async () => {
    await expect(said("terminal")).rejects.toMatchObject({ code: "EXP_TERMINAL", retry: "never" });
    await expect(said("throws")).rejects.toMatchObject({ name: "RangeError", retry: "backoff" });
    await expect(said("unknown")).rejects.toMatchObject({ code: "EXP_GUEST" });
  });

  it("catches the errors of its calls by their codes", async () => {
    await begin();
    objects.failure = conflict();
    expect(await said("conflict")).toEqual(["EXP_CONFLICT", "backoff"]);
    expect(await said("forbidden")).toEqual(["EXP_SANDBOX_FORBIDDEN", "never"]);
    expect(objects.asked).not.toContainEqual(expect.stringContaining("secrets"));
  });

  it("looks at frozen lists of secondaries, parsed when they are touched", async () => {
    expect(await said("lists", { secondaries: () => snapshot() })).toEqual({
      ...{ names: ["a", "b"], one: { app: "b" }, none: null, empty: 0, available: [true, false] },
      ...{ isFrozen: true, isSame: true, isArray: true },
    });
  });

  it("sees time stand still in a turn, and pass while it waits", async () => {
    const endMs = clock.now() + 60_000;
    const end = new Date(endMs).toISOString();
    expect(await said("time", {}, 60_000)).toEqual([0, 60_000, end, true]);
  });

  it("has timers that fire in their order and can be cancelled", async () => {
    expect(await said("timers", {}, 300)).toEqual(["first", "second", "again", "again"]);
  });

  it("is told when its run is aborted", async () => {
    const host = await begin();
    const controller = new AbortController();
    const run = host.guest("suite").run(order("abort", { signal: controller.signal }));
    const ended = expect(run).rejects.toMatchObject({ code: "EXP_GUEST" });
    await clock.settle();
    controller.abort();
    await ended;
  });

  it("keeps its state between runs, and runs several at one time", async () => {
    const host = await begin();
    const runs = [1, 2].map(() => host.guest("suite").run(order("count")));
    await clock.advance(1000);
    const results = await Promise.all(runs);
    expect(results.map((result) => result.kind === "halt" && result.because)).toEqual([
      "[1,2]",
      "[2,2]",
    ]);
  });

  it("tells status, conditions and waits before it ends", async () => {
    const told: unknown[] = [];
    const request = {
      setStatus: (status: object) => void told.push(status),
      setCondition: (condition: object) => void told.push(condition),
      waitFor: (wait: object) => void told.push(wait),
    } as unknown as SubRequest;
    const target = { objects: objects.as("db"), homes: ["prod"], request };
    const waits = { nowMs: 3000, sinceMs: { PodsReady: 1000 } };
    expect(await said("status", { target, waits })).toEqual({ kind: "requeue", afterMs: 3000 });
    expect(told).toEqual([
      { ready: 1 },
      { type: "Ready", status: "True" },
      { condition: "PodsReady", isMet: false, timeoutMs: 5000, message: "pods" },
    ]);
  });

  it("keeps keys such as __proto__, and texts of every kind", async () => {
    const keys = JSON.parse(
      '[["__proto__","constructor","a"],null,{"__proto__":"own","constructor":"own","a":"b"}]',
    );
    expect(JSON.stringify(await said("keys"))).toBe(JSON.stringify(keys));
    expect(await said("text")).toEqual(["ä€😀\u0000", 10, true, "line\nbreak"]);
    expect(await said("clone")).toEqual([true, [1], 5, [1, { b: 2 }]]);
  });

  it("draws random numbers that another start does not", async () => {
    const [first, most] = (await said("random")) as [number, number];
    expect(most).toBe(2);
    await running.splice(0)[0]?.close();
    const [other] = (await said("random")) as [number];
    expect(other).not.toBe(first);
  });

  it("logs through its host", async () => {
    await said("log");
    expect(lines[0]).toBe('said {"a":1}');
    expect(lines[1]).toMatch(/^bad/);
  });

  if (sleeps) {
    it("sleeps whenever it has nothing to do", async () => {
      const host = await begin();
      const run = host.guest("suite").run(order("time"));
      await clock.settle();
      expect(host.list()).toMatchObject([{ state: "asleep", memoryBytes: 0 }]);
      await clock.advance(60_000);
      await run;
    });
  }
});

function snapshot(): SecondarySnapshot<SecondaryKinds> {
  const list = (names: readonly string[], available: boolean): SecondaryList<KubernetesObject> => {
    const objects = names.map((name) => ({
      metadata: { name, namespace: "prod", labels: { app: name } },
    }));
    const extras = { named: () => undefined, available, synced: true, staleSinceMs: undefined };
    return Object.assign(objects, extras);
  };
  return { configMaps: list(["a", "b"], true), nothing: list([], false) };
}
