// SPDX-License-Identifier: Apache-2.0
// Workers: passes that never return, fairness, the end, reports (stage 4 to 5).
import { describe, expect, it } from "@jest/globals";
import { ConflictError, requeueAfter, TerminalError } from "@haversack/core";
import { database, Rig, type Database } from "../test/fixtures.js";
import { settle } from "../test/manual-clock.js";

const db = { namespace: "prod", name: "db" };

async function started(
  reconcile: Rig["reconcile"],
  options: ConstructorParameters<typeof Rig>[0] = {},
): Promise<Rig> {
  const rig = new Rig({ backoff: { initialMs: 1000 }, ...options });
  rig.reconcile = reconcile;
  await rig.start();
  rig.apply(database("db"));
  return rig;
}

describe("a pass that never returns", () => {
  it("is aborted and named; its primary stays locked, other primaries go on", async () => {
    const rig = await started(
      ({ ref }) => (ref.name === "db" ? new Promise(() => undefined) : Promise.resolve()),
      { timeoutMs: 60_000 },
    );
    await settle();
    rig.apply(database("other"));
    rig.watches.enqueue(db);
    await rig.clock.advance(59_999);
    expect(rig.passes).toEqual(["db"]);
    expect(rig.requests[0]?.signal.aborted).toBe(false);
    await rig.clock.advance(1);
    expect(rig.passes).toEqual(["db", "other"]);
    expect(rig.requests[0]?.signal.reason).toMatchObject({ code: "EXP_RECONCILE_TIMEOUT" });
    expect(rig.log.at("error")[0]).toMatch(
      /^reconcile Database\.example\.com prod\/db\S* did not return within 60000 ms.*Its key stays locked/,
    );
    await rig.clock.advance(1e7);
    expect(rig.passes).toEqual(["db", "other"]);
    expect(rig.watches.depth.running).toBe(1);
    expect(rig.metrics.counts.get("controller_runtime_reconcile_timeouts_total database")).toBe(1);
  });

  it.each(["resolve", "reject"] as const)(
    "is retried when it ends (%s), not before",
    async (how) => {
      let finish = (): void => undefined;
      const rig = await started(
        () =>
          new Promise<void>((resolve, reject) => {
            finish = () => (how === "resolve" ? resolve() : reject(new TerminalError("aborted")));
          }),
        { timeoutMs: 100, workers: 3 },
      );
      await rig.clock.advance(5000);
      expect(rig.passes).toEqual(["db"]);
      finish();
      await rig.clock.advance(999);
      expect(rig.passes).toEqual(["db"]);
      await rig.clock.advance(1);
      expect(rig.passes).toEqual(["db", "db"]);
      expect(rig.requests[1]?.attempt).toBe(1);
    },
  );

  it("is not limited when the limit is Infinity", async () => {
    const rig = await started(() => new Promise(() => undefined), { timeoutMs: Infinity });
    await rig.clock.advance(1e12);
    expect(rig.requests[0]?.signal.aborted).toBe(false);
    expect(rig.clock.pending).toBe(0);
  });
});

describe("the run loop", () => {
  it("makes as many passes at a time as there are workers, one per primary", async () => {
    let running = 0;
    let most = 0;
    const perKey = new Map<string, number>();
    const finish: (() => void)[] = [];
    const rig = await started(
      async ({ ref }) => {
        running += 1;
        most = Math.max(most, running);
        perKey.set(ref.name, (perKey.get(ref.name) ?? 0) + 1);
        expect(perKey.get(ref.name)).toBe(1);
        await new Promise<void>((resolve) => void finish.push(resolve));
        perKey.set(ref.name, 0);
        running -= 1;
      },
      { workers: 3 },
    );
    for (let index = 0; index < 6; index += 1) rig.apply(database(`db-${index}`));
    for (let round = 0; round < 20; round += 1) {
      rig.watches.enqueue(db);
      await settle();
      for (const resolve of finish.splice(0)) resolve();
    }
    await settle();
    for (const resolve of finish.splice(0)) resolve();
    expect(most).toBe(3);
    expect(rig.log.at("error")).toEqual([]);
  });

  it("lets sockets and timers have their turn between passes that wait for nothing", async () => {
    const rig = await new Rig().start();
    for (let index = 0; index < 1000; index += 1) rig.apply(database(`db-${index}`));
    let passesAtTurn = -1;
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        passesAtTurn = rig.passes.length;
        resolve();
      }),
    );
    expect(passesAtTurn).toBeLessThan(600);
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(rig.passes).toHaveLength(1000);
  });

  it("waits for passes when it stops, takes no new ones, and does not abort them early", async () => {
    let finish = (): void => undefined;
    const rig = await started(() => new Promise((resolve) => (finish = resolve)));
    await settle();
    rig.apply(database("next"));
    let isStopped = false;
    const stopped = rig.stop().then(() => (isStopped = true));
    await rig.clock.advance(29_000);
    expect(isStopped).toBe(false);
    expect(rig.requests[0]?.signal.aborted).toBe(false);
    finish();
    await stopped;
    expect(rig.log.at("error")).toEqual([]);
    expect(rig.passes).toEqual(["db"]);
    expect(rig.clock.pending).toBe(0);
  });

  it("aborts passes when the time to stop is over, and names them", async () => {
    const rig = await started(() => new Promise(() => undefined), { drainMs: 5000 });
    await settle();
    const stopped = rig.stop();
    await rig.clock.advance(5000);
    expect(rig.requests[0]?.signal.reason).toMatchObject({ code: "EXP_RECONCILE_STOPPED" });
    await rig.clock.advance(1000);
    await stopped;
    expect(rig.log.at("error").at(-1)).toMatch(
      /^stopping database: Database\.example\.com prod\/db\S* did not end within 5000 ms/,
    );
  });

  it("reports each pass in one debug line and under controller-runtime's metric names", async () => {
    const rig = await started(() => Promise.resolve(requeueAfter(10)));
    await settle();
    const lines = rig.log.lines.filter(({ message }) => message === "reconciled");
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({
      controller: "database",
      primary: "Database.example.com prod/db@uid-prod/db",
      outcome: "requeue",
      afterMs: 10,
      attempt: 0,
      reasons: "Database.example.com prod/db@uid-prod/db added (generationChanged)",
    });
    for (const name of [
      "controller_runtime_reconcile_total",
      "controller_runtime_reconcile_time_seconds",
      "controller_runtime_max_concurrent_reconciles",
      "controller_runtime_active_workers",
      "workqueue_depth",
    ])
      expect([...rig.metrics.names]).toContain(name);
    expect(
      rig.metrics.counts.get("controller_runtime_reconcile_total database requeue_after"),
    ).toBe(1);
  });

  it("counts a conflict as a requeue, not as an error", async () => {
    const rig = await started(() =>
      Promise.reject(new ConflictError("EXP_CONFLICT", "conflict", "backoff", 409)),
    );
    await settle();
    expect(rig.metrics.counts.get("controller_runtime_reconcile_total database requeue")).toBe(1);
    expect(rig.metrics.counts.get("controller_runtime_reconcile_errors_total database")).toBe(
      undefined,
    );
  });
});
