// SPDX-License-Identifier: Apache-2.0
// The work queue's invariants by name (stage 4: work queue).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, systemClock } from "@haversack/core";
import { ManualClock, settle } from "../test/manual-clock.js";
import { MetricBook } from "../test/fixtures.js";
import { maxReasons } from "./reason-list.js";
import { lowPriority } from "./work.js";
import { WorkQueue, type Work, type WorkQueueOptions } from "./work-queue.js";

const key = (name: string): { namespace: string; name: string } => ({ namespace: "prod", name });

function make(options: Partial<WorkQueueOptions> = {}): { clock: ManualClock; queue: WorkQueue } {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, ...options }) };
}

function take(queue: WorkQueue): Work {
  const work = queue.take();
  if (work === undefined) throw new Error("nothing is ready");
  return work;
}

/** Takes and gives back everything that is ready. */
function drain(queue: WorkQueue): string[] {
  const names: string[] = [];
  for (let work = queue.take(); work !== undefined; work = queue.take()) {
    names.push(work.key.name);
    queue.done(work);
  }
  return names;
}

describe("WorkQueue, what is added", () => {
  it("hands out every added key once, in the order of arrival", () => {
    const { queue } = make();
    for (const name of ["a", "b", "c", "a", "b"]) queue.add(key(name));
    expect(queue.depth.ready).toBe(3);
    expect(drain(queue)).toEqual(["a", "b", "c"]);
  });

  it("tells keys of different namespaces, and hostile names, apart", () => {
    const { queue } = make();
    queue.add({ namespace: "a", name: "b" });
    queue.add({ namespace: "b", name: "b" });
    queue.add({ name: "b" });
    for (const name of ["__proto__", "constructor"]) queue.add({ namespace: name, name });
    expect(queue.size).toBe(5);
    expect(drain(queue)).toHaveLength(5);
    expect(({} as Record<string, unknown>)["b"]).toBeUndefined();
  });

  it("turns many adds into one pass", () => {
    const { queue } = make();
    for (let count = 0; count < 100; count += 1) queue.add(key("a"));
    expect(drain(queue)).toEqual(["a"]);
  });

  it("makes exactly one more pass of what is added while a pass runs, after it ended", () => {
    const { queue } = make();
    queue.add(key("a"));
    const work = take(queue);
    for (let count = 0; count < 10; count += 1) queue.add(key("a"));
    expect(queue.take()).toBeUndefined();
    queue.done(work);
    expect(drain(queue)).toEqual(["a"]);
    expect(queue.size).toBe(0);
  });

  it("skips a locked key and hands out the next", () => {
    const { queue } = make();
    queue.add(key("a"));
    const work = take(queue);
    queue.add(key("a"), { priority: 50 });
    queue.add(key("b"));
    expect(take(queue).key.name).toBe("b");
    queue.done(work);
    expect(take(queue).key.name).toBe("a");
  });

  it("remembers nothing of a key that is done", () => {
    const { queue } = make();
    for (let round = 0; round < 3; round += 1) {
      queue.add(key("a"));
      queue.done(take(queue));
    }
    expect(queue.size).toBe(0);
  });

  it("gives what is ready to a waiting getter", async () => {
    const { queue } = make();
    const getting = queue.get();
    queue.add(key("a"));
    expect((await getting)?.key.name).toBe("a");
  });

  it("refuses priorities and delays that are none, and a work that was given back", () => {
    const { queue } = make();
    expect(() => queue.add(key("a"), { priority: NaN })).toThrow(ConfigurationError);
    expect(() => queue.add(key("a"), { afterMs: -1 })).toThrow(ConfigurationError);
    expect(() => queue.add(key("a"), { afterMs: Infinity })).toThrow(ConfigurationError);
    queue.add(key("a"));
    const work = take(queue);
    expect(() => queue.done(work, { kind: "requeue", afterMs: NaN })).toThrow(ConfigurationError);
    queue.done(work);
    expect(() => queue.done(work)).toThrow(ConfigurationError);
  });
});

describe("WorkQueue, priority", () => {
  it("hands out the highest priority first, then the earliest arrival", () => {
    const { queue } = make();
    queue.add(key("low"), { priority: lowPriority });
    queue.add(key("a"));
    queue.add(key("high"), { priority: 10 });
    queue.add(key("b"));
    expect(drain(queue)).toEqual(["high", "a", "b", "low"]);
  });

  it("only raises the priority of what is queued", () => {
    const { queue } = make();
    queue.add(key("a"), { priority: 5 });
    queue.add(key("a"), { priority: -5 });
    expect(take(queue).priority).toBe(5);
  });

  it("re-stamps what is raised: it queues behind those of its new priority", () => {
    const { queue } = make();
    queue.add(key("a"), { priority: -1 });
    queue.add(key("b"));
    queue.add(key("a"), { priority: 0 });
    queue.add(key("c"));
    expect(drain(queue)).toEqual(["b", "a", "c"]);
  });

  it("keeps the priority for a requeue and a retry, unless another is given", () => {
    const { queue, clock } = make();
    queue.add(key("a"), { priority: 7 });
    queue.done(take(queue), { kind: "requeue", afterMs: 0 });
    queue.done(take(queue), { kind: "retry", afterMs: 5 });
    clock.advanceSync(5);
    const third = take(queue);
    expect(third.priority).toBe(7);
    queue.done(third, { kind: "requeue", afterMs: 0, priority: 2 });
    expect(take(queue).priority).toBe(2);
  });

  it("ages: a steady stream of urgent keys does not starve a quiet one", () => {
    const { queue, clock } = make();
    queue.add(key("quiet"), { priority: lowPriority });
    let rounds = 0;
    for (let name = "urgent"; name !== "quiet"; rounds += 1) {
      queue.add(key(`urgent-${rounds}`));
      queue.add(key(`urgent-${rounds}-too`));
      const work = take(queue);
      name = work.key.name;
      queue.done(work);
      clock.advanceSync(100);
    }
    // −100 gains 1 per second; urgent keys that wait as long age with it.
    expect(rounds * 100).toBeGreaterThan(100_000);
    expect(rounds * 100).toBeLessThan(220_000);
  });

  it("keeps what was gained by waiting when the priority is raised", () => {
    const { queue, clock } = make();
    queue.add(key("old"), { priority: 0 });
    clock.advanceSync(60_000);
    queue.add(key("new"), { priority: 20 });
    queue.add(key("old"), { priority: 1 });
    expect(drain(queue)).toEqual(["old", "new"]);
  });

  it("is strict when ageing is off", () => {
    const { queue, clock } = make({ agingMs: Infinity });
    queue.add(key("quiet"), { priority: lowPriority });
    clock.advanceSync(1e9);
    queue.add(key("urgent"));
    expect(drain(queue)).toEqual(["urgent", "quiet"]);
  });
});

