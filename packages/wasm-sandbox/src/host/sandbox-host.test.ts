// SPDX-License-Identifier: Apache-2.0
// Guests come, change and go while the others run.
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { silentLogger, type KubernetesObject, type Result } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../../test/binary.js";
import type { BuiltGuest } from "../build/build-guest.js";
import { SandboxHost } from "./sandbox-host.js";

const primary: KubernetesObject = { metadata: { name: "orders", namespace: "prod", uid: "u" } };
let sleepy: BuiltGuest;
let abuse: BuiltGuest;
beforeAll(async () => {
  [sleepy, abuse] = [await buildTestGuest("sleepy"), await buildTestGuest("abuse")];
}, 60_000);

describe("SandboxHost", () => {
  let clock = new FakeClock();
  let host: SandboxHost;
  afterEach(() => host.close());

  const begin = (idleMs = Infinity): void => {
    clock = new FakeClock();
    host = new SandboxHost({ clock, logger: silentLogger, hibernation: { idleMs } });
    const own = host;
    clock.addIdleProbe(() => own.isQuiet);
  };
  const run = (guest: string, name: string): Promise<Result> => {
    const running = host.guest(guest).run({
      ...{ name, phase: "reconcile", primary, attempt: 0, reasons: [], fieldManager: "db" },
      ref: { group: "", kind: "K", ...primary.metadata },
      ...{ signal: new AbortController().signal, target: {} },
    });
    running.catch(() => undefined);
    return running;
  };

  it("starts a guest once, and refuses another of its name", async () => {
    begin();
    await host.start({ name: "a", file: sleepy });
    await host.start({ name: "a", file: sleepy });
    expect(host.list()).toHaveLength(1);
    const other = { name: "a", file: abuse };
    await expect(host.start(other)).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
  });

  it("puts another build in the place of a guest; its runs are retried, its neighbour's go on", async () => {
    begin();
    await host.start({ name: "a", file: sleepy });
    await host.start({ name: "b", file: sleepy });
    const [lost, kept] = [run("a", "hour"), run("b", "hour")];
    await clock.settle();
    await host.update({ name: "a", file: abuse });
    await expect(lost).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN", retry: "backoff" });
    expect(await run("a", "fine")).toMatchObject({ because: '"fine"' });
    await clock.advance(3_600_000);
    expect(await kept).toMatchObject({ because: '["begun 0","slept"]' });
  });

  it("refuses runs of a paused guest with a time to come back, and takes them again", async () => {
    begin();
    await host.start({ name: "a", file: sleepy });
    await host.pause("a");
    expect(host.list()).toMatchObject([{ state: "paused" }]);
    expect(() => host.guest("a")).toThrow(expect.objectContaining({ retry: { afterMs: 5000 } }));
    host.resume("a");
    expect(await run("a", "quick")).toEqual({ kind: "done" });
  });

  it("stops a guest: its runs are rejected and it is gone, twice as well as once", async () => {
    begin();
    await host.start({ name: "a", file: sleepy });
    const lost = run("a", "hour");
    await clock.settle();
    await host.stop("a");
    await host.stop("a");
    await expect(lost).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN" });
    expect(host.list()).toEqual([]);
    expect(() => host.guest("a")).toThrow(/Start it first/);
    clock.assertNoTimers();
  });

  it("puts a guest to sleep after its idle time, not before", async () => {
    begin(1000);
    await host.start({ name: "a", file: sleepy });
    await run("a", "quick");
    await clock.advance(999);
    expect(host.list()).toMatchObject([{ state: "live" }]);
    await clock.advance(1);
    expect(host.list()).toMatchObject([{ state: "asleep", memoryBytes: 0 }]);
  });

  it("keeps a guest awake whose timer is due sooner than sleeping pays", async () => {
    begin(1000);
    await host.start({ name: "a", file: abuse });
    void run("a", "promises").catch(() => undefined);
    await clock.settle();
    await host.start({ name: "b", file: sleepy });
    void run("b", "hour");
    await clock.advance(1000);
    expect(host.list()).toMatchObject([{ state: "cold" }, { state: "asleep" }]);
  });

  it("lets a guest that crashes again and again rest longer each time", async () => {
    begin();
    await host.start({ name: "a", file: abuse, quotas: { restMs: 1000 } });
    const waits: unknown[] = [];
    for (let crash = 0; crash < 3; crash += 1) {
      await expect(run("a", "garbage")).rejects.toMatchObject({ code: "EXP_SANDBOX_PROTOCOL" });
      const resting = await run("a", "fine").catch((error: unknown) => error);
      waits.push(resting);
      await clock.advance(1000 * 2 ** crash);
    }
    const after = (afterMs: number): object => ({
      code: "EXP_SANDBOX_RESTING",
      retry: { afterMs },
    });
    expect(waits).toMatchObject([after(1000), after(2000), after(4000)]);
    expect(await run("a", "fine")).toMatchObject({ because: '"fine"' });
  });

  it("does not wait for a run that goes on after it was aborted", async () => {
    begin();
    await host.start({ name: "a", file: sleepy });
    const controller = new AbortController();
    const running = host.guest("a").run({
      ...{
        name: "never",
        phase: "reconcile",
        primary,
        attempt: 0,
        reasons: [],
        fieldManager: "db",
      },
      ref: { group: "", kind: "K", ...primary.metadata },
      ...{ signal: controller.signal, target: {} },
    });
    running.catch(() => undefined);
    await clock.advance(60_000);
    controller.abort();
    await clock.advance(10_000);
    await expect(running).rejects.toMatchObject({ code: "EXP_SANDBOX_LOST_RUN" });
    expect(await run("a", "quick")).toEqual({ kind: "done" });
    clock.assertNoTimers();
  });

  it("stops a guest that used up its minute", async () => {
    begin();
    await host.start({ name: "a", file: sleepy, quotas: { turnMsPerMinute: 20 } });
    const spend = async (): Promise<void> => {
      for (let turn = 0; turn < 1000; turn += 1) await run("a", "quick");
    };
    await expect(spend()).rejects.toMatchObject({ code: "EXP_SANDBOX_QUOTA" });
  });
});
