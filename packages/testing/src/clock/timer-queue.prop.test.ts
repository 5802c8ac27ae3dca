// SPDX-License-Identifier: Apache-2.0
// TimerQueue against a list that is sorted anew each time.
import { describe, it } from "@jest/globals";
import fc from "fast-check";
import { TimerQueue, type QueuedTimer } from "./timer-queue.js";

type Operation =
  | { readonly type: "add"; readonly dueMs: number }
  | { readonly type: "remove"; readonly pick: number }
  | { readonly type: "take"; readonly byMs: number };

const operations = fc.array(
  fc.oneof<fc.Arbitrary<Operation>[]>(
    fc.record({ type: fc.constant("add" as const), dueMs: fc.nat(20) }),
    fc.record({ type: fc.constant("remove" as const), pick: fc.nat(50) }),
    fc.record({ type: fc.constant("take" as const), byMs: fc.nat(25) }),
  ),
  { maxLength: 120 },
);

describe("TimerQueue", () => {
  it("gives timers in the order of time, then of setting, whatever is added and removed", () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const queue = new TimerQueue();
        const all: QueuedTimer[] = [];
        let model: QueuedTimer[] = [];
        for (const step of steps) {
          if (step.type === "add") {
            const timer = { dueMs: step.dueMs, order: all.length, callback: () => undefined };
            all.push({ ...timer, origin: undefined });
            queue.add(all.at(-1) as QueuedTimer);
            model.push(all.at(-1) as QueuedTimer);
          } else if (step.type === "remove") {
            const timer = all[step.pick];
            if (timer !== undefined) queue.remove(timer); // Taken or removed already: no matter.
            model = model.filter((other) => other !== timer);
          } else {
            model.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
            const first = model[0];
            const expected = first !== undefined && first.dueMs <= step.byMs ? first : undefined;
            if (queue.takeDue(step.byMs) !== expected) return false;
            model = model.filter((other) => other !== expected);
          }
          if (queue.size !== model.length) return false;
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });
});