describe("WorkQueue, delays", () => {
  it("lets the earliest delay win", () => {
    const { queue, clock } = make();
    queue.add(key("a"), { afterMs: 100 });
    queue.add(key("a"), { afterMs: 50 });
    queue.add(key("a"), { afterMs: 200 });
    clock.advanceSync(49);
    expect(queue.depth).toEqual({ ready: 0, waiting: 1, running: 0 });
    clock.advanceSync(1);
    expect(drain(queue)).toEqual(["a"]);
    clock.advanceSync(1000);
    expect(queue.take()).toBeUndefined();
  });

  it("makes one pass of a delayed and an immediate add", () => {
    const { queue, clock } = make();
    queue.add(key("a"), { afterMs: 100 });
    queue.add(key("a"));
    expect(drain(queue)).toEqual(["a"]);
    clock.advanceSync(1000);
    expect(queue.take()).toBeUndefined();
  });

  it("fires two delays in order, and a long one does not hold back a short one", () => {
    const { queue, clock } = make();
    queue.add(key("long"), { afterMs: 1_000_000 });
    queue.add(key("second"), { afterMs: 20 });
    queue.add(key("first"), { afterMs: 10 });
    clock.advanceSync(20);
    expect(drain(queue)).toEqual(["first", "second"]);
    clock.advanceSync(1_000_000);
    expect(drain(queue)).toEqual(["long"]);
  });

  it("lets what becomes ready queue up behind its equals, and overtake lesser ones", () => {
    const { queue, clock } = make();
    queue.add(key("waited"), { afterMs: 10 });
    queue.add(key("waited-high"), { afterMs: 10, priority: 5 });
    queue.add(key("here"));
    clock.advanceSync(10);
    expect(drain(queue)).toEqual(["waited-high", "here", "waited"]);
  });

  it("honours delays beyond 2^31 ms", () => {
    const { queue, clock } = make();
    queue.add(key("a"), { afterMs: 2 ** 31 + 5000 });
    clock.advanceSync(2 ** 31 + 4999);
    expect(queue.depth.ready).toBe(0);
    clock.advanceSync(1);
    expect(queue.depth.ready).toBe(1);
  });

  it("does not fire such a delay at once on the clock of the machine", async () => {
    const queue = new WorkQueue({ clock: systemClock });
    queue.add(key("a"), { afterMs: 2 ** 31 + 5000 });
    queue.add(key("b"), { afterMs: 1 });
    const first = await queue.get();
    expect(first?.key.name).toBe("b");
    await settle();
    expect(queue.depth).toEqual({ ready: 0, waiting: 1, running: 1 });
    void queue.shutDown();
  });
});

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

describe("WorkQueue, reasons", () => {
  it("keeps each once, bounded, and counts the rest", () => {
    const { queue } = make();
    for (let round = 0; round < 3; round += 1)
      for (let index = 0; index < 20; index += 1)
        queue.add(key("a"), { reason: { source: `source ${index}` } });
    const { reasons } = take(queue);
    expect(reasons).toHaveLength(maxReasons + 1);
    expect(reasons.at(-1)?.source).toMatch(/^\d+ more$/);
    expect(Object.isFrozen(reasons)).toBe(true);
  });

  it("tells reasons of different objects and events apart", () => {
    const { queue } = make();
    const ref = { group: "", kind: "Secret", namespace: "prod", name: "x" };
    for (const name of ["x", "x", "y"])
      queue.add(key("a"), {
        reason: { source: "Secret", event: "modified", ref: { ...ref, name } },
      });
    queue.add(key("a"), { reason: { source: "Secret", event: "deleted", ref } });
    expect(take(queue).reasons).toHaveLength(3);
  });

  it("starts a new list for what is added during a pass", () => {
    const { queue } = make();
    queue.add(key("a"), { reason: { source: "first" } });
    const work = take(queue);
    queue.add(key("a"), { reason: { source: "second" } });
    queue.done(work);
    expect(work.reasons).toEqual([{ source: "first" }]);
    expect(take(queue).reasons).toEqual([{ source: "second" }]);
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
