// SPDX-License-Identifier: Apache-2.0
// Guests sleep in the middle of an await, under one engine, and go on under another, in another host.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { configMaps, silentLogger, type KubernetesObject, type Result } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../../test/binary.js";
import { MemoryObjects } from "../../test/memory-objects.js";
import type { BuiltGuest } from "../build/build-guest.js";
import { memoryImageStore, type ImageStore } from "../hibernate/image-store.js";
import { SandboxHost } from "../host/sandbox-host.js";
import { embeddedEngine } from "../turn/embedded.js";
import type { Engine, EngineName } from "../turn/engine.js";
import { poolEngine } from "../turn/pool.js";
import { wasmerEngine } from "../turn/wasmer.js";

const engines: Record<Exclude<EngineName, "class">, Engine> = {
  embedded: embeddedEngine(),
  pool: poolEngine({ workers: 1 }),
  wasmer: wasmerEngine(),
};
const primary: KubernetesObject = { metadata: { name: "orders", namespace: "prod", uid: "u" } };
const keys = { sealKey: new Uint8Array(32).fill(1) };

let built: BuiltGuest;
let other: BuiltGuest;
beforeAll(async () => {
  built = await buildTestGuest("sleepy");
  other = await buildTestGuest("conformance");
}, 60_000);
afterAll(() => Promise.all(Object.values(engines).map((engine) => engine.close())));

