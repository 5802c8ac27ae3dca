// SPDX-License-Identifier: Apache-2.0
// Times of a crontab line: what has passed, what is next, what is no schedule.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cronTimes } from "./cron-times.js";

const at = (text: string): number => Date.parse(`2026-03-${text}Z`);

describe("cronTimes()", () => {
  it("finds nothing passed before the first time, and the first time next", () => {
    expect(cronTimes("0 3 * * *", at("01T00:00:00"), at("01T02:59:59"))).toEqual({
      skipped: 0,
      nextMs: at("01T03:00:00"),
    });
  });

  it("counts a time as passed in its very second", () => {
    expect(cronTimes("0 3 * * *", at("01T00:00:00"), at("01T03:00:00"))).toEqual({
      latestMs: at("01T03:00:00"),
      skipped: 0,
      nextMs: at("02T03:00:00"),
    });
  });

  it("gives the newest of several and counts the others", () => {
    expect(cronTimes("0 * * * *", at("01T00:30:00"), at("01T05:30:00"))).toEqual({
      latestMs: at("01T05:00:00"),
      skipped: 4,
      nextMs: at("01T06:00:00"),
    });
  });

  it("does not count a time again that is served", () => {
    const times = cronTimes("0 * * * *", at("01T05:00:00"), at("01T05:00:00"));
    expect(times).toEqual({ skipped: 0, nextMs: at("01T06:00:00") });
  });

  it("stops counting where no number helps any more", () => {
    const times = cronTimes("* * * * *", at("01T00:00:00"), at("02T00:00:00"));
    expect(times?.skipped).toBe(100);
  });

  it.each(["", "every day", "0 3 * * * * * *", "0 0 30 2 *"])("has no times for %j", (schedule) => {
    expect(cronTimes(schedule, at("01T00:00:00"), at("02T00:00:00"))).toBeUndefined();
  });

  it("serves every time once, whenever it is asked", () => {
    const minutes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(minutes, (pauses) => {
        let servedMs = at("01T00:10:00");
        let nowMs = servedMs;
        let count = 0;
        for (const pause of pauses) {
          nowMs += pause * 60_000;
          const times = cronTimes("*/15 * * * *", servedMs, nowMs);
          if (times?.latestMs === undefined) continue;
          count += 1 + times.skipped;
          expect(times.latestMs).toBeLessThanOrEqual(nowMs);
          servedMs = times.latestMs;
        }
        const quarter = 15 * 60_000;
        expect(count).toBe(Math.floor(nowMs / quarter) - Math.floor(at("01T00:10:00") / quarter));
      }),
    );
  });
});
