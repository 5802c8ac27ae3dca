// SPDX-License-Identifier: Apache-2.0
// Times that are known: intervals, cron with time zones and missed times, idle, one-shot (stage 5).
import { describe, expect, it } from "@jest/globals";
import { Rig, type Db, type Sub } from "../test/rig.js";

const hour = 3_600_000;

/** A rig whose one sub-reconciler notes when it ran and for which time. */
function scheduled(schedule: Sub["schedule"] & object): { rig: Rig; ran: [string, string?][] } {
  const ran: [string, string?][] = [];
  const rig: Rig = new Rig([
    {
      name: "timed",
      schedule,
      reconcile({ scheduledTime }) {
        const at = new Date(rig.clock.now()).toISOString().slice(5, 16);
        ran.push(scheduledTime === undefined ? [at] : [at, scheduledTime.slice(5, 16)]);
        return Promise.resolve();
      },
    },
  ]);
  return { rig, ran };
}

describe("an interval", () => {
  it("is counted from the end of the last run, with jitter, whatever woke that", async () => {
    const { rig, ran } = scheduled({ everyMs: hour, jitter: 0.1 });
    await rig.user({});
    await rig.advance(hour / 2);
    await rig.user({ size: 2 });
    await rig.advance(hour + hour / 20 - 1);
    expect(ran).toEqual([["01-01T00:00"], ["01-01T00:30"]]);
    await rig.advance(1);
    expect(ran).toHaveLength(3);
  });

  it("does not cut a backoff short", async () => {
    const at: number[] = [];
    const rig: Rig = new Rig([
      {
        name: "timed",
        schedule: { everyMs: 1000, jitter: 0 },
        retry: { initialMs: 60_000 },
        reconcile() {
          at.push(rig.clock.ms);
          return Promise.reject(new Error("no"));
        },
      },
    ]);
    await rig.user({});
    await rig.advance(59_000);
    expect(at).toEqual([0]);
  });
});

describe("a cron time", () => {
  it("comes in its time zone and is told to the run", async () => {
    const { rig, ran } = scheduled({ cron: "0 6 * * *", timeZone: "Asia/Tokyo" });
    await rig.user({});
    await rig.advance(48 * hour);
    expect(ran).toEqual([
      ["01-01T00:00"],
      ["01-01T21:00", "01-01T21:00"],
      ["01-02T21:00", "01-02T21:00"],
    ]);
  });

  it("is due until a run has succeeded", async () => {
    const times: unknown[] = [];
    let isBroken = true;
    const rig: Rig = new Rig([
      {
        name: "timed",
        schedule: { cron: "0 * * * *" },
        reconcile({ scheduledTime }) {
          if (scheduledTime !== undefined) times.push(scheduledTime);
          const fails = scheduledTime !== undefined && isBroken;
          return fails ? Promise.reject(new Error("no")) : Promise.resolve();
        },
      },
    ]);
    await rig.user({});
    await rig.advance(hour);
    isBroken = false;
    await rig.advance(60_000);
    expect(times).toEqual(["2026-01-01T01:00:00.000Z", "2026-01-01T01:00:00.000Z"]);
  });

  it.each<["one" | "skip", number]>([
    ["one", 1],
    ["skip", 0],
  ])(
    "that was missed while nothing ran is made up for by policy: %s",
    async (catchUp, expected) => {
      const served: string[] = [];
      const declared: Sub = {
        name: "backup",
        schedule: {
          cron: "0 * * * *",
          catchUp,
          lastTime: (primary: Db) => primary.metadata.annotations?.["last"],
        },
        reconcile({ scheduledTime }) {
          if (scheduledTime !== undefined) served.push(scheduledTime);
          return Promise.resolve();
        },
      };
      const rig = new Rig([declared]);
      const annotations = { last: "2026-01-01T01:00:00Z" };
      const metadata = { name: "db", namespace: "prod", annotations };
      rig.world.create(rig.kind, { metadata }, "user");
      rig.clock.ms = 5 * hour + 1_800_000; // 02:00 to 05:00 passed while nothing ran.
      rig.restart([declared]);
      await rig.settle();
      expect(served).toHaveLength(expected);
      if (catchUp === "one") expect(served).toEqual(["2026-01-01T05:00:00.000Z"]);
      await rig.advance(hour / 2);
      expect(served.at(-1)).toBe("2026-01-01T06:00:00.000Z");
    },
  );

  it("that was never served counts from the primary's creation", async () => {
    const { rig, ran } = scheduled({ cron: "0 * * * *", lastTime: () => undefined });
    const metadata = { name: "db", namespace: "prod", creationTimestamp: "2025-12-31T22:30:00Z" };
    rig.world.create(rig.kind, { metadata }, "user");
    rig.restart();
    await rig.settle();
    expect(ran).toEqual([["01-01T00:00", "01-01T00:00"]]);
  });
});

describe("an idle time", () => {
  it("comes once when the primary has not changed for so long", async () => {
    const { rig, ran } = scheduled({ idleMs: hour });
    await rig.user({});
    await rig.advance(hour / 2);
    await rig.user({ size: 2 });
    await rig.advance(hour - 1);
    expect(ran).toHaveLength(2);
    await rig.advance(1);
    expect(ran).toHaveLength(3);
    await rig.advance(24 * hour);
    expect(ran).toHaveLength(3);
  });
});

describe("a one-shot time", () => {
  it("comes once, moves with the primary, and may be gone", async () => {
    const { rig, ran } = scheduled({ atTime: (primary: Db) => primary.spec?.text });
    await rig.user({ text: "2026-01-01T02:00:00Z" });
    await rig.user({ text: "2026-01-01T03:00:00Z" });
    await rig.advance(4 * hour);
    expect(ran.filter(([, time]) => time !== undefined)).toEqual([["01-01T03:00", "01-01T03:00"]]);
    await rig.user({ text: "no time" });
    await rig.advance(24 * hour);
    expect(ran.filter(([, time]) => time !== undefined)).toHaveLength(1);
  });
});
