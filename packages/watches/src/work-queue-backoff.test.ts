// SPDX-License-Identifier: Apache-2.0
// The work queue after failures, in windows and at its end (stage 4: work queue).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@haversack/core";
import { ManualClock, settle } from "../test/manual-clock.js";
import { MetricBook } from "../test/fixtures.js";
import { drain, key, make, take } from "../test/queue-at-hand.js";

describe("WorkQueue, backoff", () => {
  const failed = (options: { isCuttable?: boolean } = {}): ReturnType<typeof make> => {
    const made = make();
    made.queue.add(key("a"));
    made.queue.done(take(made.queue), { kind: "retry", afterMs: 1000, ...options });
    return made;
  };

  it("is not cut short by adds that name no foreign change: own echoes, resyncs", () => {
    const { queue, clock } = failed();
    queue.add(key("a"));
    queue.add(key("a"), { priority: 99 });
    clock.advanceSync(999);
    expect(queue.depth.ready).toBe(0);
    clock.advanceSync(1);
    expect(take(queue).failures).toBe(1);
  });

  it("is cut short by a foreign change, without resetting the count", () => {
    const { queue } = failed();
    queue.add(key("a"), { cut: "generation 2" });
    const work = take(queue);
    expect(work.failures).toBe(1);
    queue.done(work, { kind: "retry", afterMs: 2000 });
    queue.add(key("a"), { cut: "generation 2" });
    expect(queue.depth.ready).toBe(0);
    queue.add(key("a"), { cut: "generation 3" });
    expect(take(queue).failures).toBe(2);
  });

  it("is skipped once for a foreign change during the failing pass", () => {
    const { queue } = make();
    queue.add(key("a"));
    const first = take(queue);
    queue.add(key("a"), { cut: "secondary changed" });
    queue.done(first, { kind: "retry", afterMs: 1000 });
    const second = take(queue);
    queue.add(key("a"), { cut: "secondary changed" });
    queue.done(second, { kind: "retry", afterMs: 1000 });
    expect(queue.take()).toBeUndefined();
  });

  it("ends a hot loop of ever new changes after a bounded number of passes", () => {
    const { queue } = failed();
    let passes = 0;
    for (let change = 0; change < 1000; change += 1) {
      queue.add(key("a"), { cut: `generation ${change}` });
      const work = queue.take();
      if (work === undefined) continue;
      passes += 1;
      queue.done(work, { kind: "retry", afterMs: 1000 });
    }
    expect(passes).toBeGreaterThan(1);
    expect(passes).toBeLessThanOrEqual(32);
  });

  it("keeps a delay that the server asked for, whatever changes", () => {
    const { queue, clock } = failed({ isCuttable: false });
    queue.add(key("a"), { cut: "generation 2" });
    expect(queue.depth.ready).toBe(0);
    clock.advanceSync(1000);
    expect(queue.depth.ready).toBe(1);
  });

  it("starts anew after a success, and only then", () => {
    const { queue, clock } = failed();
    expect(queue.isBackingOff(key("a"))).toBe(true);
    clock.advanceSync(1000);
    queue.done(take(queue), { kind: "requeue", afterMs: 10 });
    expect(queue.isBackingOff(key("a"))).toBe(false);
    clock.advanceSync(10);
    expect(take(queue).failures).toBe(0);
  });

  it("counts conflicts apart from failures", () => {
    const { queue } = make();
    queue.add(key("a"));
    queue.done(take(queue), { kind: "retry", afterMs: 0, isConflict: true });
    const work = take(queue);
    expect([work.attempt, work.conflicts, work.failures]).toEqual([1, 1, 0]);
  });

  it("does not let failing keys affect others", () => {
    const { queue } = failed();
    queue.add(key("b"));
    expect(take(queue).failures).toBe(0);
  });

  it("is forgotten with its key", () => {
    const { queue, clock } = failed();
    queue.forget(key("a"));
    clock.advanceSync(10_000);
    expect(queue.take()).toBeUndefined();
    expect(queue.size).toBe(0);
  });
});

