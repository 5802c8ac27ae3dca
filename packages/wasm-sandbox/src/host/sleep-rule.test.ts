// SPDX-License-Identifier: Apache-2.0
// A policy decides when guests sleep and when they are loaded ahead; a budget, which of them leave.
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { silentLogger, type KubernetesObject, type Result } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../../test/binary.js";
import type { BuiltGuest } from "../build/build-guest.js";
import { AdaptivePolicy, type WakeCause, type WakePlan, type WakePolicy } from "../policy/index.js";
import { SandboxHost, type SandboxHostOptions } from "./sandbox-host.js";

const primary: KubernetesObject = { metadata: { name: "orders", namespace: "prod", uid: "u" } };
let file: BuiltGuest;
beforeAll(async () => void (file = await buildTestGuest("sleepy")), 60_000);

/** Does what it is told, and remembers what it was asked. */
class Scripted implements WakePolicy {
  readonly name = "scripted";
  readonly asked: [string, number, WakeCause | "gave up"][] = [];
  readonly forgotten: string[] = [];
  plan: (atMs: number) => WakePlan = (atMs) => ({ keepUntilMs: atMs, rule: "none" });

  onEvent(stream: string, atMs: number, _facts: object, cause: WakeCause = "event"): WakePlan {
    this.asked.push([stream, atMs, cause]);
    return this.plan(atMs);
  }

  onGiveUp(stream: string, atMs: number): WakePlan {
    this.asked.push([stream, atMs, "gave up"]);
    return { keepUntilMs: atMs, rule: "none" };
  }

  forget(stream: string): void {
    this.forgotten.push(stream);
  }
}

describe("a host with a wake policy", () => {
  let clock = new FakeClock();
  let host: SandboxHost;
  let beganMs = 0;
  afterEach(() => host.close());

  const begin = async (options: SandboxHostOptions, names = ["a"]): Promise<void> => {
    clock = new FakeClock();
    beganMs = clock.now();
    host = new SandboxHost({ clock, logger: silentLogger, ...options });
    const own = host;
    clock.addIdleProbe(() => own.isQuiet);
    for (const name of names) await host.start({ name, file });
  };
  const run = (name: string, part = "quick"): Promise<Result> =>
    host.guest(name).run({
      ...{ name: part, phase: "reconcile", primary, attempt: 0, reasons: [], fieldManager: "db" },
      ref: { group: "", kind: "K", ...primary.metadata },
      ...{ signal: new AbortController().signal, target: {} },
    });
  const state = (at = 0): string | undefined => host.list()[at]?.state;

  it("asks once per event and keeps the guest as long as the plan says", async () => {
    const policy = new Scripted();
    policy.plan = (atMs) => ({ keepUntilMs: atMs + 700, rule: "test" });
    await begin({ hibernation: { policy } });
    await run("a");
    await clock.advance(699);
    expect(state()).toBe("live");
    await clock.advance(1);
    expect(state()).toBe("asleep");
    expect(policy.asked).toEqual([["a", beganMs, "event"]]);
  });

  it("loads the guest ahead, and gives up when nothing came", async () => {
    const policy = new Scripted();
    policy.plan = (atMs) => ({
      keepUntilMs: atMs,
      loadAtMs: atMs + 5000,
      giveUpMs: atMs + 6000,
      rule: "test",
    });
    await begin({ hibernation: { policy } });
    await run("a");
    await clock.settle();
    expect(state()).toBe("asleep");
    await clock.advance(5000);
    expect(state()).toBe("live");
    await clock.advance(1000);
    expect(state()).toBe("asleep");
    expect(policy.asked.map(([, , cause]) => cause)).toEqual(["event", "gave up"]);
  });

  it("tells timers of the guest from events", async () => {
    const policy = new Scripted();
    await begin({ hibernation: { policy } });
    const running = run("a", "hour");
    await clock.advance(3_600_000);
    await running;
    expect(policy.asked).toEqual([
      ["a", beganMs, "event"],
      ["a", beganMs + 3_600_000, "timer"],
    ]);
    await host.stop("a");
    expect(policy.forgotten).toEqual(["a"]);
  });

  it("learns a rhythm: the guest sleeps between two events and is loaded when the next one comes", async () => {
    await begin({ hibernation: { policy: new AdaptivePolicy() } });
    let hits = 0;
    for (let event = 0; event < 24; event += 1) {
      if (event >= 14 && state() === "live") hits += 1;
      await run("a");
      await clock.advance(30_000);
    }
    expect(hits).toBeGreaterThanOrEqual(9);
  });

  it("puts the least useful guests to sleep when memory is short", async () => {
    const hibernation = { idleMs: Infinity };
    await begin({ hibernation, memoryBudgetBytes: 4 * 2 ** 20 }, ["a", "b", "c", "d"]);
    for (const name of ["a", "a", "a", "b", "c", "d"]) {
      await run(name);
      await clock.settle();
    }
    const live = host.list().filter((guest) => guest.state === "live");
    const bytes = live.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    expect(bytes).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(live.map(({ name }) => name)).toContain("a");
    expect(live.length).toBeLessThan(4);
  });
});
