// SPDX-License-Identifier: Apache-2.0
// The machine's clock and waiting on any clock (stage 0: words).
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { sleep, systemClock, type Clock, type Timer } from "./clock.js";

const longest = 2 ** 31 - 1;

describe("systemClock.setTimer()", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([1, 1000, longest, longest + 1, 3 * longest + 7])(
    "waits for %d ms, not less",
    (delayMs) => {
      const callback = jest.fn();
      systemClock.setTimer(callback, delayMs);
      jest.advanceTimersByTime(delayMs - 1);
      expect(callback).toHaveBeenCalledTimes(0);
      jest.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
      jest.advanceTimersByTime(2 * longest);
      expect(callback).toHaveBeenCalledTimes(1);
    },
  );

  it("takes a delay of zero, or less, as none", () => {
    const callback = jest.fn();
    systemClock.setTimer(callback, 0);
    systemClock.setTimer(callback, -5);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(0);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it("can be cancelled in any of its stretches, twice, and after it fired", () => {
    const callback = jest.fn();
    const timer = systemClock.setTimer(callback, 2 * longest);
    jest.advanceTimersByTime(longest + 5);
    timer.cancel();
    timer.cancel();
    jest.advanceTimersByTime(2 * longest);
    expect(callback).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
    const fired = systemClock.setTimer(callback, 1);
    jest.advanceTimersByTime(1);
    fired.cancel();
    expect(callback).toHaveBeenCalledTimes(1);
  });
});

describe("systemClock", () => {
  it("never goes back", () => {
    const first = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });
});

describe("sleep()", () => {
  function manualClock() {
    const timers: { callback: () => void; delayMs: number; isCancelled: boolean }[] = [];
    const clock: Clock = {
      now: () => 0,
      monotonicMs: () => 0,
      setTimer(callback, delayMs): Timer {
        const timer = { callback, delayMs, isCancelled: false };
        timers.push(timer);
        return { cancel: () => (timer.isCancelled = true) };
      },
    };
    return { clock, timers };
  }

  it("resolves when its timer fires", async () => {
    const { clock, timers } = manualClock();
    const done = sleep(clock, 500);
    expect(timers[0]?.delayMs).toBe(500);
    timers[0]?.callback();
    await expect(done).resolves.toBeUndefined();
  });

  it("resolves without an error, and gives its timer back, when aborted", async () => {
    const { clock, timers } = manualClock();
    const controller = new AbortController();
    const done = sleep(clock, 500, controller.signal);
    controller.abort();
    await expect(done).resolves.toBeUndefined();
    expect(timers[0]?.isCancelled).toBe(true);
  });

  it("sets no timer when it is aborted already", async () => {
    const { clock, timers } = manualClock();
    await sleep(clock, 500, AbortSignal.abort());
    expect(timers).toHaveLength(0);
  });
});
