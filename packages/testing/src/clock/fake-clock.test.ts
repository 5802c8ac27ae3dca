// SPDX-License-Identifier: Apache-2.0
// FakeClock: order, settling of promises and real sockets, leaks, endless loops.
import { createServer, get } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { sleep } from "@haversack/core";
import { FakeClock } from "./fake-clock.js";

describe("FakeClock", () => {
  it("fires timers in the order of their due times, and equal ones in the order of setting", async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    clock.setTimer(() => seen.push(`b@${clock.monotonicMs()}`), 20);
    clock.setTimer(() => seen.push(`a@${clock.monotonicMs()}`), 10);
    clock.setTimer(() => seen.push(`c@${clock.monotonicMs()}`), 20);
    await clock.advance(19);
    expect(seen).toEqual(["a@10"]);
    await clock.advance(1);
    expect(seen).toEqual(["a@10", "b@20", "c@20"]);
    expect(clock.monotonicMs()).toBe(20);
  });

  it("lets the promise chain of one timer finish before the next timer fires", async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    clock.setTimer(() => {
      void (async () => {
        for (let step = 0; step < 50; step++) await Promise.resolve();
        await new Promise((resolve) => setImmediate(resolve));
        seen.push("chain of the first");
      })();
    }, 1);
    clock.setTimer(() => seen.push("second"), 2);
    await clock.advance(2);
    expect(seen).toEqual(["chain of the first", "second"]);
  });

  it("fires timers that timers set, as far as they are due", async () => {
    const clock = new FakeClock();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.setTimer(tick, 5_000);
    };
    clock.setTimer(tick, 5_000);
    await clock.advance(600_000);
    expect(ticks).toBe(120);
    expect(clock.pending).toMatchObject([{ inMs: 5_000 }]);
  });

  it("waits for file and socket traffic of this process while settling", async () => {
    const clock = new FakeClock();
    const server = createServer((_, response) => {
      void readFile(import.meta.filename ?? process.argv[1] ?? "").then(
        () => response.end("late"),
        () => response.end("late"),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    let answer = "";
    clock.setTimer(() => {
      get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" }, (response) => {
        response.on("data", (chunk: Buffer) => (answer += chunk.toString()));
      });
    }, 1_000);
    await clock.advance(1_000);
    expect(answer).toBe("late");
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  it("waits for its idle probes while settling", async () => {
    const clock = new FakeClock();
    let turnsLeft = 40;
    const probe = clock.addIdleProbe(() => --turnsLeft <= 0);
    await clock.settle();
    expect(turnsLeft).toBeLessThanOrEqual(0);
    probe.unsubscribe();
    turnsLeft = 5;
    await clock.settle();
    expect(turnsLeft).toBe(5);
  });

  it("does not fire a cancelled timer, and cancelling twice does nothing", async () => {
    const clock = new FakeClock();
    let fired = 0;
    const first = clock.setTimer(() => (fired += 1), 10);
    clock.setTimer(() => (fired += 10), 10);
    first.cancel();
    first.cancel();
    await clock.advance(10);
    first.cancel();
    expect(fired).toBe(10);
  });

  it("honours delays beyond the longest of Node", async () => {
    const clock = new FakeClock();
    let fired = false;
    clock.setTimer(() => (fired = true), 2 ** 40);
    await clock.advance(2 ** 40 - 1);
    expect(fired).toBe(false);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  it("shows wall time from the start time on, and lets it jump without a timer noticing", async () => {
    const clock = new FakeClock({ startTime: "2026-03-01T12:00:00Z" });
    let fired = false;
    clock.setTimer(() => (fired = true), 60_000);
    clock.jumpWallTime(-3_600_000);
    await clock.advanceTo("2026-03-01T11:00:59Z");
    expect(fired).toBe(false);
    await clock.advance(1_000);
    expect(fired).toBe(true);
    expect(new Date(clock.now()).toISOString()).toBe("2026-03-01T11:01:00.000Z");
    expect(clock.monotonicMs()).toBe(60_000);
  });

  it("goes to the next timer, and says when there is none", async () => {
    const clock = new FakeClock();
    void sleep(clock, 700);
    expect(await clock.advanceToNext()).toBe(true);
    expect(clock.monotonicMs()).toBe(700);
    expect(await clock.advanceToNext()).toBe(false);
  });

  it("names leaked timers and the line that set them", () => {
    const clock = new FakeClock();
    clock.assertNoTimers();
    clock.setTimer(() => undefined, 1_234);
    expect(() => clock.assertNoTimers()).toThrow(/1234 ms, set .*fake-clock\.test|1 still wait/s);
    expect(clock.pending[0]?.inMs).toBe(1_234);
  });

  it("stops an endless chain of timers with an error instead of hanging", async () => {
    const clock = new FakeClock({ maxTimersPerAdvance: 100 });
    const again = (): void => void clock.setTimer(again, 0);
    again();
    await expect(clock.advance(1)).rejects.toThrow(/100 timers fired/);
  });

  it("rejects with what a callback throws, and can go on afterwards", async () => {
    const clock = new FakeClock();
    clock.setTimer(() => {
      throw new TypeError("boom");
    }, 1);
    let fired = false;
    clock.setTimer(() => (fired = true), 2);
    await expect(clock.advance(5)).rejects.toThrow(TypeError);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  it("refuses two advances at once, going back, and delays that are no numbers", async () => {
    const clock = new FakeClock();
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow(/advancing already/);
    await first;
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    expect(() => clock.setTimer(() => undefined, Number.NaN)).toThrow(RangeError);
    expect(() => new FakeClock({ startTime: "yesterday" })).toThrow(RangeError);
  });
});
