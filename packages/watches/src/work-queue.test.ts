// SPDX-License-Identifier: Apache-2.0
// What the work queue hands out, and in which order (stage 4: work queue).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, systemClock } from "@haversack/core";
import { ManualClock, settle } from "../test/manual-clock.js";
import { maxReasons } from "./reason-list.js";
import { lowPriority } from "./work.js";
import { drain, key, make, take } from "../test/queue-at-hand.js";
import { WorkQueue } from "./work-queue.js";

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