describe("a guest that sleeps", () => {
  const hosts: SandboxHost[] = [];
  let clock = new FakeClock();
  let objects = new MemoryObjects();
  let images: ImageStore = memoryImageStore();
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
    clock = new FakeClock();
    objects = new MemoryObjects();
    images = memoryImageStore();
  });

  const begin = async (
    engine: keyof typeof engines = "embedded",
    file = built,
  ): Promise<SandboxHost> => {
    const shared = { ...engines[engine], close: () => Promise.resolve() };
    const hibernation = { idleMs: Infinity };
    const host = new SandboxHost({
      engine: shared,
      clock,
      images,
      keys,
      hibernation,
      logger: silentLogger,
    });
    hosts.push(host);
    clock.addIdleProbe(() => host.isQuiet);
    const rules = [{ kinds: [configMaps], verbs: ["get", "create", "patch"] as const }];
    await host.start({ name: "db", file, policy: { rules }, limits: { turnMs: 20_000 } });
    return host;
  };
  const run = (host: SandboxHost, name: string, attempt = 0): Promise<Result> => {
    const running = host.guest("db").run({
      ...{ name, phase: "reconcile", primary, attempt, reasons: [], fieldManager: "db" },
      ref: { group: "example.com", kind: "Database", ...primary.metadata },
      signal: new AbortController().signal,
      target: { objects: objects.as("db"), homes: ["prod"] },
    });
    running.catch(() => undefined);
    return running;
  };
  /** Ends a host as a crash does: what it had not saved is lost. */
  const kill = (host: SandboxHost): Promise<void> => {
    hosts.splice(hosts.indexOf(host), 1);
    return host.guest("db").stop({ keepImage: true });
  };

  it.each([
    ["embedded", "embedded"],
    ["embedded", "pool"],
    ["pool", "wasmer"],
    ["wasmer", "embedded"],
    ["embedded", "wasmer"],
  ] as const)(
    "falls asleep in an await under %s and goes on in another host under %s",
    async (before, after) => {
      const first = await begin(before);
      const lost = run(first, "hour");
      await clock.advance(1_800_000);
      expect(await first.hibernate("db")).toBe(true);
      await kill(first);
      const second = await begin(after);
      expect(second.list()).toMatchObject([{ state: "asleep", memoryBytes: 0 }]);
      const resumed = run(second, "hour", 1);
      await clock.advance(1_800_000);
      expect(await resumed).toEqual({ kind: "halt", because: '["begun 0","slept"]' });
      await expect(lost).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN", retry: "backoff" });
    },
  );

  it("wakes by its own timer when nobody asks for it", async () => {
    const host = await begin();
    const running = run(host, "hour");
    await clock.settle();
    await host.hibernate("db");
    expect(host.list()).toMatchObject([{ state: "asleep", nextTimerMs: clock.now() + 3_600_000 }]);
    await clock.advance(3_599_999);
    expect(host.list()).toMatchObject([{ state: "asleep" }]);
    await clock.advance(1);
    expect(await running).toMatchObject({ because: '["begun 0","slept"]' });
  });

  it("makes a read again that was under way when the host ended", async () => {
    const first = await begin();
    objects.gate = new Promise(() => undefined);
    void run(first, "read");
    await clock.settle();
    await first.hibernate("db");
    await kill(first);
    objects.gate = undefined;
    const second = await begin();
    expect(await run(second, "read")).toMatchObject({ because: '"nothing"' });
    expect(objects.asked).toHaveLength(2);
  });

  it("is told that nobody knows of a write that was under way when the host ended", async () => {
    const first = await begin();
    objects.gate = new Promise(() => undefined);
    void run(first, "write");
    await clock.settle();
    await first.hibernate("db");
    await kill(first);
    const second = await begin();
    const told = '["EXP_SANDBOX_LOST_RUN","backoff"]';
    expect(await run(second, "write")).toMatchObject({ because: told });
    expect(objects.asked).toHaveLength(1);
  });

  it("holds what a run wants that nobody has asked for since the restart, until somebody does", async () => {
    const first = await begin();
    void run(first, "hourThenWrite");
    await clock.settle();
    await first.hibernate("db");
    await kill(first);
    const second = await begin();
    await clock.advance(3_600_000); // Its timer wakes it; it wants to write, in whose name?
    expect(objects.asked).toEqual([]);
    expect(await run(second, "hourThenWrite")).toMatchObject({ because: '"written"' });
    expect(objects.asked).toEqual(["apply configmaps prod/late as db"]);
  });

  it("starts cold when its image was changed, and its runs are retried", async () => {
    const host = await begin();
    const running = run(host, "hour");
    await clock.settle();
    await host.hibernate("db");
    const bytes = Uint8Array.from((await images.load("db")) ?? []);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    await images.save("db", bytes);
    expect(await run(host, "quick")).toEqual({ kind: "done" });
    await expect(running).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN" });
    expect(host.list()).toMatchObject([{ state: "live", nextTimerMs: undefined }]);
  });

  it("does not take an older image of its own that somebody put back", async () => {
    const host = await begin();
    const running = run(host, "hour");
    await clock.settle();
    await host.hibernate("db");
    const old = (await images.load("db")) ?? new Uint8Array();
    await run(host, "quick");
    await host.hibernate("db");
    await images.save("db", old);
    expect(await run(host, "quick")).toEqual({ kind: "done" });
    await expect(running).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN" });
  });

  it("starts cold under another build", async () => {
    const first = await begin();
    void run(first, "hour");
    await clock.settle();
    await first.close();
    const second = await begin("embedded", other);
    expect(second.list()).toMatchObject([{ state: "cold" }]);
    expect(await images.load("db")).toBeUndefined();
  });

  it("draws other random numbers after each wake from one image", async () => {
    const first = await begin();
    await run(first, "quick");
    await first.hibernate("db");
    await kill(first);
    const image = (await images.load("db")) ?? new Uint8Array();
    const drawn: string[] = [];
    for (let wake = 0; wake < 3; wake += 1) {
      await images.save("db", image);
      const host = await begin();
      drawn.push(JSON.stringify(await run(host, "random")));
      await kill(host);
    }
    expect(new Set(drawn).size).toBe(3);
  });

  it("stays awake when an event comes while it is being saved", async () => {
    const host = await begin();
    await run(host, "quick");
    const slow = images.save.bind(images);
    let running: Promise<Result> | undefined;
    images.save = async (guest, bytes) => {
      running = run(host, "random");
      await slow(guest, bytes);
    };
    expect(await host.hibernate("db")).toBe(false);
    expect(await running).toMatchObject({ kind: "halt" });
    expect(host.list()).toMatchObject([{ state: "live" }]);
  });

  it("does not grow over 300 cycles of waking, running and sleeping", async () => {
    const host = await begin();
    const sizes: number[] = [];
    for (let cycle = 0; cycle < 300; cycle += 1) {
      await run(host, "read");
      await host.hibernate("db");
      sizes.push(host.list()[0]?.imageBytes ?? 0);
    }
    const [early = 0, late = 0] = [sizes[50], sizes.at(-1)];
    expect(late).toBeLessThan(early * 1.02);
  });
});