describe("WorkQueue, debounce", () => {
  const debounce = { waitMs: 100, maxWaitMs: 250 };

  it("waits for quiet, at most maxWaitMs", () => {
    const { queue, clock } = make({ debounce });
    const readyAt: number[] = [];
    for (let nowMs = 0; nowMs <= 600; nowMs += 50) {
      if (nowMs < 400) queue.add(key("hot"), { debounce: true });
      if (drain(queue).length > 0) readyAt.push(clock.monotonicMs());
      clock.advanceSync(50);
    }
    expect(readyAt).toEqual([250, 450]);
  });

  it("does not hold back what is urgent, and ends with it", () => {
    const { queue, clock } = make({ debounce });
    queue.add(key("a"), { debounce: true });
    queue.add(key("a"));
    expect(drain(queue)).toEqual(["a"]);
    clock.advanceSync(1000);
    expect(queue.take()).toBeUndefined();
  });

  it("drops a window that is not confirmed, but not what was due later", () => {
    const { queue, clock } = make({ debounce, confirm: () => false });
    queue.add(key("a"), { debounce: true });
    queue.add(key("b"), { afterMs: 500 });
    queue.add(key("b"), { debounce: true });
    clock.advanceSync(100);
    expect(queue.depth).toEqual({ ready: 0, waiting: 1, running: 0 });
    clock.advanceSync(400);
    expect(drain(queue)).toEqual(["b"]);
    expect(queue.size).toBe(0);
  });

  it("gathers also while a pass runs", () => {
    const { queue, clock } = make({ debounce });
    queue.add(key("a"));
    const work = take(queue);
    queue.add(key("a"), { debounce: true });
    queue.done(work);
    expect(queue.take()).toBeUndefined();
    clock.advanceSync(100);
    expect(drain(queue)).toEqual(["a"]);
  });

  it("refuses a window that is none", () => {
    expect(() => make({ debounce: { waitMs: 10, maxWaitMs: 5 } })).toThrow(ConfigurationError);
    expect(() => make({ agingMs: 0 })).toThrow(ConfigurationError);
  });
});

describe("WorkQueue, the end", () => {
  it("takes no more, drops what waits, and waits for what runs", async () => {
    const { queue, clock } = make();
    for (const name of ["a", "b"]) queue.add(key(name));
    queue.add(key("later"), { afterMs: 5 });
    const work = take(queue);
    let isOver = false;
    const over = queue.shutDown().then(() => (isOver = true));
    queue.add(key("c"));
    clock.advanceSync(100);
    await settle();
    expect(isOver).toBe(false);
    queue.done(work, { kind: "requeue", afterMs: 0 });
    await over;
    expect(queue.take()).toBeUndefined();
    expect(queue.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("finishes what is ready, and once more what was added during its pass, if asked to", async () => {
    const { queue } = make();
    for (const name of ["a", "b"]) queue.add(key(name));
    const first = take(queue);
    queue.add(key("a"));
    const over = queue.shutDown("finish");
    queue.add(key("c"));
    queue.done(first, { kind: "retry", afterMs: 0 });
    expect(drain(queue).sort()).toEqual(["a", "b"]);
    await over;
    expect(queue.size).toBe(0);
  });

  it("leaves nothing behind of a window that was open when it ended", async () => {
    const { queue, clock } = make({ debounce: { waitMs: 100, maxWaitMs: 100 } });
    queue.add(key("a"));
    const work = take(queue);
    queue.add(key("a"), { debounce: true });
    const over = queue.shutDown("finish");
    queue.done(work);
    await over;
    expect(queue.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("stops finishing when it is forced to", async () => {
    const { queue } = make();
    queue.add(key("a"));
    void queue.shutDown("finish");
    await queue.shutDown("drop");
    expect(queue.take()).toBeUndefined();
  });

  it("frees every waiting getter", async () => {
    const { queue } = make();
    const getters = [queue.get(), queue.get()];
    void queue.shutDown();
    expect(await Promise.all(getters)).toEqual([undefined, undefined]);
    expect(await queue.get()).toBeUndefined();
  });

  it("is idle when nothing is ready or running, whatever is due later", async () => {
    const { queue } = make();
    await queue.whenIdle();
    queue.add(key("later"), { afterMs: 1000 });
    await queue.whenIdle();
    queue.add(key("a"));
    let isIdle = false;
    const idle = queue.whenIdle().then(() => (isIdle = true));
    const work = take(queue);
    await settle();
    expect(isIdle).toBe(false);
    queue.done(work);
    await idle;
  });

  it("measures under client-go's names", () => {
    const metrics = new MetricBook();
    const { queue } = make({ metrics, name: "database" });
    queue.add(key("a"));
    queue.done(take(queue), { kind: "retry", afterMs: 1 });
    expect([...metrics.names].sort()).toEqual([
      "workqueue_adds_total",
      "workqueue_depth",
      "workqueue_queue_duration_seconds",
      "workqueue_retries_total",
      "workqueue_work_duration_seconds",
    ]);
  });
});
